"""Gates: what must be there before work counts as done. One rule for tickets and for work orders, however made."""

from collections.abc import Iterable

from domain.closing import SLOTS, Readiness, Shown
from domain.errors import GatesOpen, WrongFormat
from domain.text import in_language, is_blank
from domain.ticket import Ticket, TicketState
from domain.ticket_class import TicketClass
from ticketing import catalogue_closing
from ticketing.codes import strange_codes

CODES_GATE = "codes"
GATED = frozenset({TicketState.RESOLVED, TicketState.CLOSED})
"""Nothing gets into these with a gate open."""


def missing(kind: TicketClass | None, shown: Shown, also: Iterable[str] = ()) -> tuple[str, ...]:
    """The gates of the class, and those `also` asked for by a work order, that are open; then required fields.

    A class that nobody knows asks for nothing.
    """
    gates = dict.fromkeys((*(kind.gates if kind else ()), *also))
    fields = kind.required if kind else ()
    open_gates = (gate for gate in gates if not is_passed(gate, kind, shown))
    return (*open_gates, *(name for name in fields if is_blank(shown.fields.get(name, ""))))


def is_passed(gate: str, kind: TicketClass | None, shown: Shown) -> bool:
    """What the gate asks for is there."""
    if gate == CODES_GATE:
        return shown.codes is not None and not strange_codes(shown.codes, kind)
    return gate not in SLOTS or gate in shown.slots


def check_passed(what: str, open_ones: Iterable[str]) -> None:
    """Nothing, or GatesOpen, which names what is missing. `what` begins its sentence: `Ticket T-2026-000001`."""
    if named := {name: called(name, "en") for name in open_ones}:
        raise GatesOpen(what, named)


def check_ready(ticket: Ticket, to: TicketState, ready: Readiness, why: str) -> None:
    """Nothing, or GatesOpen; WrongFormat where a person vouches for a repair in the device's place without a reason."""
    if to not in GATED:
        return
    check_passed(f"Ticket {ticket.number}", ready.missing)
    if to is TicketState.CLOSED and ready.wants_reason and is_blank(why):
        raise WrongFormat(
            [f"Say why ticket {ticket.number} is closed before the device has confirmed the repair, or wait for it."]
        )


def called(name: str, language: str) -> str:
    """What a person calls a gate or a required field."""
    known = catalogue_closing.GATES.get(name)
    return in_language(known, language) if known else in_language(catalogue_closing.FIELD, language).format(name=name)
