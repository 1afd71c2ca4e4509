"""`truckroll backup` and `truckroll restore`: a copy of everything while the service works, and back again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress

from adapters.system_clock import SystemClock
from truckroll.backup import Backup
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.manifest import Manifest
from truckroll.restore import Restore


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    destination: Annotated[Path, typer.Argument(help="A folder that is not there yet, on another disk.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Copy journal, ledger, telemetry and snapshots as of one moment, checked; the service may be running."""
    taking = Backup(settings_from(config), destination)
    with bar(as_json) as progress:
        task = progress.add_task("copying", total=taking.size)
        manifest = taking.take(SystemClock().now(), lambda n: progress.update(task, advance=n))
    tell(manifest, f"Backup of {manifest.positions.last:,} entries in {destination}", as_json)


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that truckroll backup made.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make the configuration's data directory from a backup; what came in after the backup is lost."""
    restoring = Restore(settings_from(config), source)
    with bar(as_json) as progress:
        task = progress.add_task("checking", total=restoring.manifest.size)
        restoring.run(SystemClock().now(), lambda n: progress.update(task, advance=n))
    manifest = restoring.manifest
    tell(manifest, f"{restoring.target} is as it was at {manifest.taken_at}; start the service", as_json)


def bar(as_json: bool) -> Progress:
    """Progress for people."""
    return Progress(*Progress.get_default_columns(), DownloadColumn(), transient=True, disable=as_json)


def tell(manifest: Manifest, sentence: str, as_json: bool) -> None:
    """How it went."""
    places = manifest.positions
    if as_json:
        told = {"taken_at": manifest.taken_at, "epoch": manifest.epoch, "bytes": manifest.size}
        print_json(told | {"ledger": places.ledger, "snapshot": places.snapshot, "journal": places.last})
        return
    print(f"{sentence}. {len(manifest.files)} files, {manifest.size:,} bytes.")
