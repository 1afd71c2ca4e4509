"""`truckroll life train` and `predict`: how much life the devices of a family have left."""

from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from adapters.data_directory import DataDirectory
from adapters.system_clock import SystemClock
from domain.errors import GiveUp
from domain.instants import Instant, parse_duration, parse_instant
from domain.text import in_language
from maintenance.catalogue_remaining import life_sentence, unit_words
from maintenance.remaining_model import LifeLeft, LifeModel
from maintenance.remaining_spread import SURE, chance_by_day
from maintenance.waiting import DAYS
from truckroll.cli.deeds import Language
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.life_files import load, save
from truckroll.life_left import Answers, Past, Wish, asked_of_files, asked_of_store, learn, past_of_files, past_of_store
from truckroll.record_files import FAILURES, Record, read_records
from truckroll.stores import ledger_of, telemetry_in

Telemetry = Annotated[
    Path | None,
    typer.Option(exists=True, help="CSV file or folder: device, use or time, numbers. Else the store's readings."),
]
Failures = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, failure mode. For the store.")
]
Since = Annotated[str, typer.Option(help="Readings of the store from here on.")]
Until = Annotated[str, typer.Option(help="Nothing of the store from here on is looked at; else now.")]


def add_commands(group: typer.Typer) -> None:
    """Add the commands to the group `life`."""
    group.command("train")(train)
    group.command("predict")(predict)


def train(
    model: Annotated[Path, typer.Option(dir_okay=False, help="The model file to write.")],
    family: Annotated[str, typer.Option(help="The device family: the model in the registry.")],
    telemetry: Telemetry = None,
    still_running: Annotated[
        list[str] | None, typer.Option(help="A device of the files whose last row is no failure; may be repeated.")
    ] = None,
    failures: Failures = None,
    metric: Annotated[list[str] | None, typer.Option(help="A metric to look at; may be repeated. Else all.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="A metric that says how a device is run; may be repeated.")
    ] = None,
    sight: Annotated[float | None, typer.Option(min=0.001, help="Longer lives are not told apart.")] = None,
    step: Annotated[str, typer.Option(help="A step of the store's readings.")] = "1d",
    since: Since = "",
    until: Until = "",
    seed: Annotated[int, typer.Option(min=0, help="The same data and seed give the same file.")] = 0,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Learn from devices that failed how much life is left (needs the extra `ml`)."""
    from adapters.life_sklearn import GROWN_BY, grow

    wish = Wish(tuple(setting or ()), tuple(metric or ()), duration(step))
    with Progress(transient=True, disable=as_json) as bar:
        task = bar.add_task("reading", total=None)
        if telemetry:
            past = past_of_files(telemetry, wish, still_running or ())
        else:
            past = stored_past(config, family, failed(failures), (moment(since, 0), moment(until)), wish)
        bar.update(task, description="learning")
        found = learn(
            past,
            family,
            (grow, GROWN_BY),
            lambda done, of: bar.update(task, completed=done, total=of),
            sight=sight,
            seed=seed,
        )
    save(found, model)
    if as_json:
        print_json({"file": str(model), **summary(found)})
        return
    unit = unit_words(found.unit)["en"]
    print(
        f"{family}: learned from {found.units} lives; wear is seen {found.sight:g} {unit} ahead. On units not "
        f"seen the error is {found.measured.error:.1f} {unit}, and {found.measured.coverage:.0%} of the lives lay "
        f"in intervals that promise {SURE:.0%}.\nmodel → {model}"
    )


def predict(
    model: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A model file.")],
    telemetry: Telemetry = None,
    family: Annotated[str, typer.Option(help="The family of the files' devices; refused if it is another.")] = "",
    asset: Annotated[list[str] | None, typer.Option(help="An asset of the registry; may be repeated.")] = None,
    failures: Failures = None,
    use_per_day: Annotated[
        float | None, typer.Option(min=0, help="How much a device is used a day, where the model counts no days.")
    ] = None,
    since: Since = "",
    until: Until = "",
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say how much life each device has left, with an interval that holds 9 of 10 times."""
    known = load(model)
    if telemetry:
        answers = asked_of_files(known, telemetry, family)
    else:
        answers = stored_answers(config, known, failed(failures) if failures else [], (since, until), asset or [])
    per_day = 1.0 if known.unit == "days" else use_per_day
    if as_json:
        lives = [life_as_dict(known, life, per_day) for life in answers.lives]
        print_json({"lives": lives, "refused": [{"unit": unit, "why": dict(why)} for unit, why in answers.refused]})
    else:
        for life in answers.lives:
            print(in_language(life_sentence(life, known.unit, known.sight), language))
        for _, why in answers.refused:
            print(in_language(why, language))
    if answers.refused and not answers.lives:
        raise typer.Exit(1)


def stored_past(
    config: Path | None, family: str, failures: list[Record], between: tuple[Instant, Instant], wish: Wish
) -> Past:
    """Lives of the family in the store."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        members = [facts for facts in ledger.assets() if facts.model == family]
    if not members:
        raise GiveUp(f"No asset of the registry is of model {family}; give --telemetry, or the model as registered.")
    with telemetry_in(settings, DataDirectory(settings.data, read_only=True)) as store:
        return past_of_store(store, members, failures, between, wish)


def stored_answers(
    config: Path | None, model: LifeModel, failures: list[Record], span: tuple[str, str], wanted: list[str]
) -> Answers:
    """Of assets of the registry."""
    settings, (since, until) = settings_from(config), span
    with ledger_of(settings) as ledger:
        assets = list(ledger.assets())
    with telemetry_in(settings, DataDirectory(settings.data, read_only=True)) as store:
        return asked_of_store(model, store, assets, failures, (moment(since, 0), moment(until)), wanted=wanted)


def failed(file: Path | None) -> list[Record]:
    """The failures. Raises GiveUp where none are given."""
    if file is None:
        raise GiveUp("Readings of the store end in no failure by themselves; give --failures, or files by --telemetry.")
    return read_records(file, FAILURES, "failures")


def duration(text: str) -> int:
    """Of the command line; longer than nothing."""
    try:
        if found := parse_duration(text):
            return found
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    raise typer.BadParameter("a step is longer than nothing.")


def moment(text: str, otherwise: Instant | None = None) -> Instant:
    """An instant of the command line; without a zone in UTC. Without one given: `otherwise`, or now."""
    try:
        if text:
            return parse_instant(text, UTC)
    except ValueError:
        raise GiveUp(f'"{text}" is no time; write it as 2026-11-22 or 2026-11-22T08:00:00Z.') from None
    return SystemClock().now() if otherwise is None else otherwise


def summary(model: LifeModel) -> dict[str, Any]:
    """A model in words for JSON."""
    return {
        "family": model.family,
        "unit": model.unit,
        "sight": model.sight,
        "units": model.units,
        "metrics": list(model.needed),
        "settings": list(model.settings),
        "regimes": len(model.look.regimes.centres),
        "trained_since": model.trained_since,
        "trained_until": model.trained_until,
        "measured": {
            "promised": SURE,
            "coverage": model.measured.coverage,
            "error": model.measured.error,
            "true_error": model.measured.true_error,
        },
        "data": model.data,
        "grown_by": model.grown_by,
    }


def life_as_dict(model: LifeModel, life: LifeLeft, per_day: float | None) -> dict[str, Any]:
    """One answer for JSON; chances only where it is known how much a device is used a day."""
    chance = None if per_day is None else chance_by_day(life.lives, per_day=per_day)
    trend = life.trend
    return {
        "unit": life.unit,
        "use": life.use,
        "left": round(life.left, 2),
        "low": round(life.low, 2),
        "high": round(life.high, 2),
        "sure": SURE,
        "counted_in": model.unit,
        "health": round(life.health.index, 4),
        "terms": [{"name": term.name, "health": round(term.health, 4)} for term in life.health.terms],
        "health_per_use": None if trend is None else round(trend.per_day, 6),
        "chance_of_failure": None if chance is None else {str(day): round(chance(day), 4) for day in DAYS},
        "says": dict(life_sentence(life, model.unit, model.sight)),
    }
