"""Remote remedies: what is tried from afar before somebody drives to the device."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Path

from domain.remedy import Command as Kept
from domain.remedy import RemedyState
from truckroll import remedy_deeds
from truckroll.api.acts import Deed
from truckroll.api.deeds import IdempotencyKey
from truckroll.api.parts import Here, Parts, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, At, Id, MaybeAt, Shape, TicketInPath
from truckroll.remedy_deeds import Deeds

router = APIRouter(tags=["tickets"])

CHANGED = answers(401, 404, 409, 413, 422, 503)
RemedyInPath = Annotated[
    str, Path(pattern=r"^R-[0-9a-f]{16}$", description="The command's id, such as R-0123456789abcdef.")
]


class Remedy(Shape):
    """One command to a device."""

    id: str
    """The device does the same id only once."""
    ticket: str
    device: str
    remedy: str
    command: str
    state: RemedyState
    asked_at: At
    asked_by: str
    approved_by: str
    sent_at: MaybeAt
    due_at: MaybeAt
    """Without the device's word by then it has failed."""
    ended_at: MaybeAt
    said: str
    """What confirmed it, or why it failed."""
    undo: str
    """The remedy that would take it back; empty: it leaves nothing behind."""
    undoes: str
    undone_by: str


class RemedyList(Shape):
    """All of a ticket."""

    items: list[Remedy]


class Ask(Deed):
    """A remedy that the ticket's class lists."""

    remedy: Id
    device: Id | Absent = None
    """Where the asset has several."""


def shown(command: Kept) -> Remedy:
    """A command as it travels."""
    beside = {"remedy": command.remedy.id, "command": command.remedy.command, "undo": command.remedy.undo}
    said = {name: getattr(command, name) for name in Remedy.model_fields if name not in beside}
    return Remedy.model_validate(said | beside)


def deeds_of(here: Parts) -> Deeds:
    """By the configuration as it is now."""
    return Deeds.of(here.running.settings, here.running.ledger)


@router.get("/tickets/{number}/remedies", summary="Its remote remedies", responses=answers(401, 404, 422, 503))
def remedies(running: Running, number: TicketInPath) -> RemedyList:
    """Oldest first, with what became of each."""
    return RemedyList(items=[shown(command) for command in remedy_deeds.of_ticket(running.ledger, number)])


@router.post("/tickets/{number}/remedies", status_code=202, summary="Ask for a remote remedy", responses=CHANGED)
def ask(here: Here, number: TicketInPath, said: Ask, idempotency_key: IdempotencyKey = None) -> Remedy:
    """It leaves within seconds, or once a second person has approved it where the class says so. 409: the device has

    another one under way, or had this one too often.
    """
    key = sha256(f"{number}/{idempotency_key}".encode()).hexdigest()[:16] if idempotency_key else ""
    now = here.clock.now()
    done = deeds_of(here).ask(number, said.remedy, by=said.by, now=now, device=said.device or "", why=said.why, key=key)
    return shown(done)


@router.post("/remedies/{remedy}/approve", summary="Approve it", responses=CHANGED)
def approve(here: Here, remedy: RemedyInPath, said: Deed) -> Remedy:
    """Somebody else than who asked for it."""
    return shown(deeds_of(here).approve(remedy, by=said.by, now=here.clock.now(), why=said.why))


@router.post("/remedies/{remedy}/refuse", summary="Refuse it", responses=CHANGED)
def refuse(here: Here, remedy: RemedyInPath, said: Deed) -> Remedy:
    """As long as it has not left."""
    return shown(deeds_of(here).refuse(remedy, by=said.by, now=here.clock.now(), why=said.why))


@router.post("/remedies/{remedy}/undo", status_code=202, summary="Take it back", responses=CHANGED)
def undo(here: Here, remedy: RemedyInPath, said: Deed) -> Remedy:
    """Answers the command that does so."""
    return shown(deeds_of(here).undo(remedy, by=said.by, now=here.clock.now()))
