"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Place = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make every table, and keep the event log from being changed."""
    make_tables()
    {"sqlite": guard_on_sqlite, "postgresql": guard_on_postgres}[op.get_context().dialect.name]()


def guard_on_sqlite() -> None:
    """Rows of the event log are neither changed nor deleted."""
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_refuses_{act.lower()} BEFORE {act} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END"
        )


def guard_on_postgres() -> None:
    """Rows of the event log are neither changed nor deleted."""
    op.execute(
        "CREATE FUNCTION event_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the event log is only ever added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_refuses()"
    )


def make_tables() -> None:
    """The tables of the first release."""
    op.create_table("meta", sa.Column("name", sa.Text, primary_key=True), words("value"))
    op.create_table("counter", sa.Column("year", sa.Integer, primary_key=True, autoincrement=False), number("last"))
    op.create_table("bookmark", sa.Column("reader", sa.Text, primary_key=True), number("position"))

    op.create_table(
        "asset",
        sa.Column("asset", sa.Text, primary_key=True),
        number("since"),
        sa.Column("claimed", sa.Boolean, nullable=False),
        words("model"),
        words("site"),
        words("facts"),
    )
    op.create_table(
        "installation",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("since", sa.BigInteger, primary_key=True),
        sa.Column("claimed", sa.Boolean, nullable=False),
        words("asset"),
        words("component"),
        words("facts"),
        sa.Index(None, "asset"),
    )

    op.create_table(
        "ticket",
        sa.Column("rank", Place, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("open_key", sa.Text, nullable=True, unique=True),
        words("asset"),
        words("component"),
        words("failure_mode"),
        words("state"),
        words("reason"),
        words("severity"),
        words("priority"),
        words("title"),
        words("summary"),
        words("ticket_class"),
        words("assignee"),
        words("note"),
        number("opened_at"),
        number("fault_at"),
        number("changed_at"),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        words("findings"),
        words("active"),
        number("evidence_count"),
        number("last_evidence_at"),
        words("dossier"),
        words("held"),
        sa.Column("touched", sa.Boolean, nullable=False),
        number("revision"),
        number("reopened"),
        words("linked_to"),
        sa.Index(None, "asset", "rank"),
        sa.Index(None, "asset", "component", "failure_mode", "closed_at"),
    )
    op.create_table(
        "ticket_finding",
        sa.Column("finding", sa.Text, primary_key=True),
        sa.Column("rank", Place, sa.ForeignKey("ticket.rank"), primary_key=True, autoincrement=False),
        sa.Index(None, "rank"),
    )

    op.create_table(
        "finding",
        sa.Column("id", sa.Text, primary_key=True),
        words("rule"),
        words("version"),
        words("key"),
        words("asset"),
        words("component"),
        words("failure_mode"),
        words("title"),
        words("ticket_class"),
        words("facts"),
        words("sources"),
        sa.Column("shadow", sa.Boolean, nullable=False),
        words("state"),
        words("severity"),
        number("started_at"),
        number("last_at"),
        number("fired_position"),
        number("position"),
        number("changed_at"),
        number("count"),
        words("evidence"),
        number("late"),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),
        number("slot"),
        number("nth"),
        sa.Index(None, "fired_position"),
        sa.Index(None, "asset"),
    )
    op.create_table(
        "pinned",
        sa.Column("finding", sa.Text, sa.ForeignKey("finding.id"), primary_key=True),
        sa.Column("position", Place, primary_key=True, autoincrement=False),
        number("received_at"),
        words("topic"),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("retained", sa.Boolean, nullable=False),
    )
    op.create_table(
        "pinned_text", sa.Column("name", sa.Text, primary_key=True), sa.Column("body", sa.LargeBinary, nullable=False)
    )

    op.create_table(
        "event",
        sa.Column("position", Place, primary_key=True, autoincrement=False),
        number("at"),
        words("kind"),
        words("ticket"),
        words("actor"),
        words("why"),
        words("details"),
        sa.Index(None, "ticket", "position"),
    )

    op.create_table(
        "quarantine",
        sa.Column("position", Place, primary_key=True, autoincrement=False),
        number("received_at"),
        words("topic"),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        words("reason"),
        words("detail"),
        sa.Index(None, "reason", "position"),
    )
