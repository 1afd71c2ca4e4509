"""Incidents: one trouble of many devices, who its members are, and how it spread."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_incident_lists
from adapters.ledger_incident_lists import Begun, Part, Sized
from domain.incident import IncidentState
from ticketing.visits import Need
from truckroll import incidents as whole
from truckroll.api.acts import Deed
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import LATEST, Absent, Asked, At, FindingId, MaybeAt, Page, Shape, Word, page
from truckroll.api.tickets import Ticket, shown

CURSOR = r"^[0-9]{1,18}[0-9]?\.F-[0-9a-f]{16}$"

router = APIRouter(tags=["incidents"])

IncidentInPath = Annotated[FindingId, Path(description="The incident's id: that of the finding that began it.")]


class Incident(Shape):
    """An incident as it stands."""

    id: str
    ticket: str
    """Its ticket's number."""
    rule: str
    scope: dict[str, str]
    """What all its members have in common; `rule` alone: a rule that found too much at once."""
    failure_mode: str
    code: str
    state: IncidentState
    suspect: str
    """The release that is suspected."""
    opened_at: At
    resolved_at: MaybeAt
    details: dict[str, Any]
    members: int
    """How many have been its members."""
    present: int
    """How many are so now."""


class SpreadPoint(Shape):
    """How many had become members, and how many had left."""

    at: At
    joined: int
    left: int


class IncidentWithSpread(Incident):
    """An incident, and how it spread."""

    spread: list[SpreadPoint]


class Member(Shape):
    """One asset's part in an incident."""

    asset: str
    joined_at: At
    left_at: MaybeAt
    why: str
    """Why it is a member, or is none any more."""
    ticket: str
    """Its own open ticket; empty = none."""


class IncidentsAsked(Asked):
    """Which incidents."""

    state: list[IncidentState] = Field(default=[], max_length=2)
    cursor: Annotated[str, StringConstraints(pattern=CURSOR)] | Absent = None
    limit: int = Field(50, ge=1, le=200)

    @property
    def before(self) -> Begun | None:
        """The place of the last incident of the page before."""
        if self.cursor is None:
            return None
        opened_at, name = self.cursor.split(".")
        return Begun(min(int(opened_at), LATEST), name)


class MembersAsked(Asked):
    """A stretch of the members."""

    cursor: Word | Absent = Field(None, description="Members after this name.")
    limit: int = Field(100, ge=1, le=1000)


class OwnTicket(Deed):
    """A member that needs a ticket of its own."""

    asset: Word
    need: Literal["needs_visit", "reported"] = "needs_visit"
    """A person decided that somebody has to go there; or its owner complained."""


class Given(Shape):
    """The member's own ticket."""

    ticket: Ticket


def told(each: Sized) -> dict[str, Any]:
    """An incident as it travels."""
    said = {name: getattr(each.incident, name) for name in Incident.model_fields if name not in ("members", "present")}
    return said | {"members": each.members, "present": each.present}


def told_of(part: Part) -> Member:
    """A member as it travels."""
    said = {name: getattr(part.member, name) for name in ("asset", "joined_at", "left_at", "why")}
    return Member.model_validate(said | {"ticket": part.ticket})


@router.get("/incidents", summary="Incidents, newest first", responses=answers(401, 422, 503))
def incidents(running: Running, asked: Annotated[IncidentsAsked, Query()]) -> Page[Incident]:
    """By their beginning. An incident that changes keeps its place."""
    found = ledger_incident_lists.incidents(
        running.ledger, states=[state.value for state in asked.state], before=asked.before, most=asked.limit + 1
    )
    items = [(each, Incident.model_validate(told(each))) for each in found]
    cut = page(Page[Incident], [item for _, item in items], asked.limit, lambda item: item.id)
    if cut.next is None:
        return cut
    last = items[asked.limit - 1][0].incident
    return cut.model_copy(update={"next": f"{last.opened_at}.{last.id}"})


@router.get("/incidents/{incident}", summary="One incident", responses=answers(401, 404, 422, 503))
def incident(running: Running, incident: IncidentInPath) -> IncidentWithSpread:
    """An incident with its spread curve: by the minute, or by as many as make about sixty points."""
    found = ledger_incident_lists.incident(running.ledger, incident)
    curve = [point._asdict() for point in ledger_incident_lists.spread(running.ledger, incident)]
    return IncidentWithSpread.model_validate(told(found) | {"spread": curve})


@router.get("/incidents/{incident}/members", summary="Its members", responses=answers(401, 404, 422, 503))
def members(running: Running, incident: IncidentInPath, asked: Annotated[MembersAsked, Query()]) -> Page[Member]:
    """Who is or was a member, in order of name."""
    ledger_incident_lists.incident(running.ledger, incident)
    found = ledger_incident_lists.members(running.ledger, incident, after=asked.cursor or "", most=asked.limit + 1)
    return page(Page[Member], [told_of(part) for part in found], asked.limit, lambda member: member.asset)


@router.post(
    "/incidents/{incident}/tickets",
    summary="Give a member a ticket of its own",
    responses=answers(401, 404, 409, 413, 422, 503),
)
def give(here: Here, incident: IncidentInPath, said: OwnTicket) -> Given:
    """Because a visit is needed or its owner reported. The same again answers the ticket that is there."""
    ledger = here.running.ledger
    need, now = Need(said.need), here.clock.now()
    ticket = whole.give_ticket(ledger, incident, said.asset, need=need, by=said.by, now=now, why=said.why)
    return Given(ticket=shown(ticket, incident))
