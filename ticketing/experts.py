"""Experts: which team repairs a failure mode best at the first try, with what speaks for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.instants import Instant
from domain.person import Person, Record, Route, Staff
from domain.text import Text
from domain.ticket import LedgerEvent, Ticket
from domain.ticket_class import TicketClass
from ticketing import catalogue_routing
from ticketing.crowd import PRIOR_OF_PERSON, Records, has_skill, is_certified, shrunk, usual_rates
from ticketing.moves import line
from ticketing.routes import ROUTING
from ticketing.words import fill, in_every_language


def suggested(
    ticket: Ticket, route: Route, staff: Staff, *, needs: TicketClass | None, records: Records, now: Instant
) -> LedgerEvent | None:
    """The line that names the expert group, and what it rests on; None where no team can do the work."""
    teams = sorted(
        compared(ticket.failure_mode, staff, needs, records, now), key=lambda team: (-team["share"], team["team"])
    )
    if not teams:
        return None
    said = {"group": teams[0]["team"], "teams": teams, "went": list(route.groups), "transfers": route.transfers}
    text = in_words(said, ticket.failure_mode)
    return line("suggested", ticket, now, ROUTING, text["en"], text=dict(text), **said)


def compared(
    mode: str, staff: Staff, needs: TicketClass | None, records: Records, now: Instant
) -> Iterable[Mapping[str, Any]]:
    """Each team that has somebody for the work: first repairs, how many held, and the share, shrunk."""
    usual = usual_rates(records)(mode)
    for team in staff.teams:
        people = [person for person in staff.people.values() if person.team == team]
        able = [person for person in people if can(person, needs, now)]
        if able:
            record = sum((records.get((person.id, mode), Record()) for person in people), Record())
            share = round(shrunk(record, usual, PRIOR_OF_PERSON), 6)
            yield {"team": team, "people": len(able), "tried": record.tried, "fixed": record.fixed, "share": share}


def can(person: Person, needs: TicketClass | None, now: Instant) -> bool:
    """The person has what the work asks for."""
    if needs is None:
        return person.active
    has_skills = all(has_skill(skill, person) for skill in needs.skills)
    return person.active and has_skills and all(is_certified(name, now, person) for name in needs.certificates)


def in_words(said: Mapping[str, Any], mode: str) -> Text:
    """The suggestion as people read it."""
    best = said["teams"][0]
    way = " → ".join(said["went"]) or "–"
    blanks = {"group": best["team"], "tried": best["tried"], "fixed": best["fixed"], "mode": mode, "way": way}
    return in_every_language(
        lambda language: fill(catalogue_routing.SUGGESTION, language, **blanks, transfers=said["transfers"])
    )
