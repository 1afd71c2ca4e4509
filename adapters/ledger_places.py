"""Devices and assets out of the ledger, for people to page through in order of name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select

from adapters import ledger_tables as tables
from adapters.ledger_rows import facts_of
from adapters.ledger_sql import SqlLedger
from domain.errors import Unknown
from domain.registry import Facts, Installation


def devices(
    ledger: SqlLedger, *, asset: str = "", claimed: bool | None = None, after: str = "", most: int
) -> Sequence[Installation]:
    """Each device's latest installation, those after a name only."""
    i = tables.installation
    latest = select(i.c.device, func.max(i.c.since).label("since")).where(i.c.device > after).group_by(i.c.device)
    newest = latest.subquery()
    is_newest = and_(i.c.device == newest.c.device, i.c.since == newest.c.since)
    question: Select[Any] = (
        select(i.c.since, i.c.facts).select_from(i.join(newest, is_newest)).order_by(i.c.device).limit(most)
    )
    if asset:
        question = question.where(i.c.asset == asset)
    if claimed is not None:
        question = question.where(i.c.claimed == claimed)
    with ledger.reading() as connection:
        return [Installation(row.since, facts_of(row)) for row in connection.execute(question)]


def installations(ledger: SqlLedger, device: str) -> Sequence[Installation]:
    """Where a device was installed and since when, oldest first. Raises Unknown."""
    i = tables.installation.c
    question: Select[Any] = select(i.since, i.facts).where(i.device == device).order_by(i.since)
    with ledger.reading() as connection:
        found = [Installation(row.since, facts_of(row)) for row in connection.execute(question)]
    if not found:
        raise Unknown("device", device)
    return found


def assets(
    ledger: SqlLedger, *, model: str = "", site: str = "", claimed: bool | None = None, after: str = "", most: int
) -> Sequence[Facts]:
    """What is known of each asset last, those after a name only."""
    a = tables.asset.c
    question = select(a.facts).where(a.asset > after).order_by(a.asset).limit(most)
    for column, value in ((a.model, model), (a.site, site)):
        question = question.where(column == value) if value else question
    if claimed is not None:
        question = question.where(a.claimed == claimed)
    with ledger.reading() as connection:
        return [facts_of(row) for row in connection.execute(question)]


def asset(ledger: SqlLedger, name: str) -> Facts:
    """What is known of an asset last. Raises Unknown."""
    a = tables.asset.c
    with ledger.reading() as connection:
        row = connection.execute(select(a.facts).where(a.asset == name)).one_or_none()
    if row is None:
        raise Unknown("asset", name)
    return facts_of(row)


def devices_on(ledger: SqlLedger, asset: str, *, most: int) -> Sequence[str]:
    """The devices whose latest installation is on the asset, in order of name."""
    return [installation.facts.device for installation in devices(ledger, asset=asset, most=most)]
