"""The machine: clock, disk, open files, and the folders that are ours."""

import os
import resource
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from adapters import ledger_schema
from adapters.durable_files import write_durably
from adapters.system_clock import SystemClock
from domain.errors import TruckrollError
from domain.instants import SECOND, instant_text, parse_instant
from truckroll.doctor.check import Line, note, right, unknown, wrong
from truckroll.doctor.patient import Patient
from truckroll.resources import shipped
from truckroll.ruleset import load_rules

BORN = parse_instant("2025-01-01T00:00:00Z")
SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
SYNCS = 20
SLOW_SYNC_SECONDS, HOPELESS_SYNC_SECONDS = 0.05, 0.5
LEAST_FILES = 1024
SHIPPED = [("mosquitto", name) for name in ("mosquitto.conf", "production.conf", "acl")] + [("rules", "smart-tv.toml")]


def clock(patient: Patient) -> Iterator[Line]:
    """The time is possible, agrees with the disk's, and is kept by somebody."""
    now = SystemClock().now()
    if now < BORN:
        yield wrong("clock", f"it is {instant_text(now)} here", "set the clock, and let NTP keep it")
        return
    with patient.corner() as corner:
        (corner / "now").touch()
        apart = abs((corner / "now").stat().st_mtime_ns - SystemClock().now()) / SECOND
    if apart > 5:
        yield wrong("clock", f"the disk's time is {apart:,.0f} s apart from ours", "let its server take time from NTP")
    elif SYNCHRONIZED.exists():
        yield right("clock", f"{instant_text(now)}, kept by NTP")
    else:
        yield note(
            "clock", f"{instant_text(now)}; nobody says that NTP keeps it", "see timedatectl or chronyc tracking"
        )


def disk(patient: Patient) -> Iterator[Line]:
    """Room for what may be kept, and how long a sync takes."""
    with patient.corner() as corner:
        free = shutil.disk_usage(corner).free
        pauses = sorted(sync_seconds(corner / "trial") for _ in range(SYNCS))
    journal = patient.settings.data / "journal.db"
    wanted = patient.settings.journal.size - (journal.stat().st_size if journal.exists() else 0)
    told = f"{free / 1e9:,.1f} GB free, the journal may grow by {max(0, wanted) / 1e9:,.1f} GB"
    if free < 1 << 30:
        yield wrong("disk", told, "free some space now: without it nothing is acknowledged")
    elif free < wanted:
        yield note("disk", told, "free some space, or lower [journal] most_gib")
    else:
        yield right("disk", told)
    middle = median(pauses)
    told = f"{middle * 1000:.1f} ms a durable write, the slowest of {SYNCS} {pauses[-1] * 1000:.1f} ms"
    if middle > HOPELESS_SYNC_SECONDS:
        yield wrong("disk sync", told, "put data on a disk of its own: every acknowledgement waits for one")
    elif middle > SLOW_SYNC_SECONDS:
        yield note("disk sync", told, "a disk with power-loss protection makes acknowledgements faster")
    else:
        yield right("disk sync", told)


def sync_seconds(path: Path) -> float:
    """How long 4 KiB take until they are durable."""
    begun = time.perf_counter()
    write_durably(path, (bytes(4096),))
    return time.perf_counter() - begun


def open_files(_patient: Patient) -> Iterator[Line]:
    """How many files and connections this user may have open in one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < LEAST_FILES:
        yield wrong(
            "open files", f"at most {soft}", f"raise the limit to {LEAST_FILES} or more (ulimit -n, LimitNOFILE)"
        )
    else:
        yield right("open files", f"at most {soft:,} (could be raised to {hard:,})")


def package(_patient: Patient) -> Iterator[Line]:
    """Everything that is shipped beside the code is there."""
    missing = []
    for kind, name in SHIPPED:
        try:
            shipped(kind, name)
        except FileNotFoundError:
            missing.append(name)
    if not list((ledger_schema.MIGRATIONS / "versions").glob("m*.py")):
        missing.append("migrations")
    if missing:
        yield wrong("package", f"missing: {', '.join(missing)}", "install truckroll again")
    else:
        yield right("package", "configuration for Mosquitto, rules and migrations are there")


def data_directory(patient: Patient) -> Iterator[Line]:
    """Ours alone."""
    path = patient.settings.data
    if not path.exists():
        yield unknown("data directory", f"{path} is not there yet; the first start makes it")
        return
    status = path.stat()
    if status.st_mode & 0o077:
        yield wrong(
            "data directory", f"others may look into {path} (mode {status.st_mode & 0o777:04o})", f"chmod 0700 {path}"
        )
    elif status.st_uid != os.geteuid() and os.geteuid() != 0:
        yield wrong("data directory", f"{path} is somebody else's", "run as the service's user")
    else:
        yield right("data directory", f"{path}, ours alone; " + at_work(patient))


def at_work(patient: Patient) -> str:
    """Whether a service uses it."""
    return f"a service works in it (process {patient.running['pid']})" if patient.running else "no service works in it"


def rules(patient: Patient) -> Iterator[Line]:
    """They can be read; the sources were read with the configuration."""
    files = patient.settings.rule_files()
    if not files:
        yield note(
            "rules",
            f"{', '.join(patient.settings.general.rules)} finds no file: no ticket will ever be opened",
            "write rules, or start from the shipped smart-tv.toml",
        )
        return
    try:
        count = len(load_rules(files).rules)
    except TruckrollError as error:
        yield wrong("rules", str(error), "correct them and see truckroll rules check")
    else:
        yield right("rules", f"{count} in {len(files)} files")
    yield right("sources", ", ".join(patient.settings.sources.subscriptions()))
