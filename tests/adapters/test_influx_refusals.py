"""Refusals of a real InfluxDB: lines that it would not have, and databases that are not there."""

from pathlib import Path

import pytest

from domain.errors import TryLater
from domain.instants import DAY
from tests.batches import batch_of
from tests.influx_stores import EPOCH, NOON, Open, all_of, store
from tests.influxd import Influxd

pytest_plugins = ["tests.influx_fixtures"]


def test_a_line_of_a_wrong_type_is_parked_with_the_servers_words(opened: Open, server: Influxd, database: str) -> None:
    """Somebody else made the field a text; all other lines arrive and the bookmark moves on."""
    server.write(database, f'telemetry,device=other bad="text" {NOON}')
    written = opened()
    values = [{"bad": n} if n % 100 == 50 else {"x": n} for n in range(1_000)]
    written.write(batch_of([("d", NOON + n, said) for n, said in enumerate(values)]), EPOCH)
    parked = written.parked(20)

    assert (990, 1_000) == (len(all_of(written)), written.bookmark(EPOCH))
    assert [951, 851, 751] == [line.position for line in parked[:3]]
    assert (10, 0) == written.parked_counts()
    assert f"telemetry,device=d bad=950.0 {NOON + 950}" == parked[0].line
    assert (
        'input field "bad" on measurement "telemetry" is type float, already exists as type string' in parked[0].words
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_parked(opened: Open, value: float) -> None:
    """It cannot come through the door; if it did, it would stop nobody."""
    written = opened()
    written.write(batch_of([("d", NOON, {"x": value}), ("d", NOON + 1, {"x": 1})]), EPOCH)

    assert ([("x", NOON + 1, 1.0)], [1]) == (all_of(written), [line.position for line in written.parked(5)])


def test_a_reading_beyond_the_retention_is_parked(server: Influxd, front: str, tmp_path: Path) -> None:
    """The server says so in so many words."""
    database = server.new_database(duration="1h")
    with store(tmp_path, server.url, database) as written:
        written.write(batch_of([("d", NOON - 900 * DAY, {"x": 1})]), EPOCH)

        assert "points beyond retention policy" in written.parked(1)[0].words


def test_a_database_that_is_not_there_is_waited_for(server: Influxd, front: str, flavour: str, tmp_path: Path) -> None:
    """Nothing is parked: it is not the lines' fault."""
    kind = {"v1": "database", "v2": "bucket"}[flavour]
    with store(tmp_path, server.url if flavour == "v1" else front, "soon", flavour) as written:
        with pytest.raises(TryLater, match=f'does not have {kind} "soon"'):
            written.write(batch_of([("d", NOON, {"x": 1})]), EPOCH)
        with pytest.raises(TryLater, match=f'does not have {kind} "soon"'):
            written.readings("d", 0, NOON)
        server.query("CREATE DATABASE soon")
        written.sender.pause.worked()
        written.write(batch_of([("d", NOON, {"x": 1})]), EPOCH)

        assert [("x", NOON, 1.0)] == all_of(written)
        server.query("DROP DATABASE soon")
