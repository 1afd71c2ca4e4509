"""Closing: a ticket may be closed once everything that its class asks for is there, and says what was found."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.closing import Codes, Readiness, Record, Shown
from domain.errors import WrongFormat
from domain.instants import Instant
from domain.ticket import Response, Ticket
from domain.ticket_class import TicketClass
from ticketing.class_values import WORD
from ticketing.codes import said_at_the_end, strange_codes
from ticketing.gates import missing
from ticketing.moves import line
from ticketing.people import check_seen

MOST_TEXT = 10_000
MOST_FIELDS = 50
OWN_FIELDS = ("note", "assignee")
"""A ticket's own fields that a class may require."""


def shown_of(ticket: Ticket, slots: Iterable[str], record: Record | None) -> Shown:
    """What there is to show for a ticket: its pictures, what was written down or reported, and its own fields."""
    own = {name: getattr(ticket, name) for name in OWN_FIELDS}
    said = {**reported(ticket), **(record.fields if record else {})}
    return Shown(slots=frozenset(slots), codes=record.codes if record else None, fields={**own, **said})


def reported(ticket: Ticket) -> Mapping[str, str]:
    """The fields that came with its report."""
    fields = ticket.dossier.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def readiness(ticket: Ticket, kind: TicketClass | None, shown: Shown) -> Readiness:
    """Whether the ticket may be closed, and what its closing says."""
    return Readiness(
        missing=missing(kind, shown),
        said=said_at_the_end(shown.codes, kind),
        wants_reason=kind is not None and kind.soak > 0,
    )


def written(
    ticket: Ticket,
    before: Record | None,
    *,
    codes: Codes | None = None,
    fields: Mapping[str, str] | None = None,
    kind: TicketClass | None,
    by: str,
    now: Instant,
    revision: int,
) -> tuple[Record, Response]:
    """The record with other codes, or with these fields as well. Raises Conflict, and WrongFormat with everything that

    is wrong.
    """
    check_seen(ticket, revision)
    said, known = dict(fields or {}), before or Record(ticket=ticket.number)
    whole = {name: text for name, text in {**known.fields, **said}.items() if text or name in reported(ticket)}
    if mistakes := [*(strange_codes(codes, kind) if codes else ()), *strange_fields(said, len(whole))]:
        raise WrongFormat(mistakes)
    record = replace(known, codes=codes or known.codes, fields=whole, at=now, by=by)
    coded = codes.as_dict() if codes else {}
    event = line("recorded", ticket, now, by, **coded, fields=sorted(said))
    return record, Response(tickets=(replace(ticket, touched=True),), events=(event,))


def strange_fields(fields: Mapping[str, str], whole: int) -> list[str]:
    """A sentence for each field that cannot be kept, and one where the ticket would have more than it may in all."""
    found = [f"{name!r} cannot name a field; use A-Z a-z 0-9 . _ -" for name in fields if not WORD.fullmatch(name)]
    found += [
        f"{name} is longer than {MOST_TEXT:,} characters" for name, text in fields.items() if len(text) > MOST_TEXT
    ]
    too_many = f"these are more than {MOST_FIELDS} fields; empty those that are not needed"
    return found + ([too_many] if whole > MOST_FIELDS else [])
