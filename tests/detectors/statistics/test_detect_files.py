"""`truckroll detect`: files in, the same files with scores out."""

import csv
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from domain.errors import GiveUp, WrongFormat
from truckroll.cli import detect
from truckroll.series_files import read_series


@pytest.fixture
def run():
    """The command by itself."""
    app = typer.Typer()
    detect.register(app)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def pump(tmp_path):
    """400 rows of three metrics, one of which falls at row 300; with a label that nobody may look at."""
    chance = np.random.default_rng(1)
    values = chance.normal(10.0, 1.0, (400, 3))
    values[300:, 1] -= 8.0
    file = tmp_path / "pump.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["datetime", "current", "flow", "temp", "anomaly"])
        for row, (a, b, c) in enumerate(values.tolist()):
            writer.writerow([f"2026-11-22 08:{row // 60:02d}:{row % 60:02d}", a, b, c, int(row >= 300)])
    return file


def test_the_result_has_the_inputs_columns_a_score_and_an_alarm(run, pump, tmp_path):
    """Every row is there, in order, unchanged; the fall is an alarm, and flow is named as its reason."""
    done = run(pump, "--out", tmp_path / "out", "--ignore", "anomaly", "--json", "--plot")
    rows = list(csv.DictReader((tmp_path / "out" / "pump.csv").read_text().splitlines(), delimiter=";"))
    asked = list(csv.DictReader(pump.read_text().splitlines(), delimiter=";"))
    said = json.loads(done.stdout)["files"][0]

    assert done.exit_code == 0
    assert asked == [{name: row[name] for name in asked[0]} for row in rows]
    assert said["tier"] == "joint"
    assert {row["alarm"] for row in rows[305:320]} == {"1"}
    fall = next(alarm for alarm in said["alarms"] if alarm["row"] > 300)
    assert next(iter(fall["reasons"])) == "flow"
    assert "<svg" in (tmp_path / "out" / "pump.svg").read_text()


def test_one_column_goes_to_the_novelty_tier_and_the_alarms_are_explained(run, tmp_path):
    """`timestamp,value`; with --explain each alarm has its line."""
    file = tmp_path / "one.csv"
    file.write_text("timestamp,value\n" + "".join(f"2026-11-22 00:{m:02d}:00,{m % 5}\n" for m in range(60)))
    done = run(file, "--out", tmp_path / "out", "--explain", "--threshold", "0.001")

    assert done.exit_code == 0
    assert "60 rows" in done.stdout
    assert "(novelty)" in done.stdout


def test_the_input_is_never_overwritten(run, pump):
    """The input's own folder is refused."""
    done = run(pump, "--out", pump.parent)

    assert isinstance(done.exception, GiveUp)
    assert "is the input itself" in str(done.exception)


def test_a_single_series_detector_refuses_several_columns(run, pump, tmp_path):
    """One sentence that says what to do."""
    done = run(pump, "--out", tmp_path / "out", "--tier", "level")

    assert "--ignore" in str(done.exception)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "no time column"),
        ("timestamp,name\n2026-11-22,x\n", "no column of numbers"),
        ("timestamp,value\nyesterday,1\n", "is no time"),
        ("timestamp,value\n2026-11-22,1,2\n", "has not the 2 fields"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, text, sentence):
    """File, line and what is wrong."""
    file = tmp_path / "odd.csv"
    file.write_text(text)

    with pytest.raises(WrongFormat, match=sentence):
        read_series(file)


def test_a_file_without_rows_is_no_series(tmp_path):
    """A header alone is refused, too."""
    file = tmp_path / "empty.csv"
    file.write_text("timestamp,value\n")

    with pytest.raises(WrongFormat):
        read_series(file)
