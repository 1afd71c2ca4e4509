"""The ledger on PostgreSQL: writers in their order, a server that goes and comes back, and what is said about it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from adapters import ledger_engine
from adapters.ledger_settings import LedgerSettings
from adapters.ledger_sql import SqlLedger
from domain.errors import GiveUp, TryLater, WrongFormat
from domain.ticket import LedgerEvent, Response
from tests import postgres
from tests.brokers import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place() -> str:
    """An empty schema."""
    return postgres.new_place()


@pytest.fixture(scope="module")
def fragile() -> Iterator[postgres.Postgres]:
    """A server that may be stopped."""
    server = postgres.Postgres()
    server.start()
    yield server
    server.remove()


def move(ledger: SqlLedger, position: int) -> None:
    """A small change."""
    with ledger.begin() as transaction:
        transaction.move_bookmark("watch", position)


def move_around_stop(ledger: SqlLedger, server: postgres.Postgres) -> None:
    """The server goes amid the transaction."""
    with ledger.begin() as transaction:
        transaction.move_bookmark("watch", 2)
        server.stop()
        transaction.move_bookmark("watch", 3)


def event(kind: str) -> Response:
    """A line for the event log."""
    return Response(events=(LedgerEvent(at=1, kind=kind, ticket="", actor="desk"),))


def waiting_writers() -> int:
    """How many wait for the writers' lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return int(postgres.server().run(waiting)[0][0])


def test_a_writer_gets_its_positions_only_after_the_one_before_has_committed(place):
    """Two processes: the second is there already, and a reader sees neither, then the first, then both."""
    with SqlLedger(place) as first, SqlLedger(place) as second, SqlLedger(place) as reader:

        def write() -> None:
            with second.begin() as transaction:
                transaction.record(event("second"))

        thread = Thread(target=write)
        with first.begin() as transaction:
            transaction.record(event("first"))
            thread.start()
            until(waiting_writers)
            assert [] == reader.events(0, 10)
        thread.join()

        assert [(1, "first"), (2, "second")] == [(e.position, e.kind) for e in reader.events(0, 10)]


def test_a_writer_that_does_not_get_its_turn_may_try_later(place, monkeypatch):
    """Another process is at work; when it has finished, work goes on."""
    monkeypatch.setattr(ledger_engine, "PATIENCE_SECONDS", 0.05)
    with SqlLedger(place) as ledger, SqlLedger(place) as other:
        with other.begin(), pytest.raises(TryLater, match="lock timeout"):
            move(ledger, 1)
        move(ledger, 1)

        assert {"watch": 1} == other.bookmarks()


def test_a_commit_is_durable_whatever_the_servers_habits_are(place):
    """A snapshot may speak of it a moment later."""
    with SqlLedger(place.replace("options=", "options=-csynchronous_commit%3Doff%20")) as ledger:
        with ledger.begin() as transaction:
            said = transaction.connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        with ledger.reading() as connection:
            habit = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()

    assert ("on", "off") == (said, habit)


def test_a_server_that_is_restarted_is_used_again_without_help(fragile):
    """Reading and writing ask to try later while it is away; amid a transaction nothing of it stays."""
    with SqlLedger(fragile.new_database()) as ledger:
        move(ledger, 1)
        with pytest.raises(TryLater, match="cannot be used just now"):
            move_around_stop(ledger, fragile)
        for use in (ledger.bookmarks, lambda: move(ledger, 2)):
            with pytest.raises(TryLater, match="look at the disk, the server"):
                use()
        fragile.start()

        assert {"watch": 1} == ledger.bookmarks()
        move(ledger, 4)
        assert {"watch": 4} == ledger.bookmarks()


def test_a_server_that_crashes_keeps_what_was_committed(fragile):
    """Its recovery is waited for."""
    with SqlLedger(fragile.new_database()) as ledger:
        move(ledger, 1)
        fragile.kill()
        with pytest.raises(TryLater):
            move(ledger, 2)
        fragile.start()

        assert {"watch": 1} == ledger.bookmarks()


def test_a_ledger_that_is_not_there_yet_opens_once_it_is(fragile):
    """Building touches nothing; a wrong password may be put right on the server."""
    address = fragile.new_database()
    fragile.stop()
    with pytest.raises(TryLater, match="connection failed"):
        SqlLedger(address).open()
    fragile.start()
    with pytest.raises(TryLater, match="password authentication failed") as caught:
        SqlLedger(address.replace(fragile.password, "guessed")).open()

    assert "guessed" not in str(caught.value)
    with SqlLedger(address) as ledger:
        move(ledger, 1)


def test_a_database_that_cannot_keep_every_text_is_refused(fragile):
    """The sentence has the statement that makes a right one."""
    latin = fragile.new_database("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with pytest.raises(GiveUp, match="encoding LATIN1; make one with CREATE DATABASE"):
        SqlLedger(latin).open()


def test_a_ledger_of_a_newer_release_is_left_alone(place):
    """The sentence says what to do, and no password."""
    with SqlLedger(place) as ledger, ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(GiveUp, match="newer Truckroll \\(schema 9999\\)") as caught:
        SqlLedger(place).open()

    assert postgres.server().password not in str(caught.value)


WITHOUT_PSYCOPG = """
import sys
sys.modules["psycopg"] = None
from adapters.ledger_sql import SqlLedger
from domain.errors import GiveUp
try:
    SqlLedger("postgresql://localhost/truckroll")
except GiveUp as sentence:
    print(sentence)
"""


def test_without_the_extra_a_sentence_names_it():
    """In a Python that has no psycopg."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PSYCOPG],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "A ledger in PostgreSQL needs psycopg; install truckroll[postgres].\n" == done.stdout


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://u:secret@localhost/truckroll", "cannot live in mysql; give a file or a postgresql:// address"),
        ("postgresql+psycopg2://u:secret@localhost/truckroll", "cannot live in postgresql\\+psycopg2"),
        ("postgresql://u:secret@localhost", "names no database"),
        ("postgresql://u:secret@localhost:port/truckroll", "cannot be read; write it like postgresql://user:password"),
        ("postgresql://u:secret@db.plant/truckroll", "db.plant is on another machine; add \\?sslmode=verify-full"),
        ("postgresql://u:secret@/truckroll?host=10.0.0.5", "10.0.0.5 is on another machine"),
        ("ledger.db", "is no address; write it like postgresql://user:password@host/database"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_mistake_in_the_configuration(address, says):
    """Said at the start, without the password."""
    with pytest.raises(WrongFormat, match=says) as caught:
        LedgerSettings(url=address)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p@127.0.0.1:5433/truckroll",
        "postgres://u:p@localhost/truckroll",
        "postgresql://u@/truckroll?host=/var/run/postgresql",
        "postgresql:///truckroll",
        "postgresql://u:p%40ss@db.plant/truckroll?sslmode=verify-full",
        "postgresql+psycopg://u:p@[::1]/truckroll",
    ],
)
def test_an_address_that_can_be_used_is_taken_and_never_shown(address):
    """This machine needs no encryption."""
    settings = LedgerSettings(url=address)
    assert settings.is_shared
    assert "u:p" not in repr(settings) + SqlLedger(address).where
