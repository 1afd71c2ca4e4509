"""Rule files: what they say, which version that is, and how it travels in the journal."""

import json

import pytest

from detectors.consecutive import Consecutive
from detectors.readers import event_match
from detectors.rules import detector_of, read_rules, rules_entry, rules_of
from domain.batch import DeviceEvent
from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import HOUR, MINUTE
from domain.registry import Facts

FULL = """
[[rule]]
id = "tv-crash-loop"
name = { en = "TV keeps crashing", zh = "电视反复死机" }
kind = "consecutive"
where = { model = "TV-*", fw = ">=2.4" }
key = ["asset", "component"]
event = { event = "crash", code = ["0xDEAD"] }
count = 3
within = "24h"
lateness = "10m"
reset = { event = "boot_ok", or_healthy_for = "2h" }
severity = { model = { "TV-55*" = "S1", "*" = "S2" } }
failure_mode = "crash-loop"
class = "tv-crash"
max_tickets = "20/h"

[[class]]
id = "tv-crash"
name = "Display crash"
soak = "24h"
"""
SHORT = '[[rule]]\nid = "short"\nkind = "consecutive"\nevent = "crash"\ncount = 3\n'


def rule_in(text):
    """The only rule of a file."""
    return read_rules(text, "rules.toml").rules[0]


def test_a_rule_says_what_its_file_says():
    """Common keys are fields of the rule."""
    rule = rule_in(FULL)

    assert ("tv-crash-loop", "consecutive", "live") == (rule.id, rule.kind, rule.life)
    assert {"en": "TV keeps crashing", "zh": "电视反复死机"} == rule.name
    assert ("asset", "component") == rule.key
    assert ("crash-loop", "tv-crash", "20/h") == (rule.failure_mode, rule.ticket_class, rule.max_tickets)
    assert rule.where.matches(Facts(device="d", asset="a", model="TV-55X"), "2.4.1")
    assert Severity.S1 == rule.severity.of(3, "TV-55X")


def test_its_detector_has_the_settings_of_the_file():
    """Everything that is not common goes to the detector, read."""
    detector = detector_of(rule_in(FULL))

    assert isinstance(detector, Consecutive)
    assert (3, 24 * HOUR, 10 * MINUTE) == (detector.count, detector.within, detector.lateness)
    assert (frozenset({"0xDEAD"}), 2 * HOUR) == (detector.event.codes, detector.reset.or_healthy_for)


def test_an_event_may_be_asked_for_by_its_reason():
    """A boot after a power cut is another thing than one after an update; what is no text is no reason."""
    boot = event_match({"event": "boot", "reason": "power"})

    said = [boot.matches(happened("boot", reason)) for reason in ("power", "update", None, ["power"])]

    assert [True, False, False, False] == said
    assert not boot.matches(happened("crash", "power"))


def happened(event, reason):
    """An event that says its reason."""
    return DeviceEvent(0, "TV-1", event, "", {"reason": reason}, 0, 0, 1, -1, -1, 0)


def test_two_detectors_of_a_rule_share_nothing():
    """Each call builds a fresh one."""
    rule = rule_in(SHORT)

    assert detector_of(rule) is not detector_of(rule)


def test_what_is_left_out_has_a_default():
    """A rule needs an id, a kind and what its kind needs."""
    rule = rule_in(SHORT)

    assert {"en": "short"} == rule.name
    assert ("asset", "component") == rule.key
    assert ("short", "", "") == (rule.failure_mode, rule.ticket_class, rule.max_tickets)
    assert Severity.S3 == rule.severity.of(100, "")


def test_classes_are_kept_as_they_stand():
    """Tables for other rooms pass through."""
    assert ({"id": "tv-crash", "name": "Display crash", "soak": "24h"},) == read_rules(FULL, "rules.toml").classes


def test_an_empty_file_has_no_rules():
    """Nothing to watch for is no mistake."""
    assert () == read_rules("", "rules.toml").rules


REWRITTEN = """# A comment.
[[rule]]
count    = 3
event = 'crash'
kind = "consecutive"
life = "shadow"

id = "short"
"""


def test_the_version_is_the_content():
    """Whitespace, comments, quotes, order of keys and life make no other version."""
    assert rule_in(SHORT).version == rule_in(REWRITTEN).version


@pytest.mark.parametrize(
    "change",
    [
        ("count = 3", "count = 4"),
        ('"crash"', '"fault"'),
        ('"short"', '"shorter"'),
        ("count = 3", 'count = 3\nname = "N"'),
        ("count = 3", 'count = 3\nwhere = { model = "x" }'),
    ],
)
def test_another_content_is_another_version(change):
    """Whatever is changed."""
    assert rule_in(SHORT).version != rule_in(SHORT.replace(*change)).version


def test_a_version_is_the_same_on_every_machine():
    """It is a hash of nothing but the content; tickets name it for years."""
    assert "c4967f8f9526" == rule_in(SHORT).version


def test_the_order_of_models_is_content():
    """The first match decides, so another order is another rule."""
    severity = 'severity = {{ model = {{ {} , "*" = "S3" }} }}\n'
    one = rule_in(SHORT + severity.format('"TV-*" = "S1", "TV-5*" = "S2"'))
    other = rule_in(SHORT + severity.format('"TV-5*" = "S2", "TV-*" = "S1"'))

    assert one.version != other.version
    assert [Severity.S1, Severity.S2] == [rule.severity.of(3, "TV-55") for rule in (one, other)]


def test_rules_travel_in_the_journal_unchanged():
    """What is read from a `rules` entry is what was written, to the last field."""
    rules = [rule_in(FULL), rule_in(SHORT), rule_in(REWRITTEN.replace('"short"', '"other"'))]

    assert rules == rules_of(rules_entry(rules))


def test_an_entry_is_the_same_for_the_same_rules():
    """So that rules already in force are not journaled again."""
    assert rules_entry([rule_in(FULL)]) == rules_entry(rules_of(rules_entry([rule_in(FULL)])))


def test_no_rules_travel_too():
    """Retiring the last one is a decision like any other."""
    assert [] == rules_of(rules_entry([]))


def test_a_changed_entry_is_refused():
    """A version that does not fit its content proves nothing."""
    entry = json.loads(rules_entry([rule_in(SHORT)]))
    entry["rules"][0]["table"]["count"] = 2

    with pytest.raises(WrongFormat, match=r"rule short@\w{12}: its content was changed"):
        rules_of(json.dumps(entry).encode())


def test_an_entry_of_a_kind_that_is_gone_is_refused():
    """With the rule's name and version."""
    rule = rule_in(SHORT)
    table = {**rule.table, "kind": "phase_of_the_moon"}

    with pytest.raises(WrongFormat, match="kind 'phase_of_the_moon' is unknown"):
        detector_of(type(rule)(**{**vars(rule), "table": table}))
