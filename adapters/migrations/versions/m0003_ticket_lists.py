"""Lists of tickets by state, priority and failure mode, however many there are."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes that the lists are read from."""
    op.create_index("ix_ticket_state_priority_rank", "ticket", ["state", "priority", "rank"])
    op.create_index(
        "ix_ticket_failure_mode_state_priority_rank", "ticket", ["failure_mode", "state", "priority", "rank"]
    )
