"""People: what a person does to a ticket. What a person set stays theirs until released.

Every act takes the ticket as read under the ledger's lock and the `revision` that the person saw; it raises Conflict
when they differ and IllegalMove when the state does not allow it. `by` is the person, `why` their words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from domain.closing import NOTHING_ASKED, Readiness
from domain.errors import Conflict, IllegalMove, Unknown, WrongFormat
from domain.finding import Severity
from domain.instants import Instant
from domain.ticket import (
    CANCEL_REASONS,
    ENDED,
    FIELDS_OF_PEOPLE,
    WAITING_REASONS,
    Priority,
    Response,
    Ticket,
    TicketState,
    check_move,
)
from ticketing.gates import check_ready
from ticketing.moves import line, moved, revised
from ticketing.priority import weighed

REASONS: Mapping[TicketState, tuple[str, ...]] = {
    TicketState.WAITING: WAITING_REASONS,
    TicketState.CANCELLED: CANCEL_REASONS,
}
TO_THE_END = (
    TicketState.NEW,
    TicketState.TRIAGED,
    TicketState.ASSIGNED,
    TicketState.IN_PROGRESS,
    TicketState.RESOLVED,
    TicketState.VERIFYING,
    TicketState.CLOSED,
)


def check_seen(ticket: Ticket, revision: int) -> None:
    """Nothing, or Conflict when the person saw another ticket than the one that is there."""
    if ticket.revision != revision:
        raise Conflict(f"Ticket {ticket.number}")


def edit(
    ticket: Ticket, changes: Mapping[str, Any], *, by: str, now: Instant, revision: int, why: str = ""
) -> Response:
    """Set fields of people; they are held from now on. Raises Unknown, WrongFormat, Conflict."""
    check_seen(ticket, revision)
    values = {check_field(name): parsed(name, value) for name, value in changes.items()}
    if not values:
        return Response()
    edited = revised(ticket, now, **values, held=ticket.held | set(values), touched=True)
    edited = with_priority(edited) if "severity" in values else edited
    said = {name: plain(getattr(edited, name)) for name in values}
    was = {name: plain(getattr(ticket, name)) for name in values}
    return Response(tickets=(edited,), events=(line("edited", ticket, now, by, why, set=said, was=was),))


def release(ticket: Ticket, fields: Iterable[str], *, by: str, now: Instant, revision: int, why: str = "") -> Response:
    """Give fields back to the desk. Their values stay until evidence says otherwise."""
    check_seen(ticket, revision)
    freed = sorted(ticket.held.intersection(check_field(name) for name in fields))
    if not freed:
        return Response()
    released = with_priority(revised(ticket, now, held=ticket.held.difference(freed), touched=True))
    return Response(tickets=(released,), events=(line("released", ticket, now, by, why, fields=freed),))


def move(
    ticket: Ticket,
    to: TicketState,
    *,
    reason: str = "",
    by: str,
    now: Instant,
    revision: int,
    why: str = "",
    ready: Readiness = NOTHING_ASKED,
) -> Response:
    """Move to another state; waiting and cancelled want a reason. Reopening what ended is `reopen`'s.

    `ready` says whether what the class asks for is there; resolving or closing without it raises GatesOpen.
    """
    check_seen(ticket, revision)
    check_reason(ticket, to, reason)
    if not ticket.is_open:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, to, ["triaged by reopening"])
    there = replace(moved(ticket, to, now, reason=reason), touched=True)
    check_ready(ticket, to, ready, why)
    said = ready.said if to is TicketState.CLOSED else {}
    details = {"was": ticket.state.value, "state": to.value, "reason": reason, **said}
    kind = "reopened" if there.reopened > ticket.reopened else "moved"
    return Response(tickets=(there,), events=(line(kind, ticket, now, by, why, **details),))


def mark_noise(ticket: Ticket, *, by: str, now: Instant, revision: int, why: str = "") -> Response:
    """Cancel it as noise: its findings are silent until they resolve."""
    return move(ticket, TicketState.CANCELLED, reason="noise", by=by, now=now, revision=revision, why=why)


def close(
    ticket: Ticket, *, by: str, now: Instant, revision: int, why: str = "", ready: Readiness = NOTHING_ASKED
) -> Response:
    """Close it, passing every state on the way, each with its line in the event log. Raises GatesOpen."""
    check_seen(ticket, revision)
    whole = Response(tickets=(ticket,))
    for state in way_to_the_end(ticket):
        now_at = whole.tickets[0]
        step = move(now_at, state, by=by, now=now, revision=now_at.revision, why=why, ready=ready)
        whole = Response(tickets=step.tickets, events=(*whole.events, *step.events))
    return whole


def way_to_the_end(ticket: Ticket) -> Iterable[TicketState]:
    """The states still before it. Raises IllegalMove for a ticket that has ended."""
    if not ticket.is_open:
        check_move(ticket.number, ticket.state, TicketState.CLOSED)
    if ticket.state is TicketState.WAITING:
        return TO_THE_END[TO_THE_END.index(TicketState.IN_PROGRESS) :]
    return TO_THE_END[TO_THE_END.index(ticket.state) + 1 :]


def acknowledge(ticket: Ticket, *, by: str, now: Instant, revision: int, why: str = "") -> Response:
    """Accept it: a new ticket is triaged, one further on stays where it is."""
    check_seen(ticket, revision)
    if ticket.state in ENDED:
        check_move(ticket.number, ticket.state, TicketState.ASSIGNED)
    is_new = ticket.state is TicketState.NEW
    seen = moved(ticket, TicketState.TRIAGED, now) if is_new else revised(ticket, now)
    event = line("acknowledged", ticket, now, by, why, was=ticket.state.value, state=seen.state.value)
    return Response(tickets=(replace(seen, touched=True),), events=(event,))


def check_field(name: str) -> str:
    """The name, or Unknown with the nearest right one."""
    if name not in FIELDS_OF_PEOPLE:
        nearest = get_close_matches(name, FIELDS_OF_PEOPLE, 1)
        raise Unknown("field of a ticket that a person may set called", name, *nearest)
    return name


def parsed(name: str, value: Any) -> Any:
    """A field's value in its own type. Raises WrongFormat."""
    kinds: Mapping[str, type[Priority | Severity]] = {"priority": Priority, "severity": Severity}
    if name in kinds:
        try:
            return kinds[name](value)
        except ValueError:
            raise WrongFormat([f"{name} must be one of {', '.join(kinds[name])}, not {value!r}."]) from None
    if name == "title" and isinstance(value, Mapping) and isinstance(value.get("en"), str):
        return dict(value)
    if isinstance(value, str):
        return {"en": value} if name == "title" else value
    raise WrongFormat([f"{name} must be a text, not {value!r}."])


def plain(value: Any) -> Any:
    """A field's value as the event log keeps it."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def check_reason(ticket: Ticket, to: TicketState, reason: str) -> None:
    """Nothing, or IllegalMove with the reasons that there are."""
    reasons = REASONS.get(to, ("",))
    if reason not in reasons:
        wanted = [f"{to}({word})" if word else str(to) for word in reasons]
        said = f"{to}({reason})" if reason else str(to)
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, said, wanted)


def with_priority(ticket: Ticket) -> Ticket:
    """The ticket with the priority that follows from its severity, unless a person holds it."""
    return weighed(ticket)
