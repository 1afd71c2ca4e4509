"""What a ledger can do, found out without changing anything in it."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from adapters import ledger_tables as tables
from adapters.ledger_engine import WRITERS_LOCK, build_engine, in_sentences, writing
from adapters.ledger_schema import known, revisions
from adapters.ledger_url import shown, url_of
from domain.instants import SECOND, Instant

TRIAL = "a trial of truckroll doctor"


class Probed(NamedTuple):
    """What was found."""

    where: str
    is_there: bool
    """False: the file is not there yet; nothing else was asked."""
    present: tuple[str, ...] = ()
    """The schema's revisions in the database."""
    newest: tuple[str, ...] = ()
    """The revisions that this Truckroll writes."""
    rolled_back: bool = False
    """A row could be written, and was gone after the rollback."""
    one_writer: bool = False
    """A second writer had to wait for the first."""
    server_time: Instant | None = None
    """What a server of its own thinks the time is."""


def newest_revisions() -> tuple[str, ...]:
    """The revision of the schema that this Truckroll writes."""
    return tuple(known()[-1:])


def probe(place: str | Path) -> Probed:
    """Look at a ledger. Raises TryLater, DiskFull, GiveUp."""
    url = url_of(place)
    is_file = url.get_backend_name() == "sqlite"
    where = shown(url)
    if is_file and not Path(where).exists():
        return Probed(where, False)
    engine = build_engine(url)
    try:
        with in_sentences(where):
            with engine.connect() as connection:
                present = tuple(sorted(revisions(connection)))
                at = None if is_file else server_time(connection)
            if not present:
                return Probed(where, True, present, newest_revisions(), server_time=at)
            with engine.connect() as second:
                alone = try_to_write(engine, second)
            with engine.connect() as connection:
                left = connection.execute(text("SELECT count(*) FROM meta WHERE name = :name"), {"name": TRIAL})
                rolled_back = left.scalar_one() == 0
    finally:
        engine.dispose()
    return Probed(where, True, present, newest_revisions(), rolled_back, alone, at)


class TakenBack(Exception):
    """Ends a transaction that was only a trial."""


def try_to_write(engine: object, second: Connection) -> bool:
    """Write a row, ask whether somebody else could write now, and take the row back; True = nobody else could."""
    alone = False
    try:
        with writing(engine) as connection:  # type: ignore[arg-type]
            connection.execute(insert(tables.meta), {"name": TRIAL, "value": ""})
            alone = not could_write(second)
            raise TakenBack
    except TakenBack:
        return alone


def could_write(connection: Connection) -> bool:
    """The writers' lock can be had at once."""
    if connection.dialect.name == "postgresql":
        asked = text("SELECT pg_try_advisory_xact_lock(:lock)")
        return bool(connection.execute(asked, {"lock": WRITERS_LOCK}).scalar_one())
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.rollback()
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        raw.execute("BEGIN IMMEDIATE")
    except (DBAPIError, raw.OperationalError):
        return False
    raw.rollback()
    return True


def server_time(connection: Connection) -> Instant:
    """The server's clock."""
    return int(float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()) * SECOND)
