"""Sparkplug B: what births fix stands in the journal, so every reader decodes the same; sessions, gaps, any bytes."""

from collections.abc import Sequence
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sparkplug_wire import payload_class, read
from domain.batch import Batch
from domain.entries import Entry, Kind, Page, Position
from domain.errors import TruckrollError
from domain.instants import DAY, SECOND
from ingest import births as births_module
from ingest.aliases import ALIASES, LATE_DEATH
from ingest.decode import Decoder
from ingest.limits import Limits
from ingest.sources import Sources, sources_entry, sources_from
from tests.sparkplug import Given, births, journaled, sparkplug

NOW = 1_795_334_400 * SECOND
MS = NOW // 10**6
ROW: dict[str, Any] = {"name": "plant", "codec": "sparkplug", "rebirth": True}
SOURCES = sources_from([ROW])
CONTROL = Entry(Kind.CONTROL, 0, "sources", sources_entry(SOURCES))
EDGE = ("G", "E")


def metric(name: str = "", **fields: Any) -> dict[str, Any]:
    """A metric as the schema's JSON."""
    return ({"name": name} if name else {}) | fields


def entry(kind: str, *metrics: dict[str, Any], device: str = "", seq: int | None = None, at: int = NOW) -> Entry:
    """A message of the edge node E of group G, or of a device behind it."""
    said = {"timestamp": str(MS), "metrics": list(metrics)} | ({} if seq is None else {"seq": str(seq)})
    topic = f"spBv1.0/G/{kind}/E" + (f"/{device}" if device else "")
    return Entry(Kind.MESSAGE, at, topic, sparkplug(said))


def session(number: int) -> dict[str, Any]:
    """The metric that numbers sessions."""
    return metric("bdSeq", datatype=8, longValue=str(number))


def temp(alias: int = 1, name: str = "Temp") -> dict[str, Any]:
    """What a birth says of a temperature."""
    return metric(name, alias=str(alias), datatype=9, floatValue=20.5)


def hot(alias: int = 1) -> dict[str, Any]:
    """The temperature by its number."""
    return metric(alias=str(alias), floatValue=21.5)


def controls(entries: Sequence[Entry]) -> list[tuple[Position, Entry]]:
    """Every control entry with its position, as the journal keeps them; the first entry stands at 1."""
    return [(place, entry) for place, entry in enumerate(entries, 1) if entry.kind == Kind.CONTROL]


def decode(messages: Sequence[Entry], sources: Sources = SOURCES) -> Batch:
    """The messages as they are journaled."""
    control = Entry(Kind.CONTROL, 0, "sources", sources_entry(sources))
    return Decoder(wire=read).decode([Page(1, [control, *journaled(messages, sources)])])


def said(batch: Batch) -> list[Any]:
    """Values and events of each item, and the reason of each reject, in order."""
    found: list[tuple[int, Any]] = [(reject.position, reject.reason) for reject in batch.rejects]
    for item, position in enumerate(batch.position.tolist()):
        values: dict[str, Any] = {
            batch.metrics[batch.metric[row]]: batch.states[batch.state[row]]
            if batch.state[row] >= 0
            else float(batch.value[row])
            for row in range(len(batch.item))
            if batch.item[row] == item
        }
        happened = [event.event for event in batch.events if event.item == item]
        found.append((position, (values, *happened)))
    return [told for _, told in sorted(found, key=lambda pair: pair[0])]


def asked(messages: Sequence[Entry], sources: Sources = SOURCES) -> list[object]:
    """Who is asked for a rebirth."""
    edges: list[object] = []
    births(messages, sources, ask=edges.append).take(0)
    return edges


# -- what messages say


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"datatype": 1, "intValue": 0xFB}, -5),
        ({"datatype": 1, "intValue": 0xFFFFFFFB}, -5),
        ({"datatype": 2, "intValue": 0xFFFB}, -5),
        ({"datatype": 3, "intValue": 0xFFFFFFFB}, -5),
        ({"datatype": 3, "intValue": 5}, 5),
        ({"datatype": 4, "longValue": str(2**64 - 5)}, -5),
        ({"datatype": 5, "intValue": 0xFB}, 0xFB),
        ({"datatype": 7, "longValue": str(2**32 - 1)}, 2**32 - 1),
        ({"datatype": 8, "longValue": str(2**64 - 1)}, 2.0**64),
        ({"datatype": 9, "floatValue": 0.5}, 0.5),
        ({"datatype": 10, "doubleValue": 0.1}, 0.1),
        ({"datatype": 11, "booleanValue": True}, 1),
        ({"datatype": 12, "stringValue": "running"}, "running"),
        ({"datatype": 13, "longValue": "1795334400000"}, 1795334400000),
        ({"datatype": 14, "stringValue": "text"}, "text"),
        ({"datatype": 17, "bytesValue": "AAEC"}, None),
        ({"datatype": 16, "datasetValue": {"numOfColumns": "1"}}, None),
        ({"datatype": 19, "templateValue": {"version": "1"}}, None),
        ({"datatype": 9, "isNull": True}, None),
        ({"datatype": 9}, None),
    ],
)
def test_each_data_type_becomes_the_value_it_means(fields: dict[str, Any], value: float | str | None) -> None:
    """Signed numbers travel as unsigned ones; what is no number, truth or text is no reading."""
    batch = decode([entry("NBIRTH", metric("m", **fields), seq=0)])

    assert [({} if value is None else {"m": value}, "online")] == said(batch)


def test_metrics_with_times_of_their_own_become_items_of_their_own() -> None:
    """In one birth: what was measured a while ago, what is of now, and the birth itself."""
    batch = decode([entry("NBIRTH", metric("a", datatype=9, floatValue=1, timestamp=str(MS - 1500)), temp(), seq=0)])

    assert [({"a": 1.0},), ({"Temp": 20.5}, "online")] == said(batch)
    assert [NOW - 1500 * 10**6, NOW] == batch.item_at.tolist()


def test_a_birth_of_a_thousand_metrics_is_cut_into_items_that_fit() -> None:
    """All of one time, none a repetition of another; one of them tells that it is online."""
    batch = decode([entry("NBIRTH", *[metric(f"m{n}", datatype=9, floatValue=n) for n in range(1000)], seq=0)])

    assert (4, 1000, 4) == (len(batch.position), len(batch.item), len(set(batch.identity.tolist())))
    assert ["online"] == [event.event for event in batch.events]


def test_what_belongs_to_the_protocol_is_no_reading() -> None:
    """The session's number and the commands that a node offers."""
    rebirth = metric("Node Control/Rebirth", datatype=11, booleanValue=False)

    assert [({"Temp": 20.5}, "online")] == said(decode([entry("NBIRTH", session(1), rebirth, temp(), seq=0)]))


def test_a_death_of_an_edge_node_is_dated_by_its_arrival() -> None:
    """It was written when the node connected, and is sent when it has gone."""
    said_at = {"timestamp": str(MS - 86_400_000), "metrics": [session(1)]}
    batch = decode([Entry(Kind.MESSAGE, NOW, "spBv1.0/G/NDEATH/E", sparkplug(said_at))])

    assert ([NOW], ["offline"]) == (batch.item_at.tolist(), [event.event for event in batch.events])


def test_devices_are_named_by_group_edge_node_and_device() -> None:
    """Without the group where the source names it."""
    one = sources_from([ROW | {"topic": "spBv1.0/G/{device**}"}])
    messages = [entry("NBIRTH", seq=0), entry("DBIRTH", seq=1, device="D")]

    assert ["G_x2fE", "G_x2fE_x2fD"] == list(decode(messages).devices)
    assert ["E", "E_x2fD"] == list(decode(messages, one).devices)


def test_only_what_devices_say_is_subscribed_to() -> None:
    """Neither commands nor the states of host applications."""
    one = sources_from([ROW | {"topic": "spBv1.0/G/{device**}"}, {"name": "native", "enabled": False}])

    levels = ("NBIRTH/+", "NDATA/+", "NDEATH/+", "DBIRTH/+/+", "DDATA/+/+", "DDEATH/+/+")
    assert {f"spBv1.0/G/{level}" for level in levels} == set(one.subscriptions())
    assert {f"spBv1.0/+/{level}" for level in levels} <= set(SOURCES.subscriptions())


def test_data_that_names_everything_needs_no_birth() -> None:
    """A name, and a type where a number has one."""
    named = metric("Temp", floatValue=1.5), metric("Count", datatype=3, intValue=4294967295), metric("on", intValue=1)

    assert [({"Temp": 1.5, "Count": -1.0},), "no_birth"] == said(
        decode([entry("NDATA", *named[:2]), entry("NDATA", named[2])])
    )


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "empty"),
        (b'{"temp": 1}', "not_sparkplug"),
        (b"\xff" * 20, "not_sparkplug"),
        (b"\0" * 70_000, "too_big"),
        (sparkplug({"metrics": [hot()]}), "no_birth"),
        (sparkplug({"metrics": [metric("m", doubleValue="Infinity")]}), "not_finite"),
        (sparkplug({"metrics": [metric("m" * 129, doubleValue=1)]}), "bad_name"),
        (sparkplug({"metrics": [metric("a\nb", doubleValue=1)]}), "control_character"),
        (sparkplug({"metrics": [metric("m", stringValue="a\0b")]}), "control_character"),
        (sparkplug({"metrics": [metric("m", stringValue="x" * 5000)]}), "string_too_long"),
        (sparkplug({"metrics": [metric("mmm", doubleValue=1)]}).replace(b"mmm", b"m\xffm"), "bad_utf8"),
        (sparkplug({"metrics": [metric("m", stringValue="sss")]}).replace(b"sss", b"s\xffs"), "bad_utf8"),
        (sparkplug({"timestamp": str(2**64 - 1), "metrics": [metric("m", doubleValue=1)]}), "marked"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(payload: bytes, why: str) -> None:
    """Or only its time is not believed."""
    batch = decode([Entry(Kind.MESSAGE, NOW, "spBv1.0/G/NDATA/E", payload)])

    assert [why] == ([reject.reason for reject in batch.rejects] or ["marked"])


def test_without_the_schema_nothing_is_decided() -> None:
    """A sentence instead of a quarantine that a better equipped reader would not agree with."""
    with pytest.raises(TruckrollError, match="without their schema"):
        Decoder([(1, CONTROL)]).decode([Page(2, [entry("NDATA", hot())])])


# -- what births fix


def test_a_birth_that_changes_nothing_costs_no_entry() -> None:
    """The first data after the first birth needs one entry; rebirths, deaths and new sessions need none."""
    again = [entry("NBIRTH", session(1), temp(), seq=0), entry("NDATA", hot(), seq=1), entry("NDATA", hot(), seq=2)]
    died = [entry("NDEATH", session(1)), entry("NBIRTH", session(2), temp(), seq=0), entry("NDATA", hot(), seq=1)]

    entries = journaled([*again, *again, *died], SOURCES)

    assert [ALIASES + "G_x2fE"] == [entry.topic for entry in entries if entry.kind == Kind.CONTROL]
    assert Kind.CONTROL == entries[1].kind


def test_a_new_birth_names_the_same_number_anew() -> None:
    """Each message is read by the birth before it, also when the pages are read in another order."""
    messages = [
        entry("NBIRTH", temp(1, "Temp"), seq=0),
        entry("NDATA", hot(), seq=1),
        entry("NBIRTH", temp(1, "Pressure"), seq=0),
        entry("NDATA", hot(), seq=1),
    ]
    entries = [CONTROL, *journaled(messages, SOURCES)]
    decoder = Decoder(controls(entries), wire=read)

    later = decoder.decode([Page(5, entries[4:])])
    earlier = decoder.decode([Page(1, entries[:4])])

    assert [({"Temp": 20.5}, "online"), ({"Temp": 21.5},)] == said(earlier)
    assert [({"Pressure": 20.5}, "online"), ({"Pressure": 21.5},)] == said(later)


def test_after_a_death_or_in_a_new_session_old_numbers_mean_nothing() -> None:
    """A device must be born again after its edge node, or its numbers could mean something else."""
    drive = metric("Speed", alias="5", datatype=9, floatValue=1)
    speed = entry("DDATA", metric(alias="5", floatValue=2), device="D")
    messages = [
        entry("NBIRTH", session(1), seq=0),
        entry("DBIRTH", drive, device="D"),
        speed,
        entry("NBIRTH", session(2), seq=0),
        speed,
        entry("DBIRTH", drive, device="D"),
        speed,
        entry("DDEATH", device="D"),
        speed,
    ]

    found = said(decode(messages))

    assert [({"Speed": 2.0},), "no_birth", ({"Speed": 2.0},), "no_birth"] == [found[place] for place in (2, 4, 6, 8)]


def test_a_death_of_an_earlier_session_is_no_event() -> None:
    """The last will of a connection that was replaced may come after the new birth."""
    messages = [
        entry("NBIRTH", session(7), temp(), seq=0),
        entry("NDEATH", session(6)),
        entry("NDATA", hot(), seq=1),
        entry("NDEATH", session(7)),
    ]

    batch = decode(messages)

    assert [({"Temp": 20.5}, "online"), ({},), ({"Temp": 21.5},), ({}, "offline")] == said(batch)
    assert 1 == sum(mark.topic == LATE_DEATH for mark in batch.marks)


def test_after_a_restart_numbers_mean_what_they_meant_before() -> None:
    """The journal says so, however old the birth is; the edge node is asked all the same."""
    first = [CONTROL, *journaled([entry("NBIRTH", temp(), seq=0), entry("NDATA", hot(), seq=1)], SOURCES)]
    edges: list[object] = []

    taken = births([entry("NDATA", hot(), seq=2)], SOURCES, controls(first), ask=edges.append).take(0)
    batch = Decoder(controls(first), wire=read).decode([Page(9, [delivery.entry for delivery in taken])])

    assert ([({"Temp": 21.5},)], {EDGE}) == (said(batch), set(edges))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=25), st.data())
def test_a_reader_may_begin_anywhere(steps: list[int], data: st.DataObject) -> None:
    """Any story, cut anywhere: a reader that knows the control entries says the same as one from the beginning."""
    story = [
        lambda: entry("NBIRTH", session(1), temp(1, "Temp"), seq=0),
        lambda: entry("NBIRTH", session(2), temp(1, "Pressure"), seq=0),
        lambda: entry("DBIRTH", temp(5, "Speed"), device="D"),
        lambda: entry("DBIRTH", temp(5, "Load"), device="D"),
        lambda: entry("NDEATH", session(1)),
        lambda: entry("DDEATH", device="D"),
        lambda: entry("NDATA", hot(1)),
        lambda: entry("DDATA", hot(5), device="D"),
        lambda: Entry(Kind.LINK, NOW, "session_lost"),
        lambda: Entry(Kind.MESSAGE, NOW, "spBv1.0/G/NDATA/E", b"junk"),
    ]
    entries = [CONTROL, *journaled([story[step]() for step in steps], SOURCES)]
    cut = data.draw(st.integers(1, len(entries)))

    whole = Decoder(wire=read).decode([Page(1, entries)])
    part = Decoder(controls(entries), wire=read).decode([Page(cut, entries[cut - 1 :])])

    assert said(whole.since(cut - 1)) == said(part)


def test_a_device_that_changes_its_names_all_the_time_has_none_until_tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change is kept for ever, so there is a budget; the sentence in quarantine is that of a missing birth."""
    monkeypatch.setattr(births_module, "CHANGES_A_DAY", 3)

    def change(number: int, at: int) -> list[Entry]:
        return [entry("NBIRTH", temp(1, f"T{number}"), seq=0, at=at), entry("NDATA", hot(), seq=1, at=at)]

    today = [one for number in range(9) for one in change(number, NOW)]
    entries = journaled([*today, *change(9, NOW + DAY)], SOURCES)

    assert 3 + 1 + 1 == sum(one.kind == Kind.CONTROL for one in entries)
    batch = Decoder([(1, CONTROL)], wire=read).decode([Page(2, entries)])
    data = [told for told in said(batch) if told == "no_birth" or len(told) == 1]
    assert ["no_birth"] * 6 == data[3:9]
    assert [{"T0": 21.5}, {"T1": 21.5}, {"T2": 21.5}, {"T9": 21.5}] == [told[0] for told in data if told != "no_birth"]


def test_retained_messages_fix_nothing() -> None:
    """Nobody knows how old they are."""
    birth = entry("NBIRTH", temp(), seq=0)._replace(retained=True)

    assert [birth] == journaled([birth], SOURCES)
    assert "no_birth" in said(decode([birth, entry("NDATA", hot(), seq=1)]))


def test_acknowledgements_and_trouble_are_the_source_s_own() -> None:
    """The entries between need none."""
    given = Given([entry("NBIRTH", temp(), seq=0), entry("NDATA", hot(), seq=1)])
    follower = births_module.Births(given, SOURCES, (), wire=read, limits=Limits(), ask=lambda edge: None)

    follower.acknowledge(follower.take(0))

    assert ([0, 1], "") == (given.acknowledged, follower.trouble)


# -- who is asked


BORN = entry("NBIRTH", session(1), temp(), seq=0)


@pytest.mark.parametrize(
    ("messages", "times"),
    [
        ([BORN, entry("NDATA", hot(), seq=1), entry("NDATA", hot(), seq=2)], 0),
        ([BORN, *[entry("NDATA", hot(), seq=n % 256) for n in range(1, 600)]], 0),
        ([BORN, entry("NDATA", hot(), seq=2)], 1),
        ([BORN, entry("NDATA", hot(), seq=1), entry("NDATA", hot(), seq=1)], 1),
        ([BORN, entry("NDATA", hot(99), seq=1)], 1),
        ([BORN, entry("DDATA", hot(), seq=1, device="D")], 1),
        ([entry("NDATA", metric("Temp", floatValue=1), seq=5)], 1),
        ([entry("NDEATH", session(1))], 0),
        ([BORN, entry("NDEATH", session(1)), entry("NDATA", hot(), seq=1)], 1),
        ([BORN, Entry(Kind.LINK, NOW, "session_lost"), entry("NDATA", hot(), seq=1)], 1),
        ([BORN, Entry(Kind.LINK, NOW, "disconnected"), entry("NDATA", hot(), seq=1)], 0),
        ([entry("NDATA", hot())._replace(payload=b"junk")], 0),
    ],
)
def test_a_rebirth_is_asked_for_when_something_is_missing(messages: Sequence[Entry], times: int) -> None:
    """A gap in 0 to 255, a number without a name, or an edge node whose birth nobody heard."""
    edges = asked(messages)

    assert (times > 0, {EDGE} if times else set()) == (bool(edges), set(edges))


def test_nobody_is_asked_without_leave() -> None:
    """On somebody else's broker Truckroll only listens."""
    assert [] == asked([entry("NDATA", hot(), seq=5)], sources_from([ROW | {"rebirth": False}]))


@pytest.mark.parametrize(
    "topic",
    ["spBv1.0/#", "spBv1.0/+/{device**}", "spBv1.0/a/b/{device**}", "spBv1.0/{device}", "spAv1.0/{device**}", ""],
)
def test_a_topic_of_sparkplug_is_all_groups_or_one(topic: str) -> None:
    """Anything else is a mistake with its sentence."""
    with pytest.raises(TruckrollError, match="for all groups or"):
        sources_from([ROW | {"topic": topic}])


# -- whatever arrives


LEVELS = st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"])
METRICS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(st.text(max_size=4), st.just("bdSeq")),
        "alias": st.integers(0, 3).map(str),
        "timestamp": st.integers(0, 2**64 - 1).map(str),
        "datatype": st.integers(0, 40),
        "isNull": st.booleans(),
    },
)
VALUES = st.one_of(
    st.just({}),
    st.builds(lambda n: {"intValue": n}, st.integers(0, 2**32 - 1)),
    st.builds(lambda n: {"longValue": str(n)}, st.integers(0, 2**64 - 1)),
    st.builds(lambda x: {"doubleValue": x}, st.floats(allow_nan=False, allow_infinity=False)),
    st.just({"doubleValue": "NaN"}),
    st.builds(lambda x: {"stringValue": x}, st.text(max_size=4)),
    st.builds(lambda x: {"booleanValue": x}, st.booleans()),
)
PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda metrics, seq: sparkplug({"metrics": metrics, "seq": str(seq)}),
        st.lists(st.builds(dict.__or__, METRICS, VALUES), max_size=4),
        st.integers(0, 2**64 - 1),
    ),
)


def cut(payload: bytes, places: Sequence[int]) -> bytes:
    """The payload with bytes changed at some places."""
    changed = bytearray(payload)
    for place in places if payload else ():
        changed[place % len(payload)] ^= 1 + place % 255
    return bytes(changed)


MESSAGES = st.tuples(LEVELS, st.builds(cut, PAYLOADS, st.lists(st.integers(0, 2**16), max_size=3)))


@settings(max_examples=200, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=6))
def test_whatever_arrives_is_used_or_refused(messages: list[tuple[str, bytes]]) -> None:
    """Nothing raises, neither while following nor while decoding, and no message is both or neither."""
    topics = {"N": "spBv1.0/G/{}/E", "D": "spBv1.0/G/{}/E/D"}
    entries = [Entry(Kind.MESSAGE, NOW, topics[level[0]].format(level), payload) for level, payload in messages]

    batch = decode(entries)

    assert len(messages) == len({*batch.position.tolist(), *(reject.position for reject in batch.rejects)})
    assert set() == {*batch.position.tolist()} & {reject.position for reject in batch.rejects}


@given(st.lists(st.builds(dict.__or__, METRICS, VALUES), max_size=4))
def test_what_the_schema_writes_it_reads(metrics: list[dict[str, Any]]) -> None:
    """Our captures say what the published schema says."""
    said = sparkplug({"metrics": metrics})

    assert MessageToDict(payload_class().FromString(said)) == MessageToDict(read(said))
