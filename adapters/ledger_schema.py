"""The ledger's schema is brought up to date when it is opened."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from adapters import (  # noqa: F401 - their tables belong to the schema
    asset_tables,
    closing_tables,
    desk_tables,
    meter_tables,
    order_tables,
    outbox_tables,
    part_tables,
    people_tables,
    plan_tables,
    remedy_tables,
    report_tables,
)
from adapters.ledger_engine import writing
from domain.errors import GiveUp

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> Config:
    """Where Alembic finds the migrations, wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Run the migrations that are missing, all or none. Raises GiveUp when a newer release wrote the ledger."""
    config = migrations()
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    with engine.connect() as connection:
        check_encoding(connection, where)
        present = revisions(connection)
    if present - known:
        raise GiveUp(
            f"The ledger at {where} was written by a newer Truckroll (schema {', '.join(sorted(present))}); "
            "install that release, or restore a backup made with this one."
        )
    if present == set(script.get_heads()):
        return
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_encoding(connection: Connection, where: str) -> None:
    """Nothing, or GiveUp where the database cannot keep every text."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise GiveUp(
                f"The database at {where} has the encoding {encoding}; make one with "
                "CREATE DATABASE truckroll ENCODING 'UTF8' TEMPLATE template0."
            )


def revisions(connection: Connection) -> set[str]:
    """The schema's revisions in the database; none in an empty one."""
    return set(MigrationContext.configure(connection).get_current_heads())
