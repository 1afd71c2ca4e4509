"""Outages of InfluxDB, scaled down to seconds, in three ways and with a `kill -9` in each: nothing is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.http_server import serving
from tests.influx_child import BAD_EACH, DEVICES, START, entry
from tests.influx_stores import EPOCH, store
from tests.influxd import Front, Gate, Influxd, Shim, influxd

ENTRIES = int(os.environ.get("OUTAGE_ENTRIES", "6000"))
"""More than usual: every way of writing meets every outage."""
STEP = 250
FRONTS = {"v1": Front, "v2": Shim}
LONGEST_STORY = 20_000
SLACK_KIB = 8_000
"""What a process may grow during an outage."""


@dataclass
class Plant:
    """A server, what stands before it, and a recorder that writes to it."""

    server: Influxd
    gate: Gate
    url: str
    flavour: str
    database: str
    directory: Path

    @contextmanager
    def recorder(self) -> Iterator["Recorder"]:
        """A recorder in a process of its own; killed at the end, if it still runs."""
        arguments = [self.url, self.database, self.flavour, str(self.directory), str(ENTRIES), str(STEP)]
        command = [sys.executable, "-m", "tests.influx_child", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Recorder(process)
            finally:
                process.kill()


class Recorder:
    """A child process, and what it says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def until(self, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What it said when that was enough. Fails when it ends before."""
        assert self.process.stdout is not None
        for line in islice(self.process.stdout, LONGEST_STORY):
            said: dict[str, Any] = json.loads(line)
            if enough(said):
                return said
        raise AssertionError("the recorder never said that")

    def turned_away(self, times: int) -> list[dict[str, Any]]:
        """What it said, so many times, instead of going on."""
        return [self.until(lambda said: "later" in said) for _ in range(times)]


@pytest.fixture
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plant]:
    """A server of its own, reached through the gate; somebody else made the field `foreign` a text."""
    gate = Gate()
    with influxd(tmp_path / "influxd") as server, serving(FRONTS[request.param](server, gate)) as front:
        database = server.new_database()
        server.write(database, f'telemetry,device=other foreign="text" {START}')
        yield Plant(server, gate, front.url, request.param, database, tmp_path / "state")
        gate.open()


Outage = Callable[[Plant], None]


def stopped(plant: Plant) -> None:
    """The server is killed."""
    plant.server.kill()


def refusing(plant: Plant) -> None:
    """The server answers 503."""
    plant.gate.refuse()


def stalled(plant: Plant) -> None:
    """The server takes requests and never answers."""
    plant.gate.stall()


def restored(plant: Plant) -> None:
    """All is well again."""
    plant.gate.open()
    if plant.server.process is None:
        plant.server.start()


USUAL: list[tuple[str, Outage, int]] = [("v1", stopped, 100), ("v2", refusing, 100), ("v2", stalled, 4)]
"""The way of writing, the outage, and how often the recorder is turned away before it ends."""
CASES = [(flavour, *case[1:]) for flavour in FRONTS for case in USUAL] if "OUTAGE_ENTRIES" in os.environ else USUAL


@pytest.mark.parametrize(("plant", "outage", "times"), CASES, indirect=["plant"])
def test_an_outage_and_a_kill_lose_nothing(plant: Plant, outage: Outage, times: int) -> None:
    """Every good point arrives, each bad one is parked once, memory stays flat, and nothing is there twice."""
    with plant.recorder() as recorder:
        recorder.until(lambda said: said.get("at", 0) >= ENTRIES // 4)
        outage(plant)
        first, *_, last = recorder.turned_away(times)
        assert last["memory"] - first["memory"] < SLACK_KIB
    restored(plant)
    with plant.recorder() as recorder:
        begun = recorder.until(lambda said: "begun" in said)["begun"]
        recorder.until(lambda said: said.get("at", 0) >= ENTRIES // 2)
        outage(plant)
        recorder.turned_away(times)
        restored(plant)
        recorder.until(lambda said: said.get("at", 0) >= ENTRIES * 3 // 4)
    with plant.recorder() as recorder:
        recorder.until(lambda said: said.get("ended") == ENTRIES)

    assert 0 < begun < ENTRIES // 2
    check_all_is_there(plant)


def check_all_is_there(plant: Plant) -> None:
    """What the server has is what was said, less what is parked."""
    said = [entry(position) for position in range(1, ENTRIES + 1)]
    bad = list(range(BAD_EACH, ENTRIES + 1, BAD_EACH))
    with store(plant.directory, plant.url, plant.database, plant.flavour) as kept:
        found = {
            (r.device, r.metric, r.at): r.value if r.state is None else r.state
            for number in range(DEVICES)
            for r in kept.readings(f"d{number}", 0, START * 2)
        }
        parked = sorted(line.position for line in kept.parked(ENTRIES))

        assert ENTRIES == kept.bookmark(EPOCH)
        assert bad == parked
        assert {(d, m, at): v for d, at, values in said for m, v in values.items() if "foreign" not in values} == found


@pytest.mark.parametrize("plant", FRONTS, indirect=True)
def test_killing_a_recorder_again_and_again_does_no_harm(plant: Plant) -> None:
    """Wherever it dies, between the server's answer and the bookmark too, it goes on and each point is there once."""
    for share in range(1, 4):
        with plant.recorder() as recorder:
            recorder.until(lambda said, share=share: said.get("at", 0) >= ENTRIES * share // 4)
    with plant.recorder() as recorder:
        recorder.until(lambda said: "ended" in said)

    check_all_is_there(plant)
