"""The data directory: one at a time, and an inbox for those who come meanwhile."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from adapters import data_directory
from adapters.data_directory import DataDirectory, Dropped
from domain.errors import DirectoryInUse, GiveUp, Unknown

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from adapters.data_directory import DataDirectory

data = DataDirectory(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path):
    """A directory that is held."""
    with DataDirectory(tmp_path / "data") as data:
        yield data


def test_it_is_made_for_its_owner_alone(data):
    """Nobody else may look in; its parts are there."""
    assert 0o700 == stat.S_IMODE(data.path.stat().st_mode)
    assert ["inbox", "lock", "snapshots", "telemetry"] == sorted(os.listdir(data.path))
    assert ("journal.db", "ledger.db") == (data.journal.name, data.ledger.name)


def test_a_second_holder_is_refused_until_the_first_lets_go(data):
    """Also within one process; the sentence names the directory."""
    with pytest.raises(DirectoryInUse, match=str(data.path)):
        DataDirectory(data.path)
    data.close()
    DataDirectory(data.path).close()


def test_kill_9_frees_the_directory(tmp_path):
    """Another process holds it until it ends, however it ends."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout is not None
        assert b"held\n" == holder.stdout.readline()
        with pytest.raises(DirectoryInUse):
            DataDirectory(tmp_path)
        holder.kill()
        holder.wait()
        DataDirectory(tmp_path).close()


def test_looking_in_needs_no_lock_and_makes_nothing(data, tmp_path):
    """Commands that inspect work beside the service; a directory that is not there is named."""
    with DataDirectory(data.path, read_only=True) as looking:
        assert data.journal == looking.journal
    with pytest.raises(Unknown):
        DataDirectory(tmp_path / "nothing", read_only=True)
    assert not (tmp_path / "nothing").exists()


def test_what_is_dropped_is_collected_in_order_until_done(data):
    """Collecting takes nothing away; done does, once and for all."""
    with DataDirectory(data.path, read_only=True) as visitor:
        names = [visitor.drop("registry", b"one"), visitor.drop("rules", b"two"), visitor.drop("registry", b"")]
    expected = [
        Dropped(names[0], "registry", b"one"),
        Dropped(names[1], "rules", b"two"),
        Dropped(names[2], "registry", b""),
    ]
    assert (expected, expected) == (data.collect(), data.collect())
    data.done(names[0])
    data.done(names[0])

    assert expected[1:] == data.collect()


def test_a_large_inbox_is_collected_in_portions(data, monkeypatch):
    """Until the limit is reached, but at least one."""
    monkeypatch.setattr(data_directory, "MOST_BYTES", 10)
    for payload in (b"123456789", b"1234", b"5"):
        data.drop("registry", payload)

    assert [b"123456789", b"1234"] == [dropped.payload for dropped in data.collect()]


def test_what_cannot_be_taken_is_refused_at_the_door(data, monkeypatch):
    """Too large, too many, or not a kind: nothing is written."""
    monkeypatch.setattr(data_directory, "MOST_BYTES", 10)
    monkeypatch.setattr(data_directory, "MOST_WAITING", 1)
    for kind, payload in (("registry", bytes(11)), ("../registry", b""), ("", b""), ("Registry", b"")):
        with pytest.raises(GiveUp):
            data.drop(kind, payload)
    assert [] == os.listdir(data.inbox)
    data.drop("registry", bytes(10))
    with pytest.raises(GiveUp, match="is full"):
        data.drop("registry", b"")


def test_foreign_and_unfinished_files_are_left_alone(data):
    """Only what `drop` finished is collected; `done` removes nothing else."""
    (data.inbox / "notes.txt").write_text("hello")
    (data.inbox / "00000000000000000001-0123456789ab.rules.part").write_bytes(b"half")
    assert [] == data.collect()
    for name in ("notes.txt", "../lock", "00000000000000000001-0123456789ab.rules.part"):
        with pytest.raises(Unknown):
            data.done(name)

    assert 2 == len(os.listdir(data.inbox))


def test_what_a_killed_visitor_left_half_written_goes_at_the_next_start(data):
    """After an hour nobody is still writing it."""
    old, new = (data.inbox / f"0000000000000000000{n}-0123456789ab.rules.part" for n in (1, 2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    data.close()
    DataDirectory(data.path).close()

    assert [new.name] == os.listdir(data.inbox)
