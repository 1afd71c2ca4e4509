"""Crew plans: asked for, shown, accepted or refused; who alone may come, what was promised, and the crew's papers."""

from hashlib import sha256
from secrets import token_hex
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi import Response as Answer
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints, model_validator

from adapters import ledger_crew
from domain.crew import Obstacle, Span
from domain.crew_proposal import Easing, ProposalState
from domain.crew_proposal import Proposal as Kept
from maintenance.crew_whatif import costs
from truckroll import crew_printing
from truckroll.api.acts import Deed
from truckroll.api.deeds import Guarded, IdempotencyKey, digest_of
from truckroll.api.orders import TAGGED, OrderInPath, WorkOrder, check_seen, tagged
from truckroll.api.parts import Here, Running
from truckroll.api.problem import OtherRequest, answers
from truckroll.api.shapes import Absent, Asked, At, Id, MaybeAt, Shape, When, Word
from truckroll.crew_deeds import accept, pin, promise, refuse
from truckroll.crew_runs import Run, RunState
from truckroll.crew_schedule import Wanted, schedule
from truckroll.desk_files import load_classes

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

router = APIRouter(tags=["crew plans"])

RunId = Annotated[str, StringConstraints(pattern=r"^R-[0-9a-f]{16}$"), Path(description="The run's id.")]
PlanId = Annotated[str, StringConstraints(pattern=r"^C-[0-9]{6,9}$"), Path(description="The plan's id.")]
Technician = Annotated[Id, Path(description="Whose.")]
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), Path(description="Such as 2026-11-28.")
]
Week = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-W[0-9]{1,2}$"), Path(description="Such as 2026-W48.")]


class Begin(Asked):
    """What is to be planned."""

    days: int = Field(5, ge=1, le=31)
    seconds: float = Field(10.0, ge=0.1, le=300.0)
    rounds: int | Absent = Field(None, ge=0, le=100_000, description="So many tries instead: the same plan each time.")
    ill: list[Id] = Field(default=[], max_length=50)
    ill_from: When | Absent = Field(None, description="Else from now on.")
    ill_until: When | Absent = Field(None, description="Else as far as is planned.")
    one_more: bool = False
    more_skills: list[Word] = Field(default=[], max_length=50, description="What one more can do; none: everything.")
    late_parts: list[Word] = Field(default=[], max_length=50)
    joint: bool = Field(False, description="Give out the pieces of short parts together with dates and routes.")
    moves_promises: bool = Field(False, description="Promises that nobody can keep may be moved, at a price.")

    @model_validator(mode="after")
    def is_a_time(self) -> "Begin":
        """Somebody is ill until after they fell ill."""
        if self.ill_from is not None and self.ill_until is not None and self.ill_from >= self.ill_until:
            raise ValueError("ill_until is not after ill_from")
        return self

    @property
    def wanted(self) -> Wanted:
        """As the planner reads it."""
        return Wanted(
            days=self.days,
            seconds=self.seconds,
            rounds=self.rounds,
            ill=tuple(self.ill),
            ill_from=self.ill_from,
            ill_until=self.ill_until,
            one_more=self.one_more,
            more_skills=tuple(self.more_skills),
            late_parts=tuple(self.late_parts),
            joint=self.joint,
            moves_promises=self.moves_promises,
        )


class PlanRun(Shape):
    """A plan that is being made."""

    id: str
    state: RunState
    started_at: At
    tries: int
    best: float | None
    """The cost of the best so far."""
    plan: str
    """The plan's id once it is there."""
    said: str
    """Why it failed."""


class Booking(Shape):
    """An order in a plan, beside how it stood."""

    order: str
    revision: int
    technicians: list[str]
    starts_at: MaybeAt
    ends_at: MaybeAt
    technicians_before: list[str]
    starts_before: MaybeAt
    was_dispatched: bool
    goes_along: bool
    saves: float
    """Of what goes along: the money that doing it now saves."""
    moves_promise: bool
    waits_for_review: bool
    is_changed: bool


class Relief(Shape):
    """What would give an order its place."""

    easing: Easing
    cost: float
    said: dict[str, str]


class Left(Shape):
    """An order that nobody is sent to."""

    order: str
    obstacle: Obstacle
    why: dict[str, str]
    relief: Relief | None


class CrewPlan(Shape):
    """A plan as it is shown."""

    id: str
    made_at: At
    asked: str
    state: ProposalState
    decided_at: MaybeAt
    decided_by: str
    cost: dict[str, float]
    moved_promises: int
    bookings: list[Booking]
    left: list[Left]
    said: list[dict[str, str]]


class CrewPlans(Shape):
    """The newest plans."""

    items: list[CrewPlan]


class Pins(Deed):
    """Who alone may come."""

    technicians: list[Id] = Field(max_length=20, description="None: whoever can.")


class Promise(Deed):
    """What the customer was told and accepted."""

    begin: When
    until: When


class Language(Asked):
    """Of the page."""

    language: Literal["en", "zh"] = "en"


@router.post(
    "/crew-plans", status_code=202, summary="Make a crew plan", responses=answers(401, 404, 409, 413, 422, 503)
)
def begin(here: Here, said: Begin, idempotency_key: IdempotencyKey = None) -> PlanRun:
    """It is made beside the service and writes nothing to the orders; two at once, a third is 409."""
    digest = digest_of(said.model_dump(mode="json"))
    name = f"R-{sha256(idempotency_key.encode()).hexdigest()[:16]}" if idempotency_key else f"R-{token_hex(8)}"
    before = here.crew_runs.runs.get(name)
    if before is not None:
        if before.request != digest:
            raise OtherRequest(str(idempotency_key))
        return told(before)
    ledger, now = here.running.ledger, here.clock.now()
    making = schedule(ledger, here.running.settings, said.wanted, now)
    return told(here.crew_runs.start(ledger, making, Run(id=name, request=digest, started_at=now)))


@router.get("/crew-plans/runs/{run}", summary="How far one is", responses=answers(401, 404, 422, 503))
def one_run(here: Here, run: RunId) -> PlanRun:
    """The tries and the best cost so far; at last the plan's id."""
    return told(here.crew_runs.run(run))


@router.post("/crew-plans/runs/{run}/enough", summary="Take its best so far", responses=answers(401, 404, 422, 503))
def enough(here: Here, run: RunId) -> PlanRun:
    """It ends soon, and its best so far is its plan."""
    return told(here.crew_runs.be_content(run))


@router.post("/crew-plans/runs/{run}/cancel", summary="End it", responses=answers(401, 404, 422, 503))
def cancelled(here: Here, run: RunId) -> PlanRun:
    """It ends without a plan; one that is over stays as it is."""
    return told(here.crew_runs.cancel(run))


@router.get("/crew-plans", summary="Crew plans, newest first", responses=answers(401, 422, 503))
def plans(running: Running, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> CrewPlans:
    """The newest 200 are kept."""
    with running.ledger.reading() as connection:
        return CrewPlans(items=[shown(each) for each in ledger_crew.proposals(connection, limit)])


@router.get("/crew-plans/{crew_plan}", summary="One crew plan", responses=answers(401, 404, 422, 503))
def one_plan(running: Running, crew_plan: PlanId) -> CrewPlan:
    """Who goes where and when, beside how it was; what is left out, why, and what would help."""
    with running.ledger.reading() as connection:
        return shown(ledger_crew.proposal(connection, crew_plan))


@router.post("/crew-plans/{crew_plan}/accept", summary="Accept it", responses=answers(401, 404, 409, 413, 422, 503))
def accepted(here: Here, crew_plan: PlanId, said: Deed) -> CrewPlan:
    """It is written exactly as it was shown; 409 where an order changed since. Again changes nothing."""
    running = here.running
    now = here.clock.now()
    return shown(accept(running.ledger, load_classes(running.settings), crew_plan, now, by=said.by, why=said.why))


@router.post("/crew-plans/{crew_plan}/refuse", summary="Refuse it", responses=answers(401, 404, 409, 413, 422, 503))
def refused(here: Here, crew_plan: PlanId, said: Deed) -> CrewPlan:
    """Nothing of it is written."""
    return shown(refuse(here.running.ledger, crew_plan, here.clock.now(), by=said.by, why=said.why))


@router.post(
    "/orders/{order}/pin",
    tags=["orders"],
    summary="Say who alone makes it",
    responses=TAGGED | answers(401, 404, 409, 412, 413, 422, 428, 503),
)
def pinned(here: Here, order: OrderInPath, said: Pins, guard: Guarded, response: Answer) -> WorkOrder:
    """The next plan keeps to it."""
    names, now = said.technicians, here.clock.now()
    done = pin(
        here.running.ledger, order, names, now, by=said.by, why=said.why, check=lambda seen: check_seen(guard, seen)
    )
    return tagged(done, response)


@router.post(
    "/orders/{order}/promise",
    tags=["orders"],
    summary="Write down what the customer was told",
    responses=TAGGED | answers(401, 404, 409, 412, 413, 422, 428, 503),
)
def promised(here: Here, order: OrderInPath, said: Promise, guard: Guarded, response: Answer) -> WorkOrder:
    """The next plan keeps to it."""
    window, now = Span(said.begin, said.until), here.clock.now()
    done = promise(
        here.running.ledger, order, window, now, by=said.by, why=said.why, check=lambda seen: check_seen(guard, seen)
    )
    return tagged(done, response)


# -- papers


@router.get(
    "/technicians/{technician}/calendar.ics",
    summary="A technician's calendar",
    response_class=Answer,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}, **answers(401, 404, 422, 503)},
)
def calendar(here: Here, technician: Technician, asked: Annotated[Language, Query()]) -> Answer:
    """A feed that a calendar can subscribe to."""
    settings, now = here.running.settings.maintenance, here.clock.now()
    content = crew_printing.calendar(here.running.ledger, technician, settings, now, language=asked.language)
    return Answer(content, media_type="text/calendar; charset=utf-8")


@router.get(
    "/technicians/{technician}/days/{day}",
    summary="A technician's day as a page",
    response_class=HTMLResponse,
    responses=answers(401, 404, 422, 503),
)
def day_sheet(here: Here, technician: Technician, day: Day, asked: Annotated[Language, Query()]) -> HTMLResponse:
    """To print."""
    settings, now = here.running.settings.maintenance, here.clock.now()
    return page(crew_printing.day(here.running.ledger, technician, day, settings, now, language=asked.language))


@router.get(
    "/crew-plans/weeks/{week}",
    summary="A week as a chart",
    response_class=HTMLResponse,
    responses=answers(401, 422, 503),
)
def gantt(here: Here, week: Week, asked: Annotated[Language, Query()]) -> HTMLResponse:
    """Who is where, as accepted."""
    settings, now = here.running.settings.maintenance, here.clock.now()
    return page(crew_printing.gantt(here.running.ledger, week, settings, now, language=asked.language))


def page(text: str) -> HTMLResponse:
    """A page that may fetch nothing."""
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


# -- shapes


def told(run: Run) -> PlanRun:
    """A run as it travels."""
    return PlanRun.model_validate({name: getattr(run, name) for name in PlanRun.model_fields})


def shown(plan: Kept) -> CrewPlan:
    """A plan as it travels."""
    same = ("id", "made_at", "state", "decided_at", "decided_by", "moved_promises")
    said: dict[str, Any] = {name: getattr(plan, name) for name in same}
    return CrewPlan.model_validate(
        said
        | {
            "asked": plan.why,
            "cost": {name: round(amount, 2) for name, amount in costs(plan).items()},
            "bookings": [{name: getattr(one, name) for name in Booking.model_fields} for one in plan.bookings],
            "left": msgspec.to_builtins(plan.left),
            "said": [dict(one) for one in plan.said],
        }
    )
