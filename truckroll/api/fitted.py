"""What is fitted to an asset, and what its failures cost."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from adapters import ledger_fitted, ledger_places
from domain.asset_value import Fitted as Kept
from domain.asset_value import Removal
from domain.text import Text
from truckroll.api.acts import Actor, Line, Prose
from truckroll.api.meters import AssetInPath
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Shape, When, in_one_line
from truckroll.asset_values import MOST, failure_costs, set_failure_cost
from truckroll.fitting import fit_part

router = APIRouter(tags=["assets"])
Position = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]


class Fitted(Shape):
    """A part in a position, from one instant to another."""

    position: str
    part: str
    serial: str
    lot: str
    since: At
    until: At | None
    """Null: it is in there now."""
    removal: Removal | None
    """Why it was taken out."""
    order: str
    """The order that put it in."""
    by: str


class FittedParts(Shape):
    """An asset's parts by position, oldest first."""

    items: list[Fitted]


class Fitting(Asked):
    """A part that somebody put in."""

    position: Position
    part: Line
    """Empty: the position is left empty."""
    serial: Line = ""
    lot: Line = ""
    at: When | Absent = None
    """Now, where it is not said."""
    removal: Removal = Removal.PREVENTIVE
    """Why the part before was taken out."""
    order: Line = ""
    by: Actor = "operator"
    why: Prose = ""


class Cost(Shape):
    """What one failure of the asset costs, beyond its repair."""

    asset: str
    amount: float
    currency: str
    is_assumed: bool
    """By its criticality, because nobody has said it."""
    why: Text


class NewCost(Asked):
    """What a failure costs."""

    amount: float | None = Field(ge=0, le=MOST)
    """Null: it is assumed again."""
    by: Actor = "operator"
    why: Prose = ""


@router.get("/assets/{asset:path}/fitted", summary="An asset's parts", responses=answers(401, 404, 422, 503))
def fitted(running: Running, asset: AssetInPath) -> FittedParts:
    """What sits in it and what sat in it before."""
    ledger_places.asset(running.ledger, asset)
    with running.ledger.reading() as connection:
        found = ledger_fitted.fitted_to(connection, [asset])
    return FittedParts.model_validate({"items": found})


@router.post("/assets/{asset:path}/fitted", summary="Fit a part", responses=answers(401, 404, 413, 422, 503))
def fit(here: Here, asset: AssetInPath, said: Fitting) -> FittedParts:
    """What sat in the position goes into the history. The same again changes nothing."""
    now = here.clock.now()
    wanted = Kept(
        asset=asset,
        position=in_one_line(said.position),
        part=said.part.strip(),
        serial=said.serial,
        lot=said.lot,
        since=now if said.at is None else said.at,
        order=said.order,
        by=said.by,
    )
    found = fit_part(here.running.ledger, wanted, removal=said.removal, now=now, why=said.why)
    return FittedParts.model_validate({"items": found})


@router.get("/assets/{asset:path}/failure-cost", summary="What a failure costs", responses=answers(401, 404, 422, 503))
def cost(running: Running, asset: AssetInPath) -> Cost:
    """What somebody said, or what is assumed."""
    ledger_places.asset(running.ledger, asset)
    settings = running.settings.maintenance
    with running.ledger.reading() as connection:
        found = failure_costs(connection, [asset], settings.failure_costs)[asset]
    return Cost(
        asset=asset, amount=found.amount, currency=settings.currency, is_assumed=found.is_assumed, why=found.why
    )


@router.post(
    "/assets/{asset:path}/failure-cost", summary="Say what a failure costs", responses=answers(401, 404, 413, 422, 503)
)
def say_cost(here: Here, asset: AssetInPath, said: NewCost) -> Cost:
    """It stands in the log. The same again changes nothing."""
    set_failure_cost(here.running.ledger, asset, said.amount, by=said.by, now=here.clock.now(), why=said.why)
    return cost(here.running, asset)
