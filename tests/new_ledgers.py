"""New ledgers in files, for tests: what all migrations would make one by one is made at once, ten times as fast."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from adapters import ledger_schema
from adapters.ledger_engine import writing
from adapters.ledger_sql import SqlLedger

FOLDER = TemporaryDirectory()
MIGRATES = ledger_schema.upgrade
"""How ledgers are brought up to date outside of tests."""


@contextmanager
def made_by(way: Callable[[Engine], None]) -> Iterator[None]:
    """Ledgers of this process are brought up to date in that way."""
    before, ledger_schema.upgrade = ledger_schema.upgrade, way
    try:
        yield
    finally:
        ledger_schema.upgrade = before


@cache
def template() -> Path:
    """A ledger that its migrations made and nobody writes to."""
    made = Path(FOLDER.name) / "ledger.db"
    with made_by(MIGRATES), SqlLedger(made):
        return made


@cache
def statements() -> list[str]:
    """What the migrations left in a new file, as statements."""
    with closing(sqlite3.connect(template())) as connection:
        return [line for line in connection.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;")]


def make_or_upgrade(engine: Engine) -> None:
    """A new file gets all tables at once; any other database is migrated."""
    if engine.dialect.name != "sqlite":
        MIGRATES(engine)
        return
    wanted = statements()
    with writing(engine) as connection:
        is_new = not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        for statement in wanted if is_new else ():
            connection.exec_driver_sql(statement)
    if not is_new:
        MIGRATES(engine)
