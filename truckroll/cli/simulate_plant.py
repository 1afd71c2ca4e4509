"""`truckroll simulate plant`: faults with known truth on traffic that was recorded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from adapters.journal_reader import JournalReader
from domain.entries import Entry
from firmware_sim.planting import Planter
from firmware_sim.planting_file import read_plan
from firmware_sim.recorded import line_of, read
from truckroll.cli.options import AsJson, print_json
from truckroll.judge import truth_beside

PAGE = 2_000


def plant(
    recorded: Annotated[Path, typer.Argument(exists=True, help="Messages as JSON lines, or a journal's directory.")],
    plan: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Which faults, on which devices, when.")],
    out: Annotated[Path, typer.Option(help="Write the traffic with the faults here, as JSON lines.")],
    truth: Annotated[
        Path | None, typer.Option(help="Write what they deserve here; else beside it, as OUT.truth.json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plant faults on recorded traffic and write what they deserve beside it."""
    planter = Planter(read_plan(plan))
    target = truth or truth_beside(out)
    written = 0
    half = out.with_name(f"{out.name}.part")
    try:
        with (
            Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress,
            half.open("w", encoding="utf-8") as lines,
        ):
            task = progress.add_task(recorded.name, total=None)
            for entry in planter.plant(entries_of(recorded)):
                lines.write(line_of(entry))
                written += 1
                if written % PAGE == 0:
                    progress.update(task, completed=written)
        deserved = planter.truth()
        target.write_text(json.dumps(deserved.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    if as_json:
        print_json({"written": written, "expected_tickets": len(deserved.expected), "truth": str(target)})
    else:
        print(f"{written} entries; a perfect desk opens {len(deserved.expected)} tickets, as {target} says.")


def entries_of(recorded: Path) -> Iterator[Entry]:
    """The entries of a file of JSON lines, or of the journal in a directory."""
    if not recorded.is_dir():
        yield from read(recorded)
        return
    with JournalReader(recorded) as journal:
        position = journal.oldest - 1
        yield from (entry for at, entry in journal.controls() if at <= position)
        while pages := journal.read(position, PAGE):
            for page in pages:
                yield from page.entries
            position = pages[-1].last
