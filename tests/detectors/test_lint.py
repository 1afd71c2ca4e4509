"""Lint: a rule that is written right and can never fire, or finds what another finds, is told with its line."""

import pytest

from detectors.lint import lint
from detectors.rules import read_rules

CRASHES = 'kind = "consecutive"\nevent = "crash"\ncount = 3\n'
HOT = 'kind = "threshold"\nmetric = "temp"\nabove = 85.0\n'


def rule(id, lines):
    """A rule's table."""
    return f'[[rule]]\nid = "{id}"\nfailure_mode = "trouble"\n{lines}\n'


def remarks(*texts):
    """What is said of files named a.toml, b.toml …"""
    files = [(read_rules(text, f"{name}.toml"), text) for name, text in zip("abc", texts, strict=False)]
    return [str(remark) for remark in lint(files)]


def test_nothing_is_said_of_a_good_rule():
    """Silence is worth something only if it is the rule."""
    assert [] == remarks(rule("one", CRASHES + 'within = "1h"\nmin_gap = "5s"\nreset = { event = "boot_ok" }'))


@pytest.mark.parametrize(
    ("lines", "line", "sentence"),
    [
        (CRASHES + 'where = { expected_state = "broken" }', 7, "no device has this expected_state"),
        (CRASHES + 'where = { fw = ">=2.4,<2.0" }', 7, "no firmware meets all of where.fw at once"),
        (CRASHES + 'where = { fw = ">2.4,<=2.4" }', 7, "no firmware meets all of where.fw at once"),
        (CRASHES + 'where = { fw = "==2.4,!=2.4" }', 7, "no firmware meets all of where.fw at once"),
        (CRASHES + 'within = "1m"\nmin_gap = "40s"', 7, "3 events at least 40s apart take 80s, longer than within"),
        (CRASHES + 'reset = { event = "crash" }', 7, "reset breaks the row with the very event"),
        (CRASHES + 'resolve = { event = "crash" }', 7, "resolve ends the finding with the very event"),
        (CRASHES.replace("crash", "crahs"), 5, "no native device tells crahs; did you mean crash?"),
        (HOT + 'while = { metric = "load", above = 5, below = 5 }', 7, "while is never true"),
        (HOT + 'while = { metric = "temp", below = 80 }', 7, "above 85 is never reached while"),
        (HOT.replace("above", "below") + 'while = { metric = "temp", above = 90 }', 7, "below 85 is never reached"),
    ],
)
def test_a_rule_that_can_never_fire_is_told_why(lines, line, sentence):
    """With the line to change."""
    said = remarks(rule("one", lines))

    assert 1 == len(said), said
    assert said[0].startswith(f"a.toml:{line}: rule one: {sentence}"), said[0]


@pytest.mark.parametrize(
    "lines",
    [
        CRASHES + 'where = { fw = [">=3", "<2"] }',
        CRASHES + 'where = { fw = ">=2.4,<=2.4" }',
        CRASHES + 'where = { fw = "2.4.*" }',
        CRASHES + 'within = "80s"\nmin_gap = "40s"',
        'kind = "consecutive"\nevent = { event = "error", code = "1" }\ncount = 2\n'
        'reset = { event = "error", code = "2" }',
        HOT + 'while = { metric = "temp", below = 95 }',
        CRASHES.replace("crash", "overcurrent"),
    ],
)
def test_what_can_fire_is_left_alone(lines):
    """Close to a mistake, and none."""
    assert [] == remarks(rule("one", lines))


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (CRASHES, CRASHES, "event crash"),
        (CRASHES + 'where = { model = "TV-*" }', CRASHES + 'where = { model = "TV-55?" }', "event crash"),
        (CRASHES + 'where = { site = "a*x" }', CRASHES + 'where = { site = "ab*" }', "event crash"),
        (CRASHES + 'where = { model = "TV-*" }', CRASHES + 'where = { site = "north" }', "event crash"),
        (CRASHES + 'where = { tag = { r = "cn-*" } }', CRASHES + 'where = { tag = { r = ["cn-1"] } }', "event crash"),
        (HOT, HOT.replace("85.0", "95.0"), "metric temp (above)"),
        ('kind = "absence"\nevery = "5m"', 'kind = "absence"\nevery = "9m"', "silence"),
    ],
)
def test_two_rules_for_the_same_trouble_are_told(one, other, what):
    """Also from one file to another; the later one is named."""
    assert [
        f"b.toml:1: rule two: it looks for {what} on devices that rule one looks at too, for the same failure mode; "
        "narrow one of them with where, or give it a failure mode of its own."
    ] == remarks(rule("one", one), rule("two", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CRASHES, CRASHES.replace("crash", "fault")),
        (CRASHES + 'where = { model = "TV-*" }', CRASHES + 'where = { model = "AC-*" }'),
        (CRASHES + 'where = { tag = { r = "cn" } }', CRASHES + 'where = { tag = { r = "us" } }'),
        (HOT, HOT.replace("above", "below")),
        (HOT, HOT.replace("temp", "load")),
    ],
)
def test_rules_for_different_trouble_are_left_alone(one, other):
    """Other events, other devices, the other side of a metric."""
    assert [] == remarks(rule("one", one), rule("two", other))


def test_the_same_event_for_another_failure_mode_is_meant():
    """Then there are two tickets, and somebody wants them."""
    other = rule("two", CRASHES).replace('"trouble"', '"other"')

    assert [] == remarks(rule("one", CRASHES), other)
