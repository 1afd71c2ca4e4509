"""Meters of assets, what their failures cost, and the parts fitted to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def amount(name: str) -> sa.Column[Any]:
    """A number that is always there."""
    return sa.Column(name, sa.Float(53), nullable=False)


def key(name: str) -> sa.Column[Any]:
    """A whole number of the primary key."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, place, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table("meter", key("rank"), words("name"), words("body"))
    op.create_table(
        "meter_source",
        key("id"),
        words("asset"),
        words("meter"),
        words("device"),
        number("since"),
        words("body"),
        sa.UniqueConstraint("asset", "meter", "device", "since"),
    )
    op.create_table("meter_day", key("source"), key("day"), number("at"), amount("value"))
    op.create_table(
        "meter_slip",
        key("source"),
        key("at"),
        amount("value"),
        words("kind"),
        number("before_at"),
        amount("before_value"),
    )
    op.create_table(
        "meter_reading",
        key("id"),
        words("asset"),
        words("meter"),
        number("at"),
        amount("value"),
        amount("counted"),
        words("by"),
        words("why"),
        number("recorded_at"),
        number("corrects"),
        sa.Column("key", sa.Text, nullable=True, unique=True),
        sa.Index(None, "asset", "meter", "at"),
    )
    op.create_table(
        "failure_cost",
        sa.Column("asset", sa.Text, primary_key=True),
        amount("amount"),
        number("at"),
        words("by"),
        words("why"),
    )
    op.create_table(
        "fitted_part",
        key("id"),
        words("asset"),
        words("position"),
        words("part"),
        words("serial"),
        words("lot"),
        number("since"),
        sa.Column("until", sa.BigInteger, nullable=True),
        words("removal"),
        words("order_number"),
        words("by"),
        sa.Index(None, "asset", "position", "since"),
        sa.Index(None, "part"),
    )
