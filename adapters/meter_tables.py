"""The tables of meters, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Column, Float, Index, Table, Text, UniqueConstraint

from adapters.ledger_tables import Place, metadata, number, words

meter = Table(
    "meter",
    metadata,
    Column("rank", Place, primary_key=True, autoincrement=False),
    words("name"),
    words("body"),
)
meter_source = Table(
    "meter_source",
    metadata,
    Column("id", Place, primary_key=True, autoincrement=False),
    Column("asset", Text, nullable=False),
    Column("meter", Text, nullable=False),
    Column("device", Text, nullable=False),
    number("since"),
    words("body"),
    UniqueConstraint("asset", "meter", "device", "since"),
)
"""What one device has counted for a meter during one stay on an asset, which began at `since`."""
meter_day = Table(
    "meter_day",
    metadata,
    Column("source", Place, primary_key=True, autoincrement=False),
    Column("day", Place, primary_key=True, autoincrement=False),
    number("at"),
    Column("value", Float(53), nullable=False),
)
"""How a source stood at its last reading of each day: what there is of history, however often a device speaks."""
meter_slip = Table(
    "meter_slip",
    metadata,
    Column("source", Place, primary_key=True, autoincrement=False),
    Column("at", Place, primary_key=True, autoincrement=False),
    Column("value", Float(53), nullable=False),
    words("kind"),
    number("before_at"),
    Column("before_value", Float(53), nullable=False),
)
meter_reading = Table(
    "meter_reading",
    metadata,
    Column("id", Place, primary_key=True, autoincrement=False),
    Column("asset", Text, nullable=False),
    Column("meter", Text, nullable=False),
    number("at"),
    Column("value", Float(53), nullable=False),
    Column("counted", Float(53), nullable=False),
    words("by"),
    words("why"),
    Column("recorded_at", BigInteger, nullable=False),
    number("corrects"),
    Column("key", Text, nullable=True, unique=True),
    Index(None, "asset", "meter", "at"),
)
