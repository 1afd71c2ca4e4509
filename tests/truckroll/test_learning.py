"""`rules mine` and `forecast` on files: what is found is written, what is wrong with the files is said."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.forecast_sklearn import SETTINGS
from domain.errors import GiveUp, TruckrollError, WrongFormat
from domain.instants import DAY, instant_text
from tests.detectors.learning.planted import planted
from tests.detectors.learning.wearing import START, wearing
from truckroll.cli import app_for
from truckroll.forecast import read_findings
from truckroll.record_files import EVENTS, read_records

Rows = Iterable[tuple[str, str, int]]


def run(*words: object) -> str:
    """What a command prints. Raises what it raises."""
    result = CliRunner().invoke(app_for([str(words[0])]), [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.stdout


def written(file: Path, header: str, rows: Rows) -> Path:
    """A CSV file of rows (device, what, instant)."""
    with file.open("w", newline="", encoding="utf-8") as out:
        out.write(header + "\n")
        csv.writer(out, lineterminator="\n").writerows((instant_text(at), device, what) for device, what, at in rows)
    return file


@pytest.fixture
def past(tmp_path: Path) -> tuple[Path, Path]:
    """Files of events and failures with something planted."""
    events, failures = planted(1)
    return (
        written(tmp_path / "events.csv", "datetime,machineID,errorID", events),
        written(tmp_path / "failures.csv", "datetime,machineID,failure", failures),
    )


def test_mining_writes_a_draft_that_checks_and_tests(tmp_path: Path, past: tuple[Path, Path]) -> None:
    """The planted rules, in a file that `rules check` and `rules test` read."""
    draft = tmp_path / "new" / "draft.toml"
    told = json.loads(run("rules", "mine", "--events", past[0], "--failures", past[1], "--out", draft, "--json"))

    assert [("pump", "brownout and overheat within 1h"), ("valve", "3 times retry within 1h")] == [
        (one["failure_mode"], one["pattern"]) for one in told["proposals"]
    ]
    assert told["proposals"][0]["confirmed"]["precision_interval"][0] > 0.8
    assert "2 rules are right." in run("rules", "check", draft)
    assert "8 passed, 0 failed" in run("rules", "test", draft)
    said = run("rules", "mine", "--events", past[0], "--failures", past[1], "--out", draft)
    assert "brownout and overheat within 1h before pump" in said
    assert "2 draft rules →" in said


def test_a_horizon_that_is_too_short_finds_nothing_and_says_so(tmp_path: Path, past: tuple[Path, Path]) -> None:
    """What comes eight hours before is not within one."""
    out = tmp_path / "d.toml"
    words = ("--events", past[0], "--failures", past[1], "--out", out, "--horizon", "1h")

    assert "Nothing is proposed for pump, valve." in run("rules", "mine", *words)
    assert "0 rules are right." in run("rules", "check", out)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no column says the time"),
        ("at,device\n", "no column says what happened"),
        ("at,device,event\n", "there is no row under the header"),
        ("at,device,event\n2026-01-01,a\n", ":2: the row has 2 fields, the header 3"),
        ("at,device,event\nyesterday,a,x\n", ':2: "yesterday" is no time'),
        ("at,device,event\n2026-01-01,,x\n", ":2: the device is empty"),
        ("at,device,event\n2026-01-01,a,door open\n", '"door open" is no name of an event'),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """With the line, and what to do."""
    file = tmp_path / "e.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(WrongFormat) as caught:
        read_records(file, EVENTS, "events")
    assert sentence in str(caught.value)


def test_files_are_read_as_they_come(tmp_path: Path) -> None:
    """Semicolons, another order of columns, a code beside the event, numbers as names, milliseconds, blank lines."""
    file = tmp_path / "e.csv"
    file.write_text("Code;Event;machineID;ts\nE7;error;7.0;1763800000123\n\n;boot;8;2026-01-01 00:00:00\n", "utf-8")

    assert [("7", "error:E7", 1_763_800_000_123_000_000), ("8", "boot", 1_767_225_600_000_000_000)] == [
        tuple(record) for record in read_records(file, EVENTS, "events")
    ]


def test_failures_of_devices_that_nobody_heard_of_are_refused(tmp_path: Path, past: tuple[Path, Path]) -> None:
    """All of them unknown: the files do not belong together."""
    other = written(tmp_path / "f.csv", "at,asset,failure", [("TV-1", "panel", START)])

    with pytest.raises(GiveUp, match=r"No device of the failures \(TV-1 …\) is in the events"):
        run("rules", "mine", "--events", past[0], "--failures", other, "--out", tmp_path / "d.toml")


@pytest.fixture
def wear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Options that name the files of a wearing fleet; few trees."""
    pytest.importorskip("sklearn")
    monkeypatch.setitem(SETTINGS, "max_iter", 15)
    fleet, failures = wearing(7)
    events = [(fleet.assets[a], "hot", int(at)) for a, at in zip(fleet.events.asset, fleet.events.at, strict=True)]
    written(tmp_path / "events.csv", "at,device,event", events)
    written(tmp_path / "failures.csv", "at,device,failure", failures)
    written(tmp_path / "repairs.csv", "at,device,component", failures)
    with (tmp_path / "heat.csv").open("w", encoding="utf-8") as out:
        out.write("date,device,heat\n")
        for (asset, day), mean in zip(
            ((a, d) for a in fleet.assets for d in range(fleet.daily.mean.shape[1])),
            fleet.daily.mean.ravel(),
            strict=True,
        ):
            out.write(f"{instant_text(START + day * DAY)[:10]},{asset},{mean}\n")
    (tmp_path / "machines.csv").write_text("device;model;age\nM-1;A;3\nM-2;B;\n", encoding="utf-8")
    files = {"events": "events", "repairs": "repairs", "telemetry": "heat", "machines": "machines"}
    return [word for name, file in files.items() for word in (f"--{name}", tmp_path / f"{file}.csv")]


def test_a_forecast_is_trained_kept_and_asked(tmp_path: Path, wear: list[object]) -> None:
    """Trained on 70 days, asked about the rest: most failures are told, with horizon and probability."""
    model, found = tmp_path / "m.json", tmp_path / "found.jsonl"
    split = instant_text(START + 70 * DAY)
    train = ("forecast", "train", *wear, "--failures", tmp_path / "failures.csv", "--until", split)
    told = json.loads(run(*train, "--model", model, "--json"))
    again = json.loads(run(*train, "--model", tmp_path / "again.json", "--json"))
    asked = json.loads(run("forecast", "run", *wear, "--model", model, "--since", split, "--out", found, "--json"))
    findings = read_findings(found)
    truth = {(asset, at - DAY) for asset, _, at in wearing(7)[1] if at >= START + 71 * DAY}
    right = {(f.asset, f.started_at) for f in findings} & truth

    assert model.read_bytes() == (tmp_path / "again.json").read_bytes()
    assert told["model"] == again["model"] == asked["model"]
    assert len(findings) == asked["findings"] > 0
    assert len(right) >= 0.7 * len(truth)
    assert len(right) >= 0.7 * len(findings)
    assert {"1d"} == {f.details["horizon"] for f in findings}
    assert all(f.score == f.details["probability"] for f in findings)


def test_without_a_span_a_forecast_is_about_the_last_day(tmp_path: Path, wear: list[object]) -> None:
    """Every machine once."""
    model = tmp_path / "m.json"
    run("forecast", "train", *wear, "--failures", tmp_path / "failures.csv", "--model", model)
    asked = json.loads(run("forecast", "run", *wear, "--model", model, "--out", tmp_path / "f.jsonl", "--json"))

    assert 12 == asked["questions"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--until", "soon"], '"soon" is no time'),
        (["--until", "1990-01-01"], "The files hold no whole day before the end of the training"),
        (["--metric", "cold"], "there is no column cold; there are: date, device, heat."),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(tmp_path: Path, wear: list[object], words: list[str], sentence: str) -> None:
    """In one sentence."""
    train = ("forecast", "train", *wear, "--failures", tmp_path / "failures.csv", "--model", tmp_path / "m.json")

    with pytest.raises(TruckrollError) as caught:
        run(*train, *words)
    assert sentence in str(caught.value)
