"""The ledger over kill -9: tickets, events and bookmark tell the same story, always."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.ledger_sql import SqlLedger
from tests.ledgers import ENGINES

KILLS = int(os.environ.get("LEDGER_KILLS", "4"))
ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).parent / "ledger_writer.py"


def run_and_kill(place: str | Path, lines: int) -> None:
    """A writer that dies right after it has said `lines` lines: in a transaction, or around a commit."""
    command = [sys.executable, str(WRITER), str(place)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert child.stdout is not None
    for _ in range(lines):
        assert child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.stdout.close()
    assert -signal.SIGKILL == child.wait()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_writer_leaves_bookmark_and_tickets_in_agreement(tmp_path, engine):
    """Each transaction opens a ticket and moves the bookmark by one; what was said to be committed is there."""
    place = ENGINES[engine](tmp_path)
    committed = 0
    for nth in range(KILLS):
        lines = 3 + 2 * nth
        run_and_kill(place, lines)
        committed += lines // 2
        with SqlLedger(place) as ledger:
            bookmark = ledger.bookmarks().get("watch", 0)
            tickets, events = ledger.tickets(), ledger.events(0, 10_000)

            assert committed <= bookmark
            assert [f"T-2026-{i:06d}" for i in range(1, bookmark + 1)] == [ticket.number for ticket in tickets]
            assert list(range(1, bookmark + 1)) == [event.position for event in events]
            assert bookmark == len(ledger.findings())
        committed = bookmark
