"""The tables of parts and their stock, as the newest migration leaves them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

part = Table("part", metadata, Column("id", Text, primary_key=True), words("body"))
stock_location = Table("stock_location", metadata, Column("id", Text, primary_key=True), words("body"))
stock_level = Table(
    "stock_level",
    metadata,
    Column("part", Text, primary_key=True),
    Column("location", Text, primary_key=True),
    number("on_hand"),
    number("reserved"),
    words("incoming"),
    Column("counted_at", BigInteger, nullable=True),
    CheckConstraint("reserved >= 0 AND on_hand >= reserved", name="ck_stock_level_is_there"),
    Index(None, "location", "part"),
)
"""The database itself refuses stock that is not there."""
stock_movement = Table(
    "stock_movement",
    metadata,
    Column("position", Place, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    number("at"),
    words("kind"),
    words("part"),
    words("location"),
    words("order_number"),
    words("body"),
    Index(None, "part", "position"),
    Index(None, "kind", "at"),
    Index(None, "order_number"),
)
"""Every movement, only ever added to."""
stock_reservation = Table(
    "stock_reservation",
    metadata,
    Column("order_number", Text, primary_key=True),
    Column("need", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("location", Text, primary_key=True),
    number("pieces"),
    Index(None, "part", "location"),
)
stock_short = Table(
    "stock_short",
    metadata,
    Column("order_number", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    number("pieces"),
    Column("due_at", BigInteger, nullable=True),
    Index(None, "part", "due_at"),
)
"""What released orders lack."""
