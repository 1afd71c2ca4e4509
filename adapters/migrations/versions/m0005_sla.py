"""SLA clocks, and what people are to be told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
        "sla_clock",
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("report", sa.Text, primary_key=True),
        sa.Column("next_at", sa.BigInteger, nullable=True),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        sa.Column("is_over", sa.Boolean, nullable=False),
        words("body"),
        sa.Index(None, "next_at"),
        sa.Index(None, "is_over", "due_at"),
    )
    op.create_table(
        "notice",
        sa.Column("place", place, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        number("at"),
        words("channel"),
        words("to"),
        words("ticket"),
        words("subject"),
        words("body"),
        sa.Column("is_late", sa.Boolean, nullable=False),
        words("state"),
        number("tries"),
        number("next_try_at"),
        words("said"),
        sa.Index(None, "state", "next_try_at"),
        sa.Index(None, "ticket", "place"),
    )
