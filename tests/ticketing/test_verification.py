"""Verification: a device that has been heard for the soak confirms its repair; one that cannot is asked about once."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.closing import Check, Readiness
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.ticket import Ticket, TicketState
from domain.ticket_class import TicketClass
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.verification import (
    Verdict,
    asked,
    begun,
    confirmed,
    judged,
    listened,
    next_look,
    question,
    still_there,
    taken_up,
    windows,
)

KIND = TicketClass(id="tv-crash", name={"en": "Display crash"}, soak=DAY, ask_after=72 * HOUR)
VERIFYING = replace(TICKET, state=TicketState.VERIFYING)
STRUCK = replace(VERIFYING, active=("F-1",))
CHECK = begun(TICKET, KIND, MONDAY)


def heard(*hours: float, check: Check = CHECK) -> Check:
    """The check after signs of life so many hours after the repair."""
    return listened(check, [MONDAY + int(hour * HOUR) for hour in hours])


EVERY_SIX = (0, 6, 12, 18, 24)


@pytest.mark.parametrize(
    ("hours", "ticket", "missing", "at", "expected"),
    [
        (EVERY_SIX, VERIFYING, (), 24, Verdict.CONFIRMED),
        ((0, 6, 12, 18, 23.999), VERIFYING, (), 24, Verdict.WAIT),
        ((0, 6.001, 12, 18, 24), VERIFYING, (), 24, Verdict.WAIT),
        ((), VERIFYING, (), 71.999, Verdict.WAIT),
        ((), VERIFYING, (), 72, Verdict.ASK),
        ((1,), VERIFYING, (), 72.999, Verdict.WAIT),
        ((1,), VERIFYING, (), 73, Verdict.ASK),
        ((0, 20, 40, 60, 80), VERIFYING, (), 95.999, Verdict.WAIT),
        ((0, 20, 40, 60, 80), VERIFYING, (), 96, Verdict.ASK),
        (EVERY_SIX, STRUCK, (), 24, Verdict.WAIT),
        (EVERY_SIX, STRUCK, (), 95.999, Verdict.WAIT),
        (EVERY_SIX, STRUCK, (), 96, Verdict.STILL_THERE),
        (EVERY_SIX, VERIFYING, ("signature",), 24, Verdict.ASK),
        ((0,), VERIFYING, ("signature",), 24, Verdict.WAIT),
    ],
)
def test_what_a_look_comes_to(
    hours: tuple[float, ...], ticket: Ticket, missing: tuple[str, ...], at: float, expected: Verdict
) -> None:
    """Confirmed at exactly the soak, without a silence longer than a quarter of it; asked at exactly 72 h of silence,

    or when one that is heard too seldom could have been heard long enough.
    """
    assert expected is judged(heard(*hours), ticket, missing, MONDAY + int(at * HOUR))


def test_a_person_is_asked_once() -> None:
    """Whoever was asked is not asked again; a device that speaks after all still confirms."""
    silent = replace(CHECK, asked_at=MONDAY + 72 * HOUR)
    assert Verdict.WAIT is judged(silent, VERIFYING, (), MONDAY + 90 * DAY)
    late = heard(100, 105, 110, 115, 120, 124, check=silent)
    assert Verdict.CONFIRMED is judged(late, VERIFYING, (), MONDAY + 124 * HOUR)


def test_without_a_soak_there_is_nothing_to_wait_for() -> None:
    """`soak = "0s"` closes at once, heard or not."""
    check = begun(TICKET, replace(KIND, soak=0), MONDAY)
    assert Verdict.CONFIRMED is judged(check, VERIFYING, (), MONDAY)


def test_what_was_said_before_the_repair_counts_for_nothing() -> None:
    """Nor does the same sign again, or an older one."""
    check = listened(CHECK, [MONDAY - 1, MONDAY - DAY])
    assert (None, None) == (check.heard_from, check.heard_until)
    assert heard(2) == listened(heard(2), [MONDAY + HOUR, MONDAY + 2 * HOUR])


@given(
    signs=st.lists(st.integers(0, 10 * 24 * 60), max_size=60).map(sorted),
    cut=st.integers(0, 60),
    ask=st.integers(1, 200),
)
def test_a_stretch_never_hides_a_long_silence(signs: list[int], cut: int, ask: int) -> None:
    """However signs come in, in one look or in several: the stretch is the last one without a gap above the limit."""
    check = begun(TICKET, replace(KIND, ask_after=ask * HOUR), MONDAY)
    instants: list[Instant] = [MONDAY + minute * MINUTE for minute in signs]
    whole = listened(check, instants)
    assert whole == listened(listened(check, instants[:cut]), instants[cut:])
    if whole.heard_from is not None and whole.heard_until is not None:
        inside = sorted({at for at in instants if whole.heard_from <= at <= whole.heard_until})
        assert all(b - a <= check.longest_silence for a, b in pairwise(inside))
        before = [at for at in instants if at < whole.heard_from]
        assert all(whole.heard_from - at > check.longest_silence for at in before[-1:])


@given(
    soak=st.integers(0, 90 * DAY),
    ask=st.integers(1, 90 * DAY),
    past=st.integers(0, 200 * DAY),
    sign=st.none() | st.integers(0, 200 * DAY),
)
def test_there_is_always_a_next_look(soak: int, ask: int, past: int, sign: int | None) -> None:
    """Later than now, within an hour, and never past a moment at which something may be due."""
    check = begun(TICKET, replace(KIND, soak=soak, ask_after=ask), MONDAY)
    now = MONDAY + past
    check = listened(check, [] if sign is None or sign > past else [MONDAY + sign])
    at = next_look(check, now)
    assert now < at <= now + HOUR
    for due in (check.since + soak, check.since + soak + ask):
        assert not now < due < at


@given(soak=st.integers(SECOND, 30 * DAY), past=st.integers(0, 40 * DAY), sign=st.none() | st.integers(0, 40 * DAY))
def test_listening_leaves_nothing_out(soak: int, past: int, sign: int | None) -> None:
    """The windows join, begin after the last sign and end now; none is longer than the pace."""
    soak = max(soak, past // 500)
    check = listened(begun(TICKET, replace(KIND, soak=soak), MONDAY), [] if sign is None else [MONDAY + sign])
    now = MONDAY + past
    found = list(windows(check, now))
    begins = check.since if check.heard_until is None else check.heard_until + 1
    assert [begins] * bool(found) == [a for a, _ in found[:1]]
    assert all(b == c for (_, b), (c, _) in pairwise(found))
    assert not found or found[-1][1] == now
    assert all(0 < b - a <= max(SECOND, soak // 8) for a, b in found)
    assert bool(found) == (begins < now)


def test_the_machine_says_what_it_does() -> None:
    """Each move has its line, by the actor `verification`; nothing of it touches the ticket as a person would."""
    resolved = replace(TICKET, state=TicketState.RESOLVED)
    begins = taken_up(resolved, MONDAY)
    ends = confirmed(VERIFYING, heard(*EVERY_SIX), Readiness(said={"code": "replaced"}), MONDAY + DAY)
    back = still_there(STRUCK, MONDAY + 4 * DAY)
    for response, kind, state in (
        (begins, "moved", TicketState.VERIFYING),
        (ends, "moved", TicketState.CLOSED),
        (back, "reopened", TicketState.TRIAGED),
    ):
        (ticket,), (event,) = response.tickets, response.events
        assert (state, kind, "verification") == (ticket.state, event.kind, event.actor)
        assert not ticket.touched
    assert ("replaced", "healthy for 1d") == (ends.events[0].details["code"], ends.events[0].why)
    assert 1 == back.tickets[0].reopened
    assert () == taken_up(VERIFYING, MONDAY).tickets


@pytest.mark.parametrize(
    ("check", "missing", "why"),
    [
        (CHECK, (), "silent"),
        (heard(1), (), "too seldom heard"),
        (heard(1), ("signature",), "something was removed"),
    ],
)
def test_the_question_says_why_it_is_asked(check: Check, missing: tuple[str, ...], why: str) -> None:
    """In both languages, under an id that is the same however often it is asked about one repair."""
    event = asked(VERIFYING, check, missing, MONDAY + 72 * HOUR).events[0]
    notice = question(VERIFYING, check, missing, "anna", MONDAY + 72 * HOUR)
    assert ("unconfirmed", why) == (event.kind, event.why)
    assert (f"{TICKET.number}/unconfirmed/{MONDAY}", "anna") == (notice.id, notice.to)
    assert {"en", "zh"} == set(notice.body) == set(notice.subject)
    assert ("the customer's signature" in notice.body["en"]) == bool(missing)
