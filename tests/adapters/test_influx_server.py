"""The InfluxDB store over a real server: what is written is read back, in both ways of writing and every layout."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.influx_answers import Answer
from adapters.influx_wire import Wire, WritingV1
from domain.batch import DeviceEvent
from domain.errors import TryLater
from domain.instants import DAY, HOUR
from tests.adapters.test_influx_lines import LAYOUTS, NAMES, VALUES
from tests.batches import batch_of
from tests.influx_stores import EPOCH, NOON, Open, all_of, store, told
from tests.influxd import Influxd

pytest_plugins = ["tests.influx_fixtures"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_written_is_read_back(opened: Open, layout: str) -> None:
    """Numbers, booleans and texts, of one device and its metrics only, within the interval only."""
    written = opened(**LAYOUTS[layout])
    rows = [
        ("d", NOON, {"temp": 41.25, "mode": "ON", "open": True}),
        ("e", NOON, {"temp": -1.0}),
        ("d", NOON + 1, {"temp": 42.0}),
        ("d", NOON + HOUR, {"temp": 43.0, "mode": ""}),
    ]
    assert 7 == written.write(batch_of(rows, [("d", NOON, "crash")]), EPOCH)

    early = [("mode", NOON, "ON"), ("open", NOON, 1.0), ("temp", NOON, 41.25), ("temp", NOON + 1, 42.0)]
    assert early == told(written.readings("d", NOON, NOON + HOUR))
    assert [*early, ("mode", NOON + HOUR, ""), ("temp", NOON + HOUR, 43.0)] == all_of(written)
    assert [("mode", NOON, "ON"), ("mode", NOON + HOUR, "")] == all_of(written, metrics=["mode", "never"])
    assert [("temp", NOON, -1.0)] == all_of(written, "e")
    assert ([], [], []) == (all_of(written, metrics=[]), all_of(written, "nobody"), all_of(written, metrics=["never"]))
    assert [] == written.readings("d", NOON + HOUR, NOON)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_whole_of_time_may_be_asked_for(opened: Open, layout: str) -> None:
    """Bounds that InfluxDB does not know are brought within those it does."""
    written = opened(**LAYOUTS[layout])
    written.write(batch_of([("d", 0, {"x": 1}), ("d", -(2**62), {"x": 2}), ("d", 2**62, {"x": 3})]), EPOCH)

    assert [2.0, 1.0, 3.0] == [r.value for r in written.readings("d", -(2**70), 2**70)]
    assert [1.0, 3.0] == [r.value for r in written.downsampled("d", "x", -(2**70), 2**70, 2)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_last_one_written_counts(opened: Open, layout: str) -> None:
    """A metric has one value an instant; in one request or in several."""
    written = opened(**LAYOUTS[layout])
    written.write(batch_of([("d", NOON, {"x": 1, "y": 5}), ("d", NOON, {"x": 2})]), EPOCH)
    written.write(batch_of([("d", NOON, {"x": 3, "z": "a"}), ("d", NOON, {"z": "b"})], after=2), EPOCH)

    assert [("x", NOON, 3.0), ("y", NOON, 5.0), ("z", NOON, "b")] == all_of(written)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_metric_may_say_numbers_and_words(opened: Open, layout: str, tmp_path: Path) -> None:
    """They stand in fields of their own, so neither is refused; the last one counts, also after a restart."""
    written = opened(tmp_path, **LAYOUTS[layout])
    written.write(batch_of([("d", NOON, {"x": 1}), ("d", NOON + 1, {"x": "ON"}), ("d", NOON, {"x": "OFF"})]), EPOCH)
    before = all_of(written)
    written.close()
    again = opened(tmp_path, **LAYOUTS[layout])
    again.write(batch_of([("d", NOON, {"x": 2}), ("d", NOON + 1, {"x": ""})], after=3), EPOCH)

    assert [("x", NOON, "OFF"), ("x", NOON + 1, "ON")] == before
    assert [("x", NOON, 2.0), ("x", NOON + 1, "")] == all_of(again)
    assert (0, 0) == again.parked_counts()


def test_events_are_read_back_whole(opened: Open) -> None:
    """Every word and every bit, in order of time; two of one instant are two."""
    written = opened(tags={"plant": "north, west"})
    details = {"reason": 'a "b"\n\\c', "deep": [1, {"x": None}], "漢": 2**63 - 1}
    events = [
        ("d", NOON + HOUR, "boot", "", {}, 8, NOON + HOUR + 5, 0, "", 0, 42, 1),
        ("d", NOON, "crash", "0xDEAD, 1=2", details, 5, NOON + 9, 77, "", 0, 2**62 + 1, 2**63 - 1, 2**64 - 1),
        ("d", NOON, "fault", "", {}, 5, NOON + 9, 78, "", 0, 41, 17),
        ("e", NOON, "crash"),
    ]
    batch = batch_of([], events)
    written.write(batch, EPOCH)

    expected = sorted((e._replace(item=0, flags=0) for e in batch.events if e.device == "d"), key=DeviceEvent.order)
    assert expected == written.events("d", 0, NOON + DAY)
    assert expected[:2] == written.events("d", NOON, NOON + HOUR)
    assert expected[2:] == written.events("d", NOON + 1, NOON + HOUR + 1)
    assert [] == written.events("d", NOON + HOUR + 1, NOON + DAY)
    assert [] == all_of(written)


def test_a_repeated_event_is_there_once(opened: Open) -> None:
    """By its identity, the first that came; without identity it may be another one."""
    written = opened()
    repeated = [("d", NOON + n, "crash", "", {}, n + 1, NOON + n, 99) for n in range(3)]
    nameless = [("d", NOON, "error", "", {}, n + 4) for n in range(2)]
    written.write(batch_of([], repeated + nameless), EPOCH)

    assert [(1, "crash"), (4, "error"), (5, "error")] == sorted(
        (e.position, e.event) for e in written.events("d", 0, NOON + DAY)
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_writing_the_same_again_changes_nothing(opened: Open, server: Influxd, database: str, layout: str) -> None:
    """A store that has lost its bookmark sends everything again, and every point overwrites itself."""
    batch = batch_of([("d", NOON + n, {"x": n, "y": f"s{n}"}) for n in range(50)], [("d", NOON, "crash")] * 5)
    first, second = opened(**LAYOUTS[layout]), opened(**LAYOUTS[layout])
    first.write(batch, EPOCH)
    before = (all_of(first), first.events("d", 0, NOON + DAY), points(server, database))
    second.write(batch, EPOCH)

    assert before == (all_of(second), second.events("d", 0, NOON + DAY), points(server, database))
    assert (100, 5) == (len(before[0]), len(before[1]))


def points(server: Influxd, database: str) -> Mapping[str, int]:
    """How many values each measurement has."""
    counted = server.query("SELECT count(*) FROM /.*/", database)
    return {series["name"]: sum(filter(None, series["values"][0][1:])) for series in counted}


class Forgetful(WritingV1):
    """A wire that breaks after the server has kept the lines, once."""

    broken = False

    def post(self, body: bytes) -> Answer:
        """Sends them, and loses the answer."""
        answer = super().post(body)
        if not self.broken:
            self.broken = True
            return Answer(0, "connection lost")
        return answer


def test_an_answer_that_was_lost_does_no_harm(server: Influxd, database: str, tmp_path: Path) -> None:
    """The lines are sent again, since nobody knows; each point is there once."""
    batch = batch_of([("d", NOON + n, {"x": n}) for n in range(10)], [("d", NOON, "crash")])
    with store(tmp_path, server.url, database) as written:
        written.sender.writing = Forgetful(Wire(written.settings))
        with pytest.raises(TryLater, match="connection lost"):
            written.write(batch, EPOCH)
        assert written.state is not None
        assert 0 == written.state.position
        written.sender.pause.worked()
        written.write(batch, EPOCH)

        assert (11, 10, 1) == (
            written.state.position,
            len(all_of(written)),
            len(written.events("d", 0, NOON + DAY)),
        )
        assert {"telemetry": 10, "event": 10} == points(server, database)
        written.sender.writing.wire.close()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_name_and_no_text_can_confuse_a_real_server(server: Influxd, tmp_path: Path, layout: str) -> None:
    """Any characters in devices, metrics, texts and events come back as they were, and nothing else appears."""
    database = server.new_database()
    numbers = count()
    rows = st.lists(st.tuples(NAMES, st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)), min_size=1, max_size=8)

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=rows, words=NAMES)
    def check(rows: list[tuple[str, dict[str, Any]]], words: str) -> None:
        number = next(numbers)
        items = [(f"{device}{number}", NOON + place, values) for place, (device, values) in enumerate(rows)]
        events = [(device, at, words, words, {words: words}) for device, at, _ in items]
        with store(tmp_path / str(number), server.url, database, **LAYOUTS[layout]) as written:
            batch = batch_of(items, events)
            written.write(batch, EPOCH)
            assert [] == written.parked(5)
            for device in {device for device, _, _ in items}:
                mine = [(m, at, v) for d, at, values in items if d == device for m, v in values.items()]
                assert sorted(mine, key=str) == sorted(all_of(written, device), key=str)
                asked = sorted({metric for metric, _, _ in mine})
                assert sorted(mine, key=str) == sorted(all_of(written, device, asked), key=str)
                kept = [e._replace(item=0) for e in batch.events if e.device == device]
                assert sorted(kept, key=DeviceEvent.order) == written.events(device, 0, NOON + DAY)

    check()


def test_a_retention_policy_is_used_for_both_ways(server: Influxd, database: str, tmp_path: Path) -> None:
    """What is written into it is found in it, and not elsewhere."""
    server.query(f"CREATE RETENTION POLICY long ON {database} DURATION INF REPLICATION 1")
    batch = batch_of([("d", NOON, {"x": 1})])
    with store(tmp_path / "a", server.url, database, retention_policy="long") as written:
        written.write(batch, EPOCH)
        assert [("x", NOON, 1.0)] == all_of(written)
    with store(tmp_path / "b", server.url, database) as other:
        assert [] == all_of(other)
