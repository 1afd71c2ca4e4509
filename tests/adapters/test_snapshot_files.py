"""Snapshots in files: torn, altered and missing ones, full disks, kill -9."""

import errno
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from adapters.snapshot_files import SnapshotFiles
from domain.counts import Counts
from domain.errors import DiskFull
from domain.ports import Arrays
from tests.small_disk import small_disk

ROOT = Path(__file__).parents[2]


def state(number: int) -> dict[str, Arrays]:
    """A state that can be told from others."""
    return {"rule": {"count": np.full(100, number)}}


def loaded(directory: Path) -> tuple[int, list[int]]:
    """The position, and the numbers of the states that count."""
    position, states = SnapshotFiles(directory).load()
    return position, [int(one["rule"]["count"][0]) for one in states]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Generation 1: 10, 11. Generation 2: 20, 21, 22, 23."""
    keeper = SnapshotFiles(tmp_path)
    for number in (10, 11, 20, 21, 22, 23):
        keeper.save(number, state(number), whole=number % 10 == 0)
    return tmp_path


def file(directory: Path, generation: int, number: int) -> Path:
    """The path of one file."""
    return directory / f"{generation:010d}-{number:08d}.snapshot"


def tear(path: Path) -> None:
    """Keep the first half."""
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    """Alter one bit of the last array."""
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def empty(path: Path) -> None:
    """Keep nothing."""
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [tear, flip, empty, Path.unlink])
@pytest.mark.parametrize(
    ("number", "expected"),
    [(3, (22, [20, 21, 22])), (2, (21, [20, 21])), (1, (20, [20])), (0, (11, [10, 11]))],
)
def test_a_damaged_file_ends_the_state_before_it(saved, damage, number, expected):
    """What comes after it does not count either; without its whole state, the generation before is used."""
    damage(file(saved, 2, number))

    assert expected == loaded(saved)


def test_after_a_damage_the_next_change_follows_the_good_part(saved):
    """Files beyond the damage never come back as if they belonged to the new change."""
    flip(file(saved, 2, 2))
    SnapshotFiles(saved).save(30, state(30), whole=False)

    assert (30, [20, 21, 30]) == loaded(saved)


def test_a_file_of_another_history_does_not_fit(saved, tmp_path_factory):
    """A change is laid only over the file it was made for."""
    other = tmp_path_factory.mktemp("other")
    keeper = SnapshotFiles(other)
    for number in (1, 2, 3):
        keeper.save(number, state(number), whole=number == 1)
    file(saved, 2, 2).write_bytes(file(other, 1, 2).read_bytes())

    assert (21, [20, 21]) == loaded(saved)


def test_only_two_generations_are_kept(saved):
    """The older ones go once a new whole state is durable, and so do files that were never finished."""
    (saved / "0000000001-00000002.snapshot.part").write_bytes(b"half")
    keeper = SnapshotFiles(saved)
    keeper.save(30, state(30), whole=True)

    assert {2, 3} == keeper.generations()
    assert [] == list(saved.glob("*.part"))
    assert Counts(received=1, kept=1) == keeper.counts


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("call", ["fsync", "rename"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_keeps_the_earlier_states(saved, monkeypatch, whole, call, code):
    """DiskFull, no trace of the attempt, and the same save succeeds later."""
    keeper = SnapshotFiles(saved)
    before = sorted(saved.iterdir())

    def full(*_: object) -> None:
        raise OSError(code, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(DiskFull):
            keeper.save(30, state(30), whole=whole)
    assert before == sorted(saved.iterdir())
    assert 23 == loaded(saved)[0]

    keeper.save(30, state(30), whole=whole)
    assert 30 == loaded(saved)[0]
    assert Counts(received=2, kept=1, failed=1) == keeper.counts


def fill(keeper: SnapshotFiles) -> None:
    """Save changes until one fails."""
    for number in count(2):
        keeper.save(number, {"rule": {"count": np.full(10_000, number)}}, whole=False)


def test_a_really_full_disk_keeps_the_states_that_were_saved(tmp_path):
    """All but the one that did not fit are loaded."""
    with small_disk(tmp_path / "disk") as disk:
        keeper = SnapshotFiles(disk)
        keeper.save(1, state(1), whole=True)
        with pytest.raises(DiskFull):
            fill(keeper)

        assert (keeper.counts.kept, [*range(1, keeper.counts.kept + 1)]) == loaded(disk)


def test_a_snapshot_that_was_saved_survives_kill_9(tmp_path):
    """What `save` returned from is there; what was under way is there whole or not at all."""
    program = (
        "import os, sys, itertools, numpy as np; from pathlib import Path\n"
        "from adapters.snapshot_files import SnapshotFiles\n"
        "keeper = SnapshotFiles(Path(sys.argv[1]))\n"
        "for n in itertools.count(keeper.load()[0] + 1):\n"
        "    keeper.save(n, {'rule': {'count': np.full(50_000, n)}}, whole=n % 5 == 1)\n"
        "    os.write(1, b'%d\\n' % n)\n"
    )
    saved = 0
    for lines in (3, 17, 8):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        ) as process:
            assert process.stdout is not None
            for _ in range(lines):
                saved = int(process.stdout.readline())
            process.kill()
        position, states = loaded(tmp_path)
        assert position >= saved
        assert list(range(position - (position - 1) % 5, position + 1)) == states
