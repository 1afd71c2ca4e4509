"""People's reports, and problems."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def words(name: str) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    place = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "report",
        sa.Column("place", place, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        words("channel"),
        words("ticket"),
        words("taken"),
        words("body"),
        sa.Index(None, "ticket", "place"),
    )
    op.create_table(
        "problem",
        sa.Column("place", place, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        words("state"),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        words("body"),
        sa.Index(None, "state", "place"),
    )
