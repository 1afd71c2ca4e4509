"""The tables of maintenance plans, as the newest migration leaves them."""

from sqlalchemy import Column, Index, Table, Text

from adapters.ledger_tables import metadata, number, words

plan = Table(
    "plan",
    metadata,
    Column("id", Text, primary_key=True),
    number("taken_in"),
    words("body"),
)
"""`taken_in`: when it was first; nothing was due before."""
job_plan = Table(
    "job_plan",
    metadata,
    Column("id", Text, primary_key=True),
    words("body"),
)
plan_track = Table(
    "plan_track",
    metadata,
    Column("plan", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    words("order_number"),
    words("body"),
    Index(None, "order_number"),
)
"""Where each asset stands in each plan; `order_number` is the open round's, empty where none is open."""
