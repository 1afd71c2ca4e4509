"""Telemetry over HTTP: raw in pages, and long stretches in few points that keep what stands out."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.telemetry_downsample import Points, thinned
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.instants import DAY, HOUR, SECOND, Instant
from tests.api.serving import DAY_ONE, Served
from tests.batches import batch_of
from truckroll.api.shapes import exact_text, from_text
from truckroll.api.telemetry import first

EPOCH = "e"
instants = st.integers(0, 2 * DAY)
numbers = st.floats(-1e300, 1e300)
said = st.lists(st.tuples(instants, numbers | st.sampled_from(["on", "off"])), min_size=1, max_size=80)


def points(rows: list[tuple[Instant, float | str]]) -> Points:
    """Readings in columns, one an instant."""
    last = dict(rows)
    at = sorted(last)
    value = [last[t] if not isinstance(last[t], str) else np.nan for t in at]
    text = np.array([last[t] if isinstance(last[t], str) else None for t in at], object)
    return Points(np.array(at, np.int64), np.array(value, np.float64), text)


@given(said, st.integers(2, 40), st.integers(1, 79))
def test_thinning_keeps_the_extremes_of_every_interval_and_no_more_than_wanted(
    rows: list[tuple[Instant, float | str]], most: int, cut: int
) -> None:
    """Of each interval: its lowest and highest number, as and when they were; in pieces or at once alike."""
    whole = points(rows)
    until = 2 * DAY + 1
    few = thinned(whole, 0, until, most)
    length = -(-until // (most // 2))

    assert few.size <= most
    assert few.at.tolist() == sorted(few.at.tolist())
    for interval in np.unique(whole.at // length).tolist():
        inside, kept = (p.pick(np.flatnonzero(p.at // length == interval)) for p in (whole, few))
        said_numbers = inside.value[~np.isnan(inside.value)]
        if said_numbers.size:
            assert (said_numbers.min(), said_numbers.max()) == (kept.value.min(), kept.value.max())
        else:
            assert [inside.text[0], inside.text[-1]][: kept.size] == kept.text.tolist()
        assert set(zip(kept.at.tolist(), kept.text, strict=True)) <= set(
            zip(inside.at.tolist(), inside.text, strict=True)
        )
    part = thinned(whole.pick(np.arange(min(cut, whole.size))), 0, until, most)
    rest = whole.pick(np.arange(min(cut, whole.size), whole.size))
    again = thinned(Points(*(np.concatenate(pair) for pair in zip(part, rest, strict=True))), 0, until, most)
    assert repr(few.readings("d", "m")) == repr(again.readings("d", "m"))


@given(said)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_few_readings_come_as_they_are(tmp_path_factory: Any, rows: list[tuple[Instant, float | str]]) -> None:
    """Where there are no more than wanted, downsampling gives what `readings` gives, texts too."""
    with SqliteTelemetry(tmp_path_factory.mktemp("store")) as store:
        items = [("tv-1", at, {"temp": value, "other": 1.0}) for at, value in rows]
        store.write(batch_of([*items, ("tv-2", rows[0][0], {"temp": 7.0})]), EPOCH)
        raw = list(store.readings("tv-1", 0, 2 * DAY + 1, ["temp"]))

        assert repr(raw) == repr(list(store.downsampled("tv-1", "temp", 0, 2 * DAY + 1, 5_000)))
        assert repr(raw) == repr(list(store.downsampled("tv-1", "temp", -(10**30), 10**30, 5_000)))
        assert [] == list(store.downsampled("tv-1", "temp", 5, 5, 2))


def test_a_spike_of_one_reading_in_a_week_is_in_the_picture(tmp_path: Path) -> None:
    """60,000 readings over seven days in 100 points: the one that stands out is there, at its instant."""
    with SqliteTelemetry(tmp_path) as store:
        for day in range(7):
            rows = [("tv-1", day * DAY + n * 10 * SECOND, {"temp": float(n % 50)}) for n in range(8_640)]
            rows[4_321] = ("tv-1", rows[4_321][1], {"temp": 999.0 if day == 3 else -999.0 if day == 5 else 20.0})
            store.write(batch_of(rows, after=day * 8_640), EPOCH)
        found = store.downsampled("tv-1", "temp", 0, 7 * DAY, 100)

    assert len(found) <= 100
    assert {(3 * DAY + 43_210 * SECOND, 999.0), (5 * DAY + 43_210 * SECOND, -999.0)} <= {(r.at, r.value) for r in found}
    with pytest.raises(ValueError, match="ask for two"), SqliteTelemetry(tmp_path) as store:
        store.downsampled("tv-1", "temp", 0, DAY, 1)


def test_raw_readings_come_in_pages_of_whole_instants(api: Served) -> None:
    """Page after page, also over months of silence: every reading once, in order, whatever the limit."""
    texts = [exact_text(DAY_ONE - n * 23 * HOUR) for n in range(29)]
    rows = [{"ts": text, "values": {"temp": float(n), "mode": "on", "fan": True}} for n, text in enumerate(texts)]
    api.hear([("devices/tv-pages/telemetry", row) for row in rows])
    stretch = {"since": exact_text(DAY_ONE - 200 * DAY), "until": exact_text(DAY_ONE + 40 * DAY)}

    everything = pages(api, "/devices/tv-pages/readings", limit=10_000, **stretch)
    assert 3 * 29 == len(everything)
    assert sorted(texts) == sorted({reading["at"] for reading in everything})
    for limit in (1, 4, 7):
        assert everything == pages(api, "/devices/tv-pages/readings", limit=limit, **stretch)
    temperatures = [reading for reading in everything if reading["metric"] == "temp"]
    assert temperatures == pages(api, "/devices/tv-pages/readings", metric="temp", **stretch)


def pages(api: Served, path: str, **asked: Any) -> list[Any]:
    """Every item of a list, page by page."""
    page = api.get(path, **asked)
    items = page["items"]
    while page["next"] is not None:
        page = api.get(path, cursor=page["next"], **asked)
        items += page["items"]
    return list(items)


@given(st.lists(st.integers(0, 40 * DAY), max_size=60), st.integers(1, 20), st.integers(0, 40 * DAY))
def test_the_search_for_the_first_ones_leaves_nothing_out(ats: list[Instant], most: int, until: Instant) -> None:
    """It ends past the limit or at the end, with everything up to where it ended."""

    def fetch(since: Instant, end: Instant) -> list[Any]:
        return [SimpleNamespace(at=at) for at in sorted(ats) if since <= at < end]

    found, reached = first(fetch, 0, until, most)

    assert [at for at in sorted(ats) if at < min(reached, until)] == [each.at for each in found]
    assert len(found) > most or reached >= until


@given(st.integers(0, 4 * 10**18))
def test_an_instant_is_the_same_after_its_way_through_text(at: Instant) -> None:
    """To the microsecond, which is what is read; the text says every digit."""
    text = exact_text(at)
    assert at // 1_000 * 1_000 == from_text(text)
    assert text.endswith("Z")


def test_devices_assets_and_quarantine_are_told(api: Served) -> None:
    """What was heard is there: by name, in pages, with the bytes that could not be used."""
    names = [row["facts"]["device"] for row in api.get("/devices", limit=1_000)["items"]]
    page = api.get("/devices", limit=2)
    rest = api.get("/devices", limit=1_000, cursor=page["next"])
    assert sorted(names) == names == [row["facts"]["device"] for row in page["items"] + rest["items"]]
    assert "tv-1" == api.get("/devices/tv-1")["now"]["facts"]["asset"]
    assert ["tv-1"] == api.get("/assets/tv-1")["devices"]
    assert ["tv-1"] == [row["facts"]["device"] for row in api.get("/devices", asset="tv-1")["items"]]
    claimed = [row["facts"]["device"] for row in api.get("/devices", claimed=True)["items"]]
    assert set() == {name for name in claimed if name.startswith("tv-")}
    quarantined = api.get("/quarantine")["items"]
    assert [("bad_type", '{"values": 7}'), ("not_json", None)] == [
        (row["reason"], row["payload"]["text"]) for row in quarantined
    ]
    assert quarantined[1:] == api.get("/quarantine", cursor=quarantined[0]["position"])["items"]
    assert {"bad_type": 1, "not_json": 1} == api.get("/quarantine/reasons")["counts"]
    assert ["tv-crash-loop"] == [rule["id"] for rule in api.get("/rules")["items"]]
