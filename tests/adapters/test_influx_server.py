"""The InfluxDB store over a real server: what is written is read back, in both ways of writing and every layout."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.influx import InfluxTelemetry
from adapters.influx_answers import Answer
from adapters.influx_wire import Wire, WritingV1
from domain.batch import Batch, DeviceEvent, Reading
from domain.errors import GiveUp, TryLater
from domain.instants import DAY, HOUR, SECOND, Instant
from tests.adapters.test_influx_lines import LAYOUTS, NAMES, VALUES
from tests.batches import batch_of
from tests.http_server import serving
from tests.influx_stores import EPOCH, FLAVOURS, store
from tests.influxd import Gate, Influxd, Shim, influxd

NOON = 1_795_348_800 * SECOND
NAN = float("nan")
Open = Callable[..., InfluxTelemetry]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One real server for all."""
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        yield running


@pytest.fixture(scope="module")
def front(server: Influxd) -> Iterator[str]:
    """The address of the same server, speaking version 2."""
    with serving(Shim(server, Gate())) as shim:
        yield shim.url


@pytest.fixture
def database(server: Influxd) -> str:
    """A new one."""
    return server.new_database()


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    """Both ways of writing."""
    return str(request.param)


@pytest.fixture
def opened(server: Influxd, front: str, database: str, flavour: str, tmp_path: Path) -> Iterator[Open]:
    """Opens stores over the database, each with a bookmark of its own, and closes them at the end."""
    numbers = count()
    with ExitStack() as stack:

        def opened(directory: Path | None = None, **extra: Any) -> InfluxTelemetry:
            url = server.url if flavour == "v1" else front
            place = directory or tmp_path / str(next(numbers))
            return stack.enter_context(store(place, url, database, flavour, **extra))

        yield opened


def told(readings: Any) -> list[tuple[str, Instant, float | str]]:
    """Readings as rows that compare."""
    return [(r.metric, r.at, r.value if r.state is None else r.state) for r in readings]


def all_of(written: InfluxTelemetry, device: str = "d", metrics: list[str] | None = None) -> list[tuple[str, int, Any]]:
    return told(written.readings(device, 0, NOON + DAY, metrics))


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


@pytest.mark.parametrize("value", [NAN, float("inf")])
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


def test_a_retention_policy_is_used_for_both_ways(server: Influxd, database: str, tmp_path: Path) -> None:
    """What is written into it is found in it, and not elsewhere."""
    server.query(f"CREATE RETENTION POLICY long ON {database} DURATION INF REPLICATION 1")
    batch = batch_of([("d", NOON, {"x": 1})])
    with store(tmp_path / "a", server.url, database, retention_policy="long") as written:
        written.write(batch, EPOCH)
        assert [("x", NOON, 1.0)] == all_of(written)
    with store(tmp_path / "b", server.url, database) as other:
        assert [] == all_of(other)


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
