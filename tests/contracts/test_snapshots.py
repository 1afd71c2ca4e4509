"""What every keeper of snapshots promises: what was saved comes back, in order, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from adapters.snapshot_files import SnapshotFiles
from domain.ports import Arrays, Snapshots

KEEPERS: dict[str, Callable[[Path], Snapshots]] = {"files": SnapshotFiles}


@pytest.fixture(params=KEEPERS)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Snapshots]:
    """A new keeper over the same place, as after a restart."""
    return lambda: KEEPERS[request.param](tmp_path)


def state(*values: int) -> dict[str, Arrays]:
    """A small state that can be told from others."""
    return {"rule": {"slot": np.arange(len(values)), "count": np.array(values)}, "identities": {}}


def plain(states: Sequence[Mapping[str, Arrays]]) -> list[dict[str, dict[str, list[Any]]]]:
    """States as lists, to be compared."""
    return [{part: {k: a.tolist() for k, a in arrays.items()} for part, arrays in one.items()} for one in states]


def test_at_first_there_is_nothing(reopen):
    """Position 0, no state."""
    position, states = reopen().load()
    assert (0, []) == (position, list(states))


def test_changes_are_laid_over_the_whole(reopen):
    """In the order they were saved, with the position of the last one; parts without arrays are there too."""
    keeper = reopen()
    keeper.save(10, state(1, 2), whole=True)
    keeper.save(11, state(3), whole=False)
    reopen().save(12, state(4), whole=False)

    position, states = reopen().load()
    assert (12, plain([state(1, 2), state(3), state(4)])) == (position, plain(states))


def test_a_whole_state_starts_anew(reopen):
    """What was before no longer counts."""
    keeper = reopen()
    keeper.save(10, state(1), whole=True)
    keeper.save(11, state(2), whole=False)
    keeper.save(12, state(3), whole=True)
    keeper.save(13, state(4), whole=False)

    position, states = reopen().load()
    assert (13, plain([state(3), state(4)])) == (position, plain(states))


def test_a_change_with_nothing_before_it_is_kept(reopen):
    """The first state is all there is, whatever it is called."""
    reopen().save(5, state(1), whole=False)

    position, states = reopen().load()
    assert (5, plain([state(1)])) == (position, plain(states))


def test_a_loaded_state_can_be_written_to(reopen):
    """It belongs to whoever loaded it."""
    reopen().save(1, state(1, 2), whole=True)
    states = reopen().load()[1]
    states[0]["rule"]["count"][0] = 99

    assert [99, 2] == states[0]["rule"]["count"].tolist()
    assert plain([state(1, 2)]) == plain(reopen().load()[1])


def test_objects_are_refused(reopen):
    """Only what can be read back without running anything is kept; the states before stay."""
    keeper = reopen()
    keeper.save(1, state(1), whole=True)
    for array in (np.array([{}]), np.array(["2026-11-22"], "datetime64[D]")):
        with pytest.raises(TypeError, match=r"rule\.odd"):
            keeper.save(2, {"rule": {"odd": array}}, whole=False)

    assert 1 == reopen().load()[0]


KINDS = st.one_of(
    arrays_of.boolean_dtypes(),
    arrays_of.integer_dtypes(),
    arrays_of.unsigned_integer_dtypes(),
    arrays_of.floating_dtypes(sizes=(32, 64)),
    arrays_of.byte_string_dtypes(),
    arrays_of.unicode_string_dtypes(),
)
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)
ARRAYS = st.dictionaries(st.text(max_size=3), arrays_of.arrays(KINDS, SHAPES), max_size=3)
STATES = st.dictionaries(st.text(max_size=3), ARRAYS, max_size=2)


@pytest.mark.parametrize("name", KEEPERS)
@settings(max_examples=40, deadline=None)
@given(saved=STATES, position=st.integers(0, 2**62))
def test_any_plain_arrays_come_back_bit_for_bit(name, saved, position):
    """Type, shape and content, however odd the names, shapes and byte orders; slices and transposes too."""
    saved["views"] = {"stepped": np.arange(20)[::3], "turned": np.arange(6.0).reshape(2, 3).T}
    with TemporaryDirectory() as directory:
        KEEPERS[name](Path(directory)).save(position, saved, whole=True)
        found, (loaded,) = KEEPERS[name](Path(directory)).load()

    assert position == found
    assert {part: list(arrays) for part, arrays in saved.items()} == {p: list(arrays) for p, arrays in loaded.items()}
    for part, arrays in saved.items():
        for key, array in arrays.items():
            assert array.dtype == loaded[part][key].dtype
            assert array.shape == loaded[part][key].shape
            assert array.tobytes() == loaded[part][key].tobytes()
