"""Pages of detectors: they are there, say everything, and are those that the classes make."""

import tomllib
from pathlib import Path

import pytest

from detectors.kinds import kinds, settings_of
from detectors.pages import about, meanings, pages
from detectors.rule_table import read_rule
from truckroll.detector_pages import write_pages

COMMITTED = Path(__file__).parents[2] / "docs" / "detectors"


@pytest.mark.parametrize("kind", kinds())
def test_every_detector_says_what_it_finds_and_when_it_is_the_wrong_tool(kind):
    """A class without `page: ClassVar[Page]` has no place in the handbook."""
    told = about(kinds()[kind])

    assert "" not in (told.finds, told.wrong_when, told.source)


@pytest.mark.parametrize("kind", kinds())
def test_every_setting_has_a_meaning(kind):
    """The docstring below the attribute says it, here or in the class that it comes from."""
    told = meanings(kinds()[kind])

    assert [] == [name for name, field in settings_of(kinds()[kind]).items() if not told.get(field.name)]


@pytest.mark.parametrize("kind", kinds())
def test_every_example_can_be_copied_into_a_rule_file(kind):
    """It is TOML, and a rule without a mistake."""
    text = pages()[f"{kind}.md"].split("```toml\n")[1].split("```")[0]
    mistakes = []

    read_rule(tomllib.loads(text)["rule"][0], lambda said, *path: mistakes.append(said))

    assert [] == mistakes


def test_the_committed_pages_are_those_that_the_classes_make():
    """After a change of a detector: `make docs`."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.md")}

    assert pages() == committed


def test_pages_of_detectors_that_are_gone_are_removed(tmp_path):
    """What was written is what the classes make, and writing it again changes nothing."""
    (tmp_path / "bygone.md").write_text("old")

    assert {"bygone.md", *pages()} == set(write_pages(tmp_path))
    assert [] == write_pages(tmp_path)
    assert set(pages()) == {path.name for path in tmp_path.iterdir()}
