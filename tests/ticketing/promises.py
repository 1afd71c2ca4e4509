"""Promises for tests: a small book, and lines of the log as the desk writes them."""

from typing import Any

from domain.finding import Severity
from domain.instants import HOUR, MINUTE, Duration, Instant, parse_instant
from domain.sla import Calendar, Clock, ClockKind, Duty, Policy, Rung, SlaBook, Target
from domain.ticket import LedgerEvent, Priority, Ticket, TicketState
from ticketing.business_time import BusinessTime
from ticketing.clocks import Clockmaker

DAYTIME = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
OFFICE = Calendar(
    id="office",
    zone="Europe/Berlin",
    week=(*(DAYTIME,) * 5, (), ()),
    days={"2026-12-25": (), "2026-12-26": DAYTIME},
)
LADDER = (Rung(channel="sms", after=0), Rung(channel="email", after=0.25), Rung(channel="in_app", after=0.5))
STANDARD = Policy(
    id="standard",
    name={"en": "Standard"},
    targets={
        Severity.S1: Target(response=30 * MINUTE, resolution=4 * HOUR),
        Severity.S2: Target(response=2 * HOUR, resolution=24 * HOUR, calendar="office"),
        Severity.S3: Target(response=24 * HOUR, resolution=72 * HOUR, calendar="office"),
    },
    ladder=LADDER,
    duty="desk-duty",
)
MONDAY: Instant = parse_instant("2026-11-23T09:00:00+01:00")
BOOK = SlaBook(
    calendars={"office": OFFICE},
    policies={"standard": STANDARD},
    duties={
        "desk-duty": Duty(id="desk-duty", people=("first", "second"), begins=MONDAY, turn=12 * HOUR),
        "bosses": Duty(id="bosses", people=("boss",), begins=MONDAY, turn=HOUR),
    },
    supervisor="bosses",
)


TIME = BusinessTime(BOOK.calendars)


def maker(book: SlaBook = BOOK) -> Clockmaker:
    """A clockmaker of a book."""
    return Clockmaker(book, TIME if book.calendars is BOOK.calendars else BusinessTime(book.calendars))


def said(kind: str, after: Duration, actor: str = "desk", **details: Any) -> LedgerEvent:
    """A line of the log about the one ticket, so long after Monday morning."""
    return LedgerEvent(at=MONDAY + after, kind=kind, ticket="T-2026-000001", actor=actor, details=details)


def told(*events: LedgerEvent, book: SlaBook = BOOK) -> dict[tuple[str, str], Clock]:
    """The ticket's clocks after these lines, by kind and report."""
    clocks: Any = []
    for event in events:
        clocks = maker(book).fold(clocks, event)
    return {(clock.kind.value, clock.report): clock for clock in clocks}


RESPONSE, RESOLUTION = (ClockKind.RESPONSE.value, ""), (ClockKind.RESOLUTION.value, "")

TICKET = Ticket(
    number="T-2026-000001",
    asset="tv-1",
    component="panel",
    failure_mode="crash-loop",
    state=TicketState.NEW,
    severity=Severity.S1,
    priority=Priority.HIGH,
    title={"en": "TV keeps crashing", "zh": "电视反复死机"},
    summary={"en": "Three crashes."},
    opened_at=MONDAY,
    fault_at=MONDAY,
    changed_at=MONDAY,
)
