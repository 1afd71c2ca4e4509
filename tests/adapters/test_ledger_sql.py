"""The ledger on SQLite: its schema, its file, and what it says when something is in the way."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from adapters import ledger_engine, ledger_sql
from adapters.ledger_schema import bring_up_to_date
from adapters.ledger_sql import SqlLedger
from adapters.ledger_tables import metadata
from domain.errors import DiskFull, GiveUp, TryLater
from domain.ticket import Pinned
from tests.ticketing.cases import finding

pytestmark = pytest.mark.usefixtures("migrated")


def move(ledger: SqlLedger, position: int) -> None:
    """A small change."""
    with ledger.begin() as transaction:
        transaction.move_bookmark("watch", position)


def pin(ledger: SqlLedger, entry: Pinned) -> None:
    """A change as big as the entry."""
    with ledger.begin() as transaction:
        transaction.move_bookmark("watch", 1)
        transaction.save_finding(finding(), [entry])


@pytest.fixture
def hasty(monkeypatch):
    """Nobody waits long for a lock."""
    monkeypatch.setattr(ledger_engine, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(ledger_sql, "PATIENCE_SECONDS", 0.05)


def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path):
    """Nothing is missing, nothing left over, no type differs."""
    with SqlLedger(tmp_path / "ledger.db") as ledger, ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, metadata)


def test_a_ledger_is_brought_up_to_date_wherever_it_lies(tmp_path):
    """Also in a folder whose name would mean something to a configuration parser; and once is enough."""
    folder = tmp_path / "50 %(odd)s : folder"
    folder.mkdir()
    for position in (1, 2):
        with SqlLedger(str(folder / "ledger.db")) as ledger:
            move(ledger, position)

    assert {"watch": 2} == SqlLedger(folder / "ledger.db").bookmarks()


def test_a_ledger_of_a_newer_release_is_left_alone(tmp_path):
    """The sentence says what to do."""
    with SqlLedger(tmp_path / "ledger.db") as ledger, ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(GiveUp, match="newer Truckroll \\(schema 9999\\); install that release"):
        SqlLedger(tmp_path / "ledger.db").open()


def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    """The next start finds the ledger as it was."""
    ledger = SqlLedger(tmp_path / "ledger.db")
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.execute", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring_up_to_date(ledger.engine, "here")
    with ledger.engine.connect() as connection:
        assert [] == connection.exec_driver_sql("SELECT name FROM sqlite_master").all()

    with ledger:
        move(ledger, 1)


def test_the_file_is_its_owners_alone_and_survives_a_power_cut(tmp_path):
    """Rights of the file and of what lies beside it; write-ahead log, every commit synced, references checked."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        move(ledger, 1)
        assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        with ledger.engine.connect() as connection:
            said = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
    assert ["wal", 2, 1] == said


def test_a_writer_that_does_not_get_its_turn_may_try_later(tmp_path, hasty):
    """Another program holds the lock; when it lets go, work goes on."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        stranger = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater, match="database is locked"):
            move(ledger, 1)
        assert {} == ledger.bookmarks()
        stranger.execute("ROLLBACK")
        stranger.close()
        move(ledger, 1)

        assert {"watch": 1} == ledger.bookmarks()


def test_a_transaction_within_a_transaction_is_refused_and_not_waited_for(tmp_path, hasty):
    """It could only wait for itself."""
    with SqlLedger(tmp_path / "ledger.db") as ledger, ledger.begin() as transaction:
        with pytest.raises(TryLater, match="busy with another change"):
            move(ledger, 1)
        transaction.move_bookmark("watch", 2)


def test_a_full_disk_keeps_nothing_and_work_goes_on_once_there_is_room(tmp_path):
    """The change as a whole is refused."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        most = 60

        def limit(connection, _record) -> None:
            connection.execute(f"PRAGMA max_page_count = {most}").close()

        event.listen(ledger.engine, "checkout", lambda connection, record, _: limit(connection, record))
        big = Pinned(finding().id, 1, 0, "t", bytes(1_000_000))
        with pytest.raises(DiskFull, match=r"ledger\.db is full; free some space"):
            pin(ledger, big)
        assert ({}, []) == (ledger.bookmarks(), ledger.findings())

        most = 10_000
        pin(ledger, big)
        assert [big] == list(ledger.pinned(finding().id))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("/nowhere/at/all/ledger.db", "choose a folder"),
        ("mysql://localhost/truckroll", "give a file or a postgresql:// address"),
        ("sqlite://", "must outlive its process"),
        (":memory:", "must outlive its process"),
    ],
)
def test_a_place_where_no_ledger_can_be_is_said_so(place, says):
    """In one sentence, at the start."""
    with pytest.raises(GiveUp, match=says), SqlLedger(place):
        pass


def test_building_a_ledger_touches_nothing(tmp_path):
    """Entering it, or its first use, does."""
    ledger = SqlLedger(tmp_path / "ledger.db")
    assert [] == list(tmp_path.iterdir())
    move(ledger, 3)
    ledger.close()

    assert {"watch": 3} == SqlLedger(Path(tmp_path / "ledger.db")).bookmarks()
