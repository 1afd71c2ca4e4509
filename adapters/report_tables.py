"""The tables of people's reports and of problems, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

report = Table(
    "report",
    metadata,
    Column("place", Place, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    number("at"),
    words("channel"),
    words("ticket"),
    words("taken"),
    words("body"),
    Index(None, "ticket", "place"),
)
problem = Table(
    "problem",
    metadata,
    Column("place", Place, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    words("state"),
    Column("changed_at", BigInteger, nullable=False),
    words("body"),
    Index(None, "state", "place"),
)
