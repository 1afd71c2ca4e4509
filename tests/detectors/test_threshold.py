"""Threshold: what begins and ends a finding, reading by reading."""

import pytest

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.batch import RETAINED
from domain.instants import DAY, HOUR, MINUTE
from domain.registry import Facts, Installation, registry_entry
from tests.batches import Item, batch_of

BEGIN = 20_000 * DAY
PLAIN = {"metric": "temp", "above": 90}
DELAYED = PLAIN | {"for": "3m", "off": "2m", "clear_below": 80, "gap": "5m"}
LETTERS = {"H": {"temp": 95.0}, "M": {"temp": 85.0}, "N": {"temp": 50.0}, "L": {"temp": 90.0}, "S": {"temp": "broken"}}
LETTERS |= {"R": {"state": "running"}, "I": {"state": "idle"}, "HR": {"temp": 95.0, "state": "running"}, "-": {}}


def rule_with(**settings):
    """A live rule."""
    mistakes = []
    rule = read_rule({"id": "hot", "kind": "threshold", **settings}, lambda said, *path: mistakes.append(said))
    assert [] == mistakes
    return rule


def items(text, flags=0):
    """`H@3` is a hot reading at minute 3; without a time a minute after the one before. Written in order of arrival."""
    minute = -1
    for position, word in enumerate(text.split(), 1):
        letter, _, time = word.partition("@")
        minute = int(time) if time else minute + 1
        yield Item("D", BEGIN + minute * MINUTE, LETTERS[letter], position, flags=flags)


def watched(text, **settings):
    """The findings as they were said."""
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule_with(**settings)]))
    return list(engine.observe(batch_of(items(text))))


def states(text, **settings):
    """`state` and minutes of the beginning and the last change of each finding that was said."""
    return [f"{f.state} {(f.started_at - BEGIN) // MINUTE} at {f.position - 1}" for f in watched(text, **settings)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("N N H", ["open 2 at 2"]),
        ("N L N", []),
        ("N H N", ["open 1 at 1", "resolved 1 at 2"]),
        ("N H L", ["open 1 at 1", "resolved 1 at 2"]),
        ("S S S", []),
        ("H N H", ["open 0 at 0", "resolved 0 at 1", "open 2 at 2"]),
        ("N@5 H@3", ["resolved 3 at 1"]),
        ("H@3 N@2", ["open 3 at 0"]),
    ],
)
def test_without_delays(text, said):
    """Above opens; at the limit or below it ends."""
    assert said == states(text, **PLAIN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("H H H", []),
        ("H H H H", ["open 0 at 3"]),
        ("H@0 H@3", ["open 0 at 1"]),
        ("H@0 H@6 H@8", []),
        ("H@0 H@6 H@9", ["open 6 at 2"]),
        ("H H M H H H", []),
        ("H H S H", ["open 0 at 3"]),
        ("H H - H", ["open 0 at 3"]),
        ("H@0 H@1 H@3 M@2", ["open 0 at 2", "withdrawn 0 at 3"]),
        ("H@0 H@1 M@2 H@3 H@4 H@5 H@6", ["open 3 at 6"]),
        ("H@1 H@3 H@2 H@0", ["open 0 at 3"]),
        ("H H H H M M", ["open 0 at 3"]),
        (
            "H H H H N M N N N",
            ["open 0 at 3", "recovering 0 at 4", "open 0 at 5", "recovering 0 at 6", "resolved 0 at 8"],
        ),
        ("H H H H N H", ["open 0 at 3", "recovering 0 at 4", "open 0 at 5"]),
        ("H@0 H@3 N@4 N@10 N@12", ["open 0 at 1", "recovering 0 at 2", "resolved 0 at 4"]),
        ("H@0 H@3 N@4 N@6 M@5", ["open 0 at 1", "recovering 0 at 2", "resolved 0 at 3", "open 0 at 4"]),
    ],
)
def test_delays_and_hysteresis(text, said):
    """Three minutes above 90 open, two below 80 end; between readings more than five minutes apart nothing is known."""
    assert said == states(text, **DELAYED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("H H", []),
        ("I H", []),
        ("R H", ["open 1 at 1"]),
        ("HR", ["open 0 at 0"]),
        ("R I H", []),
        ("R H I N", ["open 1 at 1"]),
        ("R H I N R N", ["open 1 at 1", "resolved 1 at 5"]),
        ("H@2 R@1", ["open 2 at 1"]),
        ("R@0 H@2 I@1", ["open 2 at 1", "withdrawn 2 at 2"]),
    ],
)
def test_the_condition(text, said):
    """Unknown until heard; while it does not hold, nothing is judged, neither as bad nor as good."""
    condition = {"metric": "state", "is": "running"}

    assert said == states(text, **PLAIN, **{"while": condition})


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ({"is": True}, True, True),
        ({"is": True}, False, False),
        ({"is": 3}, 3.0, True),
        ({"above": 10}, 11.0, True),
        ({"above": 10}, 10.0, False),
        ({"below": 10}, 9.0, True),
        ({"above": 1, "below": 10}, 5.0, True),
        ({"above": 1, "below": 10}, 15.0, False),
        ({"above": 1}, "running", False),
        ({"is": "running"}, "running", True),
        ({"is": "running"}, 1.0, False),
    ],
)
def test_what_a_condition_may_say(condition, value, holds):
    """A state, a number, true or false, or bounds."""
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule_with(**PLAIN, **{"while": {"metric": "load", **condition}})]))
    found = engine.observe(batch_of([Item("D", BEGIN, {"temp": 95.0, "load": value})]))

    assert holds == bool(found)


def test_below_is_above_turned_around():
    """A freezer's door, a tank's level."""
    settings = {"metric": "temp", "below": 60, "clear_above": 88}

    assert ["open 1 at 1", "resolved 1 at 3"] == states("H N M H", **settings)


def test_evidence_is_the_first_reading_the_deciding_one_and_the_latest():
    """Those in between are counted, and told when they have doubled."""
    found = watched("H H H H H H H H H H H H N N N", **DELAYED)
    last = found[-1]

    assert ["open", "open", "recovering", "resolved"] == [f.state for f in found]
    assert [4, 8, 12, 12] == [f.count for f in found]
    assert [0, 3, 4, 11] == [(e.at - BEGIN) // MINUTE for e in (*last.evidence[:3], last.evidence[-1])]
    assert {("temp", 95.0, "D")} == {(e.what, e.value, e.device) for e in last.evidence}


def test_a_relapse_within_the_cooldown_is_the_same_finding():
    """And after it another one."""
    soon = watched("H N H", **PLAIN, cooldown="1h")
    later = watched("H@0 N@1 H@100", **PLAIN, cooldown="1h")

    assert 1 == len({f.id for f in soon})
    assert 2 == len({f.id for f in later})


def test_what_opens_and_ends_all_the_time_flaps_until_it_is_calm():
    """One finding, not many."""
    settings = PLAIN | {"cooldown": "1h", "flapping": {"changes": 4, "within": "1h"}}
    found = watched("H N H N H N N@200", **settings)

    assert ["open", "resolved", "open", "flapping", "flapping", "flapping", "resolved"] == [f.state for f in found]
    assert 1 == len({f.id for f in found})


def test_too_late_is_counted_and_changes_nothing():
    """Eleven minutes behind the newest reading of its key."""
    assert [] == states("N@20 H@9", **PLAIN)
    assert 1 == watched("N@20 H@9 H@21", **PLAIN)[0].late


def test_what_the_broker_kept_is_no_reading():
    """Nobody knows how old the number is; a kept state of the condition does hold."""
    rule = rule_with(**PLAIN, **{"while": {"metric": "state", "is": "running"}})
    engine = Engine()
    engine.control(0, "rules", rules_entry([rule]))

    assert [] == engine.observe(batch_of(items("HR", RETAINED)))
    assert ["open"] == [f.state for f in engine.observe(batch_of(items("- H"), after=1))]


def test_a_limit_of_the_asset_is_asked_of_the_registry():
    """Each asset its own; a new number holds from its entry on; without one nothing is judged, and counted."""
    rule = rule_with(metric="temp", above="asset.max_temp")
    engine = Engine()
    engine.control(0, "registry", registry({"A": "90", "B": "100", "C": "", "D": "hot"}))
    engine.control(0, "rules", rules_entry([rule]))
    hot = [Item(device, BEGIN, {"temp": 95.0}) for device in "ABCDE"]

    assert ["A"] == [f.evidence[0].device for f in engine.observe(batch_of(hot))]
    assert 3 == engine.running[f"hot@{rule.version}"].detector.unlimited
    engine.control(0, "registry", registry({"B": "94"}))
    again = [item._replace(at=BEGIN + MINUTE) for item in hot]
    found = engine.observe(batch_of(again, after=5))
    assert ["B"] == [f.evidence[0].device for f in found if f.fired_position > 5]


def test_a_moved_device_has_the_limit_of_where_it_was():
    """Event time decides, also for what comes late."""
    engine = Engine()
    engine.control(0, "registry", registry({"A": "90"}))
    moved = Facts(device="A", asset="other", tags={"max_temp": "100"})
    engine.control(0, "registry", registry_entry([Installation(BEGIN + HOUR, moved)]))
    engine.control(0, "rules", rules_entry([rule_with(metric="temp", above="asset.max_temp", lateness="2h")]))
    batch = batch_of([Item("A", BEGIN + 2 * HOUR, {"temp": 95.0}), Item("A", BEGIN, {"temp": 95.0})])

    assert ["A"] == [f.asset for f in engine.observe(batch)]


def registry(limits):
    """Devices that are their own assets, with a maximum temperature."""
    tags = {device: {"max_temp": limit} if limit else {} for device, limit in limits.items()}
    return registry_entry([Installation(0, Facts(device=d, asset=d, tags=t)) for d, t in tags.items()])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"metric": "temp"}, "threshold needs one of above and below."),
        ({"metric": "temp", "above": 1, "below": 2}, "threshold needs one of above and below."),
        ({"metric": "temp", "above": 1, "clear_above": 0}, "what is above ends by clear_below, and what is below by"),
        ({"metric": "temp", "above": 1, "clear_below": 2}, "clear_below must not be above the limit"),
        (
            {"metric": "temp", "above": "max"},
            'above must be a number or a number of the asset, such as "asset.max_temp".',
        ),
        ({"metric": "temp", "above": True}, "above must be a number"),
        ({"metric": "", "above": 1}, 'metric must name a metric, such as "temp".'),
        ({"metric": "temp", "above": 1, "while": {"metric": "s"}}, "while says either what the metric is, or above"),
        ({"metric": "temp", "above": 1, "while": {"is": "s"}}, "while must name a metric"),
        (
            {"metric": "temp", "above": 1, "while": {"metric": "s", "is": [1]}},
            "while must be a number, a text, true or",
        ),
        ({"metric": "temp", "above": 1, "for": 5}, 'for must be a duration in quotes, such as "10m".'),
    ],
)
def test_mistakes_are_told_in_sentences(settings, sentence):
    """What to write instead."""
    mistakes = []
    read_rule({"id": "hot", "kind": "threshold", **settings}, lambda said, *path: mistakes.append(said))

    assert [True] == [said.startswith(sentence) for said in mistakes], mistakes
