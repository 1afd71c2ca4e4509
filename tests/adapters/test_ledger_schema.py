"""The ledger's schema on every engine: brought up from every released version, by whoever comes first."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from adapters.ledger_engine import build_engine, writing
from adapters.ledger_schema import known, migrations
from adapters.ledger_sql import SqlLedger
from adapters.ledger_tables import metadata
from adapters.ledger_url import url_of
from tests import new_ledgers, postgres

VERSIONS = [script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()]

pytestmark = pytest.mark.usefixtures("migrated")


@pytest.fixture(params=("sqlite", "postgresql"))
def place(request, tmp_path) -> str | Path:
    """A database that no ledger was in."""
    return tmp_path / "ledger.db" if request.param == "sqlite" else postgres.new_place()


def written_by(version: str, place: str | Path) -> None:
    """What a release with that schema left behind."""
    engine, config = build_engine(url_of(place)), migrations()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.exec_driver_sql("INSERT INTO bookmark VALUES ('watch', 7)")
        connection.exec_driver_sql("INSERT INTO event VALUES (1, 5, 'opened', 'T-2026-000001', 'desk', 'so', '{}')")
    engine.dispose()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ledger_of_any_release_is_brought_up_to_date(place, version):
    """Nothing is missing, nothing left over, no type differs, and what was recorded is still there."""
    written_by(version, place)
    with SqlLedger(place) as ledger, ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, metadata)
        assert {"watch": 7} == ledger.bookmarks()
        assert ["opened"] == [event.kind for event in ledger.events(0, 10)]


def test_each_migration_is_in_a_file_of_its_number():
    """So what is known is found without reading the files; each follows the one before it."""
    assert VERSIONS[::-1] == known()
    assert ScriptDirectory.from_config(migrations()).get_heads() == known()[-1:]


def test_several_processes_may_open_an_empty_ledger_at_once(place):
    """One of them makes the tables, the others wait for it."""
    ledgers = [SqlLedger(place) for _ in range(4)]
    troubles: list[Exception] = []

    def work(ledger: SqlLedger) -> None:
        try:
            ledger.bind("epoch-1")
        except Exception as trouble:  # noqa: BLE001
            troubles.append(trouble)

    threads = [Thread(target=work, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()

    assert [] == troubles


def test_a_ledger_made_at_once_is_the_one_that_migrations_make(tmp_path):
    """So that tests that have theirs made at once see what a service sees."""
    made = []
    for way in (new_ledgers.MIGRATES, new_ledgers.make_or_upgrade):
        path = tmp_path / f"{way.__name__}.db"
        with new_ledgers.made_by(way), SqlLedger(path), closing(sqlite3.connect(path)) as connection:
            made.append(sorted(connection.iterdump()))

    assert made[0] == made[1]
