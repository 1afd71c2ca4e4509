"""Clocks: when they start, stop, pause and go on; a table for the rules, properties for the rest."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.finding import Severity
from domain.instants import HOUR, MINUTE
from domain.sla import SlaColour, Target
from domain.ticket import LedgerEvent
from tests.ticketing.promises import BOOK, MONDAY, RESOLUTION, RESPONSE, STANDARD, TICKET, maker, said, told
from ticketing.ladder import Ladder, overdue

OPENED = said("opened", 0, severity="S1")


def test_both_clocks_start_when_the_ticket_is_committed() -> None:
    """However old the fault is; the severity says how long they run."""
    clocks = told(said("opened", HOUR, severity="S1"))

    assert MONDAY + HOUR + 30 * MINUTE == clocks[RESPONSE].due_at
    assert MONDAY + 5 * HOUR == clocks[RESOLUTION].due_at


def test_lower_severities_run_in_working_time() -> None:
    """24 hours are three working days."""
    clocks = told(said("opened", 0, severity="S2"))

    assert MONDAY + 2 * HOUR == clocks[RESPONSE].due_at
    assert MONDAY + 2 * 24 * HOUR + 9 * HOUR == clocks[RESOLUTION].due_at


@pytest.mark.parametrize(
    ("event", "is_stopped", "why"),
    [
        (said("acknowledged", MINUTE, "operator", state="triaged"), True, "a person accepts it"),
        (said("acknowledged", MINUTE, "desk", state="triaged"), False, "a machine accepts nothing"),
        (said("moved", MINUTE, "routing", state="assigned"), False, "assignment by machine is no answer"),
        (said("moved", MINUTE, "operator", state="assigned"), False, "nor is assignment to somebody else"),
        (said("moved", MINUTE, "operator", state="in_progress"), True, "who works on it has answered"),
        (said("evidence", MINUTE), False, "evidence is no answer"),
        (said("withdrawn", MINUTE, ticket_state="cancelled"), True, "there is nothing to answer any more"),
        (said("withdrawn", MINUTE, ticket_state="assigned"), False, "somebody is still on it"),
    ],
)
def test_what_stops_the_response_clock(event: LedgerEvent, is_stopped: bool, why: str) -> None:
    """A person's answer."""
    assert is_stopped == (told(OPENED, event)[RESPONSE].stopped_at is not None), why


def test_waiting_pauses_the_resolution_clock_and_nothing_else() -> None:
    """What has run stays counted; the reason is kept."""
    waiting = told(OPENED, said("moved", HOUR, "operator", state="waiting", reason="part"))
    again = told(
        OPENED,
        said("moved", HOUR, "operator", state="waiting", reason="part"),
        said("moved", 10 * HOUR, "operator", state="in_progress"),
    )

    assert (None, "part", HOUR) == (
        waiting[RESOLUTION].due_at,
        waiting[RESOLUTION].paused,
        waiting[RESOLUTION].worked,
    )
    assert waiting[RESPONSE].due_at == MONDAY + 30 * MINUTE
    assert MONDAY + 13 * HOUR == again[RESOLUTION].due_at


def test_waiting_for_our_own_visit_pauses_nothing() -> None:
    """The customer waits for us; a visit that follows a missing part sets the clock going again."""
    part = said("moved", HOUR, "operator", state="waiting", reason="part")
    visit = said("moved", 2 * HOUR, "orders", state="waiting", reason="visit")

    assert MONDAY + 4 * HOUR == told(OPENED, visit)[RESOLUTION].due_at
    assert MONDAY + 5 * HOUR == told(OPENED, part, visit)[RESOLUTION].due_at


def test_resolved_in_time_is_kept_and_reopening_goes_on_counting() -> None:
    """The time between resolution and relapse was nobody's delay."""
    done = (OPENED, said("moved", 3 * HOUR, "operator", state="resolved"))
    again = (*done, said("reopened", 30 * HOUR))

    assert told(*done)[RESOLUTION].kept is True
    assert MONDAY + 31 * HOUR == told(*again)[RESOLUTION].due_at
    late = told(*again, said("moved", 32 * HOUR, "operator", state="resolved"))[RESOLUTION]
    assert (False, 5 * HOUR) == (late.kept, late.worked)


def test_what_an_incident_or_a_retraction_takes_back_has_no_promise_left() -> None:
    """Nobody waits for it any more."""
    for kind in ("taken_in", "retracted"):
        clocks = told(OPENED, said(kind, HOUR))

        assert [(MONDAY + HOUR, None)] * 2 == [(clock.stopped_at, clock.kept) for clock in clocks.values()]


def test_what_was_noise_kept_and_broke_no_promise() -> None:
    """It does not count."""
    gone = told(OPENED, said("moved", 9 * HOUR, "operator", state="cancelled", reason="noise"))

    assert [None, None] == [clock.kept for clock in gone.values()]


def test_another_severity_counts_from_the_original_start() -> None:
    """Six hours overnight were an hour of work, but six of a severity that runs round the clock: due at once."""
    opened = said("opened", 8 * HOUR, severity="S2")
    worse = told(opened, said("severity", 14 * HOUR, severity="S1"))[RESOLUTION]
    mild = told(said("opened", 8 * HOUR, severity="S1"), said("edited", 14 * HOUR, "operator", set={"severity": "S2"}))

    assert (MONDAY + 14 * HOUR, 6 * HOUR) == (worse.due_at, worse.worked)
    assert HOUR == mild[RESOLUTION].worked


def test_another_class_may_have_another_policy() -> None:
    """It counts from the original start, too."""
    gold = replace(STANDARD, id="gold", targets=dict.fromkeys(Severity, Target(response=1, resolution=HOUR)))
    book = replace(BOOK, policies={"standard": STANDARD, "gold": gold}, classes={"vip": "gold"})
    events = (OPENED, said("edited", MINUTE, "operator", set={"ticket_class": "vip"}))

    assert MONDAY + HOUR == told(*events, book=book)[RESOLUTION].due_at


def test_a_report_has_a_response_clock_of_its_own() -> None:
    """An answer to it stops it alone; an acknowledgement of the ticket stops all."""
    first = (OPENED, said("acknowledged", MINUTE, "operator", state="triaged"))
    reported = (*first, said("reported", HOUR, "owner", report="R-1", severity="S1"))
    one = told(*reported)
    answered = told(*reported, said("answered", HOUR + MINUTE, "operator", report="R-1"))

    assert (MONDAY + MINUTE, None) == (one[RESPONSE].stopped_at, one[RESPONSE[0], "R-1"].stopped_at)
    assert MONDAY + HOUR + MINUTE == answered[RESPONSE[0], "R-1"].stopped_at
    assert answered[RESOLUTION].is_running


def test_a_report_that_came_over_from_a_duplicate_is_as_old_as_it_is() -> None:
    """A merge gives nobody more time to answer; what claims to come from later begins now."""
    old, young = (
        told(OPENED, said("reported", HOUR, "desk", report="R-1", severity="S1", since=MONDAY + span))
        for span in (MINUTE, 2 * HOUR)
    )
    new = told(OPENED, said("reported", HOUR, "desk", report="R-1", severity="S1"))[RESPONSE[0], "R-1"]

    assert MONDAY + MINUTE == old[RESPONSE[0], "R-1"].started_at
    assert new.due_at - HOUR + MINUTE == old[RESPONSE[0], "R-1"].due_at
    assert new == young[RESPONSE[0], "R-1"]


def test_a_changed_calendar_changes_nothing_that_was_counted() -> None:
    """Open clocks go on by the new one, stopped ones stay as they are."""
    former = maker()
    night = replace(BOOK.calendars["office"], week=(((0, 1440),),) * 7)
    after = maker(replace(BOOK, calendars={"office": night}))
    clock = told(said("opened", 8 * HOUR, severity="S2"))[RESOLUTION]
    changed = after.changed_over(clock, MONDAY + 14 * HOUR, former)

    assert (HOUR, MONDAY + 14 * HOUR + 23 * HOUR) == (changed.worked, changed.due_at)
    stopped = former.stop(clock, MONDAY + 9 * HOUR)
    assert stopped == after.changed_over(stopped, MONDAY + 14 * HOUR, former)


def test_colours_say_how_much_is_left() -> None:
    """Blue, orange under a fifth, red when due; none while it does not run."""
    clock = told(OPENED)[RESOLUTION]
    seen = [clock.colour(MONDAY + after) for after in (0, 191 * MINUTE, 192 * MINUTE, 240 * MINUTE)]

    assert [SlaColour.BLUE, SlaColour.BLUE, SlaColour.ORANGE, SlaColour.RED] == seen
    assert maker().halt(clock, MONDAY).colour(MONDAY) is None


# -- the ladder


def climbed(clocks: Any, *moments: int) -> list[tuple[str, int, str, bool]]:
    """Channel, due, receiver and lateness of every step, when somebody looks at these moments."""
    found: list[tuple[str, int, str, bool]] = []
    for after in moments:
        clocks, steps = Ladder(maker()).climb(TICKET, list(clocks), MONDAY + after)
        found += [
            (s.notice.channel, (s.event.details["due"] - MONDAY) // MINUTE, s.notice.to, s.notice.is_late)
            for s in steps
        ]
    return found


RESOLVING = [told(OPENED)[RESOLUTION]]
WHOLE_LADDER = [("supervisor", 192, "boss"), ("sms", 192, "first"), ("email", 204, "first"), ("in_app", 216, "first")]


def test_the_supervisor_hears_once_and_then_the_ladder_is_climbed() -> None:
    """In shares of the time that is left, however often somebody looks."""
    steps = climbed(RESOLVING, *(n * MINUTE for n in range(300)))

    assert [(*step, False) for step in WHOLE_LADDER] == steps


def test_after_an_outage_every_step_is_caught_up_in_order_and_marked_late() -> None:
    """Each once."""
    assert [(*step, True) for step in WHOLE_LADDER] == climbed(RESOLVING, 9 * HOUR, 9 * HOUR)


def test_an_acknowledgement_stops_the_ladder() -> None:
    """Of this clock for good; the promise still stands."""
    clocks, _ = Ladder(maker()).climb(TICKET, RESOLVING, MONDAY + 193 * MINUTE)
    known = maker().fold(clocks, said("acknowledged", 194 * MINUTE, "operator", state="triaged"))

    assert [] == climbed(known, 9 * HOUR)
    assert known[0].is_running


def test_an_early_acknowledgement_does_not_silence_a_later_alarm() -> None:
    """Who answered in the morning may have forgotten it by noon."""
    known = maker().fold(RESOLVING, said("acknowledged", MINUTE, "operator", state="triaged"))

    assert 4 == len(climbed(known, 9 * HOUR))


def test_a_ticket_that_was_resolved_in_time_alarms_nobody() -> None:
    """Nor does one that waits."""
    for state, reason in (("resolved", ""), ("waiting", "part")):
        clocks = told(OPENED, said("moved", HOUR, "operator", state=state, reason=reason)).values()
        assert "resolution" not in {clock.kind for clock in clocks if clock.next_at is not None}


def test_the_auditor_sees_a_step_that_nobody_took() -> None:
    """And none while somebody looks."""
    assert [RESOLVING[0]] == list(overdue(RESOLVING, MONDAY + 194 * MINUTE))
    assert [] == list(overdue(RESOLVING, MONDAY + 192 * MINUTE))


# -- properties

ACTS = st.sampled_from(
    [
        ("acknowledged", "operator", {"state": "triaged"}),
        ("moved", "operator", {"state": "waiting", "reason": "part"}),
        ("moved", "operator", {"state": "in_progress"}),
        ("moved", "operator", {"state": "resolved"}),
        ("moved", "desk", {"state": "cancelled", "reason": "duplicate"}),
        ("reopened", "desk", {}),
        ("severity", "desk", {"severity": "S1"}),
        ("edited", "operator", {"set": {"severity": "S3"}}),
        ("reported", "owner", {"report": "R-1", "severity": "S2"}),
    ]
)
STORIES = st.lists(st.tuples(ACTS, st.integers(1, 400)), max_size=12)


def story_of(story: list[Any]) -> list[LedgerEvent]:
    """Lines of the log at growing times."""
    lines, after = [said("opened", 0, severity="S2")], 0
    for (kind, actor, details), minutes in story:
        after += minutes * MINUTE
        lines.append(said(kind, after, actor, **details))
    return lines


@settings(max_examples=60, deadline=None)
@given(story=STORIES, looks=st.lists(st.integers(0, 6000), max_size=8))
def test_the_log_alone_says_how_the_clocks_stand(story: list[Any], looks: list[int]) -> None:
    """Clocks that were kept while people acted and steps were taken are those that the log gives, told anew."""
    pending, log, clocks = story_of(story), [], []
    for minute in sorted(looks):
        while pending and pending[0].at <= MONDAY + minute * MINUTE:
            log.append(pending.pop(0))
            clocks = maker().fold(clocks, log[-1])
        clocks, steps = Ladder(maker()).climb(TICKET, list(clocks), MONDAY + minute * MINUTE)
        log += [step.event for step in steps]

    assert list(clocks) == list(told(*log).values())


@settings(max_examples=60, deadline=None)
@given(story=STORIES)
def test_no_step_is_ever_taken_twice(story: list[Any]) -> None:
    """Whatever people do in between."""
    ids: list[str] = []
    clocks: Any = []
    for line in story_of(story):
        clocks, steps = Ladder(maker()).climb(TICKET, list(clocks), line.at)
        ids += [step.notice.id for step in steps]
        clocks = maker().fold(clocks, line)
    _, steps = Ladder(maker()).climb(TICKET, list(clocks), MONDAY + 10_000 * HOUR)
    ids += [step.notice.id for step in steps]

    assert len(set(ids)) == len(ids)


@settings(max_examples=60, deadline=None)
@given(story=STORIES)
def test_a_clock_counts_no_more_than_the_time_that_has_passed(story: list[Any]) -> None:
    """And a clock that runs is not stopped, one that is stopped not paused."""
    lines = story_of(story)
    for clock in told(*lines).values():
        assert 0 <= clock.worked <= lines[-1].at - clock.started_at
        states = (clock.is_running, bool(clock.paused), clock.stopped_at is not None)
        assert 1 == sum(states), states
