"""`life fit` on files: what the lives say, what is wrong with the file, and a picture."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from domain.errors import GiveUp, TruckrollError, WrongFormat
from tests.maintenance.lives import drawn
from truckroll.cli import app_for
from truckroll.lives_csv import read_lives


def run(*words: object) -> str:
    """What the command prints. Raises what it raises."""
    result = CliRunner().invoke(app_for(["life"]), ["life", "fit", *(str(word) for word in words)])
    if isinstance(result.exception, (TruckrollError, typer.BadParameter)):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two models that wear out and one that does not; the last has too few failures."""
    lines = ["model,age,failed"]
    for model, shape, scale in (("P1", 3.0, 400.0), ("P2", 3.0, 900.0), ("V9", 0.6, 200.0)):
        lines += [f"{model},{one.age},{one.failed}" for one in drawn(shape, scale, 40, seed=1, seen_until=1.2 * scale)]
    path = tmp_path / "lives.csv"
    path.write_text("\n".join([*lines, "N1,50,1", "N1,60,0"]), encoding="utf-8")
    return path


def test_each_group_gets_its_fit_its_age_and_the_sentence_why(file: Path) -> None:
    """Wear is replaced early, the rest never; what is assumed is marked."""
    found = json.loads(run(file, "--planned-cost", 100, "--json"))
    first, second, third = found["groups"]

    assert (1_000.0, True, {"N1": 1}) == (
        found["failure_cost"],
        found["failure_cost_is_assumed"],
        found["too_few_failures"],
    )
    assert first["replace_at"] < second["replace_at"]
    assert third["replace_at"] is None
    assert first["window"][0] < first["replace_at"] < first["window"][1]
    assert 2.0 < first["most_likely"]["shape"] < 4.0
    assert third["chance_of_wear"] < 0.05
    assert third["why"]["en"].endswith(
        "Do not replace before a failure: a new part would fail as soon as the old one. "
        f"That costs {third['cost_rate']:.3g} for each day. The failure cost of 1,000 is assumed."
    )


def test_people_read_it_in_their_language_beside_a_picture(file: Path, tmp_path: Path) -> None:
    """Chinese; the SVG is well-formed and has the group's curves."""
    svg = tmp_path / "life.svg"
    told = run(file, "--failure-cost", 20, "--plot", svg, "--language", "zh")
    picture = ElementTree.fromstring(svg.read_text(encoding="utf-8"))

    assert told.startswith("P1：部件有磨损")
    assert "假定" not in told
    assert 9 == len(picture.findall(".//{http://www.w3.org/2000/svg}polyline"))
    assert "不提前更换" in svg.read_text(encoding="utf-8")


def test_hours_stay_hours(tmp_path: Path) -> None:
    """The unit is the column's name."""
    path = tmp_path / "hours.csv"
    rows = [f"{one.age},{int(one.failed)},0" for one in drawn(2.0, 4_000.0, 20, seed=2)]
    path.write_text("\n".join(["hours,failed,entered", *rows]), encoding="utf-8")

    assert "hours" == read_lives(path)[1]
    assert "for each hour" in run(path)


@pytest.mark.parametrize(
    "content", [b"\xff\xfeage,failed\n", b"age,failed\n1,\xff\n", b"age,failed\n" + b"1" * 200_000]
)
def test_what_is_no_text_is_told_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    """Wherever it begins to be none."""
    path = tmp_path / "lives.csv"
    path.write_bytes(content)

    with pytest.raises(WrongFormat, match="save it as CSV UTF-8"):
        read_lives(path)


def test_every_mistake_of_a_file_is_listed(tmp_path: Path) -> None:
    """With its line."""
    path = tmp_path / "bad.csv"
    path.write_text("age,failed,entered\n10,maybe,0\nold,1,0\n5,1,9\n7,1,0\n", encoding="utf-8")

    with pytest.raises(WrongFormat) as caught:
        run(path)

    assert (
        f'{path}:2: "maybe" does not say whether it failed; write 1 or 0.',
        f'{path}:3: "old" or "0" is no number.',
        f"{path}:4: a life of 5 seen from 9 on is none; its end comes later.",
    ) == caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("when,failed\n1,1\n", (), "no column says the age; name it age or days"),
        ("age,failed\n", (), "there is no row under the header"),
        ("age,failed\n9,1\n8,0\n", (), "No group has 2 failures or more"),
        ("age,failed\n9,1\n8,1\n", ("--failure-cost", "0"), "costs are greater than 0"),
    ],
)
def test_what_cannot_be_fitted_says_what_to_give(
    tmp_path: Path, text: str, words: tuple[str, ...], sentence: str
) -> None:
    """One sentence."""
    path = tmp_path / "lives.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises((GiveUp, WrongFormat), match=sentence):
        run(path, *words)


def test_a_family_of_the_registry_that_nobody_knows_is_said(tmp_path: Path) -> None:
    """Instead of a file."""
    config = tmp_path / "truckroll.toml"
    (tmp_path / "data").mkdir()
    config.write_text(f'data = "{tmp_path / "data"}"\n', encoding="utf-8")

    with pytest.raises(GiveUp, match="No life of P7 is known"):
        run("--family", "P7", "--config", config)
