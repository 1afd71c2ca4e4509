"""The inbox: what other processes leave is journaled only if every later start can read it."""

from pathlib import Path

import pytest

from adapters.data_directory import DataDirectory
from domain.registry import Facts, Installation, registry_entry
from ingest.health import Health
from tests.watching import HandClock
from truckroll.control import Inbox
from truckroll.workers import Unforeseen, Workers

GOOD = registry_entry([Installation(0, Facts(device="tv-1", asset="LOBBY-1"))])


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b'{"installations":[{"since":"x","facts":{}}]}', b'{"installations":[1]}']
)
def test_a_malformed_file_is_set_aside_with_a_sentence(tmp_path: Path, payload: bytes) -> None:
    """The good one beside it is taken, and the bad one is kept for a person to look at."""
    with DataDirectory(tmp_path) as data:
        data.drop("registry", payload)
        data.drop("registry", GOOD)
        taken = Inbox(data, HandClock(), health := Health()).collect()

        assert [GOOD] == [delivery.entry.payload for delivery in taken]
        assert "import the file again" in health.report()["inbox"]
        assert [payload] == [path.read_bytes() for path in data.inbox.glob("*.refused")]


def test_only_registries_come_through_the_inbox(tmp_path: Path) -> None:
    """Rules and sources come from the configuration."""
    with DataDirectory(tmp_path) as data:
        data.drop("rules", b"[]")

        assert [] == list(Inbox(data, HandClock(), Health()).collect())


def test_what_nobody_foresaw_ends_the_service_with_a_sentence() -> None:
    """The traceback is in the log, the person gets what to do."""

    def break_down(_: object) -> None:
        raise ZeroDivisionError("division by zero")

    workers = Workers()
    workers.start("watch", break_down)
    assert workers.ended.wait(10)
    workers.stop()

    assert isinstance(workers.failure, Unforeseen)
    assert "Start it again" in str(workers.failure)
