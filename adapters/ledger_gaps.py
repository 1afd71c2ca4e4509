"""The gap ledger: what devices sent and never arrived."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, bindparam, delete, select

from adapters import ledger_statements as statements
from adapters import ledger_tables as tables
from domain.gap import Gap, GapKind, Losses

GAP = tables.gap.c


def save(connection: Connection, losses: Losses) -> None:
    """Gaps that are known already learn only what arrived after all."""
    dialect = connection.dialect.name
    if losses.gaps:
        connection.execute(statements.saving_gap(dialect), [row_of(gap) for gap in losses.gaps])
    if losses.unnumbered:
        rows = [{"device": device} for device in losses.unnumbered]
        connection.execute(statements.adding(dialect, "unnumbered"), rows)
    if losses.numbered:
        gone = delete(tables.unnumbered).where(tables.unnumbered.c.device == bindparam("name"))
        connection.execute(gone, [{"name": device} for device in losses.numbered])


def newest(connection: Connection, most: int, device: str | None) -> Sequence[Gap]:
    """Gaps, noticed last first."""
    question = select(tables.gap).order_by(GAP.noticed_at.desc(), GAP.device, GAP.boot.desc(), GAP.from_seq.desc())
    if device is not None:
        question = question.where(GAP.device == device)
    return [gap_of(row) for row in connection.execute(question.limit(most))]


def unnumbered(connection: Connection) -> Sequence[str]:
    """Devices that never numbered a message."""
    device = tables.unnumbered.c.device
    return list(connection.execute(select(device).order_by(device)).scalars())


def row_of(gap: Gap) -> dict[str, object]:
    """A gap as a row."""
    return {
        "device": gap.device,
        "boot": gap.boot,
        "from_seq": gap.from_seq,
        "to_seq": gap.to_seq,
        "noticed_at": gap.noticed_at,
        "kind": gap.kind.value,
        "arrived": gap.arrived,
    }


def gap_of(row: Row[tuple[object, ...]]) -> Gap:
    """A row as a gap."""
    return Gap(
        device=row.device,
        boot=row.boot,
        from_seq=row.from_seq,
        to_seq=row.to_seq,
        noticed_at=row.noticed_at,
        kind=GapKind(row.kind),
        arrived=row.arrived,
    )
