"""What a failure of an asset costs: what somebody said, else what its criticality lets us assume."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from adapters import ledger_fitted
from adapters.ledger_fitted import SaidCost
from adapters.ledger_sql import SqlLedger
from domain.asset_value import DEFAULT_CRITICALITY, FailureCost
from domain.errors import Unknown, WrongFormat
from domain.instants import Instant
from domain.ticket import LedgerEvent, Response

MOST = 1e12


def failure_costs(
    connection: Connection, assets: Iterable[str], assumed: Mapping[str, float]
) -> dict[str, FailureCost]:
    """Of each asset, by what was said or else by its criticality; one that nobody registered counts as medium."""
    names = list(assets)
    said = ledger_fitted.costs_said(connection, names)
    facts = ledger_fitted.facts_by_asset(connection, names)
    return {name: cost_of(said.get(name), facts[name].criticality if name in facts else "", assumed) for name in names}


def cost_of(said: SaidCost | None, criticality: str, assumed: Mapping[str, float]) -> FailureCost:
    """What a failure costs."""
    if said is not None:
        by = {"en": f"{said.by} said so" + (f": {said.why}" if said.why else "."), "zh": f"由 {said.by} 设定"}
        return FailureCost(amount=said.amount, is_assumed=False, why=by)
    known = criticality if criticality in assumed else DEFAULT_CRITICALITY
    why = {
        "en": f"Assumed, because its criticality is {criticality or 'not said'}.",
        "zh": f"假定值：关键度为{criticality or '未说明'}。",
    }
    return FailureCost(amount=assumed[known], is_assumed=True, why=why)


def set_failure_cost(
    ledger: SqlLedger, asset: str, amount: float | None, *, by: str, now: Instant, why: str = ""
) -> None:
    """Say what a failure costs; None takes it back. The same again changes nothing. Raises Unknown, WrongFormat."""
    if amount is not None and not 0 <= amount <= MOST:
        raise WrongFormat([f"A failure costs 0 or more, up to {MOST:g}; say another amount."])
    with ledger.begin() as transaction:
        connection = transaction.connection
        if asset not in ledger_fitted.facts_by_asset(connection, [asset]):
            raise Unknown("asset", asset)
        before = ledger_fitted.cost_said(connection, asset)
        if (None if before is None else before.amount) == amount:
            return
        if amount is None:
            ledger_fitted.drop_cost(connection, asset)
        else:
            ledger_fitted.save_cost(connection, asset, SaidCost(amount, now, by, why))
        details = {"asset": asset, "amount": amount, "was": before.amount if before else None}
        event = LedgerEvent(at=now, kind="failure_cost_set", actor=by, why=why, details=details)
        transaction.record(Response(events=(event,)))
