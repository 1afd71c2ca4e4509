"""Campaigns: the same work once on every unit of a model, firmware or lot."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_campaigns
from domain.campaign import Campaign as Kept
from domain.campaign import CampaignState, UnitState
from domain.ticket import Priority
from truckroll.api.acts import Deed
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Id, MaybeAt, Page, Shape, Word, page
from truckroll.campaign_deeds import Standing, checked_globs, known_campaign, standing_of, standings, start, turn
from truckroll.plan_deeds import surroundings_of

router = APIRouter(tags=["campaigns"])
CampaignInPath = Annotated[Id, Path(description="The campaign's id.")]
Short = Annotated[str, StringConstraints(max_length=64)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Words = dict[Literal["en", "zh"], Annotated[str, StringConstraints(min_length=1, max_length=200)]]


class NewCampaign(Deed):
    """What shall be done, on which units, and when to stop."""

    id: Id
    name: Words
    reason: Words
    """Stands in each order."""
    where: dict[Glob, Annotated[list[Glob], Field(min_length=1, max_length=50)]] = Field(default={}, max_length=20)
    """Globs by fact or `tag.NAME`, such as `{"model": ["TV-55"], "tag.lot": ["L7*"]}`."""
    part: Short = ""
    """Only assets in which this part is fitted."""
    lot: Short = ""
    """Only parts of lots that match this glob."""
    job_plan: Id
    priority: Priority = Priority.MEDIUM
    automatic: bool = False
    wave: int = Field(20, ge=1, le=10_000)
    due_days: int = Field(30, ge=1, le=3_650)
    failures_per_year: float = Field(0.5, ge=0, le=1_000)
    stop_percent: int = Field(10, ge=0, le=100)
    stop_after: int = Field(10, ge=1, le=100_000)
    watch_days: int = Field(14, ge=0, le=365)
    component: Short = ""
    failure_mode: Short = ""
    dry_run: bool = False
    """Only say how many units and parts it takes."""


class HowFar(Shape):
    """In units."""

    total: int
    left: int
    made: int
    open: int
    done: int
    failed: int
    """Their trouble was back after the work."""
    refused: int


class PartNeed(Shape):
    """A part of the kit against the stock."""

    part: str
    each: int
    needed: int
    """For all units whose kit is not reserved yet."""
    available: int
    on_order: int
    missing: int
    enough_for: int
    """Units that can be served from the shelves now."""
    is_known: bool


class Campaign(Shape):
    """A campaign, how far it is, and the parts that it still takes."""

    id: str
    name: dict[str, str]
    why: dict[str, str]
    where: dict[str, list[str]]
    part: str
    lot: str
    job_plan: str
    priority: Priority
    automatic: bool
    wave: int
    due_days: int
    failures_per_year: float
    stop_percent: int
    stop_after: int
    watch_days: int
    component: str
    failure_mode: str
    started_at: At
    by: str
    state: CampaignState
    reason: dict[str, str]
    """Why it was paused or stopped."""
    ended_at: MaybeAt
    progress: HowFar
    parts: list[PartNeed]


class Unit(Shape):
    """A unit whose order was made."""

    asset: str
    order: str
    state: UnitState
    done_at: MaybeAt
    ticket: str
    """By which its trouble was back."""


class UnitsAsked(Asked):
    """Which units."""

    state: UnitState | Absent = None
    cursor: Word | Absent = Field(None, description="Units after this asset.")
    limit: int = Field(100, ge=1, le=500)


@router.get("/campaigns", summary="Campaigns", responses=answers(401, 422, 503))
def campaigns(here: Here) -> list[Campaign]:
    """All of them, in order of id."""
    around = surroundings_of(here.running.settings, here.clock.now())
    with here.running.ledger.reading() as connection:
        return [shown(each) for each in standings(connection, around)]


@router.post("/campaigns", summary="Start one", responses=answers(401, 413, 422, 503))
def begin(here: Here, said: NewCampaign) -> Campaign:
    """The same again changes nothing; with `dry_run` nothing is started."""
    now, running = here.clock.now(), here.running
    fields = {name: getattr(said, name) for name in NewCampaign.model_fields if name in Kept.__dataclass_fields__}
    wanted = Kept(**fields | {"why": said.reason, "where": checked_globs(said.where), "started_at": now})
    found = start(running.ledger, surroundings_of(running.settings, now), wanted, now, dry_run=said.dry_run)
    return shown(found)


@router.get("/campaigns/{campaign}", summary="One campaign", responses=answers(401, 404, 422, 503))
def one(here: Here, campaign: CampaignInPath) -> Campaign:
    """How far it is, and the parts that it still takes."""
    return standing(here, campaign)


@router.get("/campaigns/{campaign}/units", summary="Its units", responses=answers(401, 404, 422, 503))
def units(running: Running, campaign: CampaignInPath, asked: Annotated[UnitsAsked, Query()]) -> Page[Unit]:
    """Those that have an order, in order of asset."""
    state = asked.state.value if asked.state else ""
    with running.ledger.reading() as connection:
        known_campaign(connection, campaign)
        found = ledger_campaigns.units(
            connection, campaign, state=state, after=asked.cursor or "", most=asked.limit + 1
        )
    return page(Page[Unit], found, asked.limit, lambda unit: unit.asset)


@router.post("/campaigns/{campaign}/pause", summary="Pause it", responses=answers(401, 404, 409, 413, 422, 503))
def pause(here: Here, campaign: CampaignInPath, said: Deed) -> Campaign:
    """It makes no more orders; those that it made stay."""
    return turned(here, campaign, CampaignState.PAUSED, said)


@router.post("/campaigns/{campaign}/resume", summary="Go on", responses=answers(401, 404, 409, 413, 422, 503))
def resume(here: Here, campaign: CampaignInPath, said: Deed) -> Campaign:
    """What has come back so far does not stop it again."""
    return turned(here, campaign, CampaignState.RUNNING, said)


@router.post("/campaigns/{campaign}/stop", summary="End it", responses=answers(401, 404, 409, 413, 422, 503))
def stop(here: Here, campaign: CampaignInPath, said: Deed) -> Campaign:
    """For good; orders that nobody has approved are cancelled."""
    return turned(here, campaign, CampaignState.STOPPED, said)


def turned(here: Any, campaign: str, to: CampaignState, said: Deed) -> Campaign:
    """Do it, and how the campaign stands then."""
    turn(here.running.ledger, campaign, to, by=said.by, now=here.clock.now(), why=said.why)
    return standing(here, campaign)


def standing(here: Any, name: str) -> Campaign:
    """How a campaign stands."""
    around = surroundings_of(here.running.settings, here.clock.now())
    with here.running.ledger.reading() as connection:
        return shown(standing_of(connection, around, known_campaign(connection, name)))


def shown(one: Standing) -> Campaign:
    """The campaign as it travels."""
    own = {"progress", "parts"}
    said = {name: getattr(one.campaign, name) for name in Campaign.model_fields if name not in own}
    said["where"] = {fact: list(globs) for fact, globs in one.campaign.where.items()}
    return Campaign.model_validate(said | {"progress": one.progress, "parts": list(one.parts)})
