"""Clocks in odd weather: lines out of order, unknown words, clocks set back, and books that change all the time."""

from dataclasses import replace

import pytest

from domain.finding import Severity
from domain.instants import HOUR, MINUTE
from domain.sla import ClockKind, Duty, Rung, SlaBook
from tests.ticketing.promises import BOOK, MONDAY, RESOLUTION, RESPONSE, TICKET, maker, said, told
from ticketing.ladder import Ladder, on_call


def test_a_report_that_stands_before_the_opening_has_company() -> None:
    """The ticket's own clocks start all the same."""
    clocks = told(said("reported", 0, report="R-1", severity="S2"), said("opened", MINUTE, severity="S2"))

    assert {RESPONSE, RESOLUTION, ("response", "R-1")} == set(clocks)


def test_a_severity_that_this_release_does_not_know_ends_nothing() -> None:
    """A new ticket is taken as S3; one that is there keeps the severity that it had."""
    first = told(said("opened", 0, severity="S9"))
    second = told(said("opened", 0, severity="S1"), said("severity", MINUTE, severity="S9"))

    assert [Severity.S3, Severity.S1] == [clocks[RESPONSE].severity for clocks in (first, second)]


def other_book(nth: int) -> SlaBook:
    """A book whose office has other hours."""
    week = (((8 * 60 + nth % 60, 1080),),) * 5 + ((), ())
    return replace(BOOK, calendars={"office": replace(BOOK.calendars["office"], week=week)})


def test_a_thousand_changes_of_a_calendar_leave_one_stretch() -> None:
    """A clock does not grow with every edit of the file; what was counted under each calendar stays."""
    makers = [maker(other_book(nth)) for nth in range(2)]
    clock = makers[1].begun(ClockKind.RESOLUTION, said("opened", 0, severity="S2"))
    for nth in range(1000):
        clock = makers[nth % 2].changed_over(clock, MONDAY + nth * MINUTE, makers[1 - nth % 2])

    assert (1, 999 * MINUTE) == (len(clock.stretches), clock.stretches[0].until - MONDAY)
    assert 9 * HOUR == clock.worked


def test_a_book_that_changes_nothing_for_a_clock_leaves_it_alone() -> None:
    """Somebody's holiday moves no clock."""
    former = maker()
    clock = former.begun(ClockKind.RESOLUTION, said("opened", 0, severity="S2"))
    after = maker(replace(BOOK, duties={}, calendars=dict(BOOK.calendars)))

    assert clock is after.changed_over(clock, MONDAY + HOUR, former)


def test_a_longer_ladder_does_not_call_those_who_know() -> None:
    """A person acknowledged while it was under way: a book with more steps begins it no second time."""
    former = maker()
    opened = said("opened", 0, severity="S1")
    clocks, _ = Ladder(former).climb(TICKET, former.fold([], opened), MONDAY + 230 * MINUTE)
    clocks = former.fold(clocks, said("acknowledged", 231 * MINUTE, actor="operator"))
    standard = BOOK.policies["standard"]
    longer = (*standard.ladder, Rung(channel="supervisor", after=0.9))
    after = maker(replace(BOOK, policies={"standard": replace(standard, ladder=longer)}))
    changed = [after.changed_over(clock, MONDAY + 232 * MINUTE, former) for clock in clocks]

    assert [] == Ladder(after).climb(TICKET, changed, MONDAY + 500 * MINUTE)[1]


def test_a_clock_that_was_set_back_counts_nothing_twice() -> None:
    """A line from before the one before it: no time has passed between them."""
    clocks = told(
        said("opened", HOUR, severity="S1"),
        said("moved", 0, actor="operator", state="waiting", reason="parts"),
        said("moved", 2 * HOUR, actor="operator", state="triaged"),
        said("moved", 3 * HOUR, actor="operator", state="resolved"),
    )

    assert (HOUR, True) == (clocks[RESOLUTION].worked, clocks[RESOLUTION].kept)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_of_the_warning_share(share: float) -> None:
    """0 warns when it is due, 1 at once; either way each step is taken once."""
    book = replace(BOOK, policies={"standard": replace(BOOK.policies["standard"], warn_share=share)})
    keeper = maker(book)
    clocks = keeper.fold([], said("opened", 0, severity="S1"))
    _, early = Ladder(keeper).climb(TICKET, clocks, MONDAY)
    _, late = Ladder(keeper).climb(TICKET, clocks, MONDAY + 10 * HOUR)

    assert bool(share) == any(step.event.kind == "sla_warned" for step in early)
    assert 2 * (1 + len(BOOK.policies["standard"].ladder)) == len({step.notice.id for step in late}) == len(late)


def test_steps_of_equal_share_are_taken_at_once() -> None:
    """In their order, and in one look."""
    ladder = (Rung(channel="sms", after=0.5), Rung(channel="email", after=0.5), Rung(channel="in_app", after=1.0))
    keeper = maker(replace(BOOK, policies={"standard": replace(BOOK.policies["standard"], ladder=ladder)}))
    clocks = [clock for clock in keeper.fold([], said("opened", 0, severity="S1")) if clock.kind is ClockKind.RESPONSE]
    _, steps = Ladder(keeper).climb(TICKET, clocks, MONDAY + HOUR)
    due = [int(step.event.details["due"]) - MONDAY for step in steps]

    assert ["supervisor", "sms", "email", "in_app"] == [step.notice.channel for step in steps]
    assert [24 * MINUTE, 27 * MINUTE, 27 * MINUTE, 30 * MINUTE] == due


def test_when_everybody_is_away_the_duty_itself_is_told() -> None:
    """Before its first turn somebody is on call already."""
    always = ((MONDAY - HOUR, MONDAY + HOUR),)
    duty = Duty(id="d", people=("a", "b"), begins=MONDAY, turn=HOUR, away={"a": always, "b": always})

    assert "d" == on_call(replace(BOOK, duties={"d": duty}), "d", MONDAY)
    assert "a" == duty.on_call(MONDAY - 3 * HOUR // 2)
