"""`truckroll life train|predict` and the bench: from files and from the store, refusing what does not fit."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from adapters.life_sklearn import GROWN_BY, SETTINGS, grow
from adapters.telemetry_sqlite import SqliteTelemetry
from bench import rul
from domain.batch import Reading
from domain.errors import GiveUp, WrongFormat
from domain.instants import DAY, HOUR, Instant, instant_text, parse_instant
from domain.registry import Facts
from tests.batches import Item, batch_of
from tests.wearing import family, write_csv
from truckroll.cli import app_for
from truckroll.life_files import load, read_tracks, save
from truckroll.life_left import Wish, asked_of_files, asked_of_store, learn, past_of_files, past_of_store
from truckroll.record_files import Record

BEGIN = parse_instant("2026-03-01T00:00:00Z")


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setitem(SETTINGS, "max_iter", 12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny set in the layout of the public ones; one test unit a line of truth."""
    write_csv(family(18, 1)[0], tmp_path / "train_T.csv.gz")
    tracks, left = family(12, 2, cut=True)
    write_csv(tracks, tmp_path / "test_T.csv")
    (tmp_path / "RUL_T.txt").write_text("\n".join(f"{one:g}" for one in left) + "\n")
    return tmp_path


def run(*words: str) -> str:
    """The command line's answer."""
    done = CliRunner().invoke(app_for(words), words, catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_the_bench_tells_lives_and_judges_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a unit, in order; errors with and without the cap, the score and the coverage."""
    out = folder / "pred.csv"
    rul.main(["--dir", str(folder), "--fd", "T", "--out", str(out), "--cap", "40", "--json"])
    rows = list(csv.DictReader(out.read_text().splitlines()))
    found = json.loads(capsys.readouterr().out)

    assert [str(number) for number in range(1, 13)] == [row["unit"] for row in rows]
    assert ["unit", "predicted", "low", "high"] == list(rows[0])
    assert all(float(row["low"]) <= float(row["predicted"]) <= float(row["high"]) for row in rows)
    assert 2 == found["regimes"]
    assert found["test"]["rmse_capped"] < 8.0
    assert found["test"]["rmse_true"] >= found["test"]["rmse_capped"]


def test_without_the_truth_the_bench_only_predicts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same predictions: the truth is not looked at for them."""
    words = ["--dir", str(folder), "--fd", "T", "--cap", "40", "--json", "--out"]
    rul.main([*words, str(folder / "with.csv")])
    (folder / "RUL_T.txt").unlink()
    capsys.readouterr()
    rul.main([*words, str(folder / "without.csv")])

    assert "test" not in json.loads(capsys.readouterr().out)
    assert (folder / "with.csv").read_bytes() == (folder / "without.csv").read_bytes()


def test_the_score_of_2008_is_harder_on_late_words() -> None:
    """13 too short costs as much as 10 too long: e - 1 each."""
    assert 2 * (np.e - 1) == pytest.approx(rul.phm08(np.array([-13.0, 10.0])))


def test_a_model_is_trained_and_asked_from_the_command_line(folder: Path) -> None:
    """What it says of units stands in words, too; the file gives the same model back."""
    model = folder / "fan.json"
    made = json.loads(
        run("life", "train", "--model", str(model), "--family", "fan", "--telemetry", str(folder / "train_T.csv.gz"),
            "--sight", "40", "--still-running", "3", "--json")
    )  # fmt: skip
    asked = ("life", "predict", "--model", str(model), "--telemetry", str(folder / "test_T.csv"))
    told = json.loads(run(*asked, "--use-per-day", "2", "--json"))
    words = run(*asked, "--language", "zh").splitlines()
    known = load(model)
    save(known, folder / "again.json")

    assert (17, ["heat", "current"], ["setting_1"]) == (made["units"], made["metrics"], made["settings"])
    assert 12 == len(told["lives"]) == len(words)
    assert [life["says"]["zh"] for life in told["lives"]] == words
    chances = list(told["lives"][0]["chance_of_failure"].values())
    assert sorted(chances) == chances
    assert model.read_bytes() == (folder / "again.json").read_bytes()


def test_what_does_not_fit_the_model_is_refused(folder: Path) -> None:
    """Another family, a missing metric, a file that is no model, and a damaged one: a sentence each."""
    past = past_of_files(folder / "train_T.csv.gz", Wish())
    model = learn(past, "fan", (grow, GROWN_BY), lambda done, of: None)
    write_csv(family(3, 1)[0], folder / "lame.csv", without=["heat"])
    write_csv(family(3, 1)[0], folder / "still.csv", without=["still"])
    save(replace(model, limits=()), folder / "damaged.json")

    with pytest.raises(GiveUp, match="of family fan, not pump"):
        asked_of_files(model, folder / "test_T.csv", "pump")
    with pytest.raises(GiveUp, match=r"looks at setting_1, heat, current. .*there is no column heat"):
        asked_of_files(model, folder / "lame.csv")
    assert 3 == len(asked_of_files(model, folder / "still.csv").lives)
    with pytest.raises(WrongFormat, match="is no model of remaining life"):
        load(folder / "RUL_T.txt")
    with pytest.raises(WrongFormat, match="its limits do not fit its metrics"):
        load(folder / "damaged.json")
    with pytest.raises(GiveUp, match="3 lives end in a failure and 10 are needed"):
        learn(past_of_files(folder / "still.csv", Wish()), "fan", (grow, GROWN_BY), lambda done, of: None)


def test_rows_that_are_wrong_are_named(tmp_path: Path) -> None:
    """With their numbers."""
    file = tmp_path / "wrong.csv"
    file.write_text("unit,cycle,heat\n1,1,50\n1,x,51\n1,2\n")
    with pytest.raises(WrongFormat) as error:
        read_tracks([file])

    assert [True, True] == [
        line.startswith(f"{file}:{n}: ") for line, n in zip(error.value.mistakes, (3, 4), strict=True)
    ]


class Shelf:
    """Readings in a list."""

    def __init__(self) -> None:
        self.kept: list[Reading] = []

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """As the port says."""
        named = None if metrics is None else set(metrics)
        return [
            r for r in self.kept
            if r.device == device and since <= r.at < until and (named is None or r.metric in named)
        ]  # fmt: skip


def stored(lives: int) -> tuple[Shelf, list[Facts], list[Record], Instant]:
    """Each unit's life, twelve hours a cycle's reading, on a device of its own; half of the last unit's is still to
    come."""
    shelf, tracks = Shelf(), family(lives, 1)[0]
    failures = []
    for number, unit in enumerate(tracks.units):
        rows = range(int(tracks.starts[number]), int(tracks.starts[number + 1]))
        for row in rows:
            at = int(tracks.use[row]) * DAY - HOUR
            named = (*zip(tracks.metrics, tracks.values[row], strict=True), ("speed", tracks.settings[row, 0]))
            shelf.kept += [Reading(f"d{unit}", metric, at, float(value)) for metric, value in named]
        if number < lives - 1:
            failures.append(Record(f"fan{unit}", "worn", int(tracks.use[rows[-1]]) * DAY))
    facts = [Facts(device=f"d{unit}", asset=f"fan{unit}", model="fan") for unit in tracks.units]
    return shelf, facts, failures, 40 * DAY


def test_lives_come_from_the_store_between_failures() -> None:
    """A family learns from its failures; who still runs is asked about, and others are refused."""
    shelf, facts, failures, now = stored(16)
    others = [*facts, Facts(device="p1", asset="pump1", model="pump"), Facts(device="d77", asset="fan77", model="fan")]
    past = past_of_store(shelf, facts, failures, (0, 100 * DAY), Wish(("speed",), (), DAY))
    model = learn(past, "fan", (grow, GROWN_BY), lambda done, of: None, sight=40.0)
    wanted = ["fan16", "pump1", "fan99", "fan77"]
    found = asked_of_store(model, shelf, others, failures, (0, now), wanted=wanted)

    assert (15, "days", DAY, 2) == (model.units, model.unit, model.step, len(model.look.regimes.centres))
    assert ["fan16"] == [life.unit for life in found.lives]
    assert {
        "pump1": "pump1 is of family pump, the model of fan; train a model of its own family.",
        "fan99": "fan99 is not in the registry, so its family is not known; register it with its model.",
        "fan77": "fan77 has no readings since its last failure; nothing is said of its life.",
    } == {unit: why["en"] for unit, why in found.refused}


def filled(home: Path, lives: int) -> tuple[str, str]:
    """A data directory with the readings of fans, an hour a cycle, the last of them in mid-life; and the failures."""
    tracks = family(lives, 1)[0]
    rows, failures = [], ["time,device,failure_mode"]
    for number, unit in enumerate(tracks.units):
        for row in range(int(tracks.starts[number]), int(tracks.starts[number + 1])):
            said = dict(zip(tracks.metrics, map(float, tracks.values[row]), strict=True))
            rows.append(
                Item(
                    f"d{unit}",
                    BEGIN + int(tracks.use[row]) * HOUR - 1,
                    said | {"speed": float(tracks.settings[row, 0])},
                )
            )
        if number < lives - 1:
            failures.append(f"{instant_text(BEGIN + int(tracks.ends[number]) * HOUR)},d{unit},worn")
    data = DataDirectory(home / "data")
    with data, SqliteTelemetry(data.telemetry) as telemetry, SqlLedger(data.ledger) as ledger:
        ledger.open()
        telemetry.write(batch_of(sorted(rows, key=lambda item: item.at)), "epoch")
        with ledger.begin() as transaction:
            facts = [Facts(device=f"d{unit}", asset=f"fan{unit}", model="fan") for unit in tracks.units]
            transaction.install(facts, BEGIN)
    (home / "truckroll.toml").write_text(f'data = "{home / "data"}"\n')
    (home / "failures.csv").write_text("\n".join(failures) + "\n")
    return str(home / "truckroll.toml"), str(home / "failures.csv")


def test_the_command_line_learns_from_the_store_and_asks_about_its_assets(tmp_path: Path) -> None:
    """In steps of an hour; only the one that did not fail has readings since its last failure."""
    config, failures = filled(tmp_path, 14)
    model, now = str(tmp_path / "fan.json"), instant_text(BEGIN + 38 * HOUR)
    common = ("--model", model, "--failures", failures, "--config", config, "--json")
    made = json.loads(run("life", "train", "--family", "fan", "--setting", "speed", "--step", "1h", *common))
    told = json.loads(run("life", "predict", "--asset", "fan14", "--until", now, *common))

    assert (13, "days", ["speed"], 2) == (made["units"], made["unit"], made["settings"], made["regimes"])
    assert ["fan14"] == [life["unit"] for life in told["lives"]]
    assert 38 / 24 == pytest.approx(told["lives"][0]["use"], abs=1 / 24)
    assert [] == told["refused"]
