"""Foretold failures in the ledger: the episodes that hold, and when assets were renewed."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from adapters import ledger_tables as tables
from adapters.ledger_rows import finding_of
from domain.finding import ACTIVE, Finding

F = tables.finding.c
Episode = tuple[str, str]
"""Rule and asset."""


def episodes(connection: Connection, version: str) -> dict[Episode, Finding]:
    """Findings of a version whose condition holds, by rule and asset."""
    asked = select(tables.finding).where(F.version == version, F.state.in_(sorted(ACTIVE)), F.shadow.is_(False))
    found: Iterable[Finding] = map(finding_of, connection.execute(asked.order_by(F.started_at, F.id)))
    return {(finding.rule, finding.asset): finding for finding in found}
