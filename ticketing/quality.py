"""Quality: how good the closing of a ticket was, from 0 to 100, and when somebody has to learn from it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from domain.closing import ENOUGH_TENTHS, REPEAT_WITHIN, Improvement, Outcome, Quality
from domain.instants import Instant
from domain.sla import Clock
from domain.ticket import LedgerEvent, Ticket, TicketState
from domain.ticket_class import TicketClass

WEIGHTS: Mapping[str, int] = {
    "fixed_first_time": 30,
    "sla_kept": 25,
    "evidence_complete": 20,
    "no_repeat": 15,
    "rating": 10,
}
"""Points of each term. The points of terms that do not apply, or are not known yet, are shared out to the others."""
NOTHING_TO_FIX = frozenset({"nff", "planned"})
"""Labels of closings that fixed nothing: they say nothing about fixing it the first time."""
BEST_RATING = 5


def marks(outcome: Outcome) -> dict[str, Fraction]:
    """What each term that applies has reached, from 0 to 1. One star is nothing, five are everything."""
    known = {name: value for name in WEIGHTS if (value := getattr(outcome, name)) is not None}
    return {
        name: Fraction(value - 1, BEST_RATING - 1) if name == "rating" else Fraction(int(value))
        for name, value in known.items()
    }


def score(outcome: Outcome) -> Fraction | None:
    """The points of the terms that apply, as if they were all there is; None where none applies."""
    reached = marks(outcome)
    whole = sum(WEIGHTS[name] for name in reached)
    return 100 * sum(WEIGHTS[name] * part for name, part in reached.items()) / Fraction(whole) if whole else None


def tenths_of(points: Fraction | None) -> int | None:
    """In tenths of a point, rounded down: what is shown and what is judged are the same."""
    return None if points is None else int(points * 10 // 1)


def is_enough(tenths: int | None) -> bool:
    """Nobody has to learn from it: 85.0 is enough, 84.9 is not."""
    return tenths is None or tenths >= ENOUGH_TENTHS


def first_outcome(
    ticket: Ticket, kind: TicketClass | None, clocks: Iterable[Clock], *, label: str, is_complete: bool
) -> Outcome:
    """What is known when a ticket is closed."""
    kept = [clock.kept for clock in clocks if clock.kept is not None]
    asks = kind is not None and bool(kind.gates or kind.required)
    return Outcome(
        fixed_first_time=None if label in NOTHING_TO_FIX else ticket.reopened == 0,
        sla_kept=all(kept) if kept else None,
        evidence_complete=is_complete if asks else None,
    )


def closed(ticket: str, closing: LedgerEvent, outcome: Outcome) -> Quality:
    """The quality of a closing, as far as it is known at once."""
    return Quality(
        ticket=ticket,
        closing=closing.position,
        closed_at=closing.at,
        outcome=outcome,
        tenths=tenths_of(score(outcome)),
        settles_at=closing.at + REPEAT_WITHIN,
    )


def with_outcome(quality: Quality, outcome: Outcome) -> Quality:
    """The quality when more is known."""
    settles_at = quality.settles_at if outcome.no_repeat is None else None
    return replace(quality, outcome=outcome, tenths=tenths_of(score(outcome)), settles_at=settles_at)


def came_back(quality: Quality, at: Instant) -> Quality:
    """The same trouble is there again; later than REPEAT_WITHIN it is another one."""
    if quality.settles_at is None or not quality.closed_at <= at <= quality.settles_at:
        return quality
    return with_outcome(quality, replace(quality.outcome, no_repeat=False))


def stayed_away(quality: Quality) -> Quality:
    """It did not come back."""
    return with_outcome(quality, replace(quality.outcome, no_repeat=True))


def rated(quality: Quality, rating: int) -> Quality:
    """The customer has said what they think."""
    return with_outcome(quality, replace(quality.outcome, rating=rating))


def task_for(quality: Quality, now: Instant) -> Improvement | None:
    """The task that a closing asks for; None where it was good enough."""
    if is_enough(quality.tenths):
        return None
    weak = tuple(name for name, reached in marks(quality.outcome).items() if reached < 1)
    return Improvement(
        ticket=quality.ticket, closing=quality.closing, opened_at=now, tenths=quality.tenths or 0, weak=weak
    )


def closes(line: LedgerEvent) -> bool:
    """The line closes its ticket."""
    return line.kind == "moved" and line.details.get("state") == TicketState.CLOSED.value
