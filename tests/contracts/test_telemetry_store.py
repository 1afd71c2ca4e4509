"""What every telemetry store promises: all readings once, found again by device and time."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telemetry_sqlite import SqliteTelemetry
from domain.batch import Reading
from domain.errors import ForeignEpoch
from domain.instants import DAY, HOUR, SECOND
from domain.ports import TelemetryStore
from tests.batches import batch_of
from tests.influx_stores import CONTRACT_STORES

MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + 12 * HOUR
EPOCH = "11111111-1111-1111-1111-111111111111"

STORES: dict[str, Callable[[Path], TelemetryStore]] = {"sqlite": SqliteTelemetry, **CONTRACT_STORES}
Opener = Callable[[], TelemetryStore]


@pytest.fixture(params=STORES)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same store each time it is called; what was open before is closed."""
    with ExitStack() as open_now:

        def opener() -> TelemetryStore:
            open_now.close()
            store = STORES[request.param](tmp_path)
            assert isinstance(store, AbstractContextManager)
            return open_now.enter_context(store)

        yield opener


@pytest.fixture
def store(reopen: Opener) -> TelemetryStore:
    """An empty store."""
    return reopen()


def whole(store: TelemetryStore, device: str) -> list[Reading]:
    """All readings of a device."""
    return list(store.readings(device, 0, 2 * MIDNIGHT))


def test_an_empty_store_has_read_nothing(store):
    """The bookmark is 0, and no device has said anything."""
    assert (0, [], []) == (store.bookmark(EPOCH), whole(store, "tv"), list(store.events("tv", 0, 2 * MIDNIGHT)))


def test_readings_come_back_in_order_of_time(store):
    """Numbers, booleans and states of one device; the other device's are not among them."""
    batch = batch_of(
        [("tv", NOON + SECOND, {"temp": 41.5}), ("fan", NOON, {"temp": 20}), ("tv", NOON, {"on": True, "state": "ON"})]
    )
    assert 4 == store.write(batch, EPOCH)

    found = whole(store, "tv")
    assert [("on", NOON, 1.0, None), ("temp", NOON + SECOND, 41.5, None)] == [r[1:] for r in found if not r.state]
    assert [("state", NOON, "ON")] == [(r.metric, r.at, r.state) for r in found if math.isnan(r.value)]
    assert [Reading("fan", "temp", NOON, 20.0)] == whole(store, "fan")


def test_an_interval_has_its_beginning_and_not_its_end(store):
    """`since <= at < until`, also across midnight."""
    store.write(batch_of(("tv", MIDNIGHT + second * SECOND, {"n": second}) for second in range(-3, 4)), EPOCH)

    found = store.readings("tv", MIDNIGHT - 2 * SECOND, MIDNIGHT + 2 * SECOND)
    assert [-2, -1, 0, 1] == [reading.value for reading in found]
    assert [] == list(store.readings("tv", MIDNIGHT, MIDNIGHT))


def test_only_the_metrics_asked_for_come(store):
    """Names nobody wrote are simply not there."""
    store.write(batch_of([("tv", NOON, {"temp": 1, "volt": 2, "amp": 3}), ("tv", NOON + 1, {"amp": 4})]), EPOCH)

    found = store.readings("tv", NOON, NOON + 2, ["temp", "amp", "nothing"])
    assert {("temp", 1.0), ("amp", 3.0), ("amp", 4.0)} == {(reading.metric, reading.value) for reading in found}
    assert [] == list(store.readings("tv", NOON, NOON + 2, []))


def test_the_last_value_written_for_an_instant_counts(store):
    """Within one batch and over several; a number may become a state and a state a number."""
    store.write(batch_of([("tv", NOON, {"a": 1, "b": 1}), ("tv", NOON, {"a": 2, "c": "ON"})]), EPOCH)
    store.write(batch_of([("tv", NOON, {"c": 3, "b": "OFF"})], after=2), EPOCH)

    found = {reading.metric: reading.state or reading.value for reading in whole(store, "tv")}
    assert {"a": 2.0, "b": "OFF", "c": 3.0} == found
    assert 3 == len(whole(store, "tv"))


def test_the_bookmark_moves_with_the_batch_and_outlives_a_restart(reopen):
    """Also over entries that hold nothing to keep."""
    store = reopen()
    store.write(batch_of([("tv", NOON, {"n": 1})], upto=7), EPOCH)
    store.write(batch_of([], after=7, upto=9), EPOCH)
    assert 9 == store.bookmark(EPOCH)

    again = reopen()
    assert (9, whole(again, "tv")) == (again.bookmark(EPOCH), [Reading("tv", "n", NOON, 1.0)])


def test_the_same_batch_again_changes_nothing(store):
    """After a crash the recorder may repeat itself, cut differently."""
    first = batch_of([("tv", NOON + n, {"n": n}) for n in range(10)], [("tv", NOON + 5, "crash")])
    assert [10, 0] == [store.write(first, EPOCH), store.write(first, EPOCH)]
    longer = batch_of([("tv", NOON + n, {"n": n}) for n in range(10, 20)], after=5)
    assert 4 == store.write(longer, EPOCH)

    assert [*range(10), *range(16, 20)] == [reading.value for reading in whole(store, "tv")]
    assert (15, 1) == (store.bookmark(EPOCH), len(store.events("tv", 0, 2 * MIDNIGHT)))


def test_a_bookmark_of_another_journal_is_refused(reopen):
    """Neither read nor moved, also after a restart."""
    reopen().write(batch_of([("tv", NOON, {"n": 1})]), EPOCH)
    store = reopen()
    with pytest.raises(ForeignEpoch):
        store.bookmark("another")
    with pytest.raises(ForeignEpoch):
        store.write(batch_of([("tv", NOON, {"n": 2})], after=1), "another")

    assert [1.0] == [reading.value for reading in whole(store, "tv")]


def test_events_come_back_as_they_were(store):
    """All that an event says, but its place in the batch."""
    details = {"reason": "watchdog", "nested": {"list": [1, 2.5, None, True, "x"]}}
    row = ("tv", NOON, "crash", "0xDEAD", details, None, NOON + 5, 2**64 - 1, "2.4.1", 3, 41, 17, 2**64 - 1)
    batch = batch_of([("tv", NOON, {"n": 1})], [row])
    store.write(batch, EPOCH)

    assert [batch.events[0]._replace(item=0, flags=0)] == list(store.events("tv", NOON, NOON + 1))
    assert [] == list(store.events("tv", NOON + 1, NOON + 2))


def test_events_are_in_the_order_of_event_time(store):
    """However they arrived, over days; equal times in the order of boot and seq."""
    rows = [(MIDNIGHT + 1, 0, 0), (MIDNIGHT, 2, 1), (MIDNIGHT, 1, 2), (MIDNIGHT, 1, 1), (MIDNIGHT - 1, 9, 9)]
    batch = batch_of([], [("tv", at, "crash", "", {}, None, None, 0, "", 0, boot, seq) for at, boot, seq in rows])
    store.write(batch, EPOCH)

    assert rows[::-1] == [(event.at, event.boot, event.seq) for event in store.events("tv", 0, 2 * MIDNIGHT)]


def test_a_duplicated_event_is_kept_once(store):
    """Equal identities are one event; identity 0 says that each counts, however alike."""
    once = ("tv", NOON, "crash", "", {}, None, None, 77)
    alike = ("tv", NOON, "crash")
    store.write(batch_of([], [once, alike, once]), EPOCH)
    store.write(batch_of([], [once, alike], after=3), EPOCH)

    found = store.events("tv", NOON, NOON + 1)
    assert [1, 2, 5] == sorted(event.position for event in found)


VALUES = st.dictionaries(
    st.sampled_from(["a", "b", "c", "temp.°C"]),
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.sampled_from(["ON", "OFF", ""])),
)
ITEMS = st.lists(
    st.tuples(st.sampled_from(["tv", "fan"]), st.integers(-3, 3).map(lambda n: MIDNIGHT + n), VALUES), max_size=30
)


@pytest.mark.parametrize("name", STORES)
@settings(max_examples=25, deadline=None)
@given(items=ITEMS, cuts=st.sets(st.integers(0, 30)))
def test_what_is_read_is_what_was_said_last(name, items, cuts):
    """Any items, in any order, cut into any batches, against a plain dictionary."""
    expected: dict[tuple[str, int, str], float | str] = {}
    for device, at, values in items:
        expected |= {(device, at, metric): v if isinstance(v, str) else float(v) for metric, v in values.items()}
    edges = sorted({0, len(items), *(cut for cut in cuts if cut < len(items))})
    with TemporaryDirectory() as directory, STORES[name](Path(directory)) as store:
        for low, high in pairwise(edges):
            assert sum(len(i[2]) for i in items[low:high]) == store.write(batch_of(items[low:high], after=low), EPOCH)
        found = [reading for device in ("tv", "fan") for reading in whole(store, device)]

    assert len(expected) == len(found)
    assert expected == {(r.device, r.at, r.metric): r.value if r.state is None else r.state for r in found}
    for device in ("tv", "fan"):
        times = [reading.at for reading in found if reading.device == device]
        assert sorted(times) == times
