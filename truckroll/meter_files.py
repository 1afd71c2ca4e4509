"""The file of meters, as the configuration names it."""

from pathlib import Path

from domain.meter import Meter
from maintenance.meter_file import read_meters
from truckroll.settings import Settings


def load_meters(settings: Settings) -> tuple[Meter, ...] | None:
    """What it defines; None where there is no file. Raises WrongFormat with every mistake, OSError."""
    return meters_in(Path(settings.maintenance.meters_file)) if settings.maintenance.meters_file else None


def meters_in(path: Path) -> tuple[Meter, ...]:
    """What a file defines. Raises WrongFormat with every mistake, OSError."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        content = path.read_text(encoding="utf-8", errors="replace")
    return read_meters(str(path), content)
