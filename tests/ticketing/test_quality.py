"""Quality: what a closing is worth, and when it asks for an improvement."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.closing import Outcome
from domain.instants import DAY, HOUR
from domain.sla import Clock, ClockKind
from domain.ticket import LedgerEvent, TicketState
from domain.ticket_class import TicketClass
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.quality import (
    WEIGHTS,
    came_back,
    closed,
    closes,
    first_outcome,
    is_enough,
    rated,
    score,
    stayed_away,
    task_for,
    tenths_of,
)

ALL = Outcome(fixed_first_time=True, sla_kept=True, evidence_complete=True, no_repeat=True, rating=5)
CLOSING = LedgerEvent(position=41, at=MONDAY, kind="moved", actor="anna", details={"state": "closed"})
CLASS = TicketClass(id="tv", name={"en": "TV"}, gates=("signature",))
OUTCOMES = st.builds(
    Outcome,
    fixed_first_time=st.sampled_from([None, True, False]),
    sla_kept=st.sampled_from([None, True, False]),
    evidence_complete=st.sampled_from([None, True, False]),
    no_repeat=st.sampled_from([None, True, False]),
    rating=st.sampled_from([None, 1, 2, 3, 4, 5]),
)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ALL, Fraction(100)),
        (replace(ALL, fixed_first_time=False), Fraction(70)),
        (replace(ALL, sla_kept=False), Fraction(75)),
        (replace(ALL, evidence_complete=False), Fraction(80)),
        (replace(ALL, no_repeat=False), Fraction(85)),
        (replace(ALL, rating=1), Fraction(90)),
        (replace(ALL, rating=4), Fraction(195, 2)),
        (replace(ALL, rating=None), Fraction(100)),
        (replace(ALL, rating=None, no_repeat=False), Fraction(7500, 90)),
        (replace(ALL, rating=4, no_repeat=False), Fraction(165, 2)),
        (Outcome(sla_kept=False, rating=5), Fraction(1000, 35)),
        (Outcome(rating=3), Fraction(50)),
        (Outcome(), None),
    ],
)
def test_points(outcome: Outcome, expected: Fraction | None) -> None:
    """30, 25, 20, 15 and 10; what does not apply is shared out in proportion."""
    assert expected == score(outcome)


@pytest.mark.parametrize(
    ("points", "enough"),
    [
        (Fraction(85), True),
        (Fraction(849, 10), False),
        (Fraction(8_499_999, 100_000), False),
        (Fraction(8_500_001, 100_000), True),
        (Fraction(0), False),
        (None, True),
    ],
)
def test_where_an_improvement_begins(points: Fraction | None, enough: bool) -> None:
    """84.9 opens a task, 85.0 does not; what is shown is never better than what is judged."""
    assert enough == is_enough(tenths_of(points))


@given(OUTCOMES)
def test_the_score_is_what_it_says(outcome: Outcome) -> None:
    """From 0 to 100; better in one term is never worse in all; a perfect one has 100."""
    points = score(outcome)
    applies = [name for name in WEIGHTS if getattr(outcome, name) is not None]
    assert (points is None) == (not applies)
    if points is None:
        return
    assert 0 <= points <= 100
    for name in applies:
        better = score(replace(outcome, **{name: 5 if name == "rating" else True}))
        assert better is not None
        assert better >= points
    perfect = score(replace(outcome, **{name: getattr(ALL, name) for name in applies}))
    assert Fraction(100) == perfect


def clock(kept: bool | None) -> Clock:
    """A clock that has stopped."""
    return Clock(
        ticket=TICKET.number,
        kind=ClockKind.RESOLUTION,
        policy="standard",
        severity=TICKET.severity,
        target=HOUR,
        calendar="",
        started_at=MONDAY,
        stopped_at=MONDAY,
        kept=kept,
    )


@pytest.mark.parametrize(
    ("reopened", "kept", "kind", "label", "expected"),
    [
        (0, [True, True], CLASS, "true", (True, True, True)),
        (1, [True, False], CLASS, "true", (False, False, True)),
        (0, [None], CLASS, "", (True, None, True)),
        (0, [], None, "nff", (None, None, None)),
        (2, [True], TicketClass(id="x", name={"en": "X"}), "planned", (None, True, None)),
    ],
)
def test_what_is_known_at_the_closing(
    reopened: int,
    kept: list[bool | None],
    kind: TicketClass | None,
    label: str,
    expected: tuple[bool | None, ...],
) -> None:
    """Nothing to fix: nothing fixed first time. No promise, no gates: they do not apply."""
    ticket = replace(TICKET, state=TicketState.CLOSED, reopened=reopened)
    found = first_outcome(ticket, kind, map(clock, kept), label=label, is_complete=True)
    assert expected == (found.fixed_first_time, found.sla_kept, found.evidence_complete)
    assert (None, None) == (found.no_repeat, found.rating)
    incomplete = first_outcome(ticket, kind, (), label=label, is_complete=False)
    assert incomplete.evidence_complete is (None if expected[2] is None else False)


@pytest.mark.parametrize(("after", "expected"), [(0, False), (30 * DAY, False), (30 * DAY + 1, None), (-1, None)])
def test_what_comes_back_within_thirty_days_is_a_repeat(after: int, expected: bool | None) -> None:
    """To the nanosecond; before it is settled it is not known."""
    assert expected == came_back(closed("T", CLOSING, ALL_BUT_LATER), MONDAY + after).outcome.no_repeat


ALL_BUT_LATER = Outcome(fixed_first_time=True, sla_kept=True, evidence_complete=True)


def test_a_score_grows_with_what_becomes_known() -> None:
    """At the closing, with the rating, and once it is settled; then nothing changes it but a rating."""
    first = closed("T", CLOSING, ALL_BUT_LATER)
    assert (1000, MONDAY + 30 * DAY) == (first.tenths, first.settles_at)
    rated_badly = rated(first, 1)
    assert 75 * 1000 // 85 == rated_badly.tenths
    settled = stayed_away(rated_badly)
    assert (900, None, 90.0) == (settled.tenths, settled.settles_at, settled.score)
    assert settled == came_back(settled, MONDAY + DAY)


def test_a_task_names_what_was_weak() -> None:
    """The terms that lost points, the score, and the closing that it is about; none where it was good enough."""
    bad = came_back(rated(closed("T", CLOSING, ALL_BUT_LATER), 2), MONDAY + DAY)
    task = task_for(bad, MONDAY + DAY)
    assert task is not None
    assert (41, ("no_repeat", "rating"), 775) == (task.closing, task.weak, task.tenths)
    assert task_for(closed("T", CLOSING, ALL_BUT_LATER), MONDAY) is None


def test_only_closing_closes() -> None:
    """A move to another state, or another line, is none."""
    assert closes(CLOSING)
    assert not closes(replace(CLOSING, details={"state": "resolved"}))
    assert not closes(replace(CLOSING, kind="reopened"))
