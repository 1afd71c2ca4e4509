"""Maintenance plans: what makes work due, on which assets, and when next."""

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from domain.plan import Shift, Strategy
from domain.ticket import Priority
from truckroll.api.acts import Actor, Deed
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Id, MaybeAt, Page, Shape, Word, page
from truckroll.plan_deeds import (
    File,
    FileOf,
    Format,
    Round,
    Standing,
    import_plans,
    known_plan,
    next_rounds,
    pause,
    standings,
    surroundings_of,
)

MOST_CHARACTERS = 900_000

router = APIRouter(tags=["plans"])
PlanInPath = Annotated[Id, Path(description="The plan's id.")]


class Size(Shape):
    """One size of the work."""

    id: str
    """Empty: the plan has but one."""
    every: str
    """Such as `3 months`."""
    job_plan: str
    level: int


class Plan(Shape):
    """A plan, with how many assets and open orders it has."""

    id: str
    name: dict[str, str]
    strategy: Strategy
    is_paused: bool
    automatic: bool
    priority: Priority
    where: dict[str, list[str]]
    zone: str
    calendar: str
    adjust: Shift
    job_plan: str
    packages: list[Size]
    start: str
    after_completion: bool
    shift_late: int
    shift_early: int
    season: list[str] | None
    just_done: int
    meter: str
    use: float
    first_at: float
    rules: list[str]
    within_days: int
    lead_days: float | None
    """None: as stock and crew say."""
    call_horizon: int
    scheduling_days: int
    tolerance: int
    postponement: int
    failures_per_year: float
    planned_cost: float
    taken_in: At
    assets: int
    """Active ones that it is for."""
    open: int
    """Rounds whose order is open."""


class Due(Shape):
    """A round of a plan on an asset: the open one, or one that comes if those before are done on their days."""

    plan: str
    asset: str
    order: str
    """The open one's order; empty: it is not made yet."""
    day: str
    ideal: str
    """The working day; empty of the open one, whose order says it."""
    packages: list[str]
    calls_at: MaybeAt
    """When its order is made."""
    ready_at: MaybeAt
    due_at: MaybeAt
    latest_at: MaybeAt
    """Until then it may be deferred."""


class NextAsked(Asked):
    """Which rounds."""

    plan: Id | Absent = None
    asset: Word | Absent = None
    days: int = Field(0, ge=0, le=3_650, description="So far ahead; 0 = as far as each plan says.")
    cursor: Word | Absent = Field(None, description="Rounds after this one.")
    limit: int = Field(100, ge=1, le=500)


class PlansFile(Asked):
    """A file of plans or job plans."""

    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
    format: Format = Format.TOML
    what: FileOf = FileOf.PLANS
    """What a CSV file is about; a TOML file says it itself."""
    dry_run: bool = False
    """Only say what would change."""
    by: Actor = "operator"


class Imported(Shape):
    """What a file changed, or would change, by id."""

    added: list[str]
    changed: list[str]
    unchanged: list[str]
    job_plans_added: list[str]
    job_plans_changed: list[str]
    dry_run: bool


@router.get("/plans", summary="Plans", responses=answers(401, 422, 503))
def plans(running: Running) -> list[Plan]:
    """All plans, in order of id."""
    with running.ledger.reading() as connection:
        return [shown(each) for each in standings(connection)]


@router.get("/plans/next", summary="Rounds that come", responses=answers(401, 404, 422, 503))
def coming(here: Here, asked: Annotated[NextAsked, Query()]) -> Page[Due]:
    """Open rounds and those that come, by plan and asset. Of a condition or a forecast nobody can say."""
    now, running = here.clock.now(), here.running
    around = surroundings_of(running.settings, now)
    begin, _, day = (asked.cursor or "").rpartition("/")
    plan, _, asset = begin.partition("/")
    with running.ledger.reading() as connection:
        rounds = next_rounds(
            connection,
            around,
            now,
            plan=asked.plan or "",
            asset=asked.asset or "",
            days=asked.days,
            after=(plan, asset, day),
        )
        found = [due(each) for each in islice(rounds, asked.limit + 1)]
    return page(Page[Due], found, asked.limit, lambda each: f"{each.plan}/{each.asset}/{each.day}")


@router.post("/plans/import", summary="Take in a file", responses=answers(401, 413, 422, 503))
def import_file(here: Here, said: PlansFile) -> Imported:
    """Plans and job plans are added and changed; those that the file does not name stay."""
    now = here.clock.now()
    file = File(name=f"plans.{said.format}", content=said.content, format=said.format, what=said.what)
    around = surroundings_of(here.running.settings, now)
    found = import_plans(here.running.ledger, around, file, by=said.by, now=now, dry_run=said.dry_run)
    return Imported.model_validate(found)


@router.get("/plans/{plan}", summary="One plan", responses=answers(401, 404, 422, 503))
def one(running: Running, plan: PlanInPath) -> Plan:
    """A plan with its settings."""
    with running.ledger.reading() as connection:
        known_plan(connection, plan)
        return shown(standings(connection, [plan])[0])


@router.post("/plans/{plan}/pause", summary="Let it rest", responses=answers(401, 404, 413, 422, 503))
def pause_plan(here: Here, plan: PlanInPath, said: Deed) -> Plan:
    """It makes no orders until it is resumed; those that it made stay."""
    return set_paused(here, plan, said, is_paused=True)


@router.post("/plans/{plan}/resume", summary="Let it go on", responses=answers(401, 404, 413, 422, 503))
def resume_plan(here: Here, plan: PlanInPath, said: Deed) -> Plan:
    """It makes orders again."""
    return set_paused(here, plan, said, is_paused=False)


def set_paused(here: Here, plan: str, said: Deed, *, is_paused: bool) -> Plan:
    """Do it, and how the plan stands then."""
    ledger = here.running.ledger
    pause(ledger, plan, is_paused=is_paused, by=said.by, now=here.clock.now(), why=said.why)
    with ledger.reading() as connection:
        return shown(standings(connection, [plan])[0])


def shown(one: Standing) -> Plan:
    """A plan as it travels."""
    said: dict[str, Any] = {name: getattr(one.plan, name) for name in Plan.model_fields if hasattr(one.plan, name)}
    sizes = [Size(id=s.id, every=str(s.every), job_plan=s.job_plan, level=s.level) for s in one.plan.sizes]
    where = {fact: list(globs) for fact, globs in one.plan.where.items()}
    more = {"packages": sizes, "where": where, "season": list(one.plan.season) if one.plan.season else None}
    return Plan(**{**said, **more, "taken_in": one.taken_in, "assets": one.assets, "open": one.open})


def due(one: Round) -> Due:
    """A round as it travels."""
    names = ("calls_at", "ready_at", "due_at", "latest_at")
    dates = {name: getattr(one.planned, name) if one.planned else None for name in names}
    packages = list(one.planned.packages) if one.planned else []
    ideal = one.planned.ideal if one.planned else ""
    return Due(plan=one.plan, asset=one.asset, order=one.order, day=one.day, ideal=ideal, packages=packages, **dates)
