"""What the journal must keep for the snapshots, told to any process by the files alone."""

import numpy as np
import pytest

from adapters.snapshot_files import SnapshotFiles
from adapters.snapshot_position import oldest_position

STATE = {"part": {"array": np.arange(3)}}


@pytest.fixture
def snapshots(tmp_path) -> SnapshotFiles:
    """None yet."""
    return SnapshotFiles(tmp_path)


def test_without_a_snapshot_everything_must_be_kept(snapshots):
    """Also where somebody else's files lie."""
    (snapshots.directory / "0000000001-00000000.new").write_bytes(b"?")
    assert 0 == oldest_position(snapshots.directory)


def test_it_is_the_position_of_the_oldest_whole_state_that_is_kept(snapshots):
    """A restart that finds newer ones damaged begins there."""
    seen = []
    for position, whole in ((10, True), (20, False), (30, True), (40, False), (50, True)):
        snapshots.save(position, STATE, whole=whole)
        seen.append(oldest_position(snapshots.directory))

    assert [10, 10, 10, 10, 30] == seen
    for path in sorted(snapshots.directory.iterdir())[1:]:
        path.write_bytes(b"damaged")
    assert oldest_position(snapshots.directory) == SnapshotFiles(snapshots.directory).load()[0]


def test_a_file_that_cannot_be_understood_lets_nothing_go(snapshots):
    """Cut off, or of another kind."""
    snapshots.save(10, STATE, whole=True)
    (only,) = snapshots.directory.iterdir()
    for content in (only.read_bytes()[:30], b"", b"x" * 100):
        only.write_bytes(content)
        assert 0 == oldest_position(snapshots.directory)
