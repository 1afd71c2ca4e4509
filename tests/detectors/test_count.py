"""Count: so many within a sliding window, exactly, in whatever order it arrives."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cases import run_cases
from detectors.rules import read_rules
from domain.instants import HOUR, MINUTE, SECOND
from tests.stories import BEGIN, Story, shuffled

EXAMPLES = 6 * int(os.environ.get("DETECTOR_EXAMPLES", "12"))
"""Stories a property; at length: DETECTOR_EXAMPLES=500."""
RULE = """
[[rule]]
id = "errors"
kind = "count"
event = "error"
count = 3
within = "10m"
"""
CLEARED = 'resolve = { event = "fault_cleared" }\n'


def told(rule, *times, event="error"):
    """The story of errors at some minutes."""
    story = Story(rule)
    for at in times:
        story.say(event, int(at * MINUTE))
    return story


@pytest.mark.parametrize(
    ("minutes", "counts"),
    [
        ((0, 1, 2), [3]),
        ((0, 1), []),
        ((0, 5, 10), [3]),
        ((0, 5, 10.1), []),
        ((0, 5, 10.1, 11), [3]),
        ((0, 11, 22, 33), []),
        ((0, 1, 2, 3, 60), [5]),
        ((0, 0, 0), [3]),
    ],
    ids=str,
)
def test_the_window_slides_and_its_edge_belongs_to_it(minutes, counts):
    """Exactly ten minutes apart is within ten minutes; while it is open, each further one is evidence."""
    assert counts == [finding.count for finding in told(RULE, *minutes).settled()]


def test_good_signs_in_between_do_not_matter():
    """That is what tells it from a row."""
    story = Story(RULE)
    for nth in range(3):
        story.say("error", nth * MINUTE)
        story.say("boot_ok", nth * MINUTE + SECOND)

    assert [3] == [finding.count for finding in story.settled()]


def test_what_ended_a_finding_is_not_counted_again():
    """No error is evidence of two findings."""
    story = told(RULE + CLEARED, 0, 1, 2)
    story.say("fault_cleared", 3 * MINUTE)
    for at in (4, 5):
        story.say("error", at * MINUTE)
    assert ["open", "resolved"] == story.states()
    story.say("error", 6 * MINUTE)

    assert ["open", "resolved", "open"] == story.states()
    assert [3, 3] == [finding.count for finding in story.settled()]


def test_errors_closer_than_min_gap_are_one():
    """By event time."""
    assert [] == told(RULE + 'min_gap = "2m"\n', 0, 1, 2).settled()


def test_the_same_error_delivered_late_fills_the_gap():
    """It counts at its own time."""
    story = told(RULE, 0, 5)
    story.say("error", 12 * MINUTE)
    story.say("error", 2 * MINUTE + 30 * SECOND, received=12 * MINUTE)

    assert [4] == [finding.count for finding in story.settled()]
    assert 4 == story.settled()[0].fired_position


def test_an_end_that_arrives_late_splits_what_was_one_finding():
    """Cleared after the third: the next two are not enough for another."""
    story = told(RULE + CLEARED, 0, 1, 2, 4, 5)
    story.say("fault_cleared", 3 * MINUTE, received=6 * MINUTE)

    assert [(3, "resolved")] == [(finding.count, finding.state.value) for finding in story.settled()]


CASES = """
[[case]]
rule = "errors"
events = "E E E"
expect = 1

[[case]]
rule = "errors"
events = "E ok E ok E"
expect = 1

[[case]]
rule = "errors"
events = "E@0m E@5m E@11m"
expect = 0

[[case]]
rule = "by-code"
events = "a b a b a"
alphabet = { a = "error:E1", b = "error:E2" }
expect = 1

[[case]]
rule = "by-code"
events = "a b E a b E"
expect = 0
"""


MESSAGES = """
[[case]]
rule = "by-code"
events = "j k l j"
alphabet = { j = 'error "slot 1 is jammed"', k = 'error "slot 22 is jammed"', l = 'error "out of change"' }
expect = 1

[[case]]
rule = "by-code"
events = "m n m n"
alphabet = { m = 'error:E1 "slot 1 is jammed"', n = 'error:E2 "slot 1 is jammed"' }
expect = 0
"""


def test_letters_may_carry_messages():
    """In quotes after the event; a code comes first."""
    by_code = RULE.replace('"errors"', '"by-code"') + 'by = "fingerprint"\n'
    results = run_cases(read_rules(by_code + MESSAGES, "rules.toml"))

    assert [] == [result.sentence for result in results if not result.passed]


def test_cases_in_letters_work():
    """Counting by fingerprint tells letters with codes apart."""
    by_code = RULE.replace('"errors"', '"by-code"') + 'by = "fingerprint"\n'
    results = run_cases(read_rules(RULE + by_code + CASES, "rules.toml"))

    assert [] == [result.sentence for result in results if not result.passed]


ROWS = st.lists(
    st.tuples(st.integers(0, 9 * 60).map(lambda s: s * SECOND), st.sampled_from(["error", "error", "fault_cleared"])),
    min_size=3,
    max_size=16,
)


def defined(rows, *, count, within):
    """Each finding's errors, by the definition: a window with enough errors since the last end, then all up to an end.

    Rows are (time, what, number), and all of them are in order.
    """
    found, begin, is_open = [], 0, False
    for place, (at, what, _) in enumerate(rows):
        errors = [row for row in rows[begin : place + 1] if row[1] == "error"]
        if what == "fault_cleared":
            begin, is_open = (place + 1, False) if is_open else (begin, False)
        elif is_open:
            found[-1].append(at)
        else:
            window = [row[0] for row in errors if row[0] >= at - within]
            if len(window) >= count:
                found.append(window[-count:])
                is_open = True
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 2**32), count=st.integers(1, 4), within=st.integers(1, 300))
def test_any_order_within_the_lateness_has_the_settled_view_that_the_definition_gives(rows, seed, count, within):
    """Errors of one instant are told apart by the device's own numbers."""
    rule = RULE.replace("count = 3", f"count = {count}").replace("10m", f"{within}s") + CLEARED
    rows = [(at + (what != "error") * SECOND // 2, what) for at, what in rows]
    numbered = [(at, what, seq) for seq, (at, what) in enumerate(sorted(rows))]
    story = Story(rule)
    for at, what, seq in shuffled(numbered, seed):
        story.say(what, at, seq=seq, received=10 * MINUTE)
        if seed % 3 == 0:
            story.restart()

    found = defined(numbered, count=count, within=within * SECOND)
    assert found == sorted([piece.at - BEGIN for piece in finding.evidence] for finding in story.settled())


def test_an_hour_of_errors_is_one_finding():
    """However many there are."""
    story = told(RULE, *range(60))
    story.say("error", HOUR)

    assert [61] == [finding.count for finding in story.settled()]
