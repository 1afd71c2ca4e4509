"""The tables of the desk's clocks and notices, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

clock = Table(
    "sla_clock",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("report", Text, primary_key=True),
    Column("next_at", BigInteger, nullable=True),
    Column("due_at", BigInteger, nullable=True),
    Column("is_over", Boolean, nullable=False),
    words("body"),
    Index(None, "next_at"),
    Index(None, "is_over", "due_at"),
)
notice = Table(
    "notice",
    metadata,
    Column("place", Place, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    number("at"),
    words("channel"),
    words("to"),
    words("ticket"),
    words("subject"),
    words("body"),
    Column("is_late", Boolean, nullable=False),
    words("state"),
    number("tries"),
    number("next_try_at"),
    words("said"),
    Index(None, "state", "next_try_at"),
    Index(None, "ticket", "place"),
)
