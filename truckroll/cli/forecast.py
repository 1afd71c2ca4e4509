"""`truckroll forecast`: learn from the past which machines will fail, and say so of today."""

from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from detectors.learning.forecast import Forecast
from domain.errors import GiveUp
from domain.instants import Instant, duration_text, instant_text, parse_duration, parse_instant
from truckroll.cli.options import AsJson, print_json
from truckroll.fleet_files import FleetFiles, read_fleet
from truckroll.forecast import asked, clock_hour, foretell, learn, load, save, write_findings
from truckroll.record_files import FAILURES, read_records

Events = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, event[, code].")]
Repairs = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, component.")]
Telemetry = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, columns of numbers.")
]
Machines = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: device[, model][, age].")]
Metric = Annotated[list[str] | None, typer.Option(help="A column of the telemetry; may be repeated. Else all.")]
Until = Annotated[str, typer.Option(help="Nothing from here on is looked at.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Failure forecasts: train a model, run it.", no_args_is_help=True)
    group.command("train")(train)
    group.command("run")(run)
    app.add_typer(group, name="forecast")


def train(
    events: Events,
    failures: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, failure mode.")],
    model: Annotated[Path, typer.Option(dir_okay=False, help="The model file to write.")],
    repairs: Repairs = None,
    telemetry: Telemetry = None,
    machines: Machines = None,
    metric: Metric = None,
    horizon: Annotated[str, typer.Option(help="Fails within …")] = "24h",
    at: Annotated[str, typer.Option(help="When it is asked every day, UTC.")] = "06:00",
    until: Until = "",
    seed: Annotated[int, typer.Option(min=0, help="The same data and seed give the same file.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Learn from the past (needs the extra `ml`); everything after --until stays unseen."""
    from adapters.forecast_sklearn import GROWN_BY, grow

    wish = {"horizon": right(parse_duration, horizon), "hour": right(clock_hour, at), "until": moment(until)}
    if not wish["horizon"]:
        raise typer.BadParameter("the horizon is longer than nothing.")
    with Progress(transient=True, disable=as_json) as bar:
        task = bar.add_task("reading", total=None)
        rows = read_records(failures, FAILURES, "modes of failure")
        files = FleetFiles(events, repairs, telemetry, machines, tuple(metric or ()))
        fleet = read_fleet(files, [row.asset for row in rows], lambda done: bar.update(task, completed=done))
        bar.update(task, description="learning")
        forecast, rare = learn(
            fleet,
            rows,
            (grow, GROWN_BY),
            lambda done, of: bar.update(task, completed=done, total=of),
            **wish,
            seed=seed,
        )
    save(forecast, model)
    if as_json:
        print_json({"file": str(model), **summary(forecast), "too_rare": list(rare)})
        return
    for mode in forecast.modes:
        print(f"{mode.name}: learned from {mode.failures} failures; told from probability {mode.line:.2f} on")
    if rare:
        print(f"Too rare to learn: {', '.join(rare)}.")
    print(f"model {forecast.version} → {model}")


def run(
    model: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A model file.")],
    events: Events,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Findings, one JSON object a line.")],
    repairs: Repairs = None,
    telemetry: Telemetry = None,
    machines: Machines = None,
    metric: Metric = None,
    since: Annotated[str, typer.Option(help="First instant to be asked; else the last day.")] = "",
    until: Until = "",
    as_json: AsJson = False,
) -> None:
    """Say which machines will probably fail within the model's horizon, as findings."""
    forecast = load(model)
    fleet = read_fleet(FleetFiles(events, repairs, telemetry, machines, tuple(metric or forecast.plan.metrics)))
    questions = asked(forecast, fleet, moment(since), moment(until))
    count = write_findings(foretell(forecast, fleet, questions), out)
    if as_json:
        print_json({"file": str(out), "model": forecast.version, "questions": len(questions), "findings": count})
        return
    print(f"{len(questions)} machine-days asked, {count} failures foretold → {out}")


def right(read: Any, text: str) -> Any:
    """A value of the command line."""
    try:
        return read(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def moment(text: str) -> Instant | None:
    """An instant of the command line; without a zone in UTC."""
    try:
        return parse_instant(text, UTC) if text else None
    except ValueError:
        raise GiveUp(f'"{text}" is no time; write it as 2026-11-22 or 2026-11-22T08:00:00Z.') from None


def summary(forecast: Forecast) -> dict[str, Any]:
    """A model in words for JSON."""
    return {
        "model": forecast.version,
        "horizon": duration_text(forecast.horizon),
        "trained_since": instant_text(forecast.trained_since),
        "trained_until": instant_text(forecast.trained_until),
        "seed": forecast.seed,
        "data": forecast.data,
        "grown_by": forecast.grown_by,
        "features": list(forecast.plan.names),
        "modes": [
            {"failure_mode": mode.name, "failures": mode.failures, "line": round(mode.line, 6)}
            for mode in forecast.modes
        ],
    }
