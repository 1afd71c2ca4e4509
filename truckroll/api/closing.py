"""Closing: what a ticket still needs before it may be closed, and what is written down for it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from adapters import ledger_closing
from adapters.ledger_write import SqlTransaction
from domain.closing import Codes as KeptCodes
from domain.instants import Instant
from domain.text import LANGUAGES
from domain.ticket import Response, Ticket
from ticketing.gates import called
from truckroll.api.acts import CHANGED, Changed, Deed, Prose, This
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, MaybeAt, Shape, TicketInPath
from truckroll.closing import ready_for, shown_for, write_down
from truckroll.desk_files import load_classes

router = APIRouter(tags=["closing"])

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class Codes(Asked):
    """What was wrong, why, and what was done: codes of the ticket's class."""

    problem: Code
    cause: Code
    remedy: Code


class Written(Deed):
    """Codes, and texts for the fields that the class requires."""

    codes: Codes | None = None
    fields: dict[Code, Prose] = Field(default_factory=dict, max_length=50)


class Missing(Shape):
    """Something without which the ticket is not closed."""

    name: str
    text: dict[str, str]
    """What it is, by language."""


class Choice(Shape):
    """The codes that the class has; none of a kind: any word."""

    problem: dict[str, dict[str, str]]
    cause: dict[str, dict[str, str]]
    remedy: dict[str, str]
    """With what each says about the detection: `true`, `nff`, `wrong_part` or `planned`."""


class Confirmation(Shape):
    """How the device's own confirmation stands."""

    since: At
    healthy_seconds: float
    """It has been heard, without a long silence, for so long."""
    wanted_seconds: float
    last_heard_at: MaybeAt
    asked_at: MaybeAt
    """When a person was asked, because the device could not say."""


class Score(Shape):
    """How good the closing was, as far as it is known; a null does not apply, or is not known yet."""

    score: float | None
    closed_at: At
    fixed_first_time: bool | None
    sla_kept: bool | None
    evidence_complete: bool | None
    no_repeat: bool | None
    rating: int | None


class Closing(Shape):
    """All about the closing of a ticket."""

    missing: list[Missing]
    codes: dict[str, str] | None
    fields: dict[str, str]
    choice: Choice
    confirmation: Confirmation | None
    quality: Score | None


@router.get("/tickets/{number}/closing", summary="What its closing needs", responses=answers(401, 404, 422, 503))
def closing(running: Running, number: TicketInPath) -> Closing:
    """What is missing, what is written down, how the device's confirmation stands, and how good it was."""
    ticket = running.ledger.ticket(number)
    classes = load_classes(running.settings)
    kind = classes.classes.get(ticket.ticket_class)
    with running.ledger.reading() as connection:
        shown = shown_for(connection, ticket)
        ready = ready_for(connection, classes, ticket)
        check = ledger_closing.checks_of(connection, [number]).get(number)
        quality = ledger_closing.quality_of(connection, [number]).get(number)
    return Closing.model_validate(
        {
            "missing": [
                {"name": name, "text": {lang: called(name, lang) for lang in LANGUAGES}} for name in ready.missing
            ],
            "codes": shown.codes.as_dict() if shown.codes else None,
            "fields": {name: text for name, text in shown.fields.items() if text},
            "choice": {
                "problem": dict(kind.problems) if kind else {},
                "cause": dict(kind.causes) if kind else {},
                "remedy": dict(kind.remedies) if kind else {},
            },
            "confirmation": check
            and {
                "since": check.since,
                "healthy_seconds": check.healthy_for / 1e9,
                "wanted_seconds": check.soak / 1e9,
                "last_heard_at": check.heard_until,
                "asked_at": check.asked_at,
            },
            "quality": quality
            and {
                "score": quality.score,
                "closed_at": quality.closed_at,
                **{
                    name: getattr(quality.outcome, name)
                    for name in Score.model_fields
                    if hasattr(quality.outcome, name)
                },
            },
        }
    )


@router.post("/tickets/{number}/record", summary="Write down codes and fields", responses=CHANGED)
def record(this: This, said: Written) -> Changed:
    """What is said replaces what was said before; codes that the class does not have are refused with those it has."""
    classes = load_classes(this.here.running.settings)
    codes = KeptCodes(**said.codes.model_dump()) if said.codes else None

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return write_down(transaction, classes, ticket, codes=codes, fields=said.fields, by=said.by, now=now)

    return this.do("record", said, act)
