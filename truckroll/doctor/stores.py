"""The stores: telemetry, ledger and journal, tried with something that is gone afterwards."""

from collections.abc import Iterator

from adapters.backup_sqlite import bookmark
from adapters.journal_reader import JournalReader
from adapters.ledger_probe import probe
from adapters.system_clock import SystemClock
from adapters.telemetry_sqlite import SqliteTelemetry, days_in
from domain.batch import Batch
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND, instant_text
from domain.ports import TelemetryStore
from ingest.decode import Decoder
from truckroll.doctor.check import Line, note, right, unknown, wrong
from truckroll.doctor.patient import Patient
from truckroll.stores import ledger_place

DEVICE, METRIC = "truckroll-doctor", "trial"
BEHIND = 100_000
"""So many entries a reader may be behind before it is worth a word."""


def trial_batch(now: int) -> Batch:
    """One reading, as the journal would bring it."""
    body = b'{"ts":%d,"boot":1,"seq":1,"values":{"%s":1}}' % (now // 1_000_000, METRIC.encode())
    return Decoder().decode([Page(1, [Entry(Kind.MESSAGE, now, f"devices/{DEVICE}/telemetry", body)])])


def reads_what_it_wrote(store: TelemetryStore, now: int) -> bool:
    """A reading goes in and comes out."""
    store.write(trial_batch(now), "doctor")
    return [1.0] == [reading.value for reading in store.readings(DEVICE, now - SECOND, now + SECOND)]


def telemetry(patient: Patient) -> Iterator[Line]:
    """Write and read; how much is kept; how far behind it is. Nothing where readings go elsewhere."""
    if patient.settings.influx is not None:
        return
    now = SystemClock().now()
    with patient.corner() as corner, SqliteTelemetry(corner) as store:
        if reads_what_it_wrote(store, now):
            yield right("telemetry store", "a reading was written and read on the data directory's disk")
        else:
            yield wrong("telemetry store", "a reading that was written cannot be read", "check the disk")
    folder = patient.settings.data / "telemetry"
    if not (folder / "catalog.db").exists():
        yield unknown("telemetry kept", "nothing yet")
        return
    days = sorted(days_in(folder))
    size = sum(path.stat().st_size for path in folder.iterdir())
    yield right("telemetry kept", f"{len(days)} days, {size / 1e6:,.1f} MB; nothing is dropped by itself")
    _, position = bookmark(folder / "catalog.db")
    yield behind("telemetry lag", position, patient)


def behind(what: str, position: int, patient: Patient) -> Line:
    """How far a reader is from the journal's end."""
    with JournalReader(patient.settings.data) as journal:
        left = max(0, journal.last - position)
    if left > BEHIND:
        return note(what, f"{left:,} entries behind", "wait and look again; if it grows, this machine is too slow")
    return right(what, f"{left:,} entries behind")


def ledger(patient: Patient) -> Iterator[Line]:
    """Schema, writing and taking back, one writer at a time."""
    if not patient.settings.data.is_dir():
        yield unknown("ledger", "there is no data directory yet; the first start makes it")
        return
    found = probe(ledger_place(patient.settings, patient.directory))
    if not found.is_there:
        yield unknown("ledger", f"{found.where} is not there yet; the first start makes it")
        return
    if not found.present:
        yield unknown("ledger", f"{found.where} is empty; the first start makes its tables")
        return
    yield right("ledger", f"{found.where} answers")
    if found.present == found.newest:
        yield right("ledger schema", f"up to date ({', '.join(found.present)})")
    else:
        told = f"{', '.join(found.present)}; this Truckroll writes {', '.join(found.newest)}"
        yield note("ledger schema", told, "make a backup, then start the service: it brings the schema up to date")
    if found.rolled_back:
        yield right("ledger writing", "a row was written and taken back")
    else:
        yield wrong("ledger writing", "a rollback left something behind", "do not use this database; restore a backup")
    if found.one_writer:
        yield right("ledger lock", "a second writer has to wait")
    else:
        yield wrong(
            "ledger lock",
            "two writers at once are let in: event positions may be passed over",
            "use a local disk for SQLite, and no pooler that changes sessions within a transaction for PostgreSQL",
        )
    if found.server_time is not None:
        yield clock_of("ledger clock", found.server_time)


def clock_of(what: str, theirs: int) -> Line:
    """Another machine's clock beside ours."""
    apart = abs(SystemClock().now() - theirs) / SECOND
    if apart > 5:
        return wrong(what, f"{apart:,.0f} s apart from ours", "let both machines take their time from NTP")
    return right(what, f"{apart:.1f} s apart from ours")


def journal(patient: Patient) -> Iterator[Line]:
    """What is kept, and whether its newest part is intact."""
    if not (patient.settings.data / "journal.db").exists():
        yield unknown("journal", "not there yet; the first start makes it")
        return
    with JournalReader(patient.settings.data) as found:
        pages = found.read(found.last - 1, 1)
        kept = found.last - found.oldest + 1
        yield right("journal", f"{kept:,} entries, {found.size / 1e6:,.1f} MB; the newest is intact")
    if pages and pages[0].entries[-1].received_at > SystemClock().now() + 5 * SECOND:
        yield wrong(
            "journal clock",
            f"its newest entry is of {instant_text(pages[0].entries[-1].received_at)}, which is still to come",
            "set this machine's clock right",
        )
