"""Stores: where the configuration keeps the journal, the readings and the ledger, and who may write them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adapters.data_directory import DataDirectory
from adapters.file_lock import held_alone
from adapters.influx import InfluxTelemetry
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.errors import GiveUp, TryLater, Unknown
from ingest.health import Health
from ingest.watch import LEDGER_PART
from truckroll.elsewhere import JournalElsewhere, Neighbour
from truckroll.roles import Role
from truckroll.settings import Settings

Telemetry = SqliteTelemetry | InfluxTelemetry


@contextmanager
def home(settings: Settings, role: Role) -> Iterator[DataDirectory]:
    """The data directory, whose parts are held alone by whoever writes them. Raises DirectoryInUse, GiveUp."""
    with ExitStack() as stack:
        with after_ingest(role):
            data = stack.enter_context(DataDirectory(settings.data, read_only=not role.receives))
        if role.watches:
            stack.enter_context(held_alone(data.path / "watch.lock"))
        if role.ticks:
            stack.enter_context(held_alone(data.path / "scheduler.lock"))
        yield data


def journal_in(settings: Settings, role: Role, data: DataDirectory) -> SqliteJournal | JournalReader:
    """The journal: to write for the role that receives, to read for others. Raises GiveUp."""
    if role.receives:
        return SqliteJournal(data.path, most_age=settings.journal.age, most_bytes=settings.journal.size)
    with after_ingest(role):
        if role is Role.API:
            return JournalElsewhere(data.path, Neighbour(Role.INGEST, data.path))
        return JournalReader(data.path)


@contextmanager
def after_ingest(role: Role) -> Iterator[None]:
    """What is not there yet inside the `with` is made by another role. Raises GiveUp."""
    try:
        yield
    except Unknown as missing:
        raise GiveUp(f"{missing} The role {role} reads what the role ingest writes; start that one first.") from None


def telemetry_in(settings: Settings, data: DataDirectory) -> Telemetry:
    """The telemetry store; an InfluxDB is not asked for anything yet."""
    if settings.influx is None:
        return SqliteTelemetry(data.telemetry)
    return InfluxTelemetry(settings.influx, data.path / "influx")


def ledger_place(settings: Settings, data: DataDirectory) -> str | Path:
    """Where the ledger is: an address of PostgreSQL, or a file of the data directory."""
    return settings.ledger.url or data.ledger


def ledger_of(settings: Settings) -> SqlLedger:
    """The ledger, for a command beside the service. Raises Unknown where there is no data directory."""
    return SqlLedger(ledger_place(settings, DataDirectory(settings.data, read_only=True)))


@contextmanager
def ledger_in(settings: Settings, data: DataDirectory, health: Health) -> Iterator[SqlLedger]:
    """The ledger, for the service; where it cannot be reached yet, whoever needs it tries again. Raises GiveUp."""
    ledger = SqlLedger(ledger_place(settings, data))
    try:
        ledger.open()
    except TryLater as trouble:
        health.red(LEDGER_PART, str(trouble))
    try:
        yield ledger
    finally:
        ledger.close()
