"""M of n: what begins and ends a finding, attempt by attempt and reading by reading."""

import pytest

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.batch import RETAINED
from domain.instants import DAY, HOUR, MINUTE
from domain.registry import Facts, Installation, registry_entry
from tests.batches import Happening, Item, batch_of

BEGIN = 20_000 * DAY
CHARGES = {"event": "failed", "of": ["failed", "charged"], "count": 3, "last": 5}
PRESSURE = {"metric": "bar", "below": 2.0, "count": 3, "last": 5}
EVENTS = {"F": "failed", "C": "charged", "S": "serviced", "x": "of_no_interest"}
READINGS = {"L": {"bar": 1.0}, "G": {"bar": 3.0}, "T": {"bar": "broken"}, "R": {"pump": "on"}, "O": {"pump": "off"}}


def mistakes_of(**settings):
    """What is wrong with a rule."""
    mistakes = []
    read_rule({"id": "often", "kind": "m_of_n", **settings}, lambda said, *path: mistakes.append(said))
    return mistakes


def rows(text, flags=0):
    """`F@3` is a failed attempt at minute 3; without a time a minute after the one before. In order of arrival."""
    minute = -1
    for position, word in enumerate(text.split(), 1):
        letter, _, time = word.partition("@")
        minute = int(time) if time else minute + 1
        at = BEGIN + minute * MINUTE
        if letter in EVENTS:
            yield Happening("D", at, EVENTS[letter], position=position, seq=position, flags=flags)
        else:
            yield Item("D", at, READINGS[letter], position, flags=flags)


def watched(text, flags=0, **settings):
    """The findings as they were said."""
    mistakes = []
    rule = read_rule({"id": "often", "kind": "m_of_n", **settings}, lambda said, *path: mistakes.append(said))
    assert [] == mistakes
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule]))
    said = list(rows(text, flags))
    items = [row for row in said if isinstance(row, Item)]
    return list(engine.observe(batch_of(items, [row for row in said if isinstance(row, Happening)])))


def states(text, **settings):
    """`state` and minutes of the beginning and the place in the text of what said so; growing evidence is left out."""
    told = [(f.state, f.started_at, f.position) for f in watched(text, **settings)]
    turns = [now for n, now in enumerate(told) if not n or now[:2] != told[n - 1][:2]]
    return [f"{state} {(begin - BEGIN) // MINUTE} at {position - 1}" for state, begin, position in turns]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("F C F C F", ["open 0 at 4"]),
        ("F F F", ["open 0 at 2"]),
        ("F C C F C F", []),
        ("F C C C F F F", ["open 4 at 6"]),
        ("x F x x F x F", ["open 1 at 6"]),
        ("C C C C C F C F F", ["open 5 at 8"]),
        ("F F F C C", ["open 0 at 2"]),
        ("F F F C C C", ["open 0 at 2"]),
        ("F F F C C C C", ["open 0 at 2", "resolved 0 at 6"]),
        ("F F F C C C C F F", ["open 0 at 2", "resolved 0 at 6"]),
        ("F F F C C C C F F F", ["open 0 at 2", "resolved 0 at 6", "open 7 at 9"]),
        ("F@0 F@1 F@3 C@2", ["open 0 at 2"]),
        ("F@0 C@1 C@2 C@3 C@4 F@9 F@10", []),
        ("F@0 F@9 F@10 C@1 C@2 C@3", ["open 0 at 2", "withdrawn 0 at 5"]),
        ("F@0 F@10 C@1 F@2", ["open 0 at 3"]),
    ],
)
def test_three_of_the_last_five_failed(text, said):
    """It opens with the third bad one among five, and ends once fewer than two of the last five are bad."""
    assert said == states(text, **CHARGES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("L G L G L", ["open 0 at 4"]),
        ("L T L T L", ["open 0 at 4"]),
        ("L G G L G L", []),
        ("L L L G G G G", ["open 0 at 2", "resolved 0 at 6"]),
        ("G G G G G G G G L L L", ["open 8 at 10"]),
        ("G@5 G@6 G@7 L@8 L@9 L@1", []),
        ("L@0 L@2 G@1 L@3 G@4", ["open 0 at 3"]),
    ],
)
def test_readings_are_attempts_too(text, said):
    """Each number is good or bad; texts are neither."""
    assert said == states(text, **PRESSURE)


@pytest.mark.parametrize(
    ("more", "text", "said"),
    [
        ({"clear": 1}, "F F F C C C C", ["open 0 at 2"]),
        ({"clear": 1}, "F F F C C C C C", ["open 0 at 2", "resolved 0 at 7"]),
        ({"clear": 3}, "F F F C C C", ["open 0 at 2", "resolved 0 at 5"]),
        ({"within": "5m"}, "F@0 F@3 F@6", []),
        ({"within": "6m"}, "F@0 F@3 F@6", ["open 0 at 2"]),
        ({"within": "5m"}, "F F F C@20", ["open 0 at 2", "resolved 0 at 3"]),
        ({"min_gap": "3m"}, "F F F F F F", []),
        ({"min_gap": "3m"}, "F F F F F F F", ["open 0 at 6"]),
        ({"resolve": {"event": "serviced"}}, "F F F S", ["open 0 at 2", "resolved 0 at 3"]),
        ({"resolve": {"event": "serviced"}}, "F F S F", []),
        ({"resolve": {"quiet_for": "1h"}}, "F F F C@30", ["open 0 at 2"]),
        ({"resolve": {"quiet_for": "1h"}}, "F F F C@62", ["open 0 at 2", "resolved 0 at 3"]),
        ({"cooldown": "1h"}, "F F F C C C C F F F", ["open 0 at 2", "resolved 0 at 6", "open 0 at 9"]),
        (
            {"flapping": {"changes": 3, "within": "1h"}, "cooldown": "1h"},
            "F F F C C C C F F F",
            ["open 0 at 2", "resolved 0 at 6", "flapping 0 at 9"],
        ),
    ],
)
def test_settings_do_what_they_say(more, text, said):
    """Each setting by itself."""
    assert said == states(text, **CHARGES | more)


def test_only_what_is_measured_while_the_condition_holds_counts():
    """Readings of a pump that stands still are neither good nor bad."""
    rule = PRESSURE | {"while": {"metric": "pump", "is": "on"}}

    assert [] == states("L L L L", **rule)
    assert ["open 1 at 3"] == states("R L L L", **rule)
    assert ["open 1 at 7"] == states("R L O L L R L L", **rule)


def test_a_text_can_be_bad():
    """`is` names what a reading must not be."""
    rule = {"metric": "pump", "is": "off", "count": 2, "last": 3}

    assert ["open 0 at 2"] == states("O R O", **rule)
    [finding] = watched("O R O", **rule)
    assert [("pump", None), ("pump", None)] == [(e.what, e.value) for e in finding.evidence]


def test_outside_a_band_is_bad():
    """`above` and `below` together."""
    engine = Engine()
    table = {"id": "x", "kind": "m_of_n", "metric": "bar", "above": 5.0, "below": 2.0, "count": 2, "last": 3}
    engine.control(0, "rules", rules_entry([read_rule(table, lambda said, *path: pytest.fail(said))]))

    [finding] = engine.observe(
        batch_of([Item("D", BEGIN + n * MINUTE, {"bar": bar}) for n, bar in enumerate((1.0, 3.0, 6.0))])
    )

    assert [1.0, 6.0] == [e.value for e in finding.evidence]


def test_a_limit_can_be_the_asset_s_own():
    """What is too low for one tank is good for another; without a number in the registry nothing is judged."""
    engine = Engine()
    known = [
        Installation(0, Facts(device=f"T-{n}", asset=f"T-{n}", tags=tags))
        for n, tags in enumerate([{"min_bar": "2"}, {"min_bar": "0.5"}, {}])
    ]
    engine.control(0, "registry", registry_entry(known))
    table = {"id": "x", "kind": "m_of_n", "metric": "bar", "below": "asset.min_bar", "count": 2, "last": 3}
    engine.control(0, "rules", rules_entry([read_rule(table, lambda said, *path: pytest.fail(said))]))

    found = engine.observe(
        batch_of([Item(f"T-{n}", BEGIN + minute * MINUTE, {"bar": 1.0}) for minute in range(3) for n in range(3)])
    )

    assert {"T-0"} == {f.asset for f in found}


def test_the_evidence_is_the_bad_ones():
    """With names, codes and times as they came; each once, also when the same trouble opens again."""
    [opened] = watched("F C F C F", **CHARGES)[:1]

    assert [(0, "failed"), (2, "failed"), (4, "failed")] == [
        ((e.at - BEGIN) // MINUTE, e.what) for e in opened.evidence
    ]
    last = watched("F F F C C C C F F F", **CHARGES | {"cooldown": "1h"})[-1]
    assert [0, 1, 2, 7, 8, 9] == [(e.at - BEGIN) // MINUTE for e in last.evidence]
    assert 6 == last.count


def test_what_the_broker_kept_is_no_attempt():
    """Neither an event nor a reading."""
    assert [] == watched("F F F", flags=RETAINED, **CHARGES)
    assert [] == watched("L L L", flags=RETAINED, **PRESSURE)


def test_too_late_is_counted():
    """Beyond the lateness nothing is judged again."""
    assert 1 == watched("F@0 F@60 C@10 F@61", **CHARGES)[-1].late


def test_events_of_another_code_are_of_no_interest():
    """`event` and `of` may name codes."""
    rule = CHARGES | {"event": {"event": "failed", "code": ["E1"]}, "of": "charged"}

    assert [] == watched("F F F", **rule)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": "bar"}, "m_of_n needs one of event and metric."),
        ({"event": None}, "m_of_n needs one of event and metric."),
        ({"of": None}, 'of is missing: name the events that say there was an attempt, such as of = "charge_begun".'),
        ({"event": None, "metric": "bar", "below": 1.0}, "of is for events; a metric's attempts are its readings."),
        ({"above": 1.0}, "a metric is bad above, below, or is something; an event is bad by itself."),
        (
            {"event": None, "of": None, "metric": "bar"},
            "a metric is bad above, below, or is something; an event is bad by itself.",
        ),
        ({"count": 6}, "count must not be above last, because there are no more."),
        ({"clear": 4}, "clear must not be above count."),
        ({"last": 101}, "last must be a whole number from 1 to 100."),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_a_sentence(change, said):
    """Each mistake says what to do."""
    settings = {name: value for name, value in (CHARGES | change).items() if value is not None}

    assert [said] == mistakes_of(**settings)


def test_a_silent_device_leaves_a_finding_as_it_is():
    """Hours of silence are no good attempt."""
    found = watched("F F F x@600", **CHARGES | {"resolve": {"quiet_for": "1h"}})

    assert ["open"] == [f.state for f in found]
    assert found[-1].last_at < BEGIN + HOUR
