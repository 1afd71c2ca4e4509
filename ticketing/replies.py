"""Replies: canned answers to a customer, with the facts of the device filled in; a person sees them before they go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.instants import instant_text
from domain.text import LANGUAGES, Text, in_language
from domain.ticket import Ticket, TicketState
from domain.ticket_class import TicketClass
from ticketing import catalogue_closing as catalogue

S = TicketState
FITS: Mapping[str, frozenset[TicketState]] = {
    "received": frozenset({S.NEW, S.TRIAGED, S.ASSIGNED}),
    "try_this": frozenset({S.NEW, S.TRIAGED, S.ASSIGNED, S.IN_PROGRESS, S.WAITING}),
    "in_progress": frozenset({S.IN_PROGRESS}),
    "waiting": frozenset({S.WAITING}),
    "repaired": frozenset({S.RESOLVED, S.VERIFYING}),
    "closed": frozenset({S.CLOSED}),
}
"""Replies by id, and the states of a ticket that they suit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A canned answer, ready to be looked at."""

    id: str
    text: Text


def replies(ticket: Ticket, kind: TicketClass | None) -> Sequence[Reply]:
    """The answers that suit a ticket as it stands, in every language; one with advice only where the class has some."""
    suits = [name for name, states in FITS.items() if ticket.state in states]
    return [Reply(name, text_of(name, ticket, kind)) for name in suits if name != "try_this" or (kind and kind.help)]


def text_of(name: str, ticket: Ticket, kind: TicketClass | None) -> Text:
    """One of them, with what is known of the device; what is not known is left out."""
    return {language: sentence(name, ticket, kind, language) for language in LANGUAGES}


def sentence(name: str, ticket: Ticket, kind: TicketClass | None, language: str) -> str:
    """One of them in one language. Values are put in as they are, never read as patterns."""
    pattern = in_language(catalogue.REPLIES[name], language)
    reason = catalogue.WAITS_FOR.get(ticket.reason)
    return pattern.format(
        number=ticket.number,
        title=in_language(ticket.title, language),
        device=device(ticket, language),
        since=instant_text(ticket.fault_at)[:16].replace("T", " "),
        help=in_language(kind.help, language) if kind and kind.help else "",
        reason=in_language(reason, language) if reason else ticket.reason,
    )


def device(ticket: Ticket, language: str) -> str:
    """`TV-17 (model TV-55, firmware 2.4.1, site berlin)`."""
    facts: Mapping[str, Any] = ticket.dossier.get("facts") or {}
    named = (
        in_language(text, language).format(value=facts[key]) for key, text in catalogue.FACTS.items() if facts.get(key)
    )
    said = in_language(catalogue.BETWEEN, language).join(named)
    return in_language(catalogue.DEVICE, language).format(asset=ticket.asset, facts=said) if said else ticket.asset
