"""Whatever arrives is used or goes to quarantine with its reason; nothing else is affected, nothing is lost."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sparkplug_wire import read
from domain.batch import MARKED, RETAINED, Batch
from domain.entries import Entry, Kind, Page
from ingest.decode import Decoder
from ingest.sources import sources_entry, sources_from
from tests.cases.hostile.corpus import CORPUS, NOW_MS, SOURCES, Hostile
from tests.cases.hostile.corpus import MARKED as MARKED_WORD

NOW = NOW_MS * 1_000_000
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "120"))
SOURCES_ENTRY = Entry(Kind.CONTROL, NOW, "sources", sources_entry(sources_from(SOURCES)))
GOOD = (
    Entry(Kind.MESSAGE, NOW, "devices/good/telemetry", b'{"ts":%d,"boot":1,"seq":1,"values":{"t":1.5}}' % NOW_MS),
    Entry(Kind.MESSAGE, NOW, "devices/good/events", b'{"ts":%d,"boot":1,"seq":2,"event":"crash"}' % NOW_MS),
    Entry(Kind.MESSAGE, NOW, "plant/line1/good/data", b'{"when":%d,"state":"on","load":2}' % NOW_MS),
    Entry(Kind.MESSAGE, NOW, "home/good/temp", b"21.5"),
)


def decode(entries: Sequence[Entry]) -> Batch:
    """One page of entries under the corpus's sources."""
    return Decoder([(1, SOURCES_ENTRY)], wire=read).decode([Page(2, entries)])


def told(batch: Batch) -> list[object]:
    """What a batch says, without its positions."""
    items = zip(batch.device, batch.item_at, batch.identity, batch.flags, strict=True)
    readings = zip(batch.item, batch.metric, batch.value, batch.state, strict=True)
    return [
        [(batch.devices[d], int(at), int(identity), int(flags)) for d, at, identity, flags in items],
        [(int(i), batch.metrics[m], repr(float(v)), batch.states[s] if s >= 0 else "") for i, m, v, s in readings],
        [event._replace(position=0) for event in batch.events],
    ]


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_a_hostile_message_is_quarantined_or_marked_with_its_reason_and_nothing_else_is_affected(
    hostile: Hostile,
) -> None:
    """Its bytes go to quarantine whole, and the good messages before and after it say what they always say."""
    entry = Entry(Kind.MESSAGE, NOW, hostile.topic, hostile.payload)

    batch = decode([*GOOD, entry, *GOOD])

    if hostile.reason == MARKED_WORD:
        assert [] == batch.rejects
        marked = batch.position == 2 + len(GOOD)
        assert [(NOW, MARKED)] == list(zip(batch.item_at[marked], batch.flags[marked], strict=True))
        rest = batch.only(~marked)
    else:
        assert [(2 + len(GOOD), hostile.topic, hostile.payload, hostile.reason)] == [
            (r.position, r.topic, r.payload, r.reason) for r in batch.rejects
        ]
        rest = batch
    assert told(decode([*GOOD, *GOOD])) == told(rest)


def test_the_corpus_is_as_large_as_promised_and_names_nothing_twice() -> None:
    """At least 150 messages, each with a name of its own."""
    assert len(CORPUS) >= 150
    assert len(CORPUS) == len({hostile.name for hostile in CORPUS})


def test_the_page_for_users_names_every_reason_and_the_corpus_has_an_example_of_each() -> None:
    """`too_many_devices` alone depends on the fleet and not on the message."""
    page = (Path(__file__).parents[2] / "docs" / "payloads.md").read_text(encoding="utf-8")
    table = page.split("## What cannot be used")[1].split("## The registry")[0]
    reasons = {word for line in table.splitlines() if line.startswith("| `") for word in re.findall(r"`(\w+)`", line)}

    assert reasons - {"too_many_devices"} == {hostile.reason for hostile in CORPUS} - {MARKED_WORD}


def test_every_refusal_is_one_sentence_for_a_person() -> None:
    """One line that begins with a capital or a quoted value, not longer than a line of a screen or two."""
    batch = decode([Entry(Kind.MESSAGE, NOW, h.topic, h.payload) for h in CORPUS])

    assert [] == [
        r.detail for r in batch.rejects if "\n" in r.detail or len(r.detail) > 250 or not r.detail.isprintable()
    ]


def test_the_whole_corpus_in_one_page_is_accounted_for() -> None:
    """Each message is an item or a reject, never both and never neither."""
    batch = decode([Entry(Kind.MESSAGE, NOW, h.topic, h.payload) for h in CORPUS])

    assert len(CORPUS) == len({*batch.position.tolist(), *(r.position for r in batch.rejects)})
    assert set() == {*batch.position.tolist()} & {r.position for r in batch.rejects}


TOPICS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(sorted({h.topic for h in CORPUS})),
    st.builds("devices/{}/{}".format, st.text(max_size=5), st.sampled_from(["telemetry", "events", "status"])),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["offline", "1970"])
)
KEYS = st.one_of(
    st.sampled_from(["ts", "boot", "seq", "fw", "values", "event", "code", "details", "device", "status", "when", "a"]),
    st.text(max_size=8),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)


def encoded(tree: object) -> bytes:
    """JSON as careless programs write it, with NaN and half surrogate pairs."""
    return json.dumps(tree, ensure_ascii=True).encode()


PAYLOADS = st.one_of(
    st.binary(max_size=200), TREES.map(encoded), st.sampled_from(CORPUS).map(lambda h: h.payload[:2000])
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans()), min_size=1, max_size=8))
def test_whatever_arrives_never_raises_and_is_accounted_for(messages: list[tuple[str, bytes, bool]]) -> None:
    """Any bytes on any topic: every message is in the items or in quarantine, and the columns fit together."""
    batch = decode([Entry(Kind.MESSAGE, NOW, topic, payload, kept) for topic, payload, kept in messages])

    rejected = [r.position for r in batch.rejects]
    assert len(messages) == batch.messages
    assert set(range(2, 2 + len(messages))) == {*batch.position.tolist(), *rejected}
    assert set() == {*batch.position.tolist()} & {*rejected}
    assert len(rejected) == len(set(rejected))
    assert len(batch.item) == len(batch.metric) == len(batch.value) == len(batch.state)
    assert (np.isfinite(batch.value) == (batch.state < 0)).all()
    for position, flags in zip(batch.position.tolist(), batch.flags.tolist(), strict=True):
        assert messages[position - 2][2] == bool(flags & RETAINED)
    assert (batch.item_at >= NOW - 30 * 86_400 * 10**9).all()
    assert (batch.item_at <= NOW + 300 * 10**9).all()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(TREES.map(encoded), min_size=1, max_size=5))
def test_the_short_way_for_plain_telemetry_says_the_same_as_the_long_way(payloads: list[bytes]) -> None:
    """What takes the short way into the columns would have come out of the long one exactly so."""
    assert both_ways(payloads)


NATIVE = st.fixed_dictionaries(
    {"values": st.dictionaries(st.text("abé\0\n", max_size=3), SCALARS, max_size=4)},
    optional={
        "ts": st.one_of(SCALARS, st.integers(NOW_MS - 5, NOW_MS + 5), st.just("2026-11-22T08:00:00Z")),
        "boot": st.one_of(SCALARS, st.integers(0, 3)),
        "seq": st.one_of(SCALARS, st.integers(0, 3)),
        "fw": st.one_of(SCALARS, st.just("2.4.1")),
        "device": st.sampled_from(["d1", "d2", None, 1]),
    },
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.one_of(NATIVE, st.lists(NATIVE, max_size=3)).map(encoded), min_size=1, max_size=5))
def test_nearly_good_telemetry_says_the_same_both_ways(payloads: list[bytes]) -> None:
    """The same for messages that are native but for one thing or another."""
    assert both_ways(payloads)


def both_ways(payloads: Sequence[bytes]) -> bool:
    """The short way, and the long one alone, agree."""
    entries = [Entry(Kind.MESSAGE, NOW, "devices/d1/telemetry", payload) for payload in payloads]
    short = decode(entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.decode.quick", lambda payload: None)
        long = decode(entries)
    assert told(long) == told(short)
    assert [(r.position, r.reason) for r in long.rejects] == [(r.position, r.reason) for r in short.rejects]
    return True
