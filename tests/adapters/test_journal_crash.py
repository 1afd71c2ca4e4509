"""The journal through kill -9, a full disk, and watched from outside the process."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.journal_sqlite import SqliteJournal
from domain.entries import Entry, Kind
from domain.errors import DiskFull
from domain.instants import DAY
from tests.conftest import need
from tests.small_disk import small_disk

ROOT = Path(__file__).parents[2]
NOW = 20_000 * DAY
KILLS = int(os.environ.get("TRUCKROLL_TEST_KILLS", "6"))

APPENDER = """
import os, sys
from pathlib import Path
from adapters.journal_sqlite import SqliteJournal
from domain.entries import Entry, Kind

directory, per_page, pages = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
journal = SqliteJournal(directory, checkpoint_pages=50)
while pages:
    first = journal.last + 1
    entries = [Entry(Kind.MESSAGE, n, "devices/d/telemetry", b"%d " % n * 20) for n in range(first, first + per_page)]
    os.write(1, b"durable %d\\n" % journal.append(entries))
    pages -= 1
"""


def appender(directory: Path, per_page: int, pages: int, *before: str) -> "subprocess.Popen[bytes]":
    """A process that appends pages and says after each what is durable."""
    command = [*before, sys.executable, "-c", APPENDER, str(directory), str(per_page), str(pages)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)


def test_what_append_returned_is_there_after_kill_9(tmp_path):
    """Killed at random instants again and again: nothing acknowledged is lost, nothing is torn, no position is used

    twice, and the chain fits.
    """
    moments = random.Random(11)
    acknowledged = 0
    for _ in range(KILLS):
        with appender(tmp_path, moments.choice((1, 50, 500)), -1) as process:
            assert process.stdout is not None
            for _ in range(moments.randrange(1, 40)):
                acknowledged = int(process.stdout.readline().split()[1])
            process.kill()
            for line in process.stdout.read().splitlines(keepends=True):
                acknowledged = int(line.split()[1]) if line.endswith(b"\n") else acknowledged
        with SqliteJournal(tmp_path, tail_bytes=0) as journal:
            assert journal.last >= acknowledged
            assert journal.last == journal.verify()

    with SqliteJournal(tmp_path, tail_bytes=0) as journal:
        kept = [int(entry.payload.split()[0]) for page in journal.read(0, journal.last) for entry in page.entries]
        assert list(range(1, journal.last + 1)) == kept


@pytest.mark.strace
def test_the_log_is_synced_before_append_returns(tmp_path):
    """Seen from outside: before each word of success, the log's last write was followed by a sync that succeeded."""
    strace = need("strace", "strace")
    trace = tmp_path / "trace"
    with appender(
        tmp_path, 10, 200, strace, "-f", "-y", "-o", str(trace), "-e", "trace=write,pwrite64,fdatasync,fsync"
    ) as process:
        process.communicate()
    told, is_synced = 0, False
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(r"pwrite64\(\d+<[^>]*journal\.db-wal>", line):
            is_synced = False
        elif re.search(r"f(data)?sync\(\d+<[^>]*journal\.db-wal>\) += 0", line):
            is_synced = True
        elif re.search(r'write\(1<[^>]*>, "durable', line):
            assert is_synced, line
            told += 1
            is_synced = False

    assert 200 == told


def page(size: int) -> list[Entry]:
    """A hundred messages that can be told from others by their size."""
    return [Entry(Kind.MESSAGE, NOW + n, "devices/d/telemetry", b"x" * size) for n in range(100)]


def fill(journal: SqliteJournal) -> None:
    """Append until it fails."""
    while True:
        journal.append(page(1000))


def test_a_really_full_disk_stops_the_journal_until_there_is_space(tmp_path):
    """Appends fail with DiskFull and keep nothing, readers read on; with space again the same append succeeds."""
    with small_disk(tmp_path / "disk") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(600_000))
        with SqliteJournal(disk, tail_bytes=0) as journal:
            with pytest.raises(DiskFull):
                fill(journal)
            last = journal.last
            with pytest.raises(DiskFull):
                journal.append(page(1000))
            assert (last, last) == (journal.last, journal.verify())
            ballast.unlink()

            assert last + 100 == journal.append(page(1000))
            assert last + 100 == journal.verify()
        with SqliteJournal(disk) as journal:
            assert last + 100 == journal.verify()


def test_a_journal_killed_on_a_full_disk_starts_again(tmp_path):
    """What was acknowledged before the disk was full is there after kill -9 and a restart with space."""
    with small_disk(tmp_path / "disk") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(600_000))
        with appender(disk, 100, -1) as process:
            assert process.stdout is not None
            acknowledged = int(process.stdout.read().splitlines()[-1].split()[1])
        assert process.returncode == 1
        ballast.unlink()

        with SqliteJournal(disk, tail_bytes=0) as journal:
            assert acknowledged <= journal.last == journal.verify()
