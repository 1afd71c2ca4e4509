"""What rule files leave open: unknown classes and job plans, and skills that nobody has."""

import json

import pytest
from typer.testing import CliRunner

from domain.errors import WrongFormat
from truckroll.cli import app_for
from truckroll.rule_lint import lint_files

RULE = '[[rule]]\nid = "r"\nkind = "consecutive"\nevent = "crash"\ncount = 3\nclass = "display"\n'
CLASS = '[[class]]\nid = "display"\nskills = ["display"]\njob_plan = "swap"\n'
PLAN = '[[job_plan]]\nid = "swap"\nskills = ["ladder"]\n'


@pytest.fixture
def files(tmp_path):
    """Files by their texts."""

    def written(*texts, people=""):
        paths = [tmp_path / f"{name}.toml" for name in "abc"[: len(texts)]]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        (tmp_path / "people.csv").write_text(people)
        return paths

    return written


def said(paths, people=None):
    """The remarks, without the folder."""
    return [f"{remark.file[-6:]}:{remark.line}: {remark.sentence}" for remark in lint_files(paths, people).remarks]


def test_all_that_is_named_may_stand_in_other_files(files):
    """A class in one, its job plan in another."""
    assert [] == said(files(RULE, CLASS, PLAN))


def test_what_stands_nowhere_is_told_with_the_nearest(files):
    """A class and a job plan."""
    assert ["a.toml:6: rule r: class display is in none of these files; did you mean displays?"] == said(
        files(RULE, CLASS.replace('id = "display"', 'id = "displays"'), PLAN)
    )
    assert ["b.toml:4: class display: job_plan swap is in none of these files."] == said(files(RULE, CLASS))


def test_a_skill_that_nobody_has_is_told(files, tmp_path):
    """Of the class or of its job plan; only where a file of people is given."""
    paths = files(RULE, CLASS, PLAN, people="name,skills\nno. 1,electrical; displays\nno. 2,\n")

    assert [
        "b.toml:3: class display: nobody has the skill display; did you mean displays?",
        "b.toml:3: class display: nobody has the skill ladder.",
    ] == said(paths, tmp_path / "people.csv")


def test_people_without_skills_are_a_mistake(files, tmp_path):
    """Rather than nobody having any."""
    paths = files(RULE, CLASS, PLAN, people="name\nno. 1\n")

    with pytest.raises(WrongFormat, match=r"people.csv:1: there is no column skills"):
        said(paths, tmp_path / "people.csv")


def test_lint_is_red_and_check_is_not(files):
    """Remarks are for people; a build that wants them to stop it asks for lint."""
    paths = [str(path) for path in files(RULE)]
    run = CliRunner().invoke
    checked, linted = (run(app_for(["rules"]), ["rules", word, *paths, "--json"]) for word in ("check", "lint"))

    assert (0, 1) == (checked.exit_code, linted.exit_code)
    assert json.loads(checked.stdout)["remarks"] == json.loads(linted.stdout)["remarks"]
    assert [6] == [remark["line"] for remark in json.loads(linted.stdout)["remarks"]]


def test_mistakes_are_told_instead_of_remarks(files):
    """All at once; exit code 1 for both."""
    paths = [str(path) for path in files(RULE + "cuont = 2\n")]
    for word in ("check", "lint"):
        done = CliRunner().invoke(app_for(["rules"]), ["rules", word, *paths, "--json"])
        assert (1, 1) == (done.exit_code, len(json.loads(done.stdout)["mistakes"]))
