"""What every Source keeps, over every broker and protocol it is offered with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from adapters.embedded_broker import amqtt_thread, free_port
from adapters.mqtt import MqttSource
from domain.entries import Kind
from tests.brokers import Broker, publish
from tests.listening import links, listener, messages, payloads, take_links, take_messages, take_until

Listen = Callable[..., MqttSource]

KINDS = {
    "mosquitto, MQTT 5": {"version": "5"},
    "mosquitto, MQTT 3.1.1": {"version": "3.1.1"},
    "mosquitto, MQTT 5 without the fast lane": {"version": "5", "parts": {"client": mqtt.Client}},
    "amqtt, MQTT 3.1.1": {"version": "3.1.1"},
}
KEEPING = [kind for kind in KINDS if not kind.startswith("amqtt")]
"""amqtt promises no session; see `AMQTT_PROMISES`."""


@pytest.fixture(params=KINDS)
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """A running broker of each kind."""
    if request.param.startswith("amqtt"):
        with amqtt_thread(free_port()) as bound:
            yield bound
    else:
        with Broker(tmp_path / "mosquitto") as broker:
            yield broker.port


@pytest.fixture
def listen(request: pytest.FixtureRequest, port: int) -> Listen:
    """Makes sources for that broker."""
    kind: dict[str, Any] = KINDS[request.node.callspec.params["port"]]
    return lambda **settings: listener(port, **(kind | settings))


def numbered(first: int, last: int) -> list[tuple[str, bytes]]:
    return [(f"devices/d{n % 7}/telemetry", b"%d" % n) for n in range(first, last)]


def test_a_source_says_first_that_it_is_connected(listen: Listen) -> None:
    """The link is an entry like any other, with nothing to acknowledge."""
    with listen() as source:
        taken = take_links(source, "connected")

        assert (["connected"], [None]) == (links(taken), [d.token for d in taken])
        assert (True, "") == (source.is_connected, source.trouble)


def test_messages_arrive_as_they_were_sent(listen: Listen, port: int) -> None:
    """Topic, payload and order; the arrival's time is the clock's."""
    with listen() as source:
        take_links(source, "connected")
        publish(port, numbered(0, 300))
        taken = take_messages(source, 300)

        assert numbered(0, 300) == [(d.entry.topic, d.entry.payload) for d in taken]
        assert sorted(d.entry.received_at for d in taken) == [d.entry.received_at for d in taken]
        assert {Kind.MESSAGE} == {d.entry.kind for d in taken}


def test_long_and_empty_payloads_arrive_whole(listen: Listen, port: int) -> None:
    """Whatever the length's own length is."""
    lengths = [0, 1, 90, 127, 128, 16_000, 16_384, 70_000, 200_000, 0]
    with listen() as source:
        take_links(source, "connected")
        publish(port, [("devices/d/telemetry", b"x" * length) for length in lengths])

        assert lengths == [len(payload) for payload in payloads(take_messages(source, len(lengths)))]


def test_what_the_broker_kept_for_newcomers_is_marked(listen: Listen, port: int) -> None:
    """A retained message sets state; the same topic heard live is not retained."""
    publish(port, [("devices/d/status", b"online")], retain=True)
    with listen() as source:
        kept = take_messages(source, 1)
        publish(port, [("devices/d/status", b"offline")])
        live = take_messages(source, 1)

        assert [(b"online", True), (b"offline", False)] == [(d.entry.payload, d.entry.retained) for d in kept + live]


def test_nothing_to_take_is_an_empty_list(listen: Listen) -> None:
    """Waiting ends by itself, and acknowledging nothing or a link does nothing."""
    with listen() as source:
        taken = take_links(source, "connected")
        source.acknowledge(taken)
        source.acknowledge([])

        assert [] == list(source.take(0))
        assert [] == list(source.take(0.01))


@pytest.mark.parametrize("port", KEEPING, indirect=True)
def test_what_was_not_acknowledged_comes_again_and_the_rest_does_not(listen: Listen, port: int) -> None:
    """The first ten are durable, the others are not; the next process gets the others, in order."""
    with listen() as source:
        take_links(source, "connected")
        publish(port, numbered(0, 30))
        taken = take_messages(source, 30)
        source.acknowledge(taken[:10])
    with listen() as source:
        again = payloads(take_messages(source, 20))

        assert [b"%d" % n for n in range(10, 30)] == again
        assert [] == messages(source.take(0.05))


@pytest.mark.parametrize("port", KEEPING, indirect=True)
def test_what_comes_while_nobody_listens_is_kept(listen: Listen, port: int) -> None:
    """The session outlives the process."""
    with listen() as source:
        take_links(source, "connected")
    publish(port, numbered(0, 50))
    with listen() as source:
        assert numbered(0, 50) == [(d.entry.topic, d.entry.payload) for d in take_messages(source, 50)]


def test_everything_is_counted(listen: Listen, port: int) -> None:
    """received = kept + dropped + failed, once everything is acknowledged."""
    with listen() as source:
        take_links(source, "connected")
        publish(port, numbered(0, 100))
        source.acknowledge(take_messages(source, 100))

        assert {"received": 100, "kept": 100, "dropped": 0, "failed": 0} == source.counts.as_dict()


def test_acknowledgements_make_room_for_more(listen: Listen, port: int) -> None:
    """More than the broker may send ahead arrives when it is acknowledged list by list."""
    with listen(receive_maximum=20) as source:
        take_links(source, "connected")
        publish(port, numbered(0, 500))
        taken: list[bytes] = []

        def acknowledged(deliveries: list[Any]) -> bool:
            fresh = deliveries[len(taken) :]
            source.acknowledge(fresh)
            taken.extend(d.entry.payload for d in fresh)
            return len(taken) >= 500

        take_until(source, acknowledged)  # type: ignore[arg-type]

        assert [b"%d" % n for n in range(500)] == taken
