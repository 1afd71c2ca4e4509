"""The ledger's schema is brought up to date when it is opened."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect

from adapters import (  # noqa: F401 - their tables belong to the schema
    asset_tables,
    campaign_tables,
    closing_tables,
    crew_tables,
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

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> "Config":
    """Where Alembic finds the migrations, wherever the package is installed."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def known() -> list[str]:
    """The schema's revisions in order, by the names of the migrations' files; the last is today's."""
    return sorted(file.name[1:].partition("_")[0] for file in (MIGRATIONS / "versions").glob("m*.py"))


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Run the migrations that are missing, all or none. Raises GiveUp when a newer release wrote the ledger.

    Alembic is imported only when there is something to do, as that takes longer than all else here.
    """
    ours = known()
    with engine.connect() as connection:
        check_encoding(connection, where)
        present = revisions(connection)
    if present - set(ours):
        raise GiveUp(
            f"The ledger at {where} was written by a newer Truckroll (schema {', '.join(sorted(present))}); "
            "install that release, or restore a backup made with this one."
        )
    if present != {ours[-1]}:
        upgrade(engine)


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing when its turn has come, all or none."""
    from alembic import command

    config = migrations()
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
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())
