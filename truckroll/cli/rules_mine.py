"""`truckroll rules mine`: what came before failures, proposed as draft rules."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from detectors.learning.draft import sentence, spoken_for
from detectors.learning.mine import Mined, Search
from domain.errors import GiveUp
from domain.instants import Duration, parse_duration
from truckroll.cli.options import AsJson, print_json
from truckroll.mining import Proposed, as_dict, propose, without
from truckroll.record_files import EVENTS, FAILURES, Record, read_records


def register(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    group.command("mine")(mine_rules)


def mine_rules(
    events: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, event[, code].")],
    failures: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV: time, device, failure mode.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The draft rule file to write.")],
    horizon: Annotated[str, typer.Option(help="How long before a failure counts.")] = "24h",
    within: Annotated[list[str] | None, typer.Option(help="A window to try; may be repeated.")] = None,
    min_support: Annotated[int, typer.Option(min=1, help="Failures that a pattern must have come before.")] = 5,
    min_assets: Annotated[int, typer.Option(min=1, help="Different devices that it must have done so on.")] = 3,
    min_precision: Annotated[float, typer.Option(min=0, max=1, help="Less often right: not proposed.")] = 0.5,
    fdr: Annotated[float, typer.Option(min=0.0001, max=0.5, help="Share of proposals that may be luck.")] = 0.05,
    found_on: Annotated[float, typer.Option(min=0.2, max=0.9, help="Earlier part; the rest confirms.")] = 0.6,
    event_column: Annotated[str, typer.Option(help="Column of the event, where its name is unusual.")] = "",
    failure_column: Annotated[str, typer.Option(help="Column of the failure mode, likewise.")] = "",
    as_json: AsJson = False,
) -> None:
    """Propose compound and count rules that precede failures: found on the earlier part, confirmed on the later."""
    windows = tuple(length(text) for text in within or ("1h", "6h", "1d", "3d"))
    search = search_of(
        horizon=length(horizon),
        windows=tuple(sorted(set(windows))),
        min_support=min_support,
        min_assets=min_assets,
        min_precision=min_precision,
        fdr=fdr,
        found_on=found_on,
    )
    with Progress(transient=True, disable=as_json) as bar:
        rows = read(events, EVENTS, "events", event_column, bar)
        failed = read(failures, FAILURES, "modes of failure", failure_column, bar)
        task = bar.add_task("patterns", total=None)
        proposed = propose(
            rows,
            failed,
            search,
            f"{events.name} and {failures.name}",
            lambda done, of: bar.update(task, completed=done, total=of),
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(proposed.text, encoding="utf-8")
    if as_json:
        print_json({"draft": str(out), **as_dict(proposed, search)})
        return
    tell(proposed, out)


def length(text: str) -> Duration:
    """A duration on the command line."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def search_of(**asked: Any) -> Search:
    """What to look for; a wrong wish is one sentence."""
    try:
        return Search(**asked)
    except ValueError as error:
        raise GiveUp(f"This cannot be looked for: {error}.") from None


def read(file: Path, kinds: tuple[str, ...], wanted: str, column: str, bar: Progress) -> list[Record]:
    """A file's rows, with a line of progress."""
    task = bar.add_task(file.name, total=None)
    found = read_records(file, kinds, wanted, lambda rows: bar.update(task, completed=rows), column)
    bar.update(task, completed=len(found), total=len(found))
    return found


def tell(proposed: Proposed, out: Path) -> None:
    """What speaks for each proposal, and sentences on the rest."""
    for note in proposed.notes:
        print(note, file=sys.stderr)
    for one in proposed.mined.proposals:
        print("\n".join(spoken_for(one, proposed.mined)))
    print("\n".join([*sentences(proposed.mined), f"{len(proposed.mined.proposals)} draft rules → {out}"]))


def sentences(mined: Mined) -> list[str]:
    """What was asked, what did not stand, and what has no rule."""
    said = [f"{mined.tested} patterns × failure modes were asked about."]
    said += [
        f"Not confirmed on the later part: {sentence(one.pattern)} before {one.mode} "
        f"({one.confirmed.hits} of {one.confirmed.alarms} right there)."
        for one in mined.unconfirmed
    ]
    if modes := without(mined):
        said.append(f"Nothing is proposed for {', '.join(modes)}.")
    return said
