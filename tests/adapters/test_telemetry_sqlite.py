"""Telemetry in SQLite: a file a day, crashes between files, full disks, old days."""

import random
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from adapters import telemetry_day, telemetry_sqlite
from adapters.telemetry_day import DayFile
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.batch import Batch
from domain.counts import Counts
from domain.errors import DiskFull, ForeignEpoch
from domain.instants import DAY, HOUR, MINUTE
from tests.batches import batch_of
from tests.small_disk import small_disk

MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + 12 * HOUR
EPOCH = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def store(tmp_path: Path):
    """An empty store."""
    with SqliteTelemetry(tmp_path) as store:
        yield store


def over_days(days: int, after: int = 0) -> Batch:
    """One reading for each of some days, the newest first."""
    return batch_of([("tv", NOON - day * DAY, {"n": day}) for day in range(days)], after=after)


def values(store: SqliteTelemetry, device: str = "tv") -> list[float]:
    """All values of a device in order of time."""
    return [reading.value for reading in store.readings(device, 0, 2 * MIDNIGHT)]


def names(directory: Path) -> list[str]:
    """The days that have a file."""
    return sorted(path.name for path in directory.glob("20*.db"))


def test_each_day_has_its_own_file(store, tmp_path):
    """Named after the UTC day of event time."""
    store.write(over_days(3), EPOCH)

    assert ["2024-10-02.db", "2024-10-03.db", "2024-10-04.db"] == names(tmp_path)


def test_late_items_for_many_days_need_few_open_files(store, tmp_path, monkeypatch):
    """The file not used for longest is closed; all is kept."""
    monkeypatch.setattr(telemetry_sqlite, "OPEN_FILES", 2)
    store.write(over_days(6), EPOCH)
    store.write(over_days(6, after=6), EPOCH)

    assert (2, [5, 4, 3, 2, 1, 0]) == (len(store.files), values(store))


def test_a_crash_between_two_days_writes_nothing_twice(tmp_path, monkeypatch):
    """The day that was committed skips what it has when the batch comes again, even cut differently."""
    batch = batch_of(
        [("tv", NOON - DAY, {"n": 1}), ("tv", NOON, {"n": 2})], [("tv", NOON - DAY, "crash"), ("tv", NOON, "crash")]
    )
    crashed = SqliteTelemetry(tmp_path)
    real_write = DayFile.write

    def write_yesterday_only(file: DayFile, part: Batch) -> int:
        if file.path.name == "2024-10-04.db":
            raise KeyboardInterrupt
        return real_write(file, part)

    with monkeypatch.context() as patch:
        patch.setattr(DayFile, "write", write_yesterday_only)
        with pytest.raises(KeyboardInterrupt):
            crashed.write(batch, EPOCH)
    crashed.close()

    with SqliteTelemetry(tmp_path) as store:
        assert 0 == store.bookmark(EPOCH)
        assert [0, 1] == [store.write(batch.cut(0, 1, after=0, upto=1), EPOCH), store.write(batch, EPOCH)]
        assert [1, 2] == values(store)
        assert 2 == len(store.events("tv", 0, 2 * MIDNIGHT))
        assert Counts(received=3, kept=1, dropped=2) == store.counts


def test_a_bookmark_that_fell_back_is_caught_up(tmp_path):
    """Between two settlings the catalog is behind; after a crash the repeated batches are skipped."""
    lost = SqliteTelemetry(tmp_path, settle_seconds=3600)
    for n in range(3):
        lost.write(batch_of([("tv", NOON + n, {"n": n})], after=n), EPOCH)
    with SqliteTelemetry(tmp_path) as store:
        assert 0 == store.bookmark(EPOCH)
        repeated = [store.write(batch_of([("tv", NOON + n, {"n": n})], after=n), EPOCH) for n in range(4)]

        assert ([0, 0, 0, 1], [0, 1, 2, 3], 4) == (repeated, values(store), store.bookmark(EPOCH))
        assert Counts(received=4, kept=1, dropped=3) == store.counts
    for day in list(lost.files):
        lost.shut(day)
    lost.catalog.close()


def test_settling_makes_the_bookmark_durable_after_the_days(tmp_path):
    """With `settle_seconds` passed, another process finds the bookmark where the store says it is."""
    with SqliteTelemetry(tmp_path, settle_seconds=0) as store:
        store.write(over_days(2), EPOCH)
        catalog = sqlite3.connect(tmp_path / "catalog.db")
        assert [(EPOCH, 2)] == catalog.execute("SELECT * FROM bookmark").fetchall()
        catalog.close()


def test_a_full_file_keeps_nothing_and_takes_the_batch_later(store):
    """DiskFull; the same batch again is kept whole once there is space, with names that were new in it."""
    store.write(over_days(1), EPOCH)
    (file,) = store.files.values()
    file.connection.execute("PRAGMA max_page_count = 12")
    batch = batch_of([(f"new-{n}", NOON, {f"metric-{n}": n}) for n in range(2000)], after=1)
    with pytest.raises(DiskFull):
        store.write(batch, EPOCH)
    assert (1, []) == (store.bookmark(EPOCH), values(store, "new-7"))

    assert (2000, [7]) == (store.write(batch, EPOCH), values(store, "new-7"))
    assert Counts(received=4001, kept=2001, failed=2000) == store.counts


def fill(store: SqliteTelemetry, after: int = 0) -> None:
    """Write a hundred readings at a time until it fails."""
    while True:
        store.write(batch_of([("tv", NOON + after + n, {"n": after + n}) for n in range(100)], after=after), EPOCH)
        after += 100


def test_a_really_full_disk_keeps_what_was_written_and_goes_on_later(tmp_path):
    """Readers read on, a new day cannot begin either; with space again writing goes on where it stood."""
    with small_disk(tmp_path / "disk") as disk, SqliteTelemetry(disk / "telemetry", settle_seconds=0) as store:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(600_000))
        with pytest.raises(DiskFull):
            fill(store)
        kept = store.bookmark(EPOCH)
        with pytest.raises(DiskFull):
            store.write(batch_of([("tv", NOON + DAY, {"n": kept})], after=kept), EPOCH)
        assert [*range(kept)] == values(store)
        ballast.unlink()

        store.write(batch_of([("tv", NOON + DAY, {"n": kept})], after=kept), EPOCH)
        assert ([*range(kept + 1)], kept + 1) == (values(store), store.bookmark(EPOCH))


def test_days_before_an_instant_are_dropped(store, tmp_path):
    """Whole days that ended; a late item may make such a day anew, empty of what was dropped."""
    store.write(over_days(4), EPOCH)
    assert (2, 2) == (store.drop_days_before(MIDNIGHT - HOUR), len(names(tmp_path)))
    assert [1, 0] == values(store)

    store.write(batch_of([("tv", NOON - 3 * DAY, {"n": 30})], after=4), EPOCH)
    assert [30, 1, 0] == values(store)
    assert [] == list(tmp_path.glob("2024-10-02*"))


def test_a_day_of_another_journal_is_refused(tmp_path):
    """A file that was put in from elsewhere is not written to."""
    with SqliteTelemetry(tmp_path / "other") as other:
        other.write(over_days(1), "another")
    with SqliteTelemetry(tmp_path / "here") as store:
        (tmp_path / "other" / "2024-10-04.db").rename(tmp_path / "here" / "2024-10-04.db")
        with pytest.raises(ForeignEpoch):
            store.write(over_days(1), EPOCH)


def test_absurd_times_are_kept_like_others(store):
    """The first and the last nanosecond that a column can hold."""
    ends = np.iinfo(np.int64)
    store.write(batch_of([("tv", int(ends.min), {"n": 1}), ("tv", int(ends.max), {"n": 2})]), EPOCH)

    assert [1, 2] == [reading.value for reading in store.readings("tv", -(2**70), 2**70)]


def test_many_small_batches_are_sorted_into_runs(store, monkeypatch):
    """However what came was sorted meanwhile, it reads the same; the last word still counts."""
    monkeypatch.setattr(telemetry_day, "FRESH_ROWS", 7)
    monkeypatch.setattr("adapters.telemetry_columns.STRIP_BYTES", 200)
    dice = random.Random(5)
    expected: dict[str, dict[tuple[int, str], float | str]] = {}
    position = 0
    for n in range(200):
        items = []
        for _ in range(dice.randrange(1, 9)):
            device, at = f"d{dice.randrange(12)}", NOON + dice.randrange(30) * MINUTE
            said = {metric: n if dice.random() < 0.8 else f"state {n}" for metric in dice.sample("abcd", 2)}
            items.append((device, at, said))
            expected.setdefault(device, {}).update({(at, metric): value for metric, value in said.items()})
        store.write(batch_of(items, after=position), EPOCH)
        position += len(items)

    found = {device: store.readings(device, NOON, NOON + HOUR) for device in expected}
    assert expected == {device: {(r.at, r.metric): r.state or r.value for r in rows} for device, rows in found.items()}


def test_reading_beside_the_writer_sees_whole_batches(store):
    """Another thread asks while batches come: each batch's two readings are there together, in order."""
    ended, torn = threading.Event(), []

    def ask() -> None:
        while not ended.is_set():
            found = values(store)
            if found != [float(n // 2) for n in range(len(found))] or len(found) % 2:
                torn.append(found)

    asking = threading.Thread(target=ask)
    asking.start()
    for n in range(100):
        store.write(batch_of([("tv", NOON + n, {"a": n, "b": n})], after=n), EPOCH)
    ended.set()
    asking.join()

    assert [] == torn
    assert 200 == len(values(store))
