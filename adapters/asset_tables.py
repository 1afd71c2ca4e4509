"""The tables of what an asset is worth and what is fitted to it, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Column, Float, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

failure_cost = Table(
    "failure_cost",
    metadata,
    Column("asset", Text, primary_key=True),
    Column("amount", Float(53), nullable=False),
    number("at"),
    words("by"),
    words("why"),
)
fitted_part = Table(
    "fitted_part",
    metadata,
    Column("id", Place, primary_key=True, autoincrement=False),
    Column("asset", Text, nullable=False),
    Column("position", Text, nullable=False),
    words("part"),
    words("serial"),
    words("lot"),
    number("since"),
    Column("until", BigInteger, nullable=True),
    words("removal"),
    words("order_number"),
    words("by"),
    Index(None, "asset", "position", "since"),
    Index(None, "part"),
)
