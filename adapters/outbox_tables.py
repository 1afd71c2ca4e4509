"""The tables of what leaves: webhooks, what is on its way to them, and which notices were read."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    words("url"),
    words("format"),
    words("kinds"),
    words("filters"),
    words("language"),
    words("secret"),
    number("created_at"),
    Column("is_enabled", Boolean, nullable=False),
    words("why_not"),
    number("position"),
    number("sent"),
    number("last_sent_at"),
)
delivery = Table(
    "delivery",
    metadata,
    Column("webhook", Text, primary_key=True),
    Column("position", Place, primary_key=True, autoincrement=False),
    words("ticket"),
    words("state"),
    number("tries"),
    number("next_try_at"),
    words("said"),
    Index(None, "webhook", "state", "next_try_at"),
    Index(None, "webhook", "ticket", "state", "position"),
)
notice_read = Table(
    "notice_read",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    words("by"),
)
