"""ThingsBoard's telemetry: all its forms, many devices in one message, and any bytes at all."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.batch import Batch
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND
from domain.registry import Facts, Installation, registry_entry
from ingest.decode import Decoder
from ingest.sources import sources_entry, sources_from

ROWS = [
    {"name": "gateway", "topic": "v1/gateway/telemetry", "codec": "thingsboard", "unknown": "quarantine"},
    {"name": "devices", "topic": "tb/{device}", "codec": "thingsboard"},
]
SOURCES = sources_from(ROWS)
NOW = 1_795_334_400 * SECOND
KNOWN = registry_entry([Installation(0, Facts(device=name, asset=name)) for name in ("A", "B")])
CONTROLS = [
    (1, Entry(Kind.CONTROL, 0, "sources", sources_entry(SOURCES))),
    (2, Entry(Kind.CONTROL, 0, "registry", KNOWN)),
]


def decode(payload: bytes, topic: str) -> Batch:
    """One message."""
    return Decoder(CONTROLS).decode([Page(3, [Entry(Kind.MESSAGE, NOW, topic, payload)])])


def said(told: Any, topic: str = "tb/d1") -> list[tuple[str, int, dict[str, float | str]]]:
    """Device, milliseconds after the arrival and values of each item."""
    batch = decode(json.dumps(told).encode(), topic)
    assert [] == batch.rejects
    found: list[tuple[str, int, dict[str, float | str]]] = [
        (batch.devices[d], int(at - NOW) // 10**6, {}) for d, at in zip(batch.device, batch.item_at, strict=True)
    ]
    for item, metric, value, state in zip(batch.item, batch.metric, batch.value, batch.state, strict=True):
        found[item][2][batch.metrics[metric]] = batch.states[state] if state >= 0 else float(value)
    return found


def timed(after_ms: int, **values: Any) -> dict[str, Any]:
    """Telemetry with a time of its own."""
    return {"ts": NOW // 10**6 + after_ms, "values": values}


@pytest.mark.parametrize(
    ("told", "items"),
    [
        ({"a": 1, "b": "on", "c": True, "d": None}, [("d1", 0, {"a": 1, "b": "on", "c": 1})]),
        ({"net": {"rssi": -70}, "list": [1, 2]}, [("d1", 0, {"net.rssi": -70, "list.0": 1, "list.1": 2})]),
        (timed(-500, a=1), [("d1", -500, {"a": 1})]),
        ([{"a": 1}, timed(-1, a=2)], [("d1", 0, {"a": 1}), ("d1", -1, {"a": 2})]),
        ({"values": {"a": 1}}, [("d1", 0, {"a": 1})]),
        ({"ts": 5, "a": 1}, [("d1", 0, {"ts": 5, "a": 1})]),
        ({"ts": 5, "values": {"a": 1}, "c": 2}, [("d1", 0, {"ts": 5, "values.a": 1, "c": 2})]),
        ({}, [("d1", 0, {})]),
    ],
)
def test_a_device_may_write_its_telemetry_in_any_form(told: Any, items: Any) -> None:
    """Plain keys, timed values, or a list of either; `ts` means the time only beside `values` alone."""
    assert items == said(told)


def test_a_gateway_speaks_for_many_devices_at_many_times() -> None:
    """Each has its items; equal objects at different times are no repetitions."""
    told = {"A": [timed(-2, t=1), timed(-1, t=1)], "B": [{"t": 2}]}

    assert [("A", -2, {"t": 1}), ("A", -1, {"t": 1}), ("B", 0, {"t": 2})] == said(told, "v1/gateway/telemetry")
    batch = decode(json.dumps(told).encode(), "v1/gateway/telemetry")
    assert 3 == len(set(batch.identity.tolist()))


@pytest.mark.parametrize(("topic", "event"), [("connect", "online"), ("disconnect", "offline")])
def test_a_gateway_tells_who_comes_and_goes(topic: str, event: str) -> None:
    """On the topics beside its telemetry, which are subscribed to as well."""
    batch = decode(b'{"device": "A", "type": "default"}', f"v1/gateway/{topic}")

    assert [("A", event)] == [(e.device, e.event) for e in batch.events]
    assert f"v1/gateway/{topic}" in SOURCES.subscriptions()


def test_a_message_with_one_unregistered_device_waits_as_a_whole() -> None:
    """The sentence names the device; once it is imported, the bytes are all there."""
    batch = decode(b'{"A": [{"t": 1}], "C": [{"t": 2}]}', "v1/gateway/telemetry")

    assert ["unknown_device"] == [r.reason for r in batch.rejects]
    assert "The device C is not registered" in batch.rejects[0].detail
    assert 0 == len(batch.position)


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        ("tb/d1", b"21.5", "not_an_object"),
        ("tb/d1", b"[]", "nothing_said"),
        ("tb/d1", b"[[]]", "not_an_object"),
        ("tb/d1", b'{"ts": "x", "values": {}}', "bad_time"),
        ("tb/d1", b'{"a": 1e999}', "not_finite"),
        ("v1/gateway/telemetry", b"{}", "nothing_said"),
        ("v1/gateway/telemetry", b'{"a": 1}', "not_an_object"),
        ("v1/gateway/telemetry", b'{"A": []}', "nothing_said"),
        ("v1/gateway/telemetry", b'{"": [{"a": 1}]}', "bad_id"),
        ("v1/gateway/telemetry", b'{"%s": [{"a": 1}]}' % (b"x" * 65), "bad_id"),
        ("v1/gateway/connect", b"[]", "bad_type"),
        ("v1/gateway/connect", b'{"device": 1}', "bad_type"),
    ],
)
def test_what_is_no_telemetry_is_refused_with_its_reason(topic: str, payload: bytes, why: str) -> None:
    """As a whole."""
    assert [why] == [r.reason for r in decode(payload, topic).rejects]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["ts", "values", "device", "A", "", "x"]), inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=80), TREES.map(lambda tree: json.dumps(tree).encode())),
    st.sampled_from(["tb/d1", "v1/gateway/telemetry", "v1/gateway/connect", "v1/gateway/disconnect"]),
)
def test_whatever_arrives_is_used_or_refused(payload: bytes, topic: str) -> None:
    """Nothing raises, and no message is both or neither."""
    batch = decode(payload, topic)

    assert 1 == len({*batch.position.tolist()}) + len(batch.rejects)
