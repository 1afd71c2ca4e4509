"""Cases: tests of rules that stand beside them."""

from pathlib import Path

import pytest

from detectors.case import ALPHABET, read_case
from detectors.cases import arrivals_of, batches_of, run_cases
from detectors.rules import read_rules
from domain.instants import HOUR, MINUTE

RULE = """
[[rule]]
id = "crashing"
life = "draft"
kind = "consecutive"
event = "crash"
count = 3
where = { model = "TV-*", fw = ">=2" }
reset = { event = "boot_ok", or_healthy_for = "2h" }
"""
SHIPPED = sorted(Path(__file__).parents[2].glob("examples/rules/*.toml"))


def file_of(events, expect):
    """A rule file with one case."""
    return read_rules(f'{RULE}\n[[case]]\nrule = "crashing"\nevents = "{events}"\nexpect = {expect}\n', "f.toml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_rules_pass_their_own_cases(path):
    """What we ship does what it says, by at least eight cases a file."""
    results = run_cases(read_rules(path.read_text(encoding="utf-8"), path.name))

    assert 8 <= len(results)
    assert [] == [result.sentence for result in results if not result.passed]


@pytest.mark.parametrize(
    ("events", "expect"),
    [
        ("C C C", 1),
        ("C C", 0),
        ("C C ok C", 0),
        ("C@0m C@5m C@10m ok@7m", 0),
        ("C@0m C@5m C@10m .@40m C@40m ok@7m", 1),
        ("C C .@3h C", 1),
        ("C C +@3h C", 0),
        (".", 0),
    ],
)
def test_a_case_counts_the_findings_that_stand(events, expect):
    """Withdrawn findings do not count; silence is no health, being heard is."""
    [result] = run_cases(file_of(events, expect))

    assert expect == result.found
    assert result.passed


def test_a_failed_case_says_where_it_stands_and_what_it_found():
    """So that an editor jumps to it."""
    [result] = run_cases(file_of("C C C", 0))

    assert not result.passed
    assert 'f.toml:11: case "C C C" of rule crashing: expected 0 findings, found 1.' == result.sentence


def test_letters_may_be_given_other_meanings():
    """An alphabet holds for its case and those after it; codes stand after a colon."""
    text = RULE.replace('event = "crash"', 'event = { event = "error", code = ["0xDEAD"] }')
    text += '[[case]]\nrule = "crashing"\nevents = "D D D"\nexpect = 1\n[case.alphabet]\nD = "error:0xDEAD"\n'
    text += '[[case]]\nrule = "crashing"\nevents = "D D E"\nexpect = 0\n'
    text += '[[case]]\nrule = "crashing"\nevents = "D D E D"\nexpect = 1\n'

    assert [True] * 3 == [result.passed for result in run_cases(read_rules(text, "f.toml"))]


def test_the_alphabet_speaks_the_native_vocabulary():
    """The letters that need no explanation."""
    assert ["crash", "boot_ok", "boot", "fault", "fault_cleared", "offline", "online", "error"] == list(
        ALPHABET.values()
    )


def test_writing_is_arriving_and_times_are_event_times():
    """What is written later arrives later, and nothing arrives before it has happened."""
    [case] = file_of("C@0m C@3m ok@2m C", 0).cases
    arrivals = [(a.received_at, a.step.at) for a in arrivals_of(case) if a.step is not None]

    assert [(0, 0), (3 * MINUTE, 3 * MINUTE), (3 * MINUTE, 2 * MINUTE), (3 * MINUTE, 3 * MINUTE)] == arrivals


def test_time_passes_by_the_minute_between_letters():
    """As in a live service, where ticks judge absence and quiet."""
    [case] = file_of("C@0m C@3h", 0).cases
    ticks = [arrival.received_at for arrival in arrivals_of(case) if arrival.step is None]

    assert list(range(MINUTE, 3 * HOUR, MINUTE)) == ticks


def test_a_long_case_comes_in_batches_without_a_gap():
    """As from a journal's reader."""
    [case] = file_of("C@0m C@1d", 0).cases
    batches = list(batches_of(case))

    assert len(batches) > 5
    assert [0, *(batch.upto for batch in batches[:-1])] == [batch.after for batch in batches]


def test_letters_may_be_repeated():
    """One of them, or several in turn; so many that no case is meant are a mistake."""
    rows = [{"rule": "r", "events": events, "expect": 0} for events in ("C*3 ok", "C,ok*2", "C*20000 C*5")]
    wrong: list[str] = []
    read = [read_case(row, ALPHABET, ["r"], 1, lambda said, *path: wrong.append(said)) for row in rows]

    assert ["crash"] * 3 + ["boot_ok"] == [step.event for step in read[0].steps]
    assert ["crash", "boot_ok"] * 2 == [step.event for step in read[1].steps]
    assert ["events: C*5 is too long; a case has 20000 steps at most."] == wrong
