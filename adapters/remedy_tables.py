"""The table of remote remedies, as the newest migration leaves it."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from adapters.ledger_tables import metadata, number, words

remedy = Table(
    "remedy",
    metadata,
    Column("id", Text, primary_key=True),
    words("ticket"),
    words("device"),
    Column("open_device", Text, nullable=True, unique=True),
    words("name"),
    words("state"),
    number("asked_at"),
    Column("due_at", BigInteger, nullable=True),
    number("position"),
    words("body"),
    Index(None, "state", "due_at"),
    Index(None, "ticket"),
    Index(None, "device", "name"),
)
