"""Assets: what is maintained."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from adapters import ledger_lists, ledger_places
from domain.registry import Facts as Known
from truckroll.api.devices import Facts
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, Page, Shape, Word, page

MOST_DEVICES = 1000
MOST_TICKETS = 100

router = APIRouter(tags=["assets"])


class Asset(Shape):
    """An asset as it stands."""

    facts: Facts
    """What is known of it last."""
    devices: list[str]
    """The devices on it, at most a thousand."""
    open_tickets: list[str]
    """Numbers, newest first, at most a hundred."""


class AssetsAsked(Asked):
    """Which assets."""

    model: Word | Absent = None
    site: Word | Absent = None
    claimed: bool | Absent = None
    cursor: Word | Absent = Field(None, description="Assets after this name.")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/assets", summary="Assets by name", responses=answers(401, 422, 503))
def assets(running: Running, asked: Annotated[AssetsAsked, Query()]) -> Page[Facts]:
    """What is known of each asset last."""
    found = ledger_places.assets(
        running.ledger,
        model=asked.model or "",
        site=asked.site or "",
        claimed=asked.claimed,
        after=asked.cursor or "",
        most=asked.limit + 1,
    )
    return page(Page[Facts], found, asked.limit, name_of)


def name_of(facts: Known) -> str:
    """The asset's."""
    return facts.asset


@router.get("/assets/{asset:path}", summary="One asset", responses=answers(401, 404, 422, 503))
def asset(running: Running, asset: Annotated[Word, Path(description="The asset's name.")]) -> Asset:
    """An asset with its devices and its open tickets."""
    facts = ledger_places.asset(running.ledger, asset)
    wanted = ledger_lists.TicketsWanted(asset=asset, is_open=True)
    open_tickets = ledger_lists.tickets(running.ledger, wanted, most=MOST_TICKETS)
    devices = ledger_places.devices_on(running.ledger, asset, most=MOST_DEVICES)
    numbers = [ticket.number for ticket in open_tickets]
    return Asset.model_validate({"facts": facts, "devices": list(devices), "open_tickets": numbers})
