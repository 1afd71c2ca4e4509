"""`truckroll replay`: the whole journal judged again, compared with what is recorded."""

import typer
from rich.progress import Progress

from adapters.data_directory import DataDirectory
from adapters.journal_reader import JournalReader
from ingest.watch import READER
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.replay import Replay, compare
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(config: Config = None, as_json: AsJson = False) -> None:
    """Judge the journal again up to the ledger's bookmark; exit code 1 when the findings differ."""
    settings = settings_from(config)
    directory = DataDirectory(settings.data, read_only=True)
    with (
        JournalReader(directory.path) as journal,
        ledger_of(settings) as ledger,
        Progress(transient=True, disable=as_json) as progress,
    ):
        bookmark = ledger.bookmarks().get(READER, 0)
        task = progress.add_task("replaying", total=bookmark)
        for step in compare(journal, ledger, bookmark, settings.limits):
            if isinstance(step, Replay):
                result = step
            else:
                progress.update(task, completed=step)
    tell(result, as_json)
    if not result.agrees:
        raise typer.Exit(1)


def tell(result: Replay, as_json: bool) -> None:
    """What the replay found."""
    if as_json:
        print_json(
            {"upto": result.upto, "findings": len(result.findings), "missing": result.missing, "extra": result.extra}
        )
        return
    print(f"{result.upto} entries judged again: {len(result.findings)} findings.")
    for word, ids in (("found again but not recorded", result.missing), ("recorded but not found again", result.extra)):
        print("".join(f"  {word}: {name}\n" for name in ids), end="")
    print("Replay and ledger agree." if result.agrees else "Replay and ledger DISAGREE.")
