"""A draft is a rule file whose cases happened and pass."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.cases import run_cases
from detectors.learning.draft import draft, word
from detectors.learning.history import MILLISECOND, history_of
from detectors.learning.mine import Mined, Proposal, Search, mine
from detectors.learning.patterns import Pattern, Shape, firings_of
from detectors.rules import read_rules
from domain.instants import DAY, HOUR, MINUTE
from tests.detectors.learning.planted import START, history, planted


def test_every_rule_of_a_draft_is_a_draft_and_every_case_passes() -> None:
    """Two cases that happened before failures and two that nearly did, for each rule."""
    file = read_rules(draft(mine(history(1), Search()), DAY, "history"), "draft.toml")

    assert [("mined-pump-1", "compound", "draft"), ("mined-valve-1", "count", "draft")] == [
        (rule.id, rule.kind, rule.life) for rule in file.rules
    ]
    assert [1, 1, 0, 0] * 2 == [case.expect for case in file.cases]
    assert all(result.passed for result in run_cases(file)), [result.sentence for result in run_cases(file)]


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(Shape.COUNT, 1, 0, ("retry",)),
        Pattern(Shape.COUNT, 2, 6 * HOUR, ("retry",)),
        Pattern(Shape.ALL, 1, 3 * DAY, ("noise-a", "retry")),
        Pattern(Shape.THEN, 1, HOUR, ("brownout", "overheat")),
        Pattern(Shape.THEN, 1, 3 * DAY, ("overheat", "noise-b")),
    ],
    ids=str,
)
def test_cases_of_every_kind_of_pattern_pass(pattern: Pattern) -> None:
    """The detector that will watch agrees with the columns that were searched."""
    mined = mine(history(2), Search())
    file = read_rules(draft(with_pattern(mined, pattern), DAY, "history"), "draft.toml")
    results = run_cases(file)

    assert len(results) >= 2
    assert [] == [result.sentence for result in results if not result.passed]


def with_pattern(mined: Mined, pattern: Pattern) -> Mined:
    """The same, proposing another pattern."""
    one = mined.proposals[1 if "retry" in pattern.parts else 0]
    places = firings_of(pattern, mined.earlier.names, mined.earlier.event_lines)
    alone = np.append(True, np.diff(places) > 3 * DAY // MILLISECOND)
    other: Proposal = replace(one, pattern=pattern, alarms=places[alone])
    return replace(mined, proposals=(other,))


def test_odd_names_stay_in_their_quotes() -> None:
    """Codes and modes as a device may send them, with quotes, hashes, brackets and umlauts."""
    events, failures = planted(1)
    odd = [(asset, name.replace("overheat", 'error:0x"#]é\\'), at) for asset, name, at in events]
    broken = [(asset, mode.replace("pump", "Pumpe [2]\n#"), at) for asset, mode, at in failures]
    file = read_rules(draft(mine(history_of(odd, broken), Search()), DAY, "a\nb"), "draft.toml")

    assert {"event": "error", "code": 'error:0x"#]é\\'.partition(":")[2]} in file.rules[0].table["all"]
    assert "Pumpe-2" == file.rules[0].failure_mode
    assert all(result.passed for result in run_cases(file))


@pytest.mark.parametrize(("mode", "id"), [("comp2", "comp2"), ("Fan / left", "Fan-left"), ("风扇", "failure")])
def test_a_mode_becomes_a_name_that_rules_may_have(mode: str, id: str) -> None:
    """Letters, digits, dots, underscores and hyphens."""
    assert id == word(mode)


def test_two_events_at_one_instant_are_in_no_order() -> None:
    """`then` needs a later one; what happened at once is an example of what does not fire."""
    rows = [("D", name, START + n * DAY) for n in range(12) for name in ("a", "b")]
    rows += [("D", "a", START + n * DAY - 20 * MINUTE) for n in range(0, 12, 4)]
    told = history_of(rows, [("D", "f", START + n * DAY + HOUR) for n in range(12)])
    mined = mine(told, Search(min_assets=1))
    other = with_pattern(replace(mine(history(1), Search()), earlier=told), Pattern(Shape.THEN, 1, HOUR, ("a", "b")))
    other = replace(other, proposals=(replace(other.proposals[0], mode="f"),), later=mined.later)
    file = read_rules(draft(other, DAY, "x"), "draft.toml")

    assert all(result.passed for result in run_cases(file)), [result.sentence for result in run_cases(file)]
