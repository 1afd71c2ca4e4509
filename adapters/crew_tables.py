"""The table of crew plans that were shown, as the newest migration leaves it."""

from sqlalchemy import BigInteger, Column, Table

from adapters.ledger_tables import Place, metadata, words

crew_proposal = Table(
    "crew_proposal",
    metadata,
    Column("rank", Place, primary_key=True, autoincrement=False),
    Column("made_at", BigInteger, nullable=False),
    words("state"),
    words("body"),
)
