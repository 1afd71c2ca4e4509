"""The ledger's schema, release after release; run by Alembic at the opening."""
