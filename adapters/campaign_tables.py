"""The tables of campaigns, as the newest migration leaves them."""

from sqlalchemy import Column, Index, Table, Text

from adapters.ledger_tables import metadata, words

campaign = Table(
    "campaign",
    metadata,
    Column("id", Text, primary_key=True),
    words("state"),
    words("body"),
)
campaign_unit = Table(
    "campaign_unit",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    words("order_number"),
    words("state"),
    words("body"),
    Index(None, "order_number"),
    Index(None, "asset"),
)
"""There is one row for an asset of a campaign, and with it one order."""
