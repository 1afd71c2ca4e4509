"""Incidents with their members, findings that open no ticket for now, and what each pinned message was read with."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def words(name: str, default: str | None = None) -> sa.Column[Any]:
    """A text that is always there."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def number(name: str) -> sa.Column[Any]:
    """A whole number that is always there."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Widen what is there, and make the new tables."""
    op.add_column("ticket", words("rule", ""))
    op.create_index("ix_ticket_rule_opened_at", "ticket", ["rule", "opened_at"])
    op.add_column("finding", words("scope", "{}"))
    op.add_column("finding", words("details", "{}"))
    op.create_index("ix_finding_rule_state", "finding", ["rule", "state"])
    op.add_column("pinned", words("sources", ""))
    make_tables()


def make_tables() -> None:
    """Incidents, members, and what is held back."""
    op.create_table(
        "incident",
        sa.Column("id", sa.Text, primary_key=True),
        words("ticket"),
        words("rule"),
        words("scope"),
        words("failure_mode"),
        words("code"),
        words("state"),
        words("suspect"),
        number("opened_at"),
        sa.Column("resolved_at", sa.BigInteger, nullable=True),
        words("details"),
        sa.Index(None, "failure_mode", "state"),
        sa.Index(None, "opened_at"),
        sa.Index(None, "ticket"),
    )
    op.create_table(
        "incident_member",
        sa.Column("incident", sa.Text, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("asset", sa.Text, primary_key=True),
        number("joined_at"),
        sa.Column("left_at", sa.BigInteger, nullable=True),
        words("why"),
        sa.Index(None, "incident", "joined_at"),
        sa.Index(None, "asset"),
    )
    op.create_table(
        "hold",
        sa.Column("finding", sa.Text, sa.ForeignKey("finding.id"), primary_key=True),
        words("asset"),
        words("kind"),
        words("by"),
        number("since"),
        words("why"),
        sa.Index(None, "kind", "by", "asset"),
    )
