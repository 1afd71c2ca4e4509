"""Rebirth requests reach the edge node that is meant, seldom; what does not leave is told and counted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from adapters.embedded_broker import LOOPBACK, free_port
from adapters.mqtt_settings import MqttSettings
from adapters.sparkplug_requests import RebirthRequests
from adapters.sparkplug_wire import MissingExtra, payload_class, read, rebirth_request
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND
from ingest.births import Births
from ingest.decode import Decoder
from ingest.limits import Limits
from ingest.sources import sources_entry, sources_from
from tests.brokers import Broker, device, until
from tests.listening import listener
from tests.sparkplug import sparkplug
from tests.watching import HandClock

EDGE = ("Plant 1", "edge-1")
NCMD = "spBv1.0/Plant 1/NCMD/edge-1"


@contextmanager
def asking(port: int, clock: HandClock, notes: list[str], **settings: Any) -> Iterator[RebirthRequests]:
    """Requests with their thread."""
    requests = RebirthRequests(MqttSettings(host=LOOPBACK, port=port, **settings), clock, note=notes.append)
    stop = Event()
    thread = Thread(target=requests.run, args=(stop,))
    thread.start()
    try:
        yield requests
    finally:
        stop.set()
        thread.join()


@contextmanager
def edge_node(port: int) -> Iterator[list[tuple[str, bytes]]]:
    """What an edge node is told."""
    told: list[tuple[str, bytes]] = []
    with device(port) as client:
        heard = Event()
        client.on_subscribe = lambda *_: heard.set()
        client.on_message = lambda _, __, message: told.append((message.topic, message.payload))
        client.subscribe("spBv1.0/+/NCMD/+")
        until(heard.is_set)
        yield told


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_an_edge_node_is_asked_once_a_minute(broker: Broker, version: str) -> None:
    """However often something is missing; others are asked at once."""
    clock, notes = HandClock(), []
    with edge_node(broker.port) as told, asking(broker.port, clock, notes, version=version) as requests:
        for _ in range(3):
            requests.ask(EDGE)
        requests.ask(("Plant 1", "edge-2"))
        until(lambda: len(told) == 2)
        clock.at += 60 * SECOND
        requests.ask(EDGE)
        until(lambda: len(told) == 3)

    assert {NCMD: 2, "spBv1.0/Plant 1/NCMD/edge-2": 1} == {t: [a for a, _ in told].count(t) for t, _ in told}
    assert {"received": 5, "kept": 3, "dropped": 2, "failed": 0} == requests.counts.as_dict()
    assert {""} == set(notes)


def test_a_request_is_the_command_that_the_specification_names() -> None:
    """`Node Control/Rebirth`, true, with the time of sending."""
    command = read(rebirth_request(1_795_334_400_123))

    assert 1_795_334_400_123 == command.timestamp
    assert [("Node Control/Rebirth", 11, True)] == [(m.name, m.datatype, m.boolean_value) for m in command.metrics]


def test_what_cannot_be_sent_is_counted_and_told() -> None:
    """The sentence says what to check; the edge node may be asked again later."""
    clock, notes = HandClock(), []
    with asking(free_port(), clock, notes) as requests:
        requests.ask(EDGE)
        until(lambda: notes)

    assert "1 rebirth requests did not reach 127.0.0.1" in notes[0]
    assert {"received": 1, "kept": 0, "dropped": 0, "failed": 1} == requests.counts.as_dict()


def test_too_many_that_wait_are_dropped() -> None:
    """And counted; nothing ever blocks."""
    requests = RebirthRequests(MqttSettings(), HandClock())

    for number in range(10_010):
        requests.ask(("G", f"e{number}"))

    assert (10_010, 10) == (requests.counts.received, requests.counts.dropped)


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a traceback about a module."""
    payload_class.cache_clear()
    monkeypatch.setitem(sys.modules, "sparkplub_b_packets.core.sparkplug_b_pb2", None)

    with pytest.raises(MissingExtra, match=r"pip install \"truckroll\[sparkplug\]\""):
        read(b"")


def test_an_edge_node_whose_birth_was_missed_is_born_again(broker: Broker) -> None:
    """From its first number without a name, over the request and its answer, to a value with a name."""
    sources = sources_from([{"name": "plant", "codec": "sparkplug", "rebirth": True}])
    birth = sparkplug({"seq": "0", "metrics": [{"name": "Temp", "alias": "1", "datatype": 9, "floatValue": 20.5}]})
    number = sparkplug({"seq": "1", "metrics": [{"alias": "1", "floatValue": 21.5}]})
    entries = [Entry(Kind.CONTROL, 0, "sources", sources_entry(sources))]

    with (
        listener(broker.port, topics=sources.subscriptions()) as source,
        asking(broker.port, HandClock(), []) as requests,
        device(broker.port) as node,
    ):
        births = Births(source, sources, (), wire=read, limits=Limits(), ask=requests.ask)
        node.on_message = lambda client, *_: [
            client.publish("spBv1.0/Plant 1/NBIRTH/edge-1", birth),
            client.publish("spBv1.0/Plant 1/NDATA/edge-1", number),
        ]
        node.subscribe(NCMD)
        until(lambda: take(births, entries) and source.is_connected)
        node.publish("spBv1.0/Plant 1/NDATA/edge-1", number)
        until(lambda: take(births, entries) and sum(entry.kind == Kind.MESSAGE for entry in entries) == 3)

    batch = Decoder(wire=read).decode([Page(1, entries)])
    assert ["no_birth"] == [reject.reason for reject in batch.rejects]
    assert [20.5, 21.5] == batch.value.tolist()


def take(births: Births, entries: list[Entry]) -> bool:
    """Take what came."""
    deliveries = births.take(0.05)
    births.acknowledge(deliveries)
    entries += [delivery.entry for delivery in deliveries]
    return True
