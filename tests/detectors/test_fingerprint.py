"""Fingerprints: which events are the same trouble, and that what was once told apart stays told apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.fingerprint import ALGORITHMS, LONGEST, normalised
from detectors.groups import MOST, SHARED
from detectors.rules import read_rules
from domain.errors import WrongFormat
from domain.instants import DAY, HOUR, MINUTE
from tests.batches import Happening, batch_of
from tests.stories import Story

RULE = """
[[rule]]
id = "errors"
kind = "count"
event = "error"
count = 3
within = "1h"
by = "fingerprint"
resolve = { event = "fault_cleared", quiet_for = "2h" }
"""


def print_of(code="", **details):
    """The fingerprint of an error, by algorithm 1."""
    [event] = batch_of([], [Happening("tv", 0, "error", code, details)]).events
    return ALGORITHMS[1](event)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Out of memory", "out of memory"),
        ("Out  of\n memory ", "out of memory"),
        ("retry 3 of 10 after 35ms", "retry <n> of <n> after <n>ms"),
        ("temp -12.5 above 1,000", "temp <n> above <n>"),
        ("voltage=3.3e-5V", "voltage=<n>v"),
        ("Error E17 in pump2", "error e17 in pump2"),
        ("TV-17 is gone", "tv-<n> is gone"),
        ("at 2026-11-22T08:00:00.123Z it stopped", "at <time> it stopped"),
        ("at 2026-11-22 08:00:00+01:00 it stopped", "at <time> it stopped"),
        ("08:15:01 it stopped", "<time> it stopped"),
        ("since 2026-11-22", "since <time>"),
        ("job 123e4567-e89b-12d3-a456-426614174000 failed", "job <id> failed"),
        ("request req_8f3a9c12b7 failed", "request <id> failed"),
        ("commit 9fceb02d0ae598e9 differs", "commit <hex> differs"),
        ("fault at 0xDEADBEEF", "fault at <hex>"),
        ("cannot reach 10.0.0.17:1883", "cannot reach <address>"),
        ("cannot reach fe80::1ff:fe23:4567:890a", "cannot reach <address>"),
        ("peer 00:1B:44:11:3A:B7 left", "peer <address> left"),
        ("GET https://example.org/a?b=3 failed", "get <address> failed"),
        ("mail to ops@example.org bounced", "mail to <address> bounced"),
        ("no space on /var/log/app.17", "no space on <path>"),
        (r"cannot open C:\Data\x7\log.txt", "cannot open <path>"),
        ("read/write error", "read/write error"),
        ("深度 35 超过 20", "深度 <n> 超过 <n>"),
        ("decade facade effaced", "decade facade effaced"),
        ("42", ""),
        ("0x17 10.0.0.1 12:00", ""),
        ("---", ""),
        ("", ""),
    ],
)
def test_algorithm_1_takes_out_of_a_message_what_varies(message, expected):
    """A line of this table is for ever: a better algorithm gets a new number, so that nothing known looks new."""
    assert expected == print_of(message=message)


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        ("0xDEAD", {"message": "a", "fingerprint": "pump/dry"}, "pump/dry"),
        ("0xDEAD", {"message": "a", "fingerprint": 17}, "17"),
        ("0xDEAD", {"message": "a", "fingerprint": " "}, "0xDEAD"),
        ("0xDEAD", {"message": "a", "fingerprint": True}, "0xDEAD"),
        ("0xDEAD", {"message": "a", "fingerprint": ["a"]}, "0xDEAD"),
        ("0xDEAD", {"message": "a"}, "0xDEAD"),
        ("", {"message": "a 17"}, "a <n>"),
        ("", {"message": 17}, ""),
        ("", {}, ""),
    ],
)
def test_what_is_said_outright_comes_first(code, details, expected):
    """`details.fingerprint`, then the code, then the message."""
    assert expected == print_of(code, **details)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=300) | st.text("ab0129:/.-<> x\\", max_size=80))
def test_a_fingerprint_is_short_and_the_same_however_it_is_spaced_or_written(text):
    """Whatever a message says."""
    spaced = "  ".join(text.split())

    assert len(print_of(message=text)) <= LONGEST
    assert normalised(text) == normalised(f" {spaced}\n")


@settings(max_examples=200, deadline=None)
@given(numbers=st.lists(st.integers(0, 10**9), min_size=4, max_size=4))
def test_numbers_make_no_difference(numbers):
    """However large they are."""
    message = "slot {} of {}: {} errors in {} s"

    assert print_of(message=message.format(1, 2, 3, 4)) == print_of(message=message.format(*numbers))


def test_long_messages_are_told_apart_by_their_ends():
    """A hash of the whole stands for what is cut off."""
    one, other = (print_of(message="word " * 60 + end) for end in ("left", "right"))

    assert (LONGEST, LONGEST) == (len(one), len(other))
    assert one != other


def test_the_same_trouble_counts_together_and_nothing_else():
    """Three messages that differ in numbers are one finding; a fourth that says something else is no part of it."""
    story = Story(RULE)
    for nth in range(3):
        story.say("error", nth * MINUTE, details={"message": f"pump {nth} dry"})
        story.say("error", nth * MINUTE + 1, details={"message": f"word {'abc'[nth]}"})

    [finding] = story.settled()
    assert (("asset", "tv"), ("component", ""), ("fingerprint", "pump <n> dry")) == finding.key
    assert (3, 3) == (finding.count, len(finding.evidence))


def test_events_without_a_fingerprint_are_like_no_other():
    """They never count together."""
    story = Story(RULE)
    for nth in range(10):
        story.say("error", nth * MINUTE)

    assert [] == story.settled()


def test_two_troubles_of_one_message_are_two_findings():
    """Each fingerprint has its own id, also where both fire with one entry."""
    story = Story(RULE.replace("count = 3", "count = 1"))
    rows = [Happening("tv", nth, "error", code, position=1, seq=nth) for nth, code in enumerate(("E1", "E2"))]
    story.keep(story.engine.observe(batch_of([], rows)))

    assert 2 == len({finding.id for finding in story.settled()})
    assert ["E1", "E2"] == sorted(finding.key[-1][1] for finding in story.settled())


def test_fault_cleared_ends_every_trouble_of_the_device_and_the_next_count_begins_anew():
    """It names none, so it is about all."""
    story = Story(RULE)
    for nth in range(3):
        story.say("error", nth * MINUTE, "E1")
        story.say("error", nth * MINUTE, "E2")
    story.say("fault_cleared", 4 * MINUTE)
    story.say("error", 5 * MINUTE, "E1")

    assert ["resolved", "resolved"] == [finding.state.value for finding in story.settled()]


def test_a_crash_of_another_kind_is_no_trouble_of_this_kind():
    """Quiet is a matter of the fingerprint; every word of the device is a sign of life."""
    story = Story(RULE)
    for nth in range(3):
        story.say("error", nth * MINUTE, "E1")
    for nth in range(3, 130):
        story.say("error", nth * MINUTE, f"F{nth}")
        story.tick(nth * MINUTE)

    first = next(finding for finding in story.settled() if finding.key[-1][1] == "E1")
    assert "resolved" == first.state.value


def test_a_restart_forgets_no_group():
    """What was counted before goes on, and what ends all groups reaches those of before."""
    story = Story(RULE)
    for nth in range(2):
        story.say("error", nth * MINUTE, "E1")
    story.restart()
    story.say("error", 2 * MINUTE, "E1")
    assert ["open"] == story.states()
    story.restart()
    story.say("fault_cleared", 3 * MINUTE)

    assert ["open", "resolved"] == story.states()


def test_late_errors_of_a_new_kind_know_what_was_cleared_after_them():
    """Two happened before the clearing, one after: that is no row of three."""
    rule = RULE.replace('kind = "count"', 'kind = "consecutive"').replace(
        'by = "fingerprint"', 'key = ["asset", "fingerprint"]'
    )
    story = Story(rule + 'reset = { event = "boot_ok" }\n')
    story.say("boot_ok", 3 * MINUTE)
    for at in (MINUTE, 2 * MINUTE, 4 * MINUTE):
        story.say("error", at, "E1", received=4 * MINUTE)
    assert [] == story.settled()
    for at in (5 * MINUTE, 6 * MINUTE):
        story.say("error", at, "E1")

    assert [3] == [finding.count for finding in story.settled()]


def test_a_key_by_code_ends_when_the_device_is_quiet_or_well():
    """Signs of life and of health carry no code, and count for each."""
    rule = RULE.replace('by = "fingerprint"', 'key = ["asset", "code"]')
    story = Story(rule)
    for nth in range(3):
        story.say("error", nth * MINUTE, "E1")
        story.say("error", nth * MINUTE, "E2")
    story.say("fault_cleared", 4 * MINUTE, "E1")
    assert ["open", "open", "resolved"] == story.states()
    for nth in range(5, 130):
        story.read(nth * MINUTE)
        story.tick(nth * MINUTE)

    assert ["open", "open", "resolved", "resolved"] == story.states()


def test_memory_is_bounded_whatever_a_device_writes():
    """After many fingerprints further ones share groups; none is left out."""
    story = Story(RULE.replace("count = 3", "count = 2").replace('"1h"', '"1s"'))
    for nth in range(3 * MOST):
        story.say("error", nth * HOUR, f"code-{nth}")
    [running] = story.engine.running.values()
    size = sum(array.nbytes for array in running.whole().values())

    assert len(running.keys.order) <= 1 + MOST + SHARED
    assert size <= 250 * MOST
    assert [] == story.settled()
    for nth in range(2):
        story.say("error", 400 * DAY + nth, "seen by none before")

    assert [2] == [finding.count for finding in story.settled()]


def test_an_algorithm_that_does_not_exist_is_a_mistake_of_the_file():
    """The sentence says which there are."""
    with pytest.raises(WrongFormat, match="fingerprint must be the number of an algorithm; there are: 1"):
        read_rules(RULE + "fingerprint = 2\n", "rules.toml")
