"""Parts, where they lie, every movement of them, and what orders have reserved and lack."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def key(name: str) -> sa.Column[Any]:
    """A text that is part of the key."""
    return sa.Column(name, sa.Text, primary_key=True)


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table("part", key("id"), words("body"))
    op.create_table("stock_location", key("id"), words("body"))
    op.create_table(
        "stock_level",
        key("part"),
        key("location"),
        number("on_hand"),
        number("reserved"),
        words("incoming"),
        sa.Column("counted_at", sa.BigInteger, nullable=True),
        sa.CheckConstraint("reserved >= 0 AND on_hand >= reserved", name="ck_stock_level_is_there"),
        sa.Index(None, "location", "part"),
    )
    op.create_table(
        "stock_movement",
        sa.Column("position", place, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        number("at"),
        words("kind"),
        words("part"),
        words("location"),
        words("order_number"),
        words("body"),
        sa.Index(None, "part", "position"),
        sa.Index(None, "kind", "at"),
        sa.Index(None, "order_number"),
    )
    op.create_table(
        "stock_reservation",
        key("order_number"),
        key("need"),
        key("part"),
        key("location"),
        number("pieces"),
        sa.Index(None, "part", "location"),
    )
    op.create_table(
        "stock_short",
        key("order_number"),
        key("part"),
        number("pieces"),
        sa.Column("due_at", sa.BigInteger, nullable=True),
        sa.Index(None, "part", "due_at"),
    )
