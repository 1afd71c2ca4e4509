"""Suppressions: what people decided shall open no tickets for a while; it is found and recorded all the same."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path
from pydantic import StringConstraints

from adapters import ledger_incident_lists
from domain.incident import HoldKind
from domain.instants import duration_text, parse_duration
from domain.suppression import Suppression as Known
from domain.suppression import Whom as Meant
from domain.suppression import suppressions_entry
from ticketing.suppression import Suppressions
from truckroll import suppressions as decisions
from truckroll.api.acts import Deed, Line
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, MaybeAt, Shape, When

router = APIRouter(tags=["suppressions"])

SuppressionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
SuppressionInPath = Annotated[SuppressionId, Path(description="The suppression's id.")]
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,6}(s|m|h|d)$")]
Key = Annotated[
    str | Absent,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="Makes it safe to send the same request again.",
    ),
]


class Whom(Asked):
    """Which findings are meant: all that is said must hold; `*` and `?` stand for any characters, empty = any."""

    device: Line = ""
    asset: Line = ""
    site: Line = ""
    model: Line = ""
    failure_mode: Line = ""


class Suppression(Shape):
    """One decision."""

    id: str
    kind: Literal["shelve", "window", "service"]
    whom: Whom
    since: At
    until: MaybeAt
    start: str
    zone: str
    rrule: str
    lasts: str
    """Of a window: how long, such as `4h`."""
    by: str
    why: str
    in_force: bool
    """It holds findings back at this moment."""
    held: int
    """How many findings that hold it keeps from opening tickets."""


class SuppressionList(Shape):
    """The decisions that were made and not taken back."""

    items: list[Suppression]


class Suppress(Deed):
    """Something that shall open no tickets."""

    kind: Literal["shelve", "window"] = "shelve"
    whom: Whom
    until: When | Absent = None
    """Over from here on; what is shelved always says it."""
    start: Line = ""
    """Of a window: its first beginning on the clock there, such as `2026-11-28T02:00`."""
    zone: Line = ""
    """Of a window: where that clock hangs, such as `Europe/Berlin`."""
    rrule: Line = ""
    """Of a window: when it comes again, such as `FREQ=WEEKLY;BYDAY=SA`; empty: never."""
    lasts: Duration | Absent = None
    """Of a window: how long, such as `4h`."""


@router.get("/suppressions", summary="What opens no tickets", responses=answers(401, 503))
def suppressions(here: Here) -> SuppressionList:
    """In order of their beginning, also those whose time is over."""
    found = decisions.decided(here.running.journal)
    held = ledger_incident_lists.held(here.running.ledger)
    return SuppressionList(items=[told(here, each, held) for each in found])


@router.post("/suppressions", status_code=202, summary="Suppress something", responses=answers(401, 413, 422, 503))
def add(here: Here, said: Suppress, idempotency_key: Key = None) -> Suppression:
    """The running service takes it in within a second. What is still true when it is over opens its ticket then."""
    name = f"S-{sha256(idempotency_key.encode()).hexdigest()[:16]}" if idempotency_key else decisions.new_id()
    made = decisions.checked(
        Known(
            id=name,
            kind=HoldKind(said.kind),
            whom=Meant(**said.whom.model_dump()),
            since=here.clock.now(),
            until=said.until,
            start=said.start,
            zone=said.zone,
            rrule=said.rrule,
            lasts=parse_duration(said.lasts) if said.lasts else 0,
            by=said.by,
            why=said.why,
        )
    )
    decisions.leave(here.running.settings, suppressions_entry([made]))
    return told(here, made, {})


@router.delete(
    "/suppressions/{suppression}",
    status_code=202,
    summary="Take one back",
    responses=answers(401, 404, 422, 503),
)
def remove(here: Here, suppression: SuppressionInPath) -> Suppression:
    """The running service takes it in within a second; what is still true opens its ticket within seconds."""
    gone = decisions.one(decisions.decided(here.running.journal), suppression)
    decisions.leave(here.running.settings, suppressions_entry(remove=[gone.id]))
    return told(here, gone, ledger_incident_lists.held(here.running.ledger))


def told(here: Parts, each: Known, held: Mapping[str, int]) -> Suppression:
    """A decision as it travels."""
    in_force = Suppressions({each.id: each}).holds(each.id, here.clock.now())
    said = {name: getattr(each, name) for name in ("id", "since", "until", "start", "zone", "rrule", "by", "why")}
    lasts = duration_text(each.lasts) if each.lasts else ""
    return Suppression.model_validate(
        said
        | {
            "kind": each.kind.value,
            "whom": asdict(each.whom),
            "lasts": lasts,
            "in_force": in_force,
            "held": held.get(each.id, 0),
        }
    )
