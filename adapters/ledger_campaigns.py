"""Campaigns in the ledger: what they are, where each of their units stands, and which assets they are for."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters import asset_tables, order_tables
from adapters import campaign_tables as tables
from adapters.ledger_assets import assets
from adapters.ledger_statements import replacing
from domain.campaign import Campaign, CampaignState, Unit, UnitState
from domain.errors import Conflict, Unknown
from domain.registry import Facts
from domain.work_order import OrderState

C, U, F, W = tables.campaign.c, tables.campaign_unit.c, asset_tables.fitted_part.c, order_tables.work_order.c
CAMPAIGN, UNIT = msgspec.json.Decoder(Campaign), msgspec.json.Decoder(Unit)


def campaigns(connection: Connection, states: Collection[CampaignState] = tuple(CampaignState)) -> list[Campaign]:
    """Those in some states, in order of id."""
    asked = select(C.body).where(C.state.in_(sorted(state.value for state in states))).order_by(C.id)
    return [CAMPAIGN.decode(body) for body in connection.execute(asked).scalars()]


def campaign(connection: Connection, name: str) -> Campaign:
    """One of them. Raises Unknown."""
    body = connection.execute(select(C.body).where(C.id == name)).scalar_one_or_none()
    if body is None:
        raise Unknown("campaign", name)
    return CAMPAIGN.decode(body)


def known(connection: Connection, name: str) -> Campaign | None:
    """One of them, if there is one."""
    body = connection.execute(select(C.body).where(C.id == name)).scalar_one_or_none()
    return None if body is None else CAMPAIGN.decode(body)


def save(connection: Connection, one: Campaign) -> None:
    """As it is from now on."""
    row = {"id": one.id, "state": one.state.value, "body": msgspec.json.encode(one).decode()}
    connection.execute(replacing(connection.dialect.name, "campaign"), row)


# -- units


def units(
    connection: Connection, name: str, *, state: str = "", after: str = "", most: int | None = None
) -> list[Unit]:
    """A campaign's units in order of asset, those after one only."""
    asked = select(U.body).where(U.campaign == name, U.asset > after).order_by(U.asset).limit(most)
    if state:
        asked = asked.where(U.state == state)
    return [UNIT.decode(body) for body in connection.execute(asked).scalars()]


def units_of_order(connection: Connection, number: str) -> list[Unit]:
    """The units that an order works on."""
    asked = select(U.body).where(U.order_number == number).order_by(U.campaign, U.asset)
    return [UNIT.decode(body) for body in connection.execute(asked).scalars()]


def units_of_asset(connection: Connection, asset: str) -> list[Unit]:
    """What campaigns did with an asset."""
    asked = select(U.body).where(U.asset == asset).order_by(U.campaign)
    return [UNIT.decode(body) for body in connection.execute(asked).scalars()]


def add(connection: Connection, unit: Unit) -> None:
    """A unit whose order was made with it. Raises Conflict where it has one."""
    try:
        connection.execute(insert(tables.campaign_unit), row_of(unit))
    except IntegrityError as trouble:
        raise Conflict(f"The order of {unit.campaign}/{unit.asset}") from trouble


def change(connection: Connection, these: Iterable[Unit]) -> None:
    """Units as they are from now on."""
    for unit in these:
        asked = update(tables.campaign_unit).where(U.campaign == unit.campaign, U.asset == unit.asset)
        connection.execute(asked.values(row_of(unit)))


def forget(connection: Connection, name: str, asset: str) -> None:
    """The asset is no unit any more, as if it had never had an order: should it be one again, it gets its order."""
    connection.execute(delete(tables.campaign_unit).where(U.campaign == name, U.asset == asset))


def row_of(unit: Unit) -> dict[str, str]:
    """The columns of a unit."""
    return {
        "campaign": unit.campaign,
        "asset": unit.asset,
        "order_number": unit.order,
        "state": unit.state.value,
        "body": msgspec.json.encode(unit).decode(),
    }


def orders_by_state(connection: Connection, name: str, states: Collection[OrderState]) -> Sequence[str]:
    """The numbers of its open units' orders that stand in some states, in order."""
    joined = tables.campaign_unit.join(order_tables.work_order, W.number == U.order_number)
    asked = select(W.number).select_from(joined).where(U.campaign == name, U.state == UnitState.OPEN.value)
    asked = asked.where(W.state.in_(sorted(state.value for state in states))).order_by(W.rank)
    return list(dict.fromkeys(connection.execute(asked).scalars()))


def has_any(connection: Connection) -> bool:
    """There is or was a campaign."""
    return connection.execute(select(C.id).limit(1)).first() is not None


# -- what they are for


def assets_of(connection: Connection) -> Sequence[Facts]:
    """What the registry says of every asset."""
    return assets(connection)


def fitted_with(connection: Connection, part: str) -> Sequence[tuple[str, str]]:
    """The assets in which a part is fitted now, each with its lot."""
    asked = select(F.asset, F.lot).where(F.part == part, F.until.is_(None)).order_by(F.asset)
    return [(row.asset, row.lot) for row in connection.execute(asked)]
