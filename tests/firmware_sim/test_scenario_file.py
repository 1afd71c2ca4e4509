"""Scenario files: what can be written, and that every mistake is named at once, with its line."""

from pathlib import Path

import pytest

from domain.errors import WrongFormat
from domain.instants import HOUR, MINUTE, parse_instant
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Fault

EXAMPLES = sorted(path for path in Path("examples/scenarios").glob("*.toml") if path.stem != "judge")


def mistakes(tmp_path, text):
    """What the reader says about a text, without the file's name."""
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(WrongFormat) as caught:
        Scenario.load(path)
    return [mistake.removeprefix(f"{path}:") for mistake in caught.value.mistakes]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_read_and_has_tickets_and_near_misses(path):
    """Named after its file."""
    scenario = Scenario.load(path)

    assert path.stem == scenario.name
    assert scenario.truth().expected
    assert scenario.truth().near_misses


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path):
    """Defaults stand for everything else."""
    path = tmp_path / "scenario.toml"
    path.write_text('start = 2026-03-01T00:00:00Z\n[[fault]]\nkind = "almost"\nspacing = ["1m", "2m"]\ndevices = 2\n')

    scenario = Scenario.load(path)

    assert parse_instant("2026-03-01T00:00:00Z") == scenario.start
    assert (Fault(kind="almost", spacing=(MINUTE, 2 * MINUTE), devices=2),) == scenario.faults
    assert scenario.duration == HOUR


def test_all_mistakes_are_told_at_once_with_line_and_nearest_name(tmp_path):
    """Unknown names, wrong types, impossible values."""
    text = """duration = 5
[fleet]
devises = 3
[[fault]]
kind = "crash"
[[fault]]
kind = "crash-loop"
share = 1.5
[clocks]
slow_by = ["2m", "1m"]
"""

    assert mistakes(tmp_path, text) == [
        '1: duration: write a duration, such as "90s".',
        "3: there is no devises; did you mean devices?",
        "8: share: write a share from 0 to 1, such as 0.05.",
        "10: slow_by: write the smaller one first.",
    ]


def test_mistakes_of_meaning_are_told_with_their_lines_too(tmp_path):
    """What would leave the truth in doubt is refused."""
    text = """[[fault]]
kind = "crash-loop"
crashes = [2, 3]
spacing = ["2s", "5m"]
[[fault]]
kind = "crashloop"
[clocks]
fast_by = ["1s", "5m"]
"""

    assert mistakes(tmp_path, text) == [
        '8: fast_by: write at most "4m"; beyond, use too_fast.',
        "4: spacing: write at least 5200ms, or the rule's min_gap may take two crashes for one.",
        "3: crashes: a loop takes at least 3 crashes; for fewer use almost.",
        '6: kind: there is no "crashloop"; did you mean crash-loop?',
    ]


def test_what_is_no_toml_or_no_file_is_said_in_a_sentence(tmp_path):
    """Not a traceback."""
    assert "this is not TOML" in mistakes(tmp_path, "devices = ")[0]
    with pytest.raises(WrongFormat, match="there is no such file"):
        Scenario.load(tmp_path / "elsewhere.toml")


def test_a_fault_without_room_says_what_to_change():
    """Instead of a truth with fewer tickets than asked for."""
    crowded = Scenario(duration=10 * MINUTE, faults=(Fault(share=1.0, spacing=(9 * MINUTE, 9 * MINUTE)),))

    with pytest.raises(WrongFormat, match="lengthen the scenario"):
        crowded.truth()


def test_a_demonstration_that_is_too_short_for_three_crashes_is_refused():
    """With the least it takes."""
    with pytest.raises(WrongFormat, match="at least 19 seconds"):
        Scenario.demo(seconds=18)
