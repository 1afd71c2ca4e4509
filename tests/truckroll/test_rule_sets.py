"""The five ready rule sets: their cases hold, and each finds in its scenario all that deserves a ticket and no more."""

import os
from pathlib import Path

import pytest

from detectors.cases import run_cases
from detectors.rules import read_rules
from domain.instants import MINUTE
from firmware_sim.scenario import Scenario
from firmware_sim.weather import OWN
from truckroll.judge import judge
from truckroll.rule_lint import lint_files
from truckroll.ruleset import load_rules

SETS = ("smart-tv", "air-conditioner", "vending-machine", "water-pump", "ev-charger")
RULES = [Path(f"examples/rules/{name}.toml") for name in SETS]
SEEDS = int(os.environ.get("RULE_SET_SEEDS", "1"))


@pytest.mark.parametrize("path", RULES, ids=SETS)
def test_every_rule_has_cases_that_say_why_and_hold(path):
    """At least one in which it fires and one in which it does not, each with a name of its own."""
    file = read_rules(path.read_text(), str(path))
    assert [] == [result.sentence for result in run_cases(file) if not result.passed]

    for rule in file.rules:
        cases = [case for case in file.cases if case.rule == rule.id]
        assert {True, False} == {case.expect > 0 for case in cases}, rule.id
        assert len(cases) == len({case.name for case in cases})


def test_the_judges_cases_hold():
    """Those of kinds that learn first what is usual."""
    path = Path("examples/scenarios/judge.toml")
    file = read_rules(path.read_text(), str(path))

    assert [] == [result.sentence for result in run_cases(file) if not result.passed]
    assert {"level", "change", "season", "novelty", "multivariate"} == {
        rule.kind for rule in file.rules if any(case.rule == rule.id for case in file.cases)
    }


def test_nothing_is_to_be_remarked_about_the_five_together():
    """They can be put in force side by side: no overlap, every class with its job plan."""
    linted = lint_files(RULES)

    assert [] == [str(remark) for remark in linted.remarks]
    assert 14 == linted.rules


def test_the_five_show_what_kinds_there_are():
    """So that there is one to copy for most troubles."""
    kinds = {rule.kind for rule in load_rules(RULES).rules}

    assert {"consecutive", "threshold", "absence", "m_of_n", "count", "compound", "rate"} == kinds


@pytest.mark.parametrize("name", SETS)
def test_each_finds_all_that_its_scenario_deserves_and_nothing_else(name):
    """In virtual time, through the live engine and desk."""
    scenario = Scenario.load(Path(f"examples/scenarios/sets/{name}.toml"))
    rules = load_rules([Path(f"examples/rules/{name}.toml")])
    for seed in range(scenario.seed, scenario.seed + SEEDS):
        found = judge(rules, scenario, seed=seed, network=OWN, tick=2 * MINUTE).score

        assert ([], [], []) == (list(found.missing), list(found.extra), list(found.doubled)), seed
        assert found.expected > 4
