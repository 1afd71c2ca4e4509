"""Compound: both, one after the other, or one alone; in event time, on evidence, each event used once."""

import os
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.cases import run_cases
from detectors.engine import Engine
from detectors.lint import lint
from detectors.rule_table import read_rule
from detectors.rules import read_rules
from domain.batch import Mark
from domain.entries import Kind
from domain.errors import WrongFormat
from domain.finding import FindingState
from domain.instants import DAY, HOUR, MINUTE, SECOND
from tests.stories import BEGIN, Story, shuffled
from tests.streams import Entry, batch, difference, in_one, in_pieces, stream, with_restarts

EXAMPLES = 4 * int(os.environ.get("DETECTOR_EXAMPLES", "12"))
"""Stories a property; at length: DETECTOR_EXAMPLES=500."""
HEAD = """
[[rule]]
id = "pair"
kind = "compound"
within = "10m"
"""
ALL = HEAD + 'all = ["a", { event = "b", code = "7" }]\n'
THEN = HEAD + 'first = "a"\nthen = { event = "b", code = "7" }\n'
WITHOUT = HEAD + 'event = "a"\nwithout = { event = "b", code = "7" }\n'
ENDS = 'resolve = { event = "x" }\n'
EVENTS = {"a": ("a", ""), "b": ("b", "7"), "c": ("b", "8"), "x": ("x", "")}


def told(rule, letters):
    """The story of `a@0 b@2.5`: events at minutes; `h` is a sign of life, `t` a tick."""
    story = Story(rule)
    for word in letters.split():
        letter, _, minute = word.partition("@")
        at = int(float(minute) * MINUTE)
        if letter == "h":
            story.read(at)
        elif letter == "t":
            story.tick(at)
        else:
            story.say(EVENTS[letter][0], at, EVENTS[letter][1])
    return story


HOT = '{ metric = "temp", above = 80 }'


def evidence(story):
    """What each finding rests on, as `a@0 b@2`, and whether it is over."""
    return [
        (" ".join(f"{piece.what}@{(piece.at - BEGIN) / MINUTE:g}" for piece in finding.evidence), finding.state.value)
        for finding in story.settled()
    ]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a@0 b@1", [("a@0 b@1", "open")]),
        ("b@0 a@1", [("b@0 a@1", "open")]),
        ("a@0 b@10", [("a@0 b@10", "open")]),
        ("a@0 b@10.1", []),
        ("a@0 a@1", []),
        ("a@0 c@1", []),
        ("a@0 a@1 b@2 b@3", [("a@0 a@1 b@2", "open")]),
        ("a@0 b@1 a@2 b@3", [("a@0 b@1 a@2 b@3", "open")]),
        ("a@0 a@9 b@12", [("a@9 b@12", "open")]),
        ("a@0 b@0", [("a@0 b@0", "open")]),
        ("a@0 b@1 x@2 a@3 b@4", [("a@0 b@1", "resolved"), ("a@3 b@4", "open")]),
        ("a@0 b@1 a@2 x@3 b@4", [("a@0 b@1", "resolved")]),
        ("a@0 x@1 b@2", [("a@0 b@2", "open")]),
    ],
)
def test_all_is_both_in_any_order(letters, expected):
    """An end forgets what led to it; where nothing has begun there is nothing to end."""
    assert expected == evidence(told(ALL + ENDS, letters))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a@0 b@1", [("a@0 b@1", "open")]),
        ("b@0 a@1", []),
        ("b@0 a@1 b@2", [("a@1 b@2", "open")]),
        ("a@0 b@10", [("a@0 b@10", "open")]),
        ("a@0 b@10.1", []),
        ("a@0 a@9 b@12", [("a@9 b@12", "open")]),
        ("a@0 b@1 b@2", [("a@0 b@1", "open")]),
        ("a@0 b@1 a@2 b@3 x@4 b@5", [("a@0 b@1 a@2 b@3", "resolved")]),
    ],
)
def test_then_is_one_after_the_other(letters, expected):
    """What comes second needs a first of its own."""
    assert expected == evidence(told(THEN + ENDS, letters))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a@0 h@5 h@11", [("a@0", "open")]),
        ("a@0 h@5 h@10", []),
        ("a@0 b@10 h@11", []),
        ("a@0 c@10 h@11", [("a@0", "open")]),
        ("a@0 b@11", [("a@0", "resolved")]),
        ("a@0 h@11 b@12", [("a@0", "resolved")]),
        ("b@0 a@1 h@12", [("a@1", "open")]),
        ("a@0 a@5 h@11 h@16", [("a@0 a@5", "open")]),
        ("a@0 a@5 b@6 h@20", []),
        ("a@0 a@5 b@12 h@20", [("a@0", "resolved")]),
        ("a@0 h@16 h@17 h@30", []),
        ("a@0 h@14 h@28", [("a@0", "open")]),
        ("a@0 t@10", []),
        ("a@0 t@10.1", [("a@0", "open")]),
        ("a@0 h@1 t@5 t@10.1", [("a@0", "open")]),
        ("a@0 t@15.1", []),
        ("a@0 t@15.1 h@16 t@17", []),
        ("a@0 t@10.1 b@12", [("a@0", "resolved")]),
    ],
)
def test_without_needs_evidence_that_time_has_passed(letters, expected):
    """A sign of life after the time, or a tick while the device was heard lately; a gap of 15 minutes is unknown."""
    assert expected == evidence(told(WITHOUT, letters))


@pytest.mark.parametrize(
    ("form", "readings", "expected"),
    [
        (f'all = ["a", {HOT}]', "81@0 a@1", [("temp@0 a@1", "open")]),
        (f'all = ["a", {HOT}]', "80@0 a@1", []),
        (f'all = ["a", {HOT}]', "81@0 20@5 a@11", []),
        (f'first = {HOT}\nthen = "a"', "a@0 81@1 a@2", [("temp@1 a@2", "open")]),
        (f'first = {HOT}\nthen = {{ metric = "temp", below = 10 }}', "81@0 50@1 9@2", [("temp@0 temp@2", "open")]),
        (f'first = {{ metric = "temp", above = 50 }}\nthen = {HOT}', "81@0 82@1", [("temp@0 temp@1", "open")]),
        (f'event = "a"\nwithout = {HOT}', "a@0 81@5 20@11", []),
        (f'event = "a"\nwithout = {HOT}', "a@0 20@5 20@11", [("a@0", "open")]),
        (f'event = "a"\nwithout = {HOT}', "a@0 20@5 20@11 81@12", [("a@0", "resolved")]),
        (f'event = {HOT}\nwithout = "a"', "81@0 81@5 20@11 20@16", [("temp@0 temp@5", "open")]),
        ('event = "a"\nwithout = { metric = "door", is = "shut" }', "a@0 open@1 20@11", [("a@0", "open")]),
        ('event = "a"\nwithout = { metric = "door", is = "shut" }', "a@0 shut@9 20@11", []),
        ('all = ["a", { metric = "door", is = "open" }]', "a@0 open@9", [("a@0 door@9", "open")]),
    ],
)
def test_a_reading_that_says_something_is_like_an_event(form, readings, expected):
    """Each that meets the condition; others are only signs of life."""
    story = Story(HEAD + form)
    for word in readings.split():
        said, _, minute = word.partition("@")
        if said == "a":
            story.say("a", int(minute) * MINUTE)
        elif said.isdigit():
            story.read(int(minute) * MINUTE, temp=float(said))
        else:
            story.read(int(minute) * MINUTE, door=said)

    assert expected == evidence(story)


def test_what_was_missing_ends_it_also_where_quiet_does():
    """Quiet is a device that is heard and has no further A."""
    story = told(WITHOUT + 'resolve = { quiet_for = "1h" }\n', "a@0 h@11")
    for minute in range(12, 80):
        story.read(minute * MINUTE)
        story.tick(minute * MINUTE)

    assert ["open", "resolved"] == story.states()


def test_b_that_comes_late_takes_it_back_and_one_too_late_is_counted():
    """Within the lateness, by the device's clock."""
    story = told(WITHOUT, "a@0 h@11")
    assert ["open"] == story.states()
    story.say("b", 4 * MINUTE, "7", received=12 * MINUTE)
    assert ["open", "withdrawn"] == story.states()

    other = told(WITHOUT, "a@0 h@11 a@20 h@31")
    other.say("b", 4 * MINUTE, "7", received=31 * MINUTE)
    assert [("a@0 a@20", "open")] == evidence(other)
    assert [1] == [finding.late for finding in other.settled()]


def test_a_late_a_finds_its_b():
    """The second of a pair may arrive first."""
    story = told(THEN, "b@5")
    story.say("a", MINUTE, received=6 * MINUTE)
    assert [("a@1 b@5", "open")] == evidence(story)
    story.say("a", 2 * MINUTE, received=7 * MINUTE)

    assert [("a@1 a@2 b@5", "open")] == evidence(story)
    assert ["open", "open"] == story.states()


def test_silence_across_an_outage_of_ours_is_unknown():
    """What arrived before the way was closed is no evidence of now; the next word of the device is."""
    story = told(WITHOUT, "a@0 h@1")
    story.link(2 * MINUTE, is_up=False)
    story.tick(11 * MINUTE)
    story.link(12 * MINUTE, is_up=True)
    story.restart()
    story.tick(12 * MINUTE)
    assert [] == story.states()
    story.read(13 * MINUTE)

    assert ["open"] == story.states()


def test_a_device_that_was_offline_is_judged_by_its_own_clock():
    """Everything arrives at once, two days late, in order."""
    story = Story(WITHOUT)
    story.say("a", 0, received=2 * DAY)
    story.read(5 * MINUTE, received=2 * DAY)
    assert [] == story.states()
    story.read(11 * MINUTE, received=2 * DAY)

    assert [("a@0", "open")] == evidence(story)


def test_a_dead_device_is_unknown_for_ever_and_costs_nothing():
    """No tick is for it once it was silent for longer than the gap."""
    story = told(WITHOUT, "a@0 t@16 t@17")
    [running] = story.engine.running.values()

    assert [] == list(running.detector.in_time(BEGIN + 20 * MINUTE))
    for minute in range(60, 120):
        story.read(minute * MINUTE)
    assert [] == story.states()
    assert not running.detector.due


def test_many_as_wait_in_bounded_memory():
    """The latest of them; the state stays small."""
    story = Story(WITHOUT + 'lateness = "1m"\n')
    for nth in range(400):
        story.say("a", nth * SECOND)
    [running] = story.engine.running.values()

    assert sum(array.nbytes for array in running.whole().values()) < 16_000


@pytest.mark.parametrize(
    ("settings_", "sentence"),
    [
        ("", "compound needs one of: all = [A, B]; first and then; event and without"),
        ('first = "a"', "compound needs one of: all = [A, B]; first and then; event and without"),
        ('all = ["a", "b"]\nevent = "a"', "compound needs one of: all = [A, B]; first and then; event and without"),
        ('first = "a"\nthen = "b"\nall = ["a", "b"]', "compound needs one of: all"),
        ('all = ["a", "a"]', "compound needs two that differ; use kind count for one that repeats"),
        ('all = ["a"]', 'all must be a list of two, such as ["power_cut", "start_failed"]'),
        ('event = "a"\nwithout = "b"\ngap = "0s"', "gap must be longer than nothing"),
        ('first = { metric = "temp" }\nthen = "b"', "first says either what the metric is, or above or below"),
    ],
)
def test_a_rule_that_makes_no_sense_is_a_mistake_of_the_file(settings_, sentence):
    """One sentence that says what to do."""
    with pytest.raises(WrongFormat) as mistake:
        read_rules(HEAD + settings_, "rules.toml")

    assert sentence in str(mistake.value)


def test_a_rule_with_a_reading_passes_the_linter():
    """Which looks for events that begin and end the same."""
    file = read_rules(HEAD + f'event = {HOT}\nwithout = "cooled"\nresolve = {{ event = "reset_done" }}', "rules.toml")

    assert [] == [str(remark) for remark in lint([(file, "")])]


CASES = """
[[case]]
rule = "both"
events = "a b"
alphabet = { a = "error:2", b = "error:3" }
expect = 1

[[case]]
rule = "both"
events = "a@0m b@61m"
expect = 0

[[case]]
rule = "order"
events = "b a"
expect = 0

[[case]]
rule = "order"
events = "a b a b"
expect = 1

[[case]]
rule = "alone"
events = "a +@12m"
expect = 1

[[case]]
rule = "alone"
events = "a .@12m"
expect = 1

[[case]]
rule = "alone"
events = "a@0m .@20m b@9m"
expect = 0
"""
THREE = """
[[rule]]
id = "both"
kind = "compound"
all = [{ event = "error", code = "2" }, { event = "error", code = "3" }]
within = "1h"

[[rule]]
id = "order"
kind = "compound"
first = { event = "error", code = "2" }
then = { event = "error", code = "3" }
within = "1h"

[[rule]]
id = "alone"
kind = "compound"
event = { event = "error", code = "2" }
without = { event = "error", code = "3" }
within = "10m"
"""


def test_cases_in_letters_work():
    """Two errors within an hour, one after the other, or one alone."""
    results = run_cases(read_rules(THREE + CASES, "rules.toml"))

    assert [] == [result.sentence for result in results if not result.passed]


ROWS = st.lists(
    st.tuples(st.integers(0, 60).map(lambda ten: ten * 9 * SECOND), st.sampled_from("aabbx")), min_size=2, max_size=12
)


def is_heard(rows, since, until, gap):
    """From one instant on to after the other there is no silence longer than the gap; a tick sees how long it is."""
    for at, letter in rows:
        if at > since and at - since > gap:
            return False
        if at > until:
            return True
        if at > since and letter != "t":
            since = at
    return False


def defined(rows, form, within, gap=15 * MINUTE, end="x"):
    """Evidence of each finding by the definition: rows are (time, letter) in order, all but ticks signs of life.

    A time line of what happens: pairs are complete with their second, an A stays alone when its time is over.
    """
    found, is_open, free = [], False, []
    moments = [(at, 1, place, letter) for place, (at, letter) in enumerate(rows)]
    if form is WITHOUT:
        moments += [(at + within, 2, place, "due") for place, (at, letter) in enumerate(rows) if letter == "a"]
    for at, _, place, letter in sorted(moments):
        pieces = []
        if letter == "due":
            answered = any(b == "b" and t <= at for t, b in rows[place + 1 :])
            is_known = is_heard(rows, rows[place][0], at, gap)
            pieces = [rows[place][0]] if not answered and is_known and place in free else []
            free = [p for p in free if p != place]
        elif form is WITHOUT:
            free += [place] if letter == "a" else []
        elif letter in "ab":
            near = [p for p in free if at - rows[p][0] <= within]
            wanted = "b" if letter == "a" else "a"
            if any(rows[p][1] == wanted for p in near) and (form is ALL or letter == "b"):
                pieces, free = [rows[p][0] for p in near] + [at], []
            else:
                free = [*near, place] if form is ALL or letter == "a" else near
        if pieces and is_open:
            found[-1] += pieces
        elif pieces:
            found.append(pieces)
            is_open = True
        if is_open and letter == end:
            is_open, free = False, []
    return found


@pytest.mark.parametrize("form", [ALL, THEN, WITHOUT], ids=["all", "then", "without"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 2**32), within=st.integers(1, 40), is_read=st.booleans())
def test_any_order_within_the_lateness_has_the_settled_view_of_the_definition(form, rows, seed, within, is_read):
    """Whatever restarts there are in between, and whether A is an event or a reading."""
    rows = sorted((at + (letter == "x") * SECOND // 2, letter) for at, letter in rows)
    numbered = [(at, letter, seq) for seq, (at, letter) in enumerate(rows)]
    form_ = form.replace('"a"', HOT) if is_read else form
    story = Story(form_.replace("10m", f"{within * 7}s") + ENDS + 'lateness = "20m"\n')
    for at, letter, seq in shuffled(numbered, seed):
        name, code = EVENTS[letter]
        if letter == "a" and is_read:
            story.read(at, 10 * MINUTE, seq=seq, temp=99.0)
        else:
            story.say(name, at, code, seq=seq, received=10 * MINUTE)
        if seed % 3 == 0:
            story.restart()

    expected = defined(rows, form, within * 7 * SECOND)
    assert expected == sorted([piece.at - BEGIN for piece in finding.evidence] for finding in story.settled())


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 8).map(lambda some: some * 5 * SECOND), st.sampled_from("aabhhhhtt")),
        min_size=5,
        max_size=25,
    ),
    within=st.integers(1, 12),
    gap=st.integers(10, 60),
    restart=st.integers(0, 25),
)
def test_silence_is_neither_true_nor_false(steps, within, gap, restart):
    """It is known where the device was heard all the while and afterwards, or a tick came soon enough after that."""
    times = accumulate(step for step, _ in steps)
    rows = sorted((at + (letter == "t") * SECOND, letter) for at, (_, letter) in zip(times, steps, strict=True))
    story = Story(WITHOUT.replace("10m", f"{within * 7}s") + f'gap = "{gap}s"\nlateness = "20m"\n')
    for place, (at, letter) in enumerate(rows):
        if letter == "h":
            story.read(at)
        elif letter == "t":
            story.tick(at)
        else:
            story.say(EVENTS[letter][0], at, EVENTS[letter][1])
        if place == restart:
            story.restart()

    expected = defined(rows, WITHOUT, within * 7 * SECOND, gap * SECOND, end="b")
    assert expected == sorted([piece.at - BEGIN for piece in finding.evidence] for finding in story.settled())


def rule_of_form(form):
    """A rule of the form with everything it can have, over the events of the streams of the contract."""
    mistakes = []
    table = {"id": "pair", "kind": "compound", "failure_mode": "broken", "within": "20m", "cooldown": "1h", **form}
    table |= {"flapping": {"changes": 4, "within": "4h"}, "resolve": {"event": "ok", "quiet_for": "24h"}}
    rule = read_rule(table, lambda sentence, *path: mistakes.append(sentence))
    assert [] == mistakes
    return rule


FORMS = {
    "all": {"all": ["a", "b"]},
    "then": {"first": "a", "then": "b"},
    "without": {"event": "a", "without": "b", "gap": "9h"},
    "readings": {"event": {"metric": "temp", "above": 90}, "without": {"metric": "temp", "below": 10}, "gap": "9h"},
    "groups": {"all": ["a", "b"], "key": ["asset", "code"]},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(recipe=st.binary(min_size=90, max_size=180))
def test_every_form_keeps_the_contract(form, recipe):
    """Cuts and restarts go unnoticed, and a firing is proved by the state before it."""
    rule = rule_of_form(form)
    entries = stream(recipe, rule)
    whole = in_one(rule, entries)

    assert difference(whole, in_pieces(rule, entries)) == ""
    assert difference(whole, with_restarts(rule, entries)) == ""
    for finding in whole:
        if finding.position == finding.fired_position and finding.state is FindingState.OPEN:
            entry = [e for e in entries if e.position == finding.position]
            if not isinstance(entry[0].what, Mark):
                assert difference([finding], Engine.probe(rule, finding, batch(entry))[:1]) == ""


def test_a_tick_that_decided_decides_again():
    """The proof of a firing by time."""
    story = told(WITHOUT, "a@0 h@1 h@8")
    [finding] = story.tick(HOUR // 6 + SECOND)
    mark = Mark(finding.position, Kind.TICK, finding.changed_at, "", b"")

    assert finding.fired_position == story.position
    assert [finding] == list(Engine.probe(story.rule, finding, batch([Entry(mark, mark.position)])))
