"""Devices: what speaks, and on which asset it is and was."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters import ledger_places
from domain.registry import Installation as Installed
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, DeviceInPath, Page, Shape, Word, page

router = APIRouter(tags=["devices"])


class Facts(Shape):
    """What the registry says of a device on its asset."""

    device: str
    asset: str
    model: str
    site: str
    component: str
    parent: str
    owner: str
    tier: str
    criticality: str
    lat: float | None
    lon: float | None
    installed: str
    warranty_until: str
    expected_state: str
    tags: dict[str, str]
    claimed: bool
    """False: it reported without having been registered."""


class Installation(Shape):
    """A device on an asset since an instant."""

    since: At
    facts: Facts


class Device(Shape):
    """A device, where it is, and every place where it was."""

    device: str
    now: Installation
    history: list[Installation]
    """Oldest first; the last one is `now`."""


class DevicesAsked(Asked):
    """Which devices."""

    asset: Word | Absent = None
    claimed: bool | Absent = None
    cursor: Word | Absent = Field(None, description="Devices after this name.")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/devices", summary="Devices by name", responses=answers(401, 422, 503))
def devices(running: Running, asked: Annotated[DevicesAsked, Query()]) -> Page[Installation]:
    """Each device with its latest installation."""
    found = ledger_places.devices(
        running.ledger,
        asset=asked.asset or "",
        claimed=asked.claimed,
        after=asked.cursor or "",
        most=asked.limit + 1,
    )
    return page(Page[Installation], found, asked.limit, name_of)


def name_of(installation: Installed) -> str:
    """The device's."""
    return installation.facts.device


@router.get("/devices/{device}", summary="One device", responses=answers(401, 404, 422, 503))
def device(running: Running, device: DeviceInPath) -> Device:
    """A device with its installations."""
    history = ledger_places.installations(running.ledger, device)
    return Device.model_validate({"device": device, "now": history[-1], "history": list(history)})
