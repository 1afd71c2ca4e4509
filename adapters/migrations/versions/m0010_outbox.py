"""Webhooks, what is on its way to them, and which notices were read."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
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
        "webhook",
        sa.Column("id", sa.Text, primary_key=True),
        words("url"),
        words("format"),
        words("kinds"),
        words("filters"),
        words("language"),
        words("secret"),
        number("created_at"),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        words("why_not"),
        number("position"),
        number("sent"),
        number("last_sent_at"),
    )
    op.create_table(
        "delivery",
        sa.Column("webhook", sa.Text, primary_key=True),
        sa.Column("position", place, primary_key=True, autoincrement=False),
        words("ticket"),
        words("state"),
        number("tries"),
        number("next_try_at"),
        words("said"),
        sa.Index(None, "webhook", "state", "next_try_at"),
        sa.Index(None, "webhook", "ticket", "state", "position"),
    )
    op.create_table(
        "notice_read",
        sa.Column("id", sa.Text, primary_key=True),
        number("at"),
        words("by"),
    )
    op.create_table(
        "remedy",
        sa.Column("id", sa.Text, primary_key=True),
        words("ticket"),
        words("device"),
        sa.Column("open_device", sa.Text, nullable=True, unique=True),
        words("name"),
        words("state"),
        number("asked_at"),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        number("position"),
        words("body"),
        sa.Index(None, "state", "due_at"),
        sa.Index(None, "ticket"),
        sa.Index(None, "device", "name"),
    )
