"""`truckroll device`: the registry of devices and assets."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.data_directory import DataDirectory
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from adapters.system_clock import SystemClock
from domain.entries import Entry, Kind
from domain.errors import DirectoryInUse
from domain.instants import instant_text
from domain.registry import Registry
from ingest.inventory import Import, plan_import
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.settings import Settings
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Devices, assets and who hangs on what.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("list")(list_devices)
    group.command("gaps")(list_gaps)
    app.add_typer(group, name="device")


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV file; columns: docs/payloads.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Register, change and move devices. A running service takes it in within a second."""
    settings = settings_from(config)
    clock = SystemClock()
    plan = plan_import(file.read_bytes(), str(file), registry_of(settings), clock.now())
    if not dry_run:
        put_in_force(settings, plan, clock)
    show(plan, dry_run=dry_run, as_json=as_json)


def registry_of(settings: Settings) -> Registry:
    """The registry as the journal says it is; empty before the first start."""
    registry = Registry()
    if settings.data.exists() and (directory := DataDirectory(settings.data, read_only=True)).journal.exists():
        with JournalReader(directory.path) as journal:
            for _, entry in journal.controls():
                if entry.topic == "registry":
                    registry.apply(entry.payload)
    return registry


def put_in_force(settings: Settings, plan: Import, clock: SystemClock) -> None:
    """Journal the import: directly, or through the inbox of the service that runs."""
    try:
        with DataDirectory(settings.data) as directory, SqliteJournal(directory.path) as journal:
            entries = [Entry(Kind.CONTROL, clock.now(), "registry", payload) for payload in plan.payloads]
            if entries:
                journal.append(entries)
    except DirectoryInUse:
        directory = DataDirectory(settings.data, read_only=True)
        for payload in plan.payloads:
            directory.drop("registry", payload)


def show(plan: Import, *, dry_run: bool, as_json: bool) -> None:
    """What the import does."""
    counts = {
        "added": len(plan.added),
        "changed": len(plan.changed),
        "moved": len(plan.moved),
        "unchanged": len(plan.unchanged),
    }
    if as_json:
        print_json(counts | {"dry_run": dry_run})
        return
    print(("Would be: " if dry_run else "") + ", ".join(f"{number} {word}" for word, number in counts.items()))


def list_devices(config: Config = None, as_json: AsJson = False) -> None:
    """The assets that the ledger knows."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        rows = [facts.as_dict() for facts in ledger.assets()]
    if as_json:
        print_json({"assets": rows})
        return
    columns = ["asset", "device", "model", "site"]
    print_table(columns, [[row[column] for column in columns] for row in rows])


def list_gaps(
    device: Annotated[str | None, typer.Option(help="Only this device.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many, newest first.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Messages that devices sent and that never arrived, known from boot and seq."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        gaps, unnumbered = ledger.gaps(most, device), ledger.unnumbered()
    rows = [
        {
            "device": gap.device,
            "boot": gap.boot,
            "from_seq": gap.from_seq,
            "to_seq": gap.to_seq,
            "lost": gap.count,
            "arrived_late": gap.arrived,
            "kind": gap.kind.value,
            "noticed_at": instant_text(gap.noticed_at),
        }
        for gap in gaps
    ]
    unmeasured = [name for name in unnumbered if device in (None, name)]
    if as_json:
        print_json({"gaps": rows, "not_measurable": unmeasured})
        return
    print_table(list(rows[0]) if rows else ["device"], [list(row.values()) for row in rows], "Lost before us")
    if unmeasured:
        shown = ", ".join(unmeasured[:20]) + (" …" if len(unmeasured) > 20 else "")
        print(f"Loss not measurable, because they never numbered a message ({len(unmeasured)}): {shown}")
