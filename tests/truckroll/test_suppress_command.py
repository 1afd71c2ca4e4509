"""`truckroll suppress` and `truckroll incidents`: on the command line, whether the service runs or not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.data_directory import DataDirectory
from adapters.journal_sqlite import SqliteJournal
from domain.errors import GiveUp, Unknown, WrongFormat
from ingest.health import Health
from tests.watching import HandClock
from truckroll.cli import app_for
from truckroll.control import Inbox


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration whose journal is there."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    with DataDirectory(tmp_path / "data") as data, SqliteJournal(data.path):
        return tmp_path


def run(home: Path, *words: str, code: int = 0) -> dict[str, object]:
    """A command's JSON."""
    done = CliRunner().invoke(app_for(words), [*words, "--config", str(home / "truckroll.toml"), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if code == 0 else {}


def test_a_shelf_a_window_and_taking_one_back(home):
    """Each command shows what it did; the list shows what is left."""
    shelf = run(home, "suppress", "shelve", "8h", "--device", "tv-*", "--why", "new firmware")
    weekly = ("--zone", "Europe/Berlin", "--rrule", "FREQ=WEEKLY;BYDAY=SA", "--site", "berlin")
    run(home, "suppress", "window", "2026-11-28T02:00", "4h", *weekly)
    first, second = run(home, "suppress", "list")["suppressions"]

    assert ("shelve", "device=tv-*", "new firmware") == (first["kind"], first["whom"], first["why"])
    assert "2026-11-28T02:00 Europe/Berlin for 4h FREQ=WEEKLY;BYDAY=SA" == second["when"]
    assert shelf["suppressions"] == [first]
    run(home, "suppress", "remove", first["id"])
    assert [second] == run(home, "suppress", "list")["suppressions"]


def test_a_running_service_takes_it_from_its_inbox(home):
    """What is left there is journaled as it was decided."""
    with DataDirectory(home / "data") as data:
        run(home, "suppress", "shelve", "2026-11-28T08:00:00Z", "--asset", "TV-1")
        (delivery,) = Inbox(data, HandClock(), Health()).collect()

    assert "suppressions" == delivery.entry.topic
    assert "TV-1" == json.loads(delivery.entry.payload)["set"][0]["whom"]["asset"]


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"set":[{}],"remove":[]}', b"{}"])
def test_a_decision_that_cannot_be_read_stays_outside(home, payload):
    """Set aside, with a sentence."""
    with DataDirectory(home / "data") as data:
        data.drop("suppressions", payload)
        assert [] == list(Inbox(data, HandClock(), health := Health()).collect())

    assert "decide it again with truckroll suppress" in health.report()["inbox"]


def test_mistakes_are_told_in_sentences(home, tmp_path):
    """Of everything, of nobody known, and before there is anything."""
    with pytest.raises(WrongFormat, match="every ticket there is"):
        run(home, "suppress", "shelve", "8h")
    with pytest.raises(Unknown, match="S-9"):
        run(home, "suppress", "remove", "S-9")
    run(home, "suppress", "shelve", "soon", "--asset", "TV-1", code=2)
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "empty"}"\n')
    with pytest.raises(GiveUp, match="start Truckroll"):
        run(home, "suppress", "shelve", "8h", "--asset", "TV-1")


def test_incidents_of_an_empty_ledger(home):
    """There are none, and none is found."""
    assert {"incidents": []} == run(home, "incidents", "list")
    with pytest.raises(Unknown, match="incident"):
        run(home, "incidents", "show", "F-0000000000000001")
