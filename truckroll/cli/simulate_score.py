"""`truckroll simulate score`: how well rules find what scenarios deserve; fails below the bounds that are asked for."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from domain.instants import SECOND, Duration, parse_duration
from firmware_sim.scenario import Scenario
from firmware_sim.score import Score, together
from firmware_sim.weather import OWN, WEATHERS
from truckroll.cli.options import AsJson, print_json, print_table
from truckroll.judge import Verdict, judge, judge_recorded
from truckroll.ruleset import RuleSet, load_rules
from truckroll.verdict_page import page

RECORDED = ".jsonl"
"""Traffic on which faults were planted, with its truth beside it."""
COLUMNS = (
    *("scenario", "runs", "expected", "found", "precision", "recall"),
    *("delay p50", "p95", "tickets", "doubled", "false / 1000 device-days"),
)


def score(
    rules: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Rule file; all its rules are taken as live.")
    ],
    scenarios: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Scenario files, or planted traffic (.jsonl).")
    ],
    seeds: Annotated[
        str, typer.Option(help="How many seeds, or which: 3, or 4,8,15. Without it, each file's own.")
    ] = "",
    network: Annotated[
        list[str] | None, typer.Option(help=f"The way to the broker: {', '.join((OWN, *WEATHERS))}; may be repeated.")
    ] = None,
    tick: Annotated[
        str,
        typer.Option(
            help="How often time passes for rules about silence; the service's own is 5s. Without it, by length."
        ),
    ] = "",
    min_precision: Annotated[float, typer.Option(min=0, max=1, help="Below it: exit code 1.")] = 0.0,
    min_recall: Annotated[float, typer.Option(min=0, max=1, help="Below it: exit code 1.")] = 0.0,
    html: Annotated[Path | None, typer.Option(help="Write a page with table and plots here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play scenarios through the live engine and desk in virtual time, and hold their tickets against the truth."""
    networks = checked_networks(network or [OWN])
    wanted = checked_seeds(seeds)
    passes = checked_tick(tick)
    loaded = load_rules([rules])
    worlds = [path if path.suffix == RECORDED else Scenario.load(path) for path in scenarios]
    verdicts = list(judged(loaded, worlds, wanted, networks, tick=passes, quiet=as_json))
    total = together([verdict.score for verdict in verdicts])
    is_enough = total.precision >= min_precision and total.recall >= min_recall
    if html is not None:
        html.write_text(page(verdicts, total), encoding="utf-8")
    if as_json:
        print_json(told(verdicts, total, is_enough))
    else:
        print_table(COLUMNS, rows(verdicts, total), title=rules.name)
        for line in wrong(verdicts):
            print(line)
    if not is_enough:
        Console(stderr=True).print(
            f"Precision {total.precision:.3f} and recall {total.recall:.3f} are below the bounds "
            f"{min_precision:g} and {min_recall:g}; mend the rules, or see what was missed with --json.",
            soft_wrap=True,
            highlight=False,
        )
        raise typer.Exit(1)


def checked_networks(names: Sequence[str]) -> list[str]:
    """The names, each of which is a network."""
    for name in names:
        if name != OWN and name not in WEATHERS:
            known = ", ".join((OWN, *WEATHERS))
            raise typer.BadParameter(f"{name} is no network; choose of {known}.", param_hint="--network")
    return list(dict.fromkeys(names))


def checked_seeds(written: str) -> list[int]:
    """Which seeds: `3` = 1, 2 and 3; `4,8` = these; nothing = the scenario's own, as an empty list."""
    if not written:
        return []
    words = [word.strip() for word in written.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise typer.BadParameter("write how many, such as 3, or which ones, such as 4,8,15.", param_hint="--seeds")
    numbers = [int(word) for word in words]
    if len(numbers) == 1 and not 1 <= numbers[0] <= 10_000:
        raise typer.BadParameter("write at least 1 and at most 10000.", param_hint="--seeds")
    return numbers if len(numbers) > 1 else list(range(1, numbers[0] + 1))


def checked_tick(written: str) -> Duration:
    """How often time passes; 0 = by the scenario's length."""
    try:
        found = parse_duration(written) if written else 0
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--tick") from None
    if written and found < SECOND:
        raise typer.BadParameter("write at least 1s.", param_hint="--tick")
    return found


def judged(
    rules: RuleSet,
    worlds: Sequence[Scenario | Path],
    seeds: Sequence[int],
    networks: Sequence[str],
    *,
    tick: Duration,
    quiet: bool,
) -> Iterator[Verdict]:
    """Each scenario with each seed over each network."""
    runs: list[tuple[Scenario | Path, int, str]] = []
    for world in worlds:
        if isinstance(world, Path):
            runs.append((world, 0, OWN))
        else:
            runs += [(world, seed, network) for seed in (seeds or [world.seed]) for network in networks]
    with Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        everything = progress.add_task("all runs", total=len(runs))
        for world, seed, network in runs:
            task = progress.add_task(f"{world.name}, seed {seed}, network {network}", total=1.0)
            look = partial(filled, progress, task)
            if isinstance(world, Path):
                yield judge_recorded(rules, world, tick=tick, look=look)
            else:
                yield judge(rules, world, seed=seed, network=network, tick=tick, look=look)
            progress.remove_task(task)
            progress.advance(everything)


def filled(progress: Progress, task: TaskID, share: float) -> None:
    """Show how far a run is."""
    progress.update(task, completed=share)


def told(verdicts: Sequence[Verdict], total: Score, is_enough: bool) -> dict[str, Any]:
    """Everything, ready for JSON."""
    return {
        "runs": [verdict.as_dict() for verdict in verdicts],
        "scenarios": {name: found.as_dict() for name, _, found in by_scenario(verdicts)},
        "total": total.as_dict(),
        "is_enough": is_enough,
    }


def by_scenario(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, int, Score]]:
    """Each scenario with its number of runs and what they come to."""
    for name in dict.fromkeys(verdict.scenario for verdict in verdicts):
        scores = [verdict.score for verdict in verdicts if verdict.scenario == name]
        yield name, len(scores), together(scores)


def rows(verdicts: Sequence[Verdict], total: Score) -> Iterator[tuple[str, ...]]:
    """The table: a line a scenario and one for all."""
    for name, runs, found in by_scenario(verdicts):
        yield row(name, runs, found)
    yield row("total", len(verdicts), total)


def row(name: str, runs: int, found: Score) -> tuple[str, ...]:
    """One line of the table."""
    return (
        name,
        str(runs),
        str(found.expected),
        str(found.found),
        f"{found.precision:.3f}",
        f"{found.recall:.3f}",
        readable(found.delay(0.5)),
        readable(found.delay(0.95)),
        str(found.tickets),
        str(len(found.doubled)),
        f"{found.false_per_1000_device_days:.2f}",
    )


def readable(duration: Duration) -> str:
    """A delay for people."""
    seconds = duration / SECOND
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def wrong(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """One line for each kind of fault of which something was missed, and for what came without reason."""
    for name, _, found in by_scenario(verdicts):
        for kind, share in found.kinds.items():
            if share.found < share.expected:
                yield f"{name}: {kind}: {share.found} of {share.expected} found in time."
        modes = [mode for _, _, mode in found.extra]
        for mode in dict.fromkeys(modes):
            yield f"{name}: {modes.count(mode)} tickets about {mode} that nothing deserved."
        for scope in found.false_incidents:
            yield f"{name}: an incident that nothing deserved, naming {dict(scope)}."
