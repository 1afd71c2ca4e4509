"""Pictures, codes, confirmations by the device, scores, tasks and surveys."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLACE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "attachment",
        sa.Column("id", PLACE, primary_key=True, autoincrement=False),
        words("ticket"),
        words("slot"),
        words("digest"),
        words("media_type"),
        number("size"),
        number("width"),
        number("height"),
        number("at"),
        words("by"),
        sa.Column("removed_at", sa.BigInteger, nullable=True),
        words("removed_by"),
        words("removed_why"),
        sa.Index(None, "ticket", "id"),
        sa.Index(None, "digest"),
    )
    op.create_table("closing_record", sa.Column("ticket", sa.Text, primary_key=True), words("body"))
    op.create_table(
        "repair_check",
        sa.Column("ticket", sa.Text, primary_key=True),
        number("next_at"),
        words("body"),
        sa.Index(None, "next_at"),
    )
    op.create_table(
        "quality",
        sa.Column("ticket", sa.Text, primary_key=True),
        number("closing"),
        sa.Column("tenths", sa.BigInteger, nullable=True),
        sa.Column("settles_at", sa.BigInteger, nullable=True),
        words("body"),
        sa.Index(None, "settles_at"),
    )
    op.create_table(
        "improvement",
        sa.Column("ticket", sa.Text, primary_key=True),
        sa.Column("closing", PLACE, primary_key=True, autoincrement=False),
        number("opened_at"),
        sa.Column("is_open", sa.Boolean, nullable=False),
        words("body"),
        sa.Index(None, "is_open", "opened_at"),
    )
    op.create_table(
        "survey",
        sa.Column("digest", sa.Text, primary_key=True),
        words("ticket"),
        number("asked_at"),
        words("body"),
        sa.Index(None, "ticket", "asked_at"),
    )
