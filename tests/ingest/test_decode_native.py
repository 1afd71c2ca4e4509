"""Native messages become items, readings and events; what holds at a position depends on the journal before it."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.batch import MARKED, RETAINED, Batch
from domain.entries import Entry, Kind, Page
from domain.instants import DAY, MINUTE, parse_instant
from domain.registry import Facts, Installation, registry_entry
from ingest.decode import Decoder
from ingest.limits import Limits
from ingest.sources import sources_entry, sources_from

NOW = parse_instant("2026-11-22T08:00:00Z")
NOW_MS = NOW // 1_000_000


def message(payload: object, topic: str = "devices/d1/telemetry", *, retained: bool = False) -> Entry:
    """A message that arrives now."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Entry(Kind.MESSAGE, NOW, topic, content, retained)


def crash(**rest: Any) -> Entry:
    """A crash."""
    return message({"event": "crash", **rest}, "devices/d1/events")


def decode(*entries: Entry, first: int = 1) -> Batch:
    """One page of entries."""
    return Decoder().decode([Page(first, entries)])


def control(topic: str, payload: bytes) -> Entry:
    """A decision of people."""
    return Entry(Kind.CONTROL, NOW, topic, payload)


def readings(batch: Batch) -> dict[str, float | str]:
    """The readings by metric."""
    rows = zip(batch.metric, batch.value, batch.state, strict=True)
    return {batch.metrics[m]: batch.states[s] if s >= 0 else float(v) for m, v, s in rows}


def test_numbers_booleans_and_words_become_readings_and_null_says_nothing() -> None:
    """Booleans are 0 and 1, words are states, nested names are joined."""
    batch = decode(message({"values": {"t": 41.5, "n": 3, "on": True, "mode": "eco", "x": None, "in": {"a": [1, 2]}}}))

    assert {"t": 41.5, "n": 3.0, "on": 1.0, "mode": "eco", "in.a.0": 1.0, "in.a.1": 2.0} == readings(batch)


def test_an_object_without_a_time_is_as_old_as_its_arrival() -> None:
    """No time said: the time of arrival, unmarked."""
    batch = decode(message({"values": {}}))

    assert ([NOW], [0]) == (batch.item_at.tolist(), batch.flags.tolist())


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (NOW_MS - 123, "2026-11-22T07:59:59.877Z"),
        (NOW_MS - 0.5, "2026-11-22T07:59:59.9995Z"),
        ("2026-11-22T07:59:59.123456Z", "2026-11-22T07:59:59.123456Z"),
        ("2026-11-22T07:59:59.123456789Z", "2026-11-22T07:59:59.123456Z"),
        ("2026-11-22T09:30:00+01:30", "2026-11-22T08:00:00Z"),
        ("2026-11-22 07:00z", "2026-11-22T07:00:00Z"),
    ],
)
def test_a_time_is_milliseconds_or_rfc_3339(said: object, text: str) -> None:
    """Both ways of writing a time, whole or with fractions."""
    assert [parse_instant(text)] == decode(message({"ts": said, "values": {}})).item_at.tolist()


@pytest.mark.parametrize(
    ("away", "is_believed"),
    [(-30 * DAY, True), (-30 * DAY - 1_000_000, False), (5 * MINUTE, True), (5 * MINUTE + 1_000_000, False)],
)
def test_a_clock_is_believed_from_30_days_before_to_5_minutes_after_the_arrival(away: int, is_believed: bool) -> None:
    """Out of that range the time of arrival is used and the item marked."""
    batch = decode(message({"ts": (NOW + away) // 1_000_000, "values": {"t": 1}}))

    expected = (NOW + away, 0) if is_believed else (NOW, MARKED)
    assert expected == (int(batch.item_at[0]), int(batch.flags[0]))


def test_an_event_keeps_what_was_said_of_it() -> None:
    """Name, code, details, counters, time; a code may be a number."""
    batch = decode(crash(ts=NOW_MS, boot=41, seq=18, code=57005, details={"trace": "a\nb", "deep": [{"x": 1}]}))

    event = batch.events[0]
    assert ("d1", "crash", "57005", 41, 18, NOW, 1) == (
        event.device,
        event.event,
        event.code,
        event.boot,
        event.seq,
        event.at,
        event.position,
    )
    assert {"trace": "a\nb", "deep": [{"x": 1}]} == event.details
    assert 0 < event.digest < 2**63


def test_one_object_may_hold_readings_and_an_event() -> None:
    """They are one item."""
    batch = decode(message({"event": "fault", "values": {"t": 99}}))

    assert (1, 1, {"t": 99.0}) == (len(batch.position), len(batch.events), readings(batch))


def test_a_list_is_several_items_of_one_message() -> None:
    """Each with its own time and counters, all at the message's position."""
    batch = decode(
        message([{"ts": NOW_MS - n, "boot": 1, "seq": n, "values": {"t": n}} for n in range(3)]),
        message({"values": {}}),
    )

    assert [1, 1, 1, 2] == batch.position.tolist()
    assert [NOW, NOW - 1_000_000, NOW - 2_000_000, NOW] == batch.item_at.tolist()
    assert [0, 1, 2] == batch.item.tolist()


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (b"offline", "offline"),
        (b" Online\n", "online"),
        (b'"offline"', "offline"),
        (b'{"status": "online"}', "online"),
        (b'{"status": "OFFLINE", "boot": 3, "seq": 9, "ts": 1}', "offline"),
    ],
)
def test_a_last_will_is_an_event(payload: bytes, event: str) -> None:
    """Bare, quoted or as an object."""
    batch = decode(message(payload, "devices/d1/status"))

    assert ([event], []) == ([e.event for e in batch.events], batch.rejects)


def test_what_the_broker_kept_for_newcomers_is_flagged() -> None:
    """On the item and on its event."""
    batch = decode(
        message(b"offline", "devices/d1/status", retained=True), message({"values": {"t": 1}}, retained=True)
    )

    assert [RETAINED, RETAINED] == batch.flags.tolist()
    assert [RETAINED] == [event.flags for event in batch.events]


def test_entries_that_are_no_messages_are_marks() -> None:
    """At their place, as they are."""
    tick, link = Entry(Kind.TICK, NOW), Entry(Kind.LINK, NOW, "connected", b"main")

    batch = decode(tick, message({"values": {}}), link, first=8)

    assert [(8, Kind.TICK, ""), (10, Kind.LINK, "connected")] == [(m.position, m.kind, m.topic) for m in batch.marks]
    assert (7, 10, [9], 1) == (batch.after, batch.upto, batch.position.tolist(), batch.messages)


def test_a_batch_of_several_pages_holds_them_all() -> None:
    """Positions go on from page to page."""
    batch = Decoder().decode([Page(5, [message({"values": {"t": 1}})]), Page(6, [message({"values": {"t": 2}})])])

    assert (4, 6, [5, 6], [1.0, 2.0]) == (batch.after, batch.upto, batch.position.tolist(), batch.value.tolist())


# -- identity


def identities(*entries: Entry) -> list[int]:
    """The items' identities."""
    return decode(*entries).identity.tolist()


def test_boot_and_seq_are_an_identity_whatever_else_is_said() -> None:
    """Equal counters are a duplicate; another boot or another seq is not."""
    same = [{"boot": 1, "seq": 2, "ts": ts, "values": {"t": t}} for ts, t in ((NOW_MS, 1), (5, 2))]
    other = [
        {"boot": 2, "seq": 2, "values": {}},
        {"boot": 1, "seq": 3, "values": {}},
        {"boot": 2, "seq": 1, "values": {}},
    ]

    found = identities(*map(message, [*same, *other]))

    assert found[0] == found[1]
    assert 4 == len(set(found))
    assert 0 not in found


def test_without_boot_identical_bytes_with_the_same_time_are_a_duplicate() -> None:
    """Other bytes or another time are not, nor the same bytes on another topic."""
    payload = {"ts": NOW_MS, "seq": 1, "values": {"t": 1}}

    found = identities(
        message(payload),
        message(payload),
        message(payload | {"values": {"t": 2}}),
        message(payload | {"ts": NOW_MS - 1}),
        message(payload, "devices/d1/events"),
    )

    assert found[0] == found[1]
    assert 4 == len(set(found))


def test_an_object_of_a_list_has_the_identity_it_has_alone() -> None:
    """A buffer sent again in other portions is still recognised."""
    first, second = b'{"ts":%d,"values":{"t":1}}' % NOW_MS, b'{"ts": %d, "event":"crash"}' % (NOW_MS - 1)

    alone = identities(message(first), message(second))

    assert alone == identities(message(b" [ " + first + b" , " + second + b" ] "))


def test_three_identical_crashes_without_time_and_counters_are_never_duplicates() -> None:
    """Nothing was said by which a repetition could be known."""
    assert [0, 0, 0] == identities(crash(), crash(), crash())
    assert [0, 0] == identities(crash(seq=4), crash(boot=4))


def test_a_clock_that_says_1970_is_no_identity() -> None:
    """Each crash resets such a clock to the same time; two crashes say the same and are two."""
    assert [0, 0] == identities(crash(ts=5000), crash(ts=5000))


def test_a_clock_that_says_1970_leaves_counters_their_identity() -> None:
    """Boot and seq are enough."""
    found = identities(crash(ts=5000, boot=1, seq=1), crash(ts=5000, boot=1, seq=1), crash(ts=5000, boot=2, seq=1))

    assert found[0] == found[1] != found[2]


@given(st.sets(st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1)), max_size=30))
def test_different_counters_have_different_identities(counters: set[tuple[int, int]]) -> None:
    """And none of them is 0."""
    found = identities(*(message({"boot": b, "seq": s, "values": {}}) for b, s in counters))

    assert len(counters) == len(set(found) - {0})


# -- what holds at a position


HOME = [{"name": "home", "topic": "home/{device}/{metric}", "codec": "value"}]
RENAMED = [{"name": "home", "topic": "home/{device}/{metric}", "codec": "value", "values": {"t": "temp"}}]
STRICT = [{"name": "native", "unknown": "quarantine"}]


def sources(rows: Sequence[dict[str, Any]]) -> Entry:
    """Sources put in force."""
    return control("sources", sources_entry(sources_from(rows)))


def registered(*devices: str) -> Entry:
    """Devices put into the registry."""
    return control("registry", registry_entry(Installation(NOW, Facts(device=d, asset=d)) for d in devices))


def test_sources_hold_for_the_entries_after_them() -> None:
    """The same message means something else before and after each change."""
    reading = message(b"21.5", "home/d1/t")

    batch = decode(reading, sources(HOME), reading, sources(RENAMED), reading)

    assert ["no_source"] == [r.reason for r in batch.rejects]
    assert ["t", "temp"] == [batch.metrics[m] for m in batch.metric]


def test_an_older_page_is_decoded_with_the_sources_of_its_time() -> None:
    """Decoding goes back and forth in the journal without a trace."""
    pages = [Page(1, [sources(HOME)]), Page(2, [message(b"1", "home/d1/t")]), Page(3, [sources(RENAMED)])]
    pages.append(Page(4, [message(b"1", "home/d1/t")]))
    decoder = Decoder([(p.first, p.entries[0]) for p in pages if p.entries[0].kind is Kind.CONTROL])

    found = [decoder.decode([pages[n]]).metrics for n in (3, 1, 3, 0, 1)]

    assert [["temp"], ["t"], ["temp"], [], ["t"]] == found


def test_an_unknown_device_is_let_in_unless_its_source_says_quarantine() -> None:
    """And is let in from the position on at which it was registered."""
    reading = message({"values": {"t": 1}})
    entries = [reading, sources(STRICT), reading, registered("d2"), reading, registered("d1"), reading]
    decoder = Decoder()

    for _ in range(2):
        batch = decoder.decode([Page(1, entries)])

        assert [1, 7] == batch.position.tolist()
        assert [(3, "unknown_device"), (5, "unknown_device")] == [(r.position, r.reason) for r in batch.rejects]


def test_limits_are_settings() -> None:
    """A smaller limit lets in less."""
    decoder = Decoder((), Limits(message_bytes=20))

    batch = decoder.decode([Page(1, [message(b'{"values":{"t":1}}'), message(b'{"values":{"t":1.25}}')])])

    assert ([1], ["too_big"]) == (batch.position.tolist(), [r.reason for r in batch.rejects])


@given(st.data())
def test_the_cut_into_pages_does_not_matter(data: st.DataObject) -> None:
    """Any cut gives the same items, readings, events, marks and rejects."""
    entries = [
        message({"values": {"t": 1.5, "mode": "eco"}, "fw": "1"}),
        crash(ts=NOW_MS),
        sources(HOME),
        message(b"21.5", "home/d2/t"),
        message(b"nonsense"),
        registered("d1"),
        message([{"boot": 1, "seq": n, "values": {"t": n}} for n in range(3)]),
        Entry(Kind.TICK, NOW),
        message(b"offline", "devices/d3/status"),
    ]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(entries) - 1))))
    bounds = [0, *cuts, len(entries)]
    decoder = Decoder()

    parts = [decoder.decode([Page(a + 1, entries[a:b])]) for a, b in pairwise(bounds)]

    whole = decode(*entries)
    assert whole.identity.tolist() == np.concatenate([p.identity for p in parts]).tolist()
    assert [e._replace(item=0) for e in whole.events] == [e._replace(item=0) for p in parts for e in p.events]
    assert list(whole.marks) == [m for p in parts for m in p.marks]
    assert list(whole.rejects) == [r for p in parts for r in p.rejects]
    assert spoken([whole]) == spoken(parts)


def spoken(batches: Sequence[Batch]) -> list[tuple[object, ...]]:
    """Every reading with everything that is known of it, by name."""
    return [
        (
            int(b.position[i]),
            b.devices[b.device[i]],
            int(b.item_at[i]),
            b.metrics[m],
            b.states[s] if s >= 0 else float(v),
            b.firmwares[b.firmware[i]] if b.firmware[i] >= 0 else "",
        )
        for b in batches
        for i, m, v, s in zip(b.item, b.metric, b.value, b.state, strict=True)
    ]
