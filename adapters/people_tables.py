"""The tables of people, and of how tickets come to them, as the newest migration leaves them."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from adapters.ledger_tables import Place, metadata, number, words

person = Table("person", metadata, Column("id", Text, primary_key=True), words("team"), words("body"))
shift = Table("shift", metadata, Column("id", Text, primary_key=True), words("body"))
route = Table("route", metadata, Column("ticket", Text, primary_key=True), words("body"))
waiting = Table(
    "waiting",
    metadata,
    Column("ticket", Text, primary_key=True),
    number("since"),
    words("reason"),
    words("excluded"),
    Index(None, "reason", "since"),
)
assignment = Table(
    "assignment",
    metadata,
    Column("place", Place, primary_key=True, autoincrement=False),
    words("ticket"),
    words("person"),
    number("at"),
    words("body"),
    Index(None, "ticket", "place"),
)
first_fix = Table(
    "first_fix",
    metadata,
    Column("person", Text, primary_key=True),
    Column("failure_mode", Text, primary_key=True),
    number("tried"),
    number("fixed"),
)
last_given = Table(
    "last_given",
    metadata,
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
