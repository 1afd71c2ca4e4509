"""Reading from a real InfluxDB: thinned by the server, and from data that somebody else keeps there."""

import pytest

from domain.batch import Batch, Reading
from domain.errors import GiveUp
from domain.instants import DAY, SECOND
from tests.adapters.test_influx_lines import LAYOUTS
from tests.batches import batch_of
from tests.influx_stores import EPOCH, NOON, Open, all_of
from tests.influxd import Influxd

pytest_plugins = ["tests.influx_fixtures"]


def wave(hours: int) -> Batch:
    """A reading each ten seconds, with one spike and one dip that last for one reading only."""
    values = {n: float(n % 60) for n in range(hours * 360)}
    values |= {1_234 % len(values): 999.0, 777 % len(values): -999.0}
    return batch_of([("d", NOON + 10 * SECOND * n, {"x": value}) for n, value in values.items()])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_server_thins_readings_and_keeps_their_extremes(opened: Open, layout: str) -> None:
    """At most so many points, each of them a reading that was there, at its own instant."""
    written = opened(**LAYOUTS[layout])
    written.write(wave(5), EPOCH)
    raw = written.readings("d", NOON, NOON + DAY)
    for most in (2, 3, 10, 500, 100_000):
        thin = written.downsampled("d", "x", NOON, NOON + DAY, most)

        assert 2 <= len(thin) <= min(most, len(raw))
        assert set(thin) <= set(raw)
        assert sorted(thin, key=lambda r: r.at) == list(thin)
        assert {999.0, -999.0} <= {r.value for r in thin}


def test_thinning_has_no_answer_where_there_is_no_number(opened: Open) -> None:
    """Texts have no extremes; an interval that ends before it begins has none either."""
    written = opened()
    written.write(batch_of([("d", NOON, {"x": "ON", "y": 1})]), EPOCH)

    assert [] == written.downsampled("d", "x", 0, NOON + DAY, 100)
    assert [] == written.downsampled("d", "y", NOON, NOON, 100)
    with pytest.raises(ValueError, match="most_points is 1; ask for two at least"):
        written.downsampled("d", "y", 0, NOON, 1)


FOREIGN = """
machines,asset=d,line=1 speed=12i,running=true,mode="auto",temp=41.5 {0}
machines,asset=d,line=2 speed=13i {1}
machines,asset=e,line=1 speed=99i {0}
"""


def test_somebody_elses_data_can_be_read(opened: Open, server: Influxd, database: str) -> None:
    """Whole numbers, booleans and texts under their own names, with tags that we know nothing of."""
    server.write(database, FOREIGN.format(NOON, NOON + 1))
    read = opened(mode="read-only", measurement="machines", device_tag="asset")

    expected = [("mode", NOON, "auto"), ("running", NOON, 1.0), ("speed", NOON, 12.0), ("temp", NOON, 41.5)]
    assert [*expected, ("speed", NOON + 1, 13.0)] == all_of(read)
    assert [("mode", NOON, "auto")] == all_of(read, metrics=["mode"])
    assert [12.0, 13.0] == [r.value for r in read.downsampled("d", "speed", 0, NOON + DAY, 2)]
    assert [] == read.events("d", 0, NOON + DAY)
    with pytest.raises(GiveUp, match="cannot answer"):
        read.downsampled("d", "mode", 0, NOON + DAY, 2)


def test_static_tags_tell_plants_apart(opened: Open) -> None:
    """Two plants with the same device ids share a database and see their own only."""
    north, south = opened(tags={"plant": "north"}), opened(tags={"plant": "south"})
    north.write(batch_of([("d", NOON, {"x": 1})], [("d", NOON, "crash")]), EPOCH)
    south.write(batch_of([("d", NOON, {"x": 2})]), EPOCH)

    assert ([("x", NOON, 1.0)], [("x", NOON, 2.0)]) == (all_of(north), all_of(south))
    assert (1, 0) == tuple(len(plant.events("d", 0, NOON + DAY)) for plant in (north, south))


def test_a_long_answer_comes_whole(opened: Open) -> None:
    """More rows than the server puts in one piece."""
    written = opened()
    written.write(batch_of([("d", NOON + n, {"x": n}) for n in range(25_000)]), EPOCH)
    found = written.readings("d", 0, NOON + DAY)

    assert [Reading("d", "x", NOON + n, float(n)) for n in range(25_000)] == found


def test_a_reader_sees_what_was_written_before(opened: Open) -> None:
    """Also while it waits for a fuller request."""
    written = opened(linger_seconds=60)
    written.write(batch_of([("d", NOON, {"x": 1})]), EPOCH)

    assert [("x", NOON, 1.0)] == all_of(written)
