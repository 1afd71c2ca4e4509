"""The tables of work orders, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

work_order = Table(
    "work_order",
    metadata,
    Column("rank", Place, primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False, unique=True),
    words("kind"),
    words("state"),
    words("asset"),
    words("priority"),
    Column("is_open", Boolean, nullable=False),
    Column("due_at", BigInteger, nullable=True),
    Column("until", BigInteger, nullable=True),
    Column("cycle_key", Text, nullable=True, unique=True),
    number("revision"),
    words("body"),
    Index(None, "state", "rank"),
    Index(None, "asset", "rank"),
    Index(None, "is_open", "due_at"),
    Index(None, "until"),
)
"""`cycle_key`: the plan, asset and cycle that it is the only order for."""
work_order_ticket = Table(
    "work_order_ticket",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("rank", Place, ForeignKey("work_order.rank"), primary_key=True, autoincrement=False),
    Column("open_ticket", Text, nullable=True, unique=True),
    Index(None, "rank"),
)
"""Which orders a ticket has had; `open_ticket` is its number while that order is open: there is one at most."""
work_order_line = Table(
    "work_order_line",
    metadata,
    Column("rank", Place, ForeignKey("work_order.rank"), primary_key=True, autoincrement=False),
    Column("position", Place, primary_key=True, autoincrement=False),
)
"""The lines of the event log about an order."""
work_order_counter = Table(
    "work_order_counter",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    number("last"),
)
