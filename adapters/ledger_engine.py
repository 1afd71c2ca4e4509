"""The database under the ledger: how it is reached, how writers wait for each other, what its errors mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import DiskFull, GiveUp, TryLater

PATIENCE_SECONDS = 30.0
"""So long a writer waits for its turn."""
WRITES = "truckroll_writes"
WRITERS_LOCK = 0x7472_7563_6B72
"""The number of the advisory lock that writers take on PostgreSQL."""
SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN = 5, 6, 10, 13, 14
PASSING = frozenset({SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN})
POSTGRES_DISK_FULL = "53100"
POSTGRES_PASSING = frozenset({"08", "40", "53", "55", "57"})
"""Classes of PostgreSQL's error codes that another try may cure."""
POSTGRES_STANDBY = "25006"
"""A server that only reads, as while another one takes over."""
REACH: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""After so many seconds (the last: milliseconds) a PostgreSQL that does not answer counts as gone."""


def build_engine(url: URL) -> Engine:
    """An engine that has not connected yet. Raises GiveUp when its driver is not installed."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": PATIENCE_SECONDS})
        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "begin", begin_sqlite)
        return engine
    reach = {name: value for name, value in REACH.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=reach)
    except ImportError:
        raise GiveUp("A ledger in PostgreSQL needs psycopg; install truckroll[postgres].") from None
    event.listen(engine, "begin", begin_postgres)
    return engine


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """What every SQLite connection needs: no transactions of the driver's own, and nothing lost in a power cut."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def writes(connection: Connection) -> bool:
    """The transaction was begun to write."""
    return bool(connection.get_execution_options().get(WRITES, False))


def begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock before it reads, so that what it read still holds when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN")


def begin_postgres(connection: Connection) -> None:
    """As on SQLite: writers follow each other, so that event positions are committed in their order, and a commit

    is durable whatever the server's habits are.
    """
    if writes(connection):
        connection.execution_options(no_parameters=True).exec_driver_sql(
            f"SET LOCAL lock_timeout = {int(PATIENCE_SECONDS * 1000)};"
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';"
            f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"
        )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that holds the writers' lock; commits at the end, leaves nothing after an error."""
    with engine.connect() as reader:
        connection = reader.execution_options(**{WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def in_sentences(where: str) -> Iterator[None]:
    """The database's errors that pass by themselves as TryLater and DiskFull; the others as they are."""
    try:
        yield
    except PoolTimeout as trouble:
        raise TryLater(f"The ledger at {where} has too many readers at once; try again in a moment.") from trouble
    except DBAPIError as trouble:
        if is_full(trouble):
            raise DiskFull(where) from trouble
        if is_passing(trouble):
            raise TryLater(
                f"The ledger at {where} cannot be used just now ({first_line(trouble)}); "
                "if that goes on, look at the disk, the server and who else has it open."
            ) from trouble
        raise


def first_line(trouble: DBAPIError) -> str:
    """What the database said, in short."""
    return next(iter(str(trouble.orig).splitlines()), "no reason given")


def is_full(trouble: DBAPIError) -> bool:
    """The disk had no room."""
    return code_of(trouble) == SQLITE_FULL or state_of(trouble) == POSTGRES_DISK_FULL


def is_passing(trouble: DBAPIError) -> bool:
    """Another try may work."""
    code, state = code_of(trouble), state_of(trouble)
    unreachable = isinstance(trouble, OperationalError) and not code and not state
    passing = code in PASSING or state[:2] in POSTGRES_PASSING or state == POSTGRES_STANDBY
    return unreachable or trouble.connection_invalidated or passing


def code_of(trouble: DBAPIError) -> int:
    """SQLite's primary error code; 0 = none."""
    return int(getattr(trouble.orig, "sqlite_errorcode", 0)) & 0xFF


def state_of(trouble: DBAPIError) -> str:
    """PostgreSQL's error code; empty = none."""
    return str(getattr(trouble.orig, "sqlstate", None) or "")
