"""People, and how tickets come to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def key(name: str) -> sa.Column[Any]:
    """A text by which rows are known."""
    return sa.Column(name, sa.Text, primary_key=True)


def upgrade() -> None:
    """Make the tables."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table("person", key("id"), words("team"), words("body"))
    op.create_table("shift", key("id"), words("body"))
    op.create_table("route", key("ticket"), words("body"))
    op.create_table(
        "waiting",
        key("ticket"),
        number("since"),
        words("reason"),
        words("excluded"),
        sa.Index(None, "reason", "since"),
    )
    op.create_table(
        "assignment",
        sa.Column("place", place, primary_key=True, autoincrement=False),
        words("ticket"),
        words("person"),
        number("at"),
        words("body"),
        sa.Index(None, "ticket", "place"),
    )
    op.create_table("first_fix", key("person"), key("failure_mode"), number("tried"), number("fixed"))
    op.create_table("last_given", key("person"), number("at"))
