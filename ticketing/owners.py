"""Owners: what routing and people do to a ticket's owner. Every act answers with what is to be recorded.

Acts of people take the `revision` that the person saw and raise Conflict where it is another one by now. What a person
decides about the owner is theirs until released: routing leaves it alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from domain.errors import IllegalMove, Unknown, WrongFormat
from domain.instants import Instant
from domain.person import POOL, UNCLASSED, Candidate, Choice, Person, Staff
from domain.text import is_blank
from domain.ticket import LedgerEvent, Response, Ticket, TicketState
from domain.ticket_class import TicketClass
from ticketing.moves import line, moved, revised
from ticketing.people import check_seen
from ticketing.routes import ROUTING

S = TicketState
UNSTARTED = frozenset({S.NEW, S.TRIAGED, S.ASSIGNED})
HANDED_ON = frozenset({*UNSTARTED, S.IN_PROGRESS, S.WAITING})


# -- routing


def assigned(ticket: Ticket, choice: Choice, staff: Staff, now: Instant) -> Response:
    """Routing gives a ticket to the chosen one, passing triage on the way; the table stands in the line."""
    triage = triaged(ticket, now)
    there, steps = triage.tickets[0] if triage.tickets else ticket, triage.events
    if there.state is S.ASSIGNED:
        there = revised(there, now)
    else:
        there, step = stepped(there, S.ASSIGNED, now, ROUTING)
        steps = (*steps, step)
    said: dict[str, Any] = {
        "to": choice.chosen,
        "group": staff.team_of(choice.chosen),
        "candidates": [told(candidate) for candidate in choice.candidates],
        "excluded": dict(choice.excluded),
    }
    owned = replace(there, assignee=choice.chosen)
    return Response(tickets=(owned,), events=(*steps, line("assigned", ticket, now, ROUTING, **said)))


def told(one: Candidate) -> dict[str, Any]:
    """A candidate as the event log keeps them."""
    return {"person": one.person, "ring": one.ring, "km": one.km, "score": one.score, "terms": dict(one.terms)}


def triaged(ticket: Ticket, now: Instant) -> Response:
    """A new ticket whose class is known is triaged."""
    if ticket.state is not S.NEW:
        return Response()
    there, step = stepped(ticket, S.TRIAGED, now, ROUTING)
    return Response(tickets=(there,), events=(step,))


def queued(ticket: Ticket, reason: str, excluded: Mapping[str, int], now: Instant) -> Response:
    """Nobody is free: the ticket waits, triaged where its class is known; the line says why."""
    triage = Response() if reason == UNCLASSED else triaged(ticket, now)
    event = line("queued", ticket, now, ROUTING, reason=reason, excluded=dict(excluded))
    return Response(tickets=triage.tickets, events=(*triage.events, event))


def stepped(ticket: Ticket, to: TicketState, now: Instant, actor: str, why: str = "") -> tuple[Ticket, LedgerEvent]:
    """A ticket in another state, and the line that says so."""
    there = moved(ticket, to, now)
    return there, line("moved", ticket, now, actor, why, was=ticket.state.value, state=to.value, reason="")


# -- people


def take(
    ticket: Ticket,
    staff: Staff,
    needs: TicketClass | None,
    *,
    by: str,
    now: Instant,
    revision: int,
    why: str = "",
) -> Response:
    """A person takes a ticket that nobody has: from a pool, or before routing gives it to somebody.

    Raises Conflict, Unknown, and IllegalMove where the state or the class's skills and certificates stand against it.
    """
    check_seen(ticket, revision)
    check_among(ticket, UNSTARTED, "taken")
    if ticket.owner not in ("", by):
        raise IllegalMove(f"Ticket {ticket.number}", f"{ticket.owner}'s", "taken", [f"transferred to {by}"])
    check_can(ticket, person_called(by, staff), needs, now)
    return handed(ticket, "taken", by, staff, by=by, now=now, why=why)


def refuse(ticket: Ticket, *, by: str, now: Instant, revision: int, why: str) -> Response:
    """The owner gives it back with a reason and is not asked again. Raises Conflict, IllegalMove, WrongFormat."""
    check_seen(ticket, revision)
    check_why(why)
    check_among(ticket, frozenset({S.ASSIGNED}), "refused")
    if by != ticket.owner:
        owner = ticket.owner or "nobody"
        raise IllegalMove(f"Ticket {ticket.number}", f"{owner}'s", f"refused by {by}", [f"refused by {owner}"])
    there, step = stepped(ticket, S.TRIAGED, now, by, why)
    given_up = replace(there, assignee="", held=ticket.held - {"assignee"}, touched=True)
    return Response(tickets=(given_up,), events=(step, line("refused", ticket, now, by, why, who=by)))


def transfer(
    ticket: Ticket,
    to: str,
    staff: Staff,
    needs: TicketClass | None,
    *,
    by: str,
    now: Instant,
    revision: int,
    why: str,
) -> Response:
    """Hand it on to a person, or with `@team` into a team's pool, with a reason. What is under way goes to a person.

    Raises Conflict, Unknown, WrongFormat, IllegalMove.
    """
    check_seen(ticket, revision)
    check_why(why)
    check_among(ticket, UNSTARTED if to.startswith(POOL) else HANDED_ON, f"transferred to {to}")
    if to == ticket.assignee:
        raise IllegalMove(f"Ticket {ticket.number}", f"{to}'s", f"transferred to {to}", ["somebody else's"])
    if to.startswith(POOL):
        check_team(to.removeprefix(POOL), staff)
    else:
        check_can(ticket, person_called(to, staff), needs, now)
    return handed(ticket, "transferred", to, staff, by=by, now=now, why=why)


def handed(ticket: Ticket, kind: str, to: str, staff: Staff, *, by: str, now: Instant, why: str) -> Response:
    """The ticket with another owner or in a pool, in the state that goes with it."""
    steps: list[LedgerEvent] = []
    there = ticket
    for state in way_to(S.TRIAGED if to.startswith(POOL) else S.ASSIGNED, ticket.state):
        there, step = stepped(there, state, now, by, why)
        steps.append(step)
    there = there if steps else revised(there, now)
    owned = replace(there, assignee=to, held=ticket.held | {"assignee"}, touched=True)
    said = {"from": ticket.assignee, "to": to, "group": staff.team_of(to)}
    return Response(tickets=(owned,), events=(*steps, line(kind, ticket, now, by, why, **said)))


def way_to(goal: TicketState, state: TicketState) -> tuple[TicketState, ...]:
    """The states between; none where work is under way, which goes on."""
    if state not in UNSTARTED or state is goal:
        return ()
    return (S.TRIAGED, goal) if state is S.NEW and goal is not S.TRIAGED else (goal,)


# -- checks


def check_among(ticket: Ticket, states: frozenset[TicketState], deed: str) -> None:
    """Nothing, or IllegalMove with the states in which it is possible."""
    if ticket.state not in states:
        wanted = [f"{deed} while {state}" for state in TicketState if state in states]
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, deed, wanted)


def check_why(why: str) -> None:
    """Nothing, or WrongFormat without a reason."""
    if is_blank(why):
        raise WrongFormat(["why is missing; say in a few words why somebody else should have the ticket."])


def person_called(name: str, staff: Staff) -> Person:
    """The person of that id. Raises Unknown."""
    if name not in staff.people:
        raise Unknown("person called", name, *get_close_matches(name, staff.people, 1))
    return staff.people[name]


def check_team(name: str, staff: Staff) -> None:
    """Nothing, or Unknown."""
    if name not in staff.teams:
        raise Unknown("team called", name, *get_close_matches(name, staff.teams, 1))


def check_can(ticket: Ticket, person: Person, needs: TicketClass | None, now: Instant) -> None:
    """Nothing, or IllegalMove: people may overlook hours, distance and load, but not what the work asks for."""
    lacks = [] if person.active else ["active = true"]
    if needs is not None:
        lacks += [f"skill {name}" for name in needs.skills if name not in person.skills]
        lacks += [f"valid certificate {name}" for name in needs.certificates if person.certificates.get(name, 0) <= now]
    if lacks:
        wanted = [f"{person.id}'s with {', '.join(lacks)}"]
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, f"{person.id}'s", wanted)
