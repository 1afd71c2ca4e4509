"""What devices sent and never arrived."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make the tables of gaps and of devices whose gaps cannot be known."""
    op.create_table(
        "gap",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("boot", sa.BigInteger, primary_key=True),
        sa.Column("from_seq", sa.BigInteger, primary_key=True),
        number("to_seq"),
        number("noticed_at"),
        sa.Column("kind", sa.Text, nullable=False),
        number("arrived"),
        sa.Index(None, "noticed_at"),
    )
    op.create_table("unnumbered", sa.Column("device", sa.Text, primary_key=True))
