"""SenML in JSON: RFC 8428's own examples, what its rules refuse, and any bytes at all."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.batch import MARKED, Batch
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND, Instant
from ingest.decode import Decoder
from ingest.sources import sources_entry, sources_from

OW = "urn:dev:ow:10e2073a01080063"
OW_ID = "urn_x3adev_x3aow_x3a10e2073a01080063"
ROWS = [
    {"name": "packs", "topic": "senml", "codec": "senml"},
    {"name": "meters", "topic": "meters/{device}", "codec": "senml"},
]
CONTROL = (1, Entry(Kind.CONTROL, 0, "sources", sources_entry(sources_from(ROWS))))
ARRIVAL = 1_320_067_700 * SECOND
Said = tuple[str, float, dict[str, float | str]]
"""Device, seconds since 1970, values."""


def decode(payload: bytes, *, topic: str = "senml", arrival: Instant = ARRIVAL) -> Batch:
    """One message."""
    return Decoder([CONTROL]).decode([Page(2, [Entry(Kind.MESSAGE, arrival, topic, payload)])])


def said(pack: Any, *, topic: str = "senml", arrival: Instant = ARRIVAL) -> list[Said]:
    """What a pack says, item by item."""
    batch = decode(json.dumps(pack).encode(), topic=topic, arrival=arrival)
    assert [] == batch.rejects
    found: list[Said] = [(batch.devices[d], at / 1e9, {}) for d, at in zip(batch.device, batch.item_at, strict=True)]
    for item, metric, value, state in zip(batch.item, batch.metric, batch.value, batch.state, strict=True):
        found[item][2][batch.metrics[metric]] = batch.states[state] if state >= 0 else float(value)
    return found


def reason(pack: Any, *, topic: str = "senml") -> str:
    """Why a pack goes to quarantine."""
    batch = decode(json.dumps(pack).encode(), topic=topic)
    assert 0 == len(batch.position)
    return batch.rejects[0].reason


MEASUREMENTS = [
    {"bn": OW, "bt": 1.320067464e09, "bu": "%RH", "v": 20},
    {"u": "lon", "v": 24.30621},
    {"u": "lat", "v": 60.07965},
    {"t": 60, "v": 20.3},
    {"u": "lon", "t": 60, "v": 24.30622},
    {"u": "lat", "t": 60, "v": 60.07965},
    {"t": 120, "v": 20.7},
    {"u": "lon", "t": 120, "v": 24.30623},
    {"u": "lat", "t": 120, "v": 60.07966},
    {"u": "%EL", "t": 150, "v": 98},
    {"t": 180, "v": 21.2},
    {"u": "lon", "t": 180, "v": 24.30628},
    {"u": "lat", "t": 180, "v": 60.07967},
]
MEASURED: list[Said] = [
    (OW_ID, 1320067464, {"%RH": 20, "lon": 24.30621, "lat": 60.07965}),
    (OW_ID, 1320067524, {"%RH": 20.3, "lon": 24.30622, "lat": 60.07965}),
    (OW_ID, 1320067584, {"%RH": 20.7, "lon": 24.30623, "lat": 60.07966}),
    (OW_ID, 1320067614, {"%EL": 98}),
    (OW_ID, 1320067644, {"%RH": 21.2, "lon": 24.30628, "lat": 60.07967}),
]


def test_a_single_data_point() -> None:
    """RFC 8428, 5.1.1: no time is now, and a thing without metrics has its unit for a name."""
    assert [(OW_ID, 1320067700, {"Cel": 23.1})] == said([{"n": OW, "u": "Cel", "v": 23.1}])


def test_multiple_data_points() -> None:
    """5.1.2: the base name is completed, and holds for the records after it."""
    pack = [{"bn": OW + ":", "n": "voltage", "u": "V", "v": 120.1}, {"n": "current", "u": "A", "v": 1.2}]

    assert [(OW_ID, 1320067700, {"voltage": 120.1, "current": 1.2})] == said(pack)


def test_multiple_data_points_before_a_base_time() -> None:
    """5.1.2: six currents of six seconds, the last at the time of the voltage, exact to the microsecond."""
    pack = [
        {
            "bn": "urn:dev:ow:10e2073a0108006:",
            "bt": 1.276020076001e09,
            "bu": "A",
            "bver": 5,
            "n": "voltage",
            "u": "V",
            "v": 120.1,
        },
        {"n": "current", "t": -5, "v": 1.2},
        {"n": "current", "t": -4, "v": 1.3},
        {"n": "current", "t": -3, "v": 1.4},
        {"n": "current", "t": -2, "v": 1.5},
        {"n": "current", "t": -1, "v": 1.6},
        {"n": "current", "v": 1.7},
    ]

    found = said(pack, arrival=1_276_020_077 * SECOND)

    assert [{"voltage": 120.1, "current": 1.7}] + [{"current": 1.2 + n / 10} for n in range(5)] == [
        {name: pytest.approx(value) for name, value in values.items()} for _, _, values in found
    ]
    assert [1276020076.001] + [1276020071.001 + n for n in range(5)] == [at for _, at, _ in found]


def test_multiple_measurements() -> None:
    """5.1.3: a mobile sensor tells humidity, place and battery, each under its unit."""
    assert MEASURED == said(MEASUREMENTS)


def test_resolved_data_says_the_same() -> None:
    """5.1.4: with every record complete in itself, nothing changes."""
    resolved = [
        {"n": OW, "u": one.get("u", "%RH"), "t": 1.320067464e09 + one.get("t", 0), "v": one["v"]}
        for one in MEASUREMENTS
    ]

    assert MEASURED == said(resolved)


def test_multiple_data_types() -> None:
    """5.1.5: numbers, texts and truths are readings, bytes are none."""
    pack = [
        {"bn": OW + ":", "n": "temp", "u": "Cel", "v": 23.1},
        {"n": "label", "vs": "Machine Room"},
        {"n": "open", "vb": False},
        {"n": "nfc-reader", "vd": "aGkgCg"},
    ]

    assert [(OW_ID, 1320067700, {"temp": 23.1, "label": "Machine Room", "open": 0.0})] == said(pack)


def test_a_collection_of_resources() -> None:
    """5.1.6: two things in one pack are two devices."""
    pack = [
        {"bn": "2001:db8::2/", "bt": 1.320078429e09, "n": "temperature", "u": "Cel", "v": 25.2},
        {"n": "humidity", "u": "%RH", "v": 30},
        {"bn": "2001:db8::1/", "n": "temperature", "u": "Cel", "v": 12.3},
        {"n": "humidity", "u": "%RH", "v": 67},
    ]

    assert [
        ("2001_x3adb8_x3a_x3a2", 1320078429, {"temperature": 25.2, "humidity": 30}),
        ("2001_x3adb8_x3a_x3a1", 1320078429, {"temperature": 12.3, "humidity": 67}),
    ] == said(pack, arrival=1_320_078_430 * SECOND)


def test_a_record_of_base_fields_only_says_nothing_itself() -> None:
    """5.1.7: it completes those after it."""
    pack = [{"bn": OW + ":"}, {"n": "temp", "v": 23.1}, {"n": "heat", "u": "/", "v": 1}, {"n": "fan", "u": "/", "v": 0}]

    assert [(OW_ID, 1320067700, {"temp": 23.1, "heat": 1, "fan": 0})] == said(pack)


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ({"t": -10}, 1320067690),
        ({"t": 10}, 1320067710),
        ({"bt": -60, "t": 10}, 1320067650),
        ({"t": 0}, 1320067700),
        ({"bt": 2**28}, None),
        ({"t": -(2**28)}, None),
        ({"bt": 1320067000, "t": 600.5}, 1320067600.5),
    ],
)
def test_times_below_two_to_the_28_are_relative_to_the_arrival(time: dict[str, float], at: float | None) -> None:
    """RFC 8428, 4.5.3; None = a time that the clock policy does not believe."""
    batch = decode(json.dumps([{"n": "a/b", "v": 1, **time}]).encode())

    assert at == (None if batch.flags[0] & MARKED else batch.item_at[0] / 1e9)


def test_sums_and_base_values_are_added() -> None:
    """4.1: a base value to values, a base sum to sums, and a sum stands beside its value."""
    pack = [{"bn": "m/", "bv": 20, "bs": 100, "n": "flow", "v": 1.5, "s": 3}, {"n": "heat", "s": 4}]

    assert [("m", 1320067700, {"flow": 21.5, "flow.sum": 103, "heat.sum": 104})] == said(pack)


def test_values_that_share_a_name_are_told_apart_by_their_units() -> None:
    """Else the last one would hide the others."""
    pack = [
        {"bn": "m/", "n": "gps", "u": "lat", "v": 1},
        {"n": "gps", "u": "lon", "v": 2},
        {"n": "t", "u": "K", "v": 3},
    ]

    assert [("m", 1320067700, {"gps.lat": 1, "gps.lon": 2, "t": 3})] == said(pack)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("temp", "temp"),
        ("room/1/temp", "room/1/temp"),
        ("m-1/temp", "temp"),
        ("m-1", "Cel"),
        (OW + ":temp", "temp"),
        (OW + "_temp", "temp"),
        (OW, "Cel"),
    ],
)
def test_where_the_topic_names_the_device_only_its_name_is_taken_off(name: str, metric: str) -> None:
    """Or the device URN that stands for it."""
    assert [("m-1", 1320067700, {metric: 1.0})] == said([{"n": name, "u": "Cel", "v": 1}], topic="meters/m-1")


def test_the_same_pack_again_is_a_repetition_only_with_a_time_of_its_own() -> None:
    """A relative time is another one each time."""

    def identities(pack: Any) -> list[int]:
        return [int(n) for _ in range(2) for n in decode(json.dumps(pack).encode()).identity]

    timed = identities([{"n": "a/b", "t": 1320067000, "v": 1}, {"n": "a/b", "t": 1320067001, "v": 1}])
    assert (2, timed[:2]) == (len(set(timed)), timed[2:])
    assert [0, 0] == identities([{"n": "a/b", "t": -5, "v": 1}])
    assert [0, 0] == identities([{"n": "a/b", "v": 1}])


@pytest.mark.parametrize(
    ("pack", "why"),
    [
        ({"n": "a/b", "v": 1}, "not_an_object"),
        ([1], "not_an_object"),
        ([], "nothing_said"),
        ([{"bn": "a/"}], "nothing_said"),
        ([{"n": "a/b"}], "nothing_said"),
        ([{"n": "a/b", "v": 1}, {"n": "a/c", "v": 1, "must_": 1}], "unknown_field"),
        ([{"n": "a/b", "v": 1, "bver": 11}], "bad_version"),
        ([{"n": "a/b", "v": 1, "bver": 0}], "bad_version"),
        ([{"n": "a/b", "v": 1, "vs": "x"}], "bad_type"),
        ([{"n": "a/b", "v": True}], "bad_type"),
        ([{"n": "a/b", "v": "1"}], "bad_type"),
        ([{"n": "a/b", "v": None}], "bad_type"),
        ([{"n": "a/b", "vb": 1}], "bad_type"),
        ([{"n": 1, "v": 1}], "bad_type"),
        ([{"n": "a/b", "v": 1, "t": "now"}], "bad_type"),
        ([{"v": 1}], "bad_name"),
        ([{"n": "-a/b", "v": 1}], "bad_name"),
        ([{"n": "a b", "v": 1}], "bad_name"),
        ([{"n": "a/é", "v": 1}], "bad_name"),
        ([{"n": "a/" + "b" * 300, "v": 1}], "bad_name"),
        ([{"n": "temp", "v": 1}], "bad_id"),
        ([{"n": "a" * 65 + "/b", "v": 1}], "bad_id"),
        ([{"n": "a/b", "bv": 1.7e308, "v": 1.7e308}], "not_finite"),
        ([{"n": "a/b", "bt": 1.7e308, "t": 1.7e308, "v": 1}], "not_finite"),
        ([{"n": "a/b", "t": 1e300, "v": 1}], "bad_time"),
        ([{"n": "a/b", "t": -1e300, "v": 1}], "bad_time"),
        ([{"bn": "a/"}, *[{"n": f"m{n}", "v": n} for n in range(257)]], "too_many_keys"),
    ],
)
def test_a_pack_that_breaks_a_rule_is_refused_whole_with_its_reason(pack: Any, why: str) -> None:
    """Not one record of it is used."""
    assert why == reason(pack)


def test_a_pack_of_several_things_needs_a_topic_without_a_device() -> None:
    """Else their metrics would be mixed up."""
    pack = [{"n": "urn:dev:ow:1:temp", "v": 1}, {"n": "urn:dev:ow:2:temp", "v": 2}]

    assert "foreign_id" == reason(pack, topic="meters/m-1")
    assert 2 == len(said(pack))


FIELDS = st.dictionaries(
    st.sampled_from(["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "x", "x_"]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from(["a/b", "urn:dev:ow:1:", 1320067464, -5]),
    ),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=80), st.lists(FIELDS, max_size=5).map(lambda pack: json.dumps(pack).encode())),
    st.sampled_from(["senml", "meters/m-1"]),
)
def test_whatever_arrives_is_used_or_refused(payload: bytes, topic: str) -> None:
    """Nothing raises, and no message is both or neither."""
    batch = decode(payload, topic=topic)

    assert 1 == len({*batch.position.tolist()}) + len(batch.rejects)
    assert all(abs(value) < float("inf") for value, state in zip(batch.value, batch.state, strict=True) if state < 0)
