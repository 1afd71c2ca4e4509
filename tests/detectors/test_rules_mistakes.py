"""Mistakes in rule files: all at once, each with its line and the nearest right name."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.rules import read_rules
from domain.errors import WrongFormat

RULE = '[[rule]]\nid = "r"\nkind = "consecutive"\nevent = "crash"\ncount = 3\n'
NO_ID = "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"
NO_GLOB = "is a text with * and ?, or a list of them."


def mistakes(text):
    """What is wrong with a file."""
    with pytest.raises(WrongFormat) as caught:
        read_rules(text, "f.toml")
    return list(caught.value.mistakes)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("cont = 3", "cont is unknown; did you mean count?"),
        ('with_in = "1h"', "with_in is unknown; did you mean within?"),
        ('clas = "x"', "clas is unknown; did you mean class?"),
        (
            'within = "1 day"',
            'within "1 day" is not a duration; write a whole number and ms, s, m, h or d, such as "90s".',
        ),
        ("within = 5", 'within must be a duration in quotes, such as "10m".'),
        ('life = "alive"', "life 'alive' is unknown; did you mean live?"),
        ('where = { modl = "x" }', "where.modl is unknown; did you mean model?"),
        ("where = { model = 5 }", f"where.model {NO_GLOB}"),
        ("where = { model = [] }", f"where.model {NO_GLOB}"),
        ("where = { tag = { region = 5 } }", f"where.tag.region {NO_GLOB}"),
        ('where = { tag = "x" }', 'where.tag is a table such as { region = "cn-*" }.'),
        ('where = "x"', 'where is a table such as { model = "TV-*" }.'),
        ('where = { fw = ">=new" }', 'where.fw: ">=new" compares with no version; write numbers such as ">=2.4".'),
        (
            'where = { fw = ">=2,,<3" }',
            'where.fw: ">=2,,<3" has an empty condition; write conditions such as ">=2.4,<3".',
        ),
        ('key = ["asset", "sight"]', "key sight is unknown; did you mean site?"),
        ('key = ["site"]', "key must hold asset or device, because a ticket needs one asset."),
        ('key = ["asset", "asset"]', "key says a name twice; say each once."),
        ('key = "asset"', 'key is a list such as ["asset", "component"].'),
        ('severity = "S4"', "severity 'S4' is unknown; there are: S1, S2, S3."),
        ("severity = {}", "severity is a table by count or by model, not both and not empty."),
        ('severity = { "many" = "S2" }', '\'many\' in severity is no count; write { "3" = "S3", "5" = "S2" }.'),
        ('severity = { "3" = "S1", "5" = "S2" }', "severity must not get milder as the count grows; S1 is the worst."),
        ('severity = { model = { "x" = "S1" } }', 'severity by model ends with "*", so that every model has one.'),
        ('failure_mode = "two words"', f"failure_mode {NO_ID}"),
        ('max_tickets = "20/y"', 'max_tickets is a number a minute, hour or day, such as "20/h".'),
        ("max_tickets = 20", 'max_tickets is a number a minute, hour or day, such as "20/h".'),
        ('name = ""', 'name is a text or { en = "…", zh = "…" }, with en always there.'),
        ('name = { zh = "电视" }', 'name is a text or { en = "…", zh = "…" }, with en always there.'),
        ('name = { en = "x", de = "y" }', "name.de is unknown; there are: en, zh."),
    ],
)
def test_a_mistake_names_its_line_and_what_to_do(line, sentence):
    """One wrong line in a right rule brings one sentence, at that line."""
    assert [f"f.toml:6: rule r: {sentence}"] == mistakes(RULE + line)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (RULE.replace("count = 3\n", ""), "f.toml:1: rule r: count is missing; kind consecutive needs it."),
        (
            RULE.replace("consecutive", "consecutiv"),
            "f.toml:3: rule r: kind 'consecutiv' is unknown; did you mean consecutive?",
        ),
        (RULE.replace("consecutive", "rules"), "f.toml:3: rule r: kind 'rules' is unknown; there are: "),
        (RULE.replace('"consecutive"', '["a"]'), "f.toml:3: rule r: kind ['a'] is unknown; there are: "),
        (RULE.replace('kind = "consecutive"\n', ""), "f.toml:1: rule r: kind is missing; there are: "),
        (RULE.replace('"r"', '"r r"'), f"f.toml:2: rule r r: id {NO_ID}"),
        (RULE.replace('"r"', "7"), f"f.toml:2: rule number 1: id {NO_ID}"),
        (RULE + RULE, "f.toml:7: rule r: this id is given twice in the file; give each rule its own."),
        ("rule = 5", "f.toml:1: rule is written as [[rule]] tables."),
        ("[rule]\nid = 'r'", "f.toml:1: rule is written as [[rule]] tables."),
        ("[[ruel]]\nid = 'r'", "f.toml:1: [[ruel]] is unknown; did you mean rule?"),
        ("\n\nx = = 5", "f.toml:3: this is not TOML: Invalid value."),
        ("x = [1,\n2,", "f.toml:2: this is not TOML: "),
        ("[[class]]\nid = 'c'\n[[class]]\nid = 'c'", "f.toml:4: class c: this id is given twice in the file;"),
        ("[[class]]\nname = 'c'", f"f.toml:1: class number 1: id {NO_ID}"),
        ("[[class]]\nid = 'c'\nname = 5", "f.toml:3: class c: name is a text or "),
    ],
)
def test_what_is_missing_or_misplaced_is_said_at_its_table(text, sentence):
    """At the table's line where there is no better one."""
    said = mistakes(text)

    assert 1 == len(said), said
    assert said[0].startswith(sentence), said[0]


@pytest.mark.parametrize("value", ["2026-11-22", "nan", "[1.0, inf]", "{ x = 08:00:00 }"])
def test_what_cannot_be_written_as_json_is_refused(value):
    """A version is a hash of the content as JSON."""
    said = mistakes(RULE + f"within = {value}")

    assert said[0].startswith("f.toml:6: rule r: within holds a date or a number that is not finite;")


def test_every_mistake_is_told_at_once_in_order_of_line():
    """Nobody mends a file one mistake at a time."""
    text = """
[[case]]
rule = "tv-crash"
events = "C c"

[[rule]]
id = "tv-crash-loop"
kind = "consecutive"
event = "crash"
cuont = 3
[rule.where]
modell = "TV"
"tag" . region = 5

[[rule]]
id = "second"
kind = "consecutive"
event = "crash"
count = "three"
"""
    assert [
        "f.toml:2: case number 1: expect is the number of findings, 0 or more.",
        "f.toml:3: case number 1: there is no rule tv-crash in this file; did you mean tv-crash-loop?",
        "f.toml:4: case number 1: the letter c is unknown; did you mean C?",
        "f.toml:6: rule tv-crash-loop: count is missing; kind consecutive needs it.",
        "f.toml:10: rule tv-crash-loop: cuont is unknown; did you mean count?",
        "f.toml:12: rule tv-crash-loop: where.modell is unknown; did you mean model?",
        f"f.toml:13: rule tv-crash-loop: where.tag.region {NO_GLOB}",
        "f.toml:19: rule second: count must be a whole number from 1 to 1000.",
    ] == mistakes(text)


def test_lines_are_right_after_texts_of_several_lines():
    """What stands inside a long string is no key and no table."""
    text = '[[class]]\nid = "c"\nhelp = """\n[[rule]]\nid = "x"\n"""\n' + RULE + "cuont = 1\n"

    assert ["f.toml:12: rule r: cuont is unknown; did you mean count?"] == mistakes(text)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (['events = "C"'], "f.toml:6: case number 1: expect is the number of findings, 0 or more."),
        (['events = "C"', "expect = -1"], "f.toml:9: case number 1: expect is the number of findings, 0 or more."),
        (['events = ""', "expect = 0"], 'f.toml:8: case number 1: events is a text such as "C C ok C".'),
        (["expect = 0"], 'f.toml:6: case number 1: events is a text such as "C C ok C".'),
        (['events = "C@5"', "expect = 0"], 'f.toml:8: case number 1: events: "5" is not a duration;'),
        (
            ['events = "C@100d"', "expect = 0"],
            "f.toml:8: case number 1: events: 100d is too long; a case lasts 60 days at most.",
        ),
        (
            ['event = "C"', 'events = "C"', "expect = 0"],
            "f.toml:8: case number 1: event is unknown; did you mean events?",
        ),
        (
            ['events = "C"', "expect = 0", "[case.alphabet]", "D = 5"],
            'f.toml:11: case number 1: alphabet.D is an event such as "crash" or "error:0xDEAD", or readings',
        ),
        (
            ['events = "C"', "expect = 0", 'alphabet = { "a b" = "crash" }'],
            "f.toml:10: case number 1: 'a b' cannot be a letter;",
        ),
    ],
)
def test_mistakes_in_cases_are_found_too(lines, sentence):
    """A case that tests nothing is worse than none."""
    said = mistakes("\n".join([RULE + "[[case]]", 'rule = "r"', *lines]))

    assert 1 == len(said), said
    assert said[0].startswith(sentence), said[0]


WORDS = st.sampled_from(["asset", "model", "tag", "fw", "crash", "event", "code", "1h", "S1", "3", "*", "en", "", "é"])
VALUES = st.recursive(
    WORDS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
PLACES = ["id", "name", "kind", "life", "where", "key", "severity", "class", "max_tickets", "event", "count", "within"]
PLACES += [
    "reset",
    "resolve",
    "flapping",
    "cooldown",
    "min_gap",
    "lateness",
    "failure_mode",
    "events",
    "expect",
    "rule",
]


def inline(value):
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {inline(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


@given(place=st.sampled_from(PLACES), value=VALUES)
def test_whatever_stands_anywhere_is_right_or_a_mistake(place, value):
    """No value at any key of a rule or a case raises anything but WrongFormat."""
    rule = {"id": "r", "kind": "consecutive", "event": "crash", "count": 3, place: value}
    case = {"rule": "r", "events": "C C", "expect": 0, place: value}
    text = "[[rule]]\n" + "".join(f"{key} = {inline(said)}\n" for key, said in rule.items())
    text += "[[case]]\n" + "".join(f"{key} = {inline(said)}\n" for key, said in case.items())

    with suppress(WrongFormat):
        read_rules(text, "f.toml")


@given(text=st.text(alphabet="[]rulecase=\"'\n#{}.1 \\", max_size=60))
def test_any_text_is_a_rule_file_or_a_mistake(text):
    """Nothing that is not TOML, and no strange TOML, raises anything but WrongFormat."""
    with suppress(WrongFormat):
        read_rules(text, "f.toml")
