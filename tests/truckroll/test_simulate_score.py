"""`truckroll simulate score` and `plant`: rules held against scenarios, with an exit code for a rule set's own CI."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from truckroll.cli import app_for

SCENARIO = """
name = "small"
duration = "4h"
[fleet]
devices = 12
power_on = "0s"
[[model]]
telemetry = "10m"
heartbeat = "0s"
[[fault]]
kind = "crash-loop"
devices = 2
between = ["10m", "3h"]
[[fault]]
kind = "forgiven"
devices = 3
[[fault]]
kind = "silent-death"
devices = 1
between = ["30m", "2h"]
"""
RULES = """
[[rule]]
id = "loops"
kind = "consecutive"
event = "crash"
count = 3
within = "24h"
reset = { event = "boot_ok" }
failure_mode = "crash-loop"
"""


def run(*words: object):
    """The command as a person calls it."""
    return CliRunner().invoke(app_for(["simulate"]), ["simulate", *map(str, words)])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A rule file and a scenario."""
    rules, scenario = tmp_path / "rules.toml", tmp_path / "small.toml"
    rules.write_text(RULES)
    scenario.write_text(SCENARIO)
    return rules, scenario


def test_what_was_found_and_missed_is_told_by_scenario_and_kind(files):
    """Two loops found, a death missed, nothing without reason."""
    answer = run("score", *files, "--json")
    said = json.loads(answer.stdout)

    assert answer.exit_code == 0
    assert (said["total"]["expected"], said["total"]["found"], said["total"]["precision"]) == (3, 2, 1.0)
    kinds = said["scenarios"]["small"]["kinds"]
    assert {"crash-loop": {"expected": 2, "found": 2}, "silent-death": {"expected": 1, "found": 0}} == kinds


@pytest.mark.parametrize(
    ("bounds", "code"),
    [(["--min-recall", 0.6], 0), (["--min-recall", 0.7], 1), (["--min-precision", 1.0, "--min-recall", 0.5], 0)],
)
def test_below_the_bounds_the_exit_code_is_one(files, bounds, code):
    """So that a pipeline stops."""
    assert run("score", *files, *bounds, "--json").exit_code == code


def test_a_rule_that_counts_what_it_should_not_loses_precision(files):
    """Two crashes are enough for it, a healthy boot in between or not."""
    rules, scenario = files
    rules.write_text(RULES.replace("count = 3", "count = 2"))
    said = json.loads(run("score", rules, scenario, "--json").stdout)

    assert said["total"]["precision"] < 0.5
    assert run("score", rules, scenario, "--min-precision", 0.9, "--json").exit_code == 1


def test_seeds_and_networks_are_multiplied_and_change_nothing_that_is_found(files):
    """Two seeds over three networks: duplicates and disorder bring no ticket and take none."""
    networks = [word for name in ("own", "duplicates", "disorder") for word in ("--network", name)]
    said = json.loads(run("score", *files, "--seeds", "4,8", *networks, "--json").stdout)
    runs = [(r["seed"], r["network"], r["found"], r["extra"]) for r in said["runs"]]

    assert runs == [(seed, name, 2, []) for seed in (4, 8) for name in ("own", "duplicates", "disorder")]


def test_the_page_stands_alone(files, tmp_path):
    """Table and plots, no address of anything else."""
    page = tmp_path / "page.html"
    answer = run("score", *files, "--html", page)

    assert answer.exit_code == 0
    assert "small" in answer.stdout
    assert "small: silent-death: 0 of 1 found in time." in answer.stdout
    assert page.read_text().count("<svg") == 2
    assert "http" not in page.read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--network", "fog"], "fog is no network"),
        (["--seeds", "many"], "write how many"),
        (["--seeds", "0"], "at least 1"),
        (["--tick", "5"], "is not a duration"),
    ],
)
def test_what_cannot_be_meant_is_said_with_exit_code_two(files, words, sentence):
    """Before anything is played."""
    answer = run("score", *files, *words)

    assert answer.exit_code == 2
    assert sentence in answer.stderr.replace("\n", " ").replace("│ ", "").replace(" │", "")


def test_a_scenario_needs_no_word_to_be_played(files, tmp_path):
    """`simulate FILE` is `simulate play FILE`."""
    _, scenario = files
    short, long = (run(*words, "--out", tmp_path / "m.jsonl", "--json") for words in ([scenario], ["play", scenario]))

    assert short.stdout == long.stdout
    assert json.loads(short.stdout)["expected_tickets"] == 3


def test_planted_traffic_is_scored_like_a_scenario(files, tmp_path):
    """Crashes are planted on what a fleet sent, and the rules find them."""
    rules, scenario = files
    messages, plan, out = tmp_path / "m.jsonl", tmp_path / "plan.toml", tmp_path / "planted.jsonl"
    scenario.write_text(SCENARIO[: SCENARIO.index("[[fault]]")])
    plan.write_text('[[fault]]\nkind = "crash-loop"\ndevices = ["tv-00003", "tv-00007"]\nat = "1h"\n')
    run("play", scenario, "--out", messages)
    answer = run("plant", messages, plan, "--out", out, "--json")
    said = json.loads(run("score", rules, out, "--json").stdout)

    assert json.loads(answer.stdout)["expected_tickets"] == 2
    assert (said["total"]["expected"], said["total"]["found"], said["total"]["precision"]) == (2, 2, 1.0)


def test_planting_that_fails_leaves_no_file_behind(files, tmp_path):
    """A truth that nobody can meet is worse than none."""
    messages, plan, out = tmp_path / "m.jsonl", tmp_path / "plan.toml", tmp_path / "planted.jsonl"
    plan.write_text('[[fault]]\nkind = "stuck"\nmetric = "humidity"\ndevices = ["tv-00003"]\n')
    run("play", files[1], "--out", messages)
    answer = run("plant", messages, plan, "--out", out)

    assert answer.exit_code == 1
    assert not list(tmp_path.glob("planted*"))
