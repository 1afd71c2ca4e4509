"""The review of orders: what waits for a decision, decisions one by one or many at once, CSV, feedback, and pages."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi import Response as Answer
from fastapi.responses import HTMLResponse
from pydantic import Field, StringConstraints

from adapters import ledger_orders, ledger_review
from domain.errors import WrongFormat
from domain.work_order import WorkOrder as Kept
from maintenance import feedback as learned
from maintenance.plan_dates import midnight
from maintenance.review import KEYS, First
from maintenance.review_csv import read, written
from ticketing.order_review import Changes
from truckroll import printing
from truckroll.api.acts import Actor, Deed, Line, Name
from truckroll.api.deeds import Guarded, IdempotencyKey, digest_of
from truckroll.api.orders import TAGGED, OrderInPath, OrderNumber, WorkOrder, check_seen, shown, tagged
from truckroll.api.parts import Here, Parts, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, Id, Page, Shape, When, Word, page
from truckroll.desk_files import load_classes
from truckroll.order_deeds import ANY, Request
from truckroll.plan_deeds import known_plan
from truckroll.review import (
    MOST_AT_ONCE,
    Act,
    Decision,
    Fate,
    Outcome,
    decide,
    decide_many,
    decisions_of,
    to_review,
    zones,
)

MOST_CHARACTERS = 900_000
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

router = APIRouter(tags=["review"])
Language = Literal["en", "zh"]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Week = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-W[0-9]{1,2}$"), Path(description="An ISO week, such as 2026-W48.")
]


class Csv(Answer):
    """A CSV file."""

    media_type = "text/csv"


class ReviewAsked(Asked):
    """Which orders, and what comes first."""

    first: First = First.DUE
    plan: Id | Absent = None
    campaign: Id | Absent = None
    asset: Word | Absent = None
    site: Word | Absent = None
    due_before: When | Absent = None


class ReviewPageAsked(ReviewAsked):
    """A stretch of them."""

    cursor: OrderNumber | Absent = Field(None, description="Orders after this one.")
    limit: int = Field(50, ge=1, le=200)


class ExportAsked(ReviewAsked):
    """As a file."""

    language: Language = "en"


class OrderChange(Deed):
    """What shall be different; what is left out stays. The asset stays in any case."""

    day: Day | Absent = None
    """The new ideal day; ready and due move with it. Else each date by itself."""
    ready_at: When | Absent = None
    ideal_at: When | Absent = None
    due_at: When | Absent = None
    hours: float | Absent = Field(None, gt=0, le=1_000)
    crew: int | Absent = Field(None, ge=1, le=20)
    kit: dict[Id, Annotated[int, Field(ge=1, le=10_000)]] | Absent = Field(None, max_length=100)
    """The whole kit."""
    tasks: list[dict[Literal["en", "zh"], Annotated[str, StringConstraints(max_length=500)]]] | Absent = Field(
        None, max_length=100
    )
    skills: list[Name] | Absent = Field(None, max_length=100)


class Seen(Asked):
    """An order as somebody saw it."""

    order: OrderNumber
    revision: int | Absent = Field(None, ge=0, lt=2**31)
    """Left out: whatever it is."""


class Decisions(Deed):
    """One decision about many orders."""

    act: Literal["approve", "release", "refuse", "defer", "merge"]
    orders: list[Seen] = Field(min_length=1, max_length=MOST_AT_ONCE)
    reason: Line = ""
    """Of `refuse`."""
    until: When | Absent = None
    """Of `defer`."""
    into: OrderNumber | Absent = None
    """Of `merge`."""
    without_parts: bool = False
    """Of `release`: also where the kit is not there; `why` says why."""
    dry_run: bool = True
    """Only say what would become of them."""


class ReviewFile(Asked):
    """The exported file with decisions in it."""

    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
    dry_run: bool = True
    by: Actor = "operator"


class Decided(Shape):
    """What became of a decision about one order."""

    order: str
    fate: Fate
    state: str
    """The order's afterwards; empty where there is none."""
    said: str
    """Why it is left as it is."""
    revision: int


class DecidedAll(Shape):
    """What became of all of them."""

    dry_run: bool
    items: list[Decided]


class Shift(Shape):
    """Orders that were moved one way."""

    orders: int
    median_days: float


class Feedback(Shape):
    """What people made of a plan's orders."""

    plan: str
    orders: int
    as_they_were: int
    """Approved by a person who changed nothing."""
    changed: int
    automatic: int
    refused: int
    merged: int
    cancelled: int
    waiting: int
    reasons: dict[str, int]
    """Why they were refused, and how often."""
    later: Shift
    earlier: Shift
    deferred: Shift
    fields: dict[str, int]
    """How many orders had which of their fields changed."""
    hours: list[float] | None
    """Median before and after, of those whose hours were changed."""
    kit: dict[str, int]
    """Pieces that people added, by part; below 0: took out."""
    summary: dict[str, str]


class FeedbackAsked(Asked):
    """Of which plan, since when."""

    plan: Id | Absent = None
    since: When | Absent = None


class PageAsked(Asked):
    """In which language."""

    language: Language = "en"


class WeekAsked(PageAsked):
    """Of which site."""

    site: Word | Absent = None


@router.get("/review", summary="Orders that wait for a decision", responses=answers(401, 404, 422, 503))
def review(running: Running, asked: Annotated[ReviewPageAsked, Query()]) -> Page[WorkOrder]:
    """Of plans, campaigns and tickets, the most pressing first: by due, or by what waiting costs."""
    with running.ledger.reading() as connection:
        found = found_by(connection, asked)
        if asked.cursor:
            key = KEYS[asked.first]
            last = key(ledger_orders.order(connection, asked.cursor))
            found = [order for order in found if key(order) > last]
    return page(Page[WorkOrder], [shown(each) for each in found[: asked.limit + 1]], asked.limit, lambda o: o.number)


@router.post("/review", summary="Decide about many orders", responses=answers(401, 413, 422, 503))
def decide_all(here: Here, said: Decisions, idempotency_key: IdempotencyKey = None) -> DecidedAll:
    """At most 200; what does not allow it is left as it is and says why. Without `dry_run: false` nothing changes."""
    body = said.model_dump(mode="json", exclude_unset=True)
    wanted = [decision_of(said, each, idempotency_key, digest_of(body)) for each in said.orders]
    return told(here, wanted, dry_run=said.dry_run)


@router.get("/review/export", summary="As a file", response_class=Csv, responses=answers(401, 422, 503))
def export(running: Running, asked: Annotated[ExportAsked, Query()]) -> Csv:
    """CSV in UTF-8 with a byte order mark; `decision`, `reason` and `date` are empty."""
    with running.ledger.reading() as connection:
        zone_of = zones(connection, running.settings.maintenance.zone)
        text = written(found_by(connection, asked), zone_of, asked.language)
    return Csv(text, headers={"Content-Disposition": 'attachment; filename="review.csv"'})


@router.post("/review/import", summary="Take in a file", responses=answers(401, 413, 422, 503))
def import_file(here: Here, said: ReviewFile) -> DecidedAll:
    """The same file again changes nothing; rows whose order has changed since are left, and say so."""
    wanted = decisions_of(read("review.csv", said.content), said.by)
    return told(here, wanted, dry_run=said.dry_run)


@router.get("/review/feedback", summary="What people made of plans' orders", responses=answers(401, 404, 422, 503))
def feedback(running: Running, asked: Annotated[FeedbackAsked, Query()]) -> list[Feedback]:
    """By plan, with a sentence about each."""
    with running.ledger.reading() as connection:
        if asked.plan:
            known_plan(connection, asked.plan)
        found = learned.feedback(ledger_review.reviewed(connection, asked.plan or "", asked.since or 0))
    return [Feedback.model_validate(vars_of(each)) for each in found]


@router.get(
    "/review/weeks/{week}", summary="A week as a page", response_class=HTMLResponse, responses=answers(401, 422, 503)
)
def week(here: Here, week: Week, asked: Annotated[WeekAsked, Query()]) -> HTMLResponse:
    """Orders by day and site, to be printed; it asks nobody for anything."""
    running, now = here.running, here.clock.now()
    settings = running.settings.maintenance
    text = printing.week(running.ledger, week, settings, now, language=asked.language, site=asked.site or "")
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


@router.get(
    "/orders/{order}/sheet",
    tags=["orders"],
    summary="An order as a page",
    response_class=HTMLResponse,
    responses=answers(401, 404, 422, 503),
)
def sheet(here: Here, order: OrderInPath, asked: Annotated[PageAsked, Query()]) -> HTMLResponse:
    """Tasks, parts, tools, evidence, and room for signatures, to be printed."""
    running, now = here.running, here.clock.now()
    text = printing.sheet(running.ledger, order, running.settings.maintenance, now, language=asked.language)
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


@router.post(
    "/orders/{order}/change",
    tags=["orders"],
    summary="Change what it says",
    responses=TAGGED | answers(401, 404, 409, 412, 413, 422, 428, 503),
)
def change(here: Here, order: OrderInPath, said: OrderChange, guard: Guarded, response: Answer) -> WorkOrder:
    """Its dates, hours, crew, kit, tasks and skills, before it is released; each stands in its timeline with the value

    before. The due time of a visit is its ticket's.
    """
    running = here.running
    fields = said.model_dump(exclude_unset=True, include=set(Changes.__dataclass_fields__))
    for name in ("tasks", "skills"):
        if name in fields:
            fields[name] = tuple(fields[name])
    if said.day and not {"ready_at", "ideal_at", "due_at"}.isdisjoint(fields):
        raise WrongFormat(["Give the day, with which ready and due move, or each date by itself."])
    decision = Decision(
        order=order,
        act=Act.CHANGE,
        by=said.by,
        why=said.why,
        changes=Changes(**fields),
        day=day_of(said.day) if said.day else None,
        request=request_of(guard.key, order, digest_of(said.model_dump(mode="json", exclude_unset=True))),
    )
    zone = running.settings.maintenance.zone
    classes, now = load_classes(running.settings), here.clock.now()
    decide(running.ledger, classes, decision, now, zone=zone, check=lambda seen: check_seen(guard, seen))
    with running.ledger.reading() as connection:
        return tagged(ledger_orders.order(connection, order), response)


def found_by(connection: Any, asked: ReviewAsked) -> list[Kept]:
    """The orders that are asked for."""
    return to_review(
        connection,
        asked.first,
        plan=asked.plan or "",
        campaign=asked.campaign or "",
        asset=asked.asset or "",
        site=asked.site or "",
        due_before=asked.due_before,
    )


def decision_of(said: Decisions, one: Seen, key: str | None, digest: str) -> Decision:
    """What is decided about one of many."""
    return Decision(
        order=one.order,
        act=Act(said.act),
        by=said.by,
        why=said.why,
        reason=said.reason,
        until=said.until,
        into=said.into or "",
        without_parts=said.without_parts,
        revision=one.revision,
        request=request_of(key, one.order, digest),
    )


def request_of(key: str | None, order: str, digest: str) -> Request:
    """What tells the request from any other."""
    return Request(key, f"{digest}/{order}") if key else ANY


def told(here: Parts, wanted: Sequence[Decision], *, dry_run: bool) -> DecidedAll:
    """What became of decisions."""
    running = here.running
    zone, classes = running.settings.maintenance.zone, load_classes(running.settings)
    found: list[Outcome] = decide_many(running.ledger, classes, wanted, here.clock.now(), zone=zone, dry_run=dry_run)
    return DecidedAll.model_validate({"dry_run": dry_run, "items": found})


def day_of(text: str) -> date:
    """The day that is meant. Raises WrongFormat."""
    try:
        midnight(found := date.fromisoformat(text), "UTC")
    except ValueError:
        raise WrongFormat([f"{text} is no day; write one such as 2026-11-28."]) from None
    return found


def vars_of(one: learned.Feedback) -> dict[str, Any]:
    """Everything about a plan's feedback."""
    said = {name: getattr(one, name) for name in Feedback.model_fields if name != "summary"}
    return said | {"hours": list(one.hours) if one.hours else None, "summary": dict(learned.sentence(one))}
