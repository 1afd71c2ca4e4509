"""Work orders."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "work_order",
        sa.Column("rank", place, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        words("kind"),
        words("state"),
        words("asset"),
        words("priority"),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        sa.Column("until", sa.BigInteger, nullable=True),
        sa.Column("cycle_key", sa.Text, nullable=True, unique=True),
        number("revision"),
        words("body"),
        sa.Index(None, "state", "rank"),
        sa.Index(None, "asset", "rank"),
        sa.Index(None, "is_open", "due_at"),
        sa.Index(None, "until"),
    )
    op.create_table(
        "work_order_ticket",
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("rank", place, sa.ForeignKey("work_order.rank"), primary_key=True, autoincrement=False),
        sa.Column("open_ticket", sa.Text, nullable=True, unique=True),
        sa.Index(None, "rank"),
    )
    op.create_table(
        "work_order_line",
        sa.Column("rank", place, sa.ForeignKey("work_order.rank"), primary_key=True, autoincrement=False),
        sa.Column("position", place, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "work_order_counter",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        number("last"),
    )
