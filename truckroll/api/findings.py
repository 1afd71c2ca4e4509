"""Findings: what the detectors concluded, and the messages that made them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from adapters import ledger_lists
from adapters.ledger_lists import FindingsWanted, Fired
from domain.errors import Unknown
from domain.finding import Finding as Found
from domain.finding import FindingState, Severity
from truckroll.api import messages
from truckroll.api.messages import Message, MessagesAsked
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, FindingInPath, Page, Shape, Word, page

CURSOR = r"^[0-9]{1,18}\.[0-9]{1,9}\.F-[0-9a-f]{16}$"

router = APIRouter(tags=["findings"])


class Evidence(Shape):
    """One event or reading that a finding rests on."""

    position: int
    """The journal entry it came in."""
    device: str
    at: At
    what: str
    code: str
    value: float | None


class Finding(Shape):
    """One finding as it stands."""

    id: str
    rule: str
    version: str
    key: list[tuple[str, str]]
    asset: str
    component: str
    failure_mode: str
    title: dict[str, str]
    state: FindingState
    severity: Severity
    started_at: At
    last_at: At
    changed_at: At
    fired_position: int
    position: int
    count: int
    """How many pieces of evidence there are, also those that are not listed."""
    evidence: list[Evidence]
    late: int
    score: float | None
    shadow: bool
    details: dict[str, Any]
    """What its detector can say for it: rates, a baseline, a forecast's horizon and probability."""


class FindingsPage(Asked):
    """A stretch of a list of findings."""

    cursor: Annotated[str, StringConstraints(pattern=CURSOR)] | Absent = None
    limit: int = Field(50, ge=1, le=200)

    @property
    def before(self) -> Fired | None:
        """The place of the last finding of the page before."""
        if self.cursor is None:
            return None
        position, nth, name = self.cursor.split(".")
        return Fired(int(position), int(nth), name)


class FindingsAsked(FindingsPage):
    """Which findings."""

    state: list[FindingState] = Field(default=[], max_length=6)
    rule: Word | Absent = None
    asset: Word | Absent = None


def place(finding: Found) -> str:
    """The cursor of a finding."""
    return f"{finding.fired_position}.{finding.nth}.{finding.id}"


@router.get("/findings", summary="Findings, newest first", responses=answers(401, 422, 503))
def findings(running: Running, asked: Annotated[FindingsAsked, Query()]) -> Page[Finding]:
    """In order of first firing. A finding that changes keeps its place."""
    wanted = FindingsWanted(states=asked.state, rule=asked.rule or "", asset=asked.asset or "")
    found = ledger_lists.findings(running.ledger, wanted, before=asked.before, most=asked.limit + 1)
    return page(Page[Finding], found, asked.limit, place)


@router.get("/findings/{finding}", summary="One finding", responses=answers(401, 404, 422, 503))
def finding(running: Running, finding: FindingInPath) -> Finding:
    """A finding with its evidence."""
    return Finding.model_validate(recorded(running, finding))


@router.get("/findings/{finding}/messages", summary="Its raw messages", responses=answers(401, 404, 422, 503))
def finding_messages(
    running: Running, finding: FindingInPath, asked: Annotated[MessagesAsked, Query()]
) -> Page[Message]:
    """The raw messages kept with it, in journal order: its proof, also when the journal has dropped them."""
    recorded(running, finding)
    found = ledger_lists.messages_of_finding(running.ledger, finding, after=asked.after, most=asked.limit + 1)
    return messages.page_of(found, asked.limit)


def recorded(running: Running, name: str) -> Found:
    """The finding. Raises Unknown."""
    found = running.ledger.findings([name])
    if not found:
        raise Unknown("finding", name)
    return found[0]
