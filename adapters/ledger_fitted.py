"""What is fitted to assets and what their failures cost, in the ledger; what was once fitted stays in the history."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from adapters import asset_tables as tables
from adapters import ledger_tables, order_tables
from adapters.ledger_orders import ORDER
from adapters.ledger_questions import some
from adapters.ledger_rows import facts_of
from adapters.ledger_statements import replacing
from domain.asset_value import Fitted, Removal
from domain.instants import Instant
from domain.registry import Facts
from domain.work_order import OrderKind, WorkOrder

F, C, A, I, W = (  # noqa: E741
    tables.fitted_part.c,
    tables.failure_cost.c,
    ledger_tables.asset.c,
    ledger_tables.installation.c,
    order_tables.work_order.c,
)


class SaidCost(NamedTuple):
    """What somebody said that a failure costs."""

    amount: float
    at: Instant
    by: str
    why: str


# -- fitted parts


def fitted_to(connection: Connection, assets: Iterable[str]) -> list[Fitted]:
    """What is and was fitted to some assets, by position, oldest first."""
    found: list[Fitted] = []
    for names in some(assets):
        asked = select(tables.fitted_part).where(F.asset.in_(names)).order_by(F.asset, F.position, F.since, F.id)
        found += [fitted_of(row) for row in connection.execute(asked)]
    return found


def fitted_of_part(connection: Connection, part: str) -> list[Fitted]:
    """Where a part is and was fitted."""
    asked = select(tables.fitted_part).where(F.part == part).order_by(F.id)
    return [fitted_of(row) for row in connection.execute(asked)]


def fitted_of(row: Any) -> Fitted:
    """From its row."""
    return Fitted(
        id=row.id,
        asset=row.asset,
        position=row.position,
        part=row.part,
        serial=row.serial,
        lot=row.lot,
        since=row.since,
        until=row.until,
        removal=Removal(row.removal) if row.removal else None,
        order=row.order_number,
        by=row.by,
    )


def add_fitted(connection: Connection, these: Iterable[Fitted]) -> list[Fitted]:
    """More of them; as they are written, with their ids."""
    last = connection.execute(select(func.max(F.id))).scalar_one() or 0
    numbered = [replace(each, id=last + nth) for nth, each in enumerate(these, 1)]
    rows = [
        {name: getattr(each, name) for name in ("id", "asset", "position", "part", "serial", "lot", "since", "until")}
        | {"removal": each.removal.value if each.removal else "", "order_number": each.order, "by": each.by}
        for each in numbered
    ]
    if rows:
        connection.execute(insert(tables.fitted_part), rows)
    return numbered


def take_out(connection: Connection, one: Fitted) -> None:
    """It is in there no longer."""
    removal = one.removal.value if one.removal else ""
    connection.execute(update(tables.fitted_part).where(F.id == one.id).values(until=one.until, removal=removal))


# -- failure costs


def cost_said(connection: Connection, asset: str) -> SaidCost | None:
    """What somebody said of an asset; None: nobody has."""
    row = connection.execute(select(tables.failure_cost).where(C.asset == asset)).one_or_none()
    return None if row is None else SaidCost(row.amount, row.at, row.by, row.why)


def costs_said(connection: Connection, assets: Iterable[str]) -> dict[str, SaidCost]:
    """Of those assets of which somebody said it."""
    found: dict[str, SaidCost] = {}
    for names in some(assets):
        rows = connection.execute(select(tables.failure_cost).where(C.asset.in_(names)))
        found |= {row.asset: SaidCost(row.amount, row.at, row.by, row.why) for row in rows}
    return found


def save_cost(connection: Connection, asset: str, said: SaidCost) -> None:
    """It is so from now on."""
    row = {"asset": asset, **said._asdict()}
    connection.execute(replacing(connection.dialect.name, "failure_cost"), row)


def drop_cost(connection: Connection, asset: str) -> None:
    """It is assumed again."""
    connection.execute(delete(tables.failure_cost).where(C.asset == asset))


# -- what is known of assets


def facts_by_asset(connection: Connection, assets: Iterable[str]) -> dict[str, Facts]:
    """What is known of assets last; those that there are."""
    found: dict[str, Facts] = {}
    for names in some(assets):
        rows = connection.execute(select(A.asset, A.facts).where(A.asset.in_(names)))
        found |= {row.asset: facts_of(row) for row in rows}
    return found


def assets_of_model(connection: Connection, model: str) -> Sequence[tuple[Facts, Instant]]:
    """The assets of a model, with when each was registered first; in order of name."""
    first = select(I.asset, func.min(I.since).label("since")).group_by(I.asset).subquery()
    asked = (
        select(A.facts, first.c.since)
        .select_from(ledger_tables.asset.join(first, first.c.asset == A.asset))
        .where(A.model == model)
        .order_by(A.asset)
    )
    return [(facts_of(row), row.since) for row in connection.execute(asked)]


def closed_repairs(connection: Connection, assets: Iterable[str]) -> list[WorkOrder]:
    """Corrective orders on some assets whose work was done, in order of number."""
    found: list[WorkOrder] = []
    for names in some(assets):
        asked = select(W.body).where(W.asset.in_(names), W.kind == OrderKind.CORRECTIVE.value, W.state == "closed")
        found += [ORDER.decode(body) for body in connection.execute(asked.order_by(W.rank)).scalars()]
    return found
