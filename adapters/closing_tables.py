"""The tables of closing: pictures, codes, confirmations, scores and what customers say."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

attachment = Table(
    "attachment",
    metadata,
    Column("id", Place, primary_key=True, autoincrement=False),
    words("ticket"),
    words("slot"),
    words("digest"),
    words("media_type"),
    number("size"),
    number("width"),
    number("height"),
    number("at"),
    words("by"),
    Column("removed_at", BigInteger, nullable=True),
    words("removed_by"),
    words("removed_why"),
    Index(None, "ticket", "id"),
    Index(None, "digest"),
)
closing_record = Table(
    "closing_record",
    metadata,
    Column("ticket", Text, primary_key=True),
    words("body"),
)
repair_check = Table(
    "repair_check",
    metadata,
    Column("ticket", Text, primary_key=True),
    number("next_at"),
    words("body"),
    Index(None, "next_at"),
)
quality = Table(
    "quality",
    metadata,
    Column("ticket", Text, primary_key=True),
    number("closing"),
    Column("tenths", BigInteger, nullable=True),
    Column("settles_at", BigInteger, nullable=True),
    words("body"),
    Index(None, "settles_at"),
)
improvement = Table(
    "improvement",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("closing", Place, primary_key=True, autoincrement=False),
    number("opened_at"),
    Column("is_open", Boolean, nullable=False),
    words("body"),
    Index(None, "is_open", "opened_at"),
)
survey = Table(
    "survey",
    metadata,
    Column("digest", Text, primary_key=True),
    words("ticket"),
    number("asked_at"),
    words("body"),
    Index(None, "ticket", "asked_at"),
)
