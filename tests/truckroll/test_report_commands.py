"""`truckroll report` and the commands that bring tickets together."""

import json

import pytest

from domain.errors import WrongFormat
from ticketing.classes import NO_CLASSES
from ticketing.intake import Intake
from truckroll.cli import app_for
from truckroll.reports_csv import read_reports


@pytest.fixture
def run(tmp_path, capsys):
    """A command in an empty data directory; answers what it prints as JSON."""
    (tmp_path / "data").mkdir()
    (tmp_path / "truckroll.toml").write_text("rules = []\n")

    def run(*words: str, as_json: bool = True):
        args = [*words, "--config", str(tmp_path / "truckroll.toml"), *(["--json"] if as_json else [])]
        app_for(args)(args, standalone_mode=False)
        said = capsys.readouterr().out
        return json.loads(said) if as_json else said

    return run


def test_a_list_is_checked_first_and_filed_once(run, tmp_path) -> None:
    """The dry run files nothing; the same list again changes nothing."""
    path = tmp_path / "list.csv"
    path.write_text("device,text,steps\ntv-1,screen is black,none\n,订单SO-4711的空调不制冷,\n", encoding="utf-8")
    assert 2 == len(run("report", "import", str(path), "--dry-run")["reports"])
    assert [] == run("report", "list")["reports"]
    first = run("report", "import", str(path))
    assert first == run("report", "import", str(path))

    listed = run("report", "list")["reports"]
    assert ["SO-4711", None] == [each["fields"].get("order") for each in listed]


def test_reports_are_filed_merged_linked_and_found(run) -> None:
    """By number."""
    one, other = (run("report", "file", text)["ticket"] for text in ("screen is black", "screen is dark"))
    assert "linked" in run("tickets", "link", one, other, as_json=False)
    assert f"{other} is cancelled." in run("tickets", "merge", one, other, as_json=False)
    assert [] == run("tickets", "similar", one)["similar"]
    assert {"code": "E07"} == run("report", "try", "fault code E07")["fields"]


@pytest.mark.parametrize(
    ("content", "mistake"),
    [("text,severity\nblack,S9\n", ":2: severity"), ("text\n\n \n", "nothing|no report"), ("device\n", "no report")],
)
def test_mistakes_of_a_list_name_their_line(tmp_path, content: str, mistake: str) -> None:
    """And nothing of it is filed."""
    path = tmp_path / "list.csv"
    path.write_text(content)
    with pytest.raises(WrongFormat, match=mistake):
        read_reports(path, Intake(NO_CLASSES, {}), 0)
