"""Absence: who is silent, while we listened and the gateway spoke."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.batch import RETAINED, Mark
from domain.entries import Kind
from domain.finding import FindingState
from domain.instants import DAY, MINUTE, SECOND
from domain.registry import Facts, Installation, registry_entry
from tests.batches import Happening, Item, batch_of
from tests.streams import difference

EXAMPLES = int(os.environ.get("DETECTOR_EXAMPLES", "200"))
BEGIN = 20_000 * DAY
EVERY = {"every": "5m"}
FLEET = [
    Facts(device="C1", asset="A1", parent="G"),
    Facts(device="C2", asset="A2", parent="G"),
    Facts(device="C3", asset="A3"),
    Facts(device="G", asset="GW"),
]


def engine_with(fleet=FLEET, **rule):
    """An engine with a live rule that is about chargers."""
    mistakes = []
    where = {"device": "C*"}
    read = read_rule(
        {"id": "silent", "kind": "absence", "where": where, **EVERY, **rule}, lambda said, *path: mistakes.append(said)
    )
    assert [] == mistakes
    engine = Engine()
    engine.control(0, "registry", registry_entry([Installation(0, facts) for facts in fleet]))
    engine.control(0, "rules", rules_entry([read]))
    return engine


def told(text, fleet=FLEET, **rule):
    """What was said, as `state asset at minute`. A tick comes every minute, and after the words of its minute.

    `C1@3` is a message of C1 at minute 3, `C1!@3` the broker's word that it is gone, `C1r@3` a message that the broker
    kept, `C1t@3` one with a temperature; `down@3` and `up@3` are the link, `away@3-9` minutes in which we do not run.
    """
    return [
        f"{f.state} {f.asset} at {(f.changed_at - BEGIN) // MINUTE}"
        for f in engine_with(fleet, **rule).observe(journal(text))
    ]


def journal(text):
    """The text as one batch of entries."""
    words = [word.partition("@")[::2] for word in text.split()]
    end = max(int(time.split("-")[-1]) for _, time in words)
    rows, marks, position = [], [], 0
    away = {m for what, time in words if what == "away" for m in range(*map(int, time.split("-")))}
    for minute in range(end + 1):
        at = BEGIN + minute * MINUTE
        for what, time in words:
            if what != "away" and int(time) == minute:
                position += 1
                made = entry(what, position, at)
                (marks if isinstance(made, Mark) else rows).append(made)
        if minute not in away:
            position += 1
            marks.append(Mark(position, Kind.TICK, at, "", b""))
    items = [row for row in rows if isinstance(row, Item)]
    return batch_of(items, [row for row in rows if not isinstance(row, Item)], upto=position, marks=marks)


def entry(what, position, at):
    """One word."""
    if what in ("up", "down"):
        topic = "connected" if what == "up" else "disconnected"
        return Mark(position, Kind.LINK, at, topic, b'{"source": "broker"}')
    if what.endswith("!"):
        return Happening(what[:-1], at, "offline", position=position)
    if what.endswith("r"):
        return Item(what[:-1], at, {"uptime": 1.0}, position, flags=RETAINED)
    if what.endswith("t"):
        return Item(what[:-1], at, {"temp": 20.0}, position)
    return Item(what, at, {"uptime": 1.0}, position)


def often(device, first, last, step=1):
    """Heard every few minutes."""
    return " ".join(f"{device}@{minute}" for minute in range(first, last + 1, step))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C3@0 -@14", []),
        ("C3@0 -@15", ["open A3 at 15"]),
        ("C3@0 -@60", ["open A3 at 15"]),
        ("C3@0 C3@20 -@20", ["open A3 at 15", "resolved A3 at 20"]),
        ("C3@0 C3@20 -@40", ["open A3 at 15", "resolved A3 at 20", "open A3 at 35"]),
        ("C3@0 C3!@5 -@15", ["open A3 at 15"]),
        ("C3@0 C3r@5 -@15", ["open A3 at 15"]),
        ("C3@0 C3t@5 -@19", []),
        ("C3r@0 C3!@1 -@60", []),
        ("G@0 -@60", []),
    ],
)
def test_three_times_five_minutes(text, said):
    """A device that was never heard is not silent: it may not be installed yet. The gateway is no charger."""
    assert said == told(text.replace("-@", "X@"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C3@0 down@5 up@60 -@71", []),
        ("C3@0 down@5 up@60 -@72", ["open A3 at 72"]),
        ("C3@0 down@5 up@60 C3@61 -@72", []),
        ("C3@0 down@14 up@20 -@26", []),
        ("C3@0 down@14 up@20 -@27", ["open A3 at 27"]),
        ("C3@0 down@5 -@90", []),
        ("C3@0 away@5-60 -@70", []),
        ("C3@0 away@5-60 -@73", ["open A3 at 73"]),
        ("C3@0 away@5-60 up@60 -@73", ["open A3 at 73"]),
        ("C3@0 up@9 -@17", []),
        ("C3@0 up@9 -@18", ["open A3 at 18"]),
        ("C3@0 down@20 C3@20 up@30 -@31", ["open A3 at 15", "resolved A3 at 20"]),
        ("C3@0 down@20 up@200 -@200", ["open A3 at 15"]),
    ],
)
def test_time_in_which_we_could_not_hear_does_not_count(text, said):
    """The link down, or we away; then two minutes of grace, and one interval at least for everybody to speak."""
    assert said == told(text.replace("-@", "X@"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"C1@0 {often('G', 0, 30)}", ["open A1 at 15"]),
        (f"C1@0 {often('G', 0, 30, 5)}", ["open A1 at 15"]),
        ("C1@0 G@0 -@60", []),
        ("C1@0 G@4 -@60", []),
        ("C1@0 -@60", ["open A1 at 15"]),
        (f"C1@0 {often('G', 0, 7)} -@60", []),
        (f"C1@0 {often('G', 0, 12)} G!@13 -@60", []),
        (f"C1@0 {often('G', 0, 12)} G!@13 {often('G', 40, 60)}", ["open A1 at 55"]),
        (f"C1@0 {often('G', 0, 12)} G!@13 {often('G', 40, 60)} C1@54 -@60", []),
        (f"C1@0 {often('G', 0, 7)} {often('G', 40, 60)}", ["open A1 at 55"]),
        (f"C1@0 {often('G', 0, 20)} C1@60 -@60", ["open A1 at 15", "resolved A1 at 60"]),
        (f"C1@0 C2@0 C3@0 G@0 {often('G', 30, 50)}", ["open A3 at 15", "open A2 at 45", "open A1 at 45"]),
    ],
)
def test_a_child_is_not_blamed_for_its_gateway(text, said):
    """The gateway must have spoken all through the silence, and speak still; ends are never held back."""
    assert said == told(text.replace("-@", "X@"), parent="gateway")


def test_without_the_setting_nobody_asks_for_the_gateway():
    """All of them are silent."""
    assert ["open A1 at 15"] == told("C1@0 G@0 X@30")


def test_one_metric_may_be_missing_while_the_rest_goes_on():
    """Only its readings count as being heard."""
    assert ["open A3 at 15"] == told(f"C3t@0 {often('C3', 1, 20)}", metric="temp")
    assert [] == told(often("C3", 0, 40), metric="temp")


def test_a_cadence_is_learned():
    """Hourly, every minute, and in bursts: three of the longest usual gaps are silence."""
    learned = {"every": "learned"}
    hourly = " ".join(f"C1@{60 * n}" for n in range(10))
    bursts = " ".join(f"C2@{20 * n} C2@{20 * n + 1} C2@{20 * n + 2}" for n in range(12))

    assert ["open A3 at 33"] == told(f"{often('C3', 0, 30)} X@80", **learned)
    assert ["open A1 at 720"] == told(f"{hourly} X@730", **learned)
    assert ["open A2 at 276"] == told(f"{bursts} X@290", **learned)
    assert [] == told(f"{often('C3', 0, 7)} X@500", **learned)


def test_an_outage_does_not_blunt_what_was_learned():
    """After two hours of silence the next one is still found soon."""
    story = f"{often('C3', 0, 40)} {often('C3', 160, 220)} X@300"

    said = told(story, every="learned")

    assert ["open A3 at 43", "resolved A3 at 160", "open A3 at 223"] == said


def test_a_device_that_left_its_place_is_not_missed_there():
    """Moved, stored or retired: nothing begins, and what was open ends."""
    stored = registry_entry([Installation(0, Facts(device="C3", asset="A3", expected_state="stored"))])
    moved = registry_entry([Installation(BEGIN + 20 * MINUTE, Facts(device="C3", asset="A9"))])
    for payload in (stored, moved):
        engine = engine_with()
        first = engine.observe(journal("C3@0 X@16"))
        engine.control(0, "registry", payload)
        tick = Mark(100, Kind.TICK, BEGIN + 21 * MINUTE, "", b"")
        then = engine.observe(batch_of(after=99, upto=100, marks=[tick]))

        assert [FindingState.OPEN, FindingState.RESOLVED] == [f.state for f in (*first, *then)]
        later = [Mark(101 + n, Kind.TICK, BEGIN + (22 + n) * MINUTE, "", b"") for n in range(60)]
        assert [] == engine.observe(batch_of(after=100, upto=160, marks=later))


def test_evidence_is_what_was_heard_last():
    """And, at the end, what was heard again."""
    found = engine_with().observe(journal("C3@0 C3t@2 C3@30"))

    assert [(BEGIN + 2 * MINUTE, "temp", 20.0)] == [(e.at, e.what, e.value) for e in found[0].evidence]
    assert [("temp", 20.0), ("uptime", 1.0)] == [(e.what, e.value) for e in found[1].evidence]
    assert BEGIN + 2 * MINUTE == found[0].started_at


def test_an_event_is_a_sign_of_life_with_its_name_and_code():
    """Whatever it says."""
    engine = engine_with()
    crash = batch_of(events=[Happening("C3", BEGIN, "crash", "0xDEAD", position=1)])
    ticks = [Mark(2 + n, Kind.TICK, BEGIN + n * MINUTE, "", b"") for n in range(20)]
    found = [*engine.observe(crash), *engine.observe(batch_of(after=1, upto=21, marks=ticks))]

    assert [("crash", "0xDEAD", None)] == [(e.what, e.code, e.value) for f in found for e in f.evidence]


def test_a_relapse_within_the_cooldown_is_the_same_silence_and_many_flap():
    """One finding that says so."""
    engine = engine_with(cooldown="1h", flapping={"changes": 4, "within": "3h"})
    found = engine.observe(journal("C3@0 C3@20 C3@40 C3@60 X@400"))

    assert 1 == len({f.id for f in found})
    states = [str(f.state) for f in found]
    assert ["open", "resolved", "open", "flapping", "flapping", "flapping", "flapping", "open"] == states


def test_a_firing_can_be_proved_from_the_state_before_it():
    """The clock, when it was heard last, and the tick."""
    engine = engine_with()
    batch = journal("C3@0 X@15")
    [finding] = engine.observe(batch)
    [rule] = [running.rule for running in engine.running.values()]
    tick = [mark for mark in batch.marks if mark.position == finding.position]

    [again] = Engine.probe(rule, finding, batch_of(after=finding.position - 1, upto=finding.position, marks=tick))

    assert finding.id == again.id
    assert finding.evidence == again.evidence


STORIES = st.lists(
    st.tuples(
        st.sampled_from(("C1", "C1", "C2", "C3", "C3t", "G", "G", "G!", "C1r", "up", "down", "tick", "tick", "tick")),
        st.sampled_from((0, 1, 10, 30, 60, 60, 100, 200)),
    ),
    max_size=120,
)


@pytest.mark.parametrize("every", ["1m", "learned"])
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(story=STORIES, cuts=st.sets(st.integers(1, 120)), restarts=st.sets(st.integers(1, 120)))
def test_cuts_and_restarts_change_nothing(every, story, cuts, restarts):
    """Also what was learned, the clock and the gateways are taken up again."""
    rule = {"every": every, "missed": 2, "parent": "gateway", "grace": "30s", "cooldown": "5m"}
    rule["flapping"] = {"changes": 3, "within": "10m"}
    now, rows, marks = BEGIN, [], []
    for position, (what, seconds) in enumerate(story, 1):
        now += seconds * SECOND
        made = Mark(position, Kind.TICK, now, "", b"") if what == "tick" else entry(what, position, now)
        (marks if isinstance(made, Mark) else rows).append(made)
    whole = engine_with(**rule).observe(batch_between(rows, marks, 0, len(story)))
    engine, states, found = engine_with(**rule), [], []
    ends = sorted({cut for cut in cuts if cut < len(story)} | {len(story)})
    for after, upto in zip([0, *ends], ends, strict=False):
        found += engine.observe(batch_between(rows, marks, after, upto))
        states.append(engine.changed() if states else engine.whole())
        if upto in restarts:
            engine = engine_with(**rule)
            for state in states:
                engine.restore(state)

    assert difference(whole, found) == ""


def batch_between(rows, marks, after, upto):
    """Entries after a position, up to and with another."""
    some = [row for row in rows if after < row.position <= upto]
    return batch_of(
        [row for row in some if isinstance(row, Item)],
        [row for row in some if not isinstance(row, Item)],
        after=after,
        upto=upto,
        marks=[mark for mark in marks if after < mark.position <= upto],
    )


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"every": 5}, 'every must be a duration in quotes, such as "10m".'),
        ({"every": "0s"}, "every must be longer than nothing."),
        ({"parent": "roof"}, 'parent must be "gateway", which is the parent that the registry names.'),
        ({"missed": 0}, "missed must be a whole number from 1 to 1000."),
    ],
)
def test_mistakes_are_told_in_sentences(setting, sentence):
    """What to write instead."""
    mistakes = []
    read_rule({"id": "r", "kind": "absence", **EVERY, **setting}, lambda said, *path: mistakes.append(said))

    assert [sentence] == mistakes
