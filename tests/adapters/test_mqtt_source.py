"""The MQTT source loses nothing and comes back by itself, whatever happens to the broker or the way to it."""

import json
import os
import random
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.embedded_broker import LOOPBACK, free_port
from adapters.mqtt import MqttSource
from adapters.mqtt_lane import LaneClient
from domain.ports import Delivery
from tests.brokers import PATIENCE, Broker, device, publish, until, write_passwords
from tests.listening import (
    ShiftedTime,
    links,
    listener,
    messages,
    payloads,
    take_links,
    take_messages,
    take_until,
)

VERSIONS = ("5", "3.1.1")
CONNACK = {"5": b"\x20\x03\x01\x00\x00", "3.1.1": b"\x20\x02\x01\x00"}
NEW_SESSION = {"5": b"\x20\x03\x00\x00\x00", "3.1.1": b"\x20\x02\x00\x00"}
REFUSAL = {"5": 0x87, "3.1.1": 0x80}
PUBLISH = {"5": b"\x32\x07\x00\x01t\x00\x09\x00x", "3.1.1": b"\x32\x06\x00\x01t\x00\x09x"}


def numbered(first: int, last: int) -> list[tuple[str, bytes]]:
    return [("devices/d/telemetry", b"%d" % n) for n in range(first, last)]


def reasons(deliveries: Sequence[Delivery]) -> list[str]:
    """Why, according to the link entries."""
    return [json.loads(d.entry.payload)["reason"] for d in deliveries if d.token is None]


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Both protocols."""
    return str(request.param)


def test_a_killed_broker_is_found_again(broker: Broker, version: str) -> None:
    """Disconnected, connected; what is published afterwards arrives."""
    with listener(broker.port, version=version) as source:
        take_links(source, "connected")
        broker.kill()
        take_links(source, "disconnected")
        broker.start()
        take_links(source, "connected")
        publish(broker.port, numbered(0, 5))

        assert [b"0", b"1", b"2", b"3", b"4"] == payloads(take_messages(source, 5))


def test_a_broker_that_forgot_the_session_is_told_again_what_to_send(broker: Broker, version: str) -> None:
    """Its data wiped: the loss is an entry, the subscription is renewed, consumption resumes."""
    with listener(broker.port, version=version) as source:
        take_links(source, "connected")
        broker.kill()
        broker.wipe()
        broker.start()
        told = take_links(source, "session_lost", "connected")
        publish(broker.port, numbered(0, 5))

        assert ["disconnected", "session_lost", "connected"] == links(told)
        assert {"mqtt"} == {json.loads(d.entry.payload)["source"] for d in told}
        assert [b"0", b"1", b"2", b"3", b"4"] == payloads(take_messages(source, 5))


def test_a_session_that_an_earlier_process_had_is_missed(broker: Broker) -> None:
    """The journal knows that there was one; the broker does not any more."""
    with listener(broker.port, parts={"expects_session": True}) as source:
        assert ["session_lost", "connected"] == links(take_links(source, "connected"))


def test_the_first_session_of_all_is_no_loss(broker: Broker) -> None:
    """Nothing was there to be lost."""
    with listener(broker.port) as source:
        assert ["connected"] == links(take_links(source, "connected"))


def test_a_broker_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """The service may start first; it says what is missing, once."""
    broker = Broker(tmp_path / "mosquitto")
    with listener(broker.port) as source:
        down = take_links(source, "disconnected")
        assert [f"Nobody listens at 127.0.0.1:{broker.port}; start the broker, or correct host and port."] == reasons(
            down
        )
        assert reasons(down) == [source.trouble]
        with broker:
            assert ["connected"] == links(take_links(source, "connected"))
            assert "" == source.trouble


def test_what_is_not_acknowledged_before_the_link_breaks_comes_again(broker: Broker, version: str) -> None:
    """Acknowledgements of the old connection are dropped: their message ids mean others on the new one."""
    with listener(broker.port, version=version) as source:
        take_links(source, "connected")
        publish(broker.port, numbered(0, 20))
        first = take_messages(source, 20)
        source.acknowledge(first[:5])
        until_acknowledged(source, broker)
        broker.restart()
        take_links(source, "disconnected", "connected")
        source.acknowledge(first[5:])
        again = take_messages(source, 15)

        assert [b"%d" % n for n in range(5, 20)] == payloads(again)
        assert (5, 15) == (source.counts.kept, source.counts.dropped)
        source.acknowledge(again)
        assert (20, 15) == (source.counts.kept, source.counts.dropped)


def until_acknowledged(source: MqttSource, broker: Broker) -> None:
    """Our acknowledgements have reached the broker: it has answered something that we sent after them."""
    publish(broker.port, [("devices/d/mark", b"mark")])
    mark = take_messages(source, 1)
    assert [b"mark"] == payloads(mark)
    source.acknowledge(mark)
    source.counts.kept -= 1


def test_an_acknowledgement_after_the_end_is_dropped(broker: Broker) -> None:
    """Nobody is there to hear it; nothing is raised."""
    with listener(broker.port) as source:
        take_links(source, "connected")
        publish(broker.port, numbered(0, 3))
        taken = take_messages(source, 3)
    source.acknowledge(taken)

    assert {"received": 3, "kept": 0, "dropped": 3, "failed": 0} == source.counts.as_dict()


def test_a_slow_reader_loses_nothing_of_a_fast_burst(broker: Broker) -> None:
    """6,000 messages while each list takes 10 ms to become durable; SLOW_ACKNOWLEDGEMENTS=1 takes 10 ms a message."""
    most = 1 if os.environ.get("SLOW_ACKNOWLEDGEMENTS") == "1" else 50
    with listener(broker.port, receive_maximum=most, keepalive_seconds=5) as source:
        take_links(source, "connected")
        with device(broker.port) as client:
            for topic, payload in numbered(0, 6_000):
                client.publish(topic, payload, 1)
            heard: list[bytes] = []

            def durable_after_10_ms(taken: Sequence[Delivery]) -> bool:
                fresh = messages(taken)[len(heard) :]
                time.sleep(0.01)
                source.acknowledge(fresh)
                heard.extend(payloads(fresh))
                return len(heard) >= 6_000

            take_until(source, durable_after_10_ms, seconds=120)

        assert [b"%d" % n for n in range(6_000)] == heard
        assert 6_000 == source.counts.received


def test_what_was_published_while_the_broker_was_down_for_us_is_kept(broker: Broker, version: str) -> None:
    """A process that is gone for a while finds everything, beyond what may be sent ahead."""
    with listener(broker.port, version=version) as source:
        take_links(source, "connected")
    publish(broker.port, numbered(0, 3_000))
    with listener(broker.port, version=version) as source:
        assert [b"%d" % n for n in range(2_000)] == payloads(take_messages(source, 2_000))


def test_filters_that_changed_since_the_last_process_are_asked_for_and_given_up(broker: Broker) -> None:
    """The session is kept, its subscriptions are brought in line."""
    with listener(broker.port, topics=("devices/#", "old/#")) as source:
        take_links(source, "connected")
    parts = {"former_topics": ("devices/#", "old/#")}
    with listener(broker.port, topics=("devices/#", "new/#"), parts=parts) as source:
        take_links(source, "connected")
        heard: list[bytes] = []

        def new_filter_is_heard(taken: Sequence[Delivery]) -> bool:
            publish(broker.port, [("new/x", b"new")])
            return b"new" in payloads(taken)

        take_until(source, new_filter_is_heard)
        publish(broker.port, [("old/x", b"old"), ("devices/x", b"last")])
        heard = payloads(take_until(source, lambda taken: b"last" in payloads(taken)))

        assert b"old" not in heard


def test_messages_of_quality_0_are_taken_and_need_no_acknowledgement(broker: Broker) -> None:
    """A device that publishes without guarantee is heard all the same."""
    with listener(broker.port) as source:
        take_links(source, "connected")
        publish(broker.port, numbered(0, 3), qos=0)
        taken = take_messages(source, 3)
        source.acknowledge(taken)

        assert [b"0", b"1", b"2"] == payloads(taken)
        assert {"received": 3, "kept": 3, "dropped": 0, "failed": 0} == source.counts.as_dict()


def test_mqtt_5_properties_of_a_message_do_no_harm(broker: Broker) -> None:
    """A content type, an expiry and long user properties: short ones are passed over, long ones read by paho."""
    with listener(broker.port) as source, device(broker.port, version="5") as client:
        take_links(source, "connected")
        for length in (3, 400):
            said = mqtt.Properties(mqtt.PacketTypes.PUBLISH)
            said.ContentType = "application/json"
            said.MessageExpiryInterval = 600
            said.UserProperty = ("origin", "x" * length)
            client.publish("devices/d/telemetry", b"%d" % length, 1, properties=said)

        assert [b"3", b"400"] == payloads(take_messages(source, 2))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_password_is_a_sentence_and_is_tried_again(tmp_path: Path, version: str) -> None:
    """It says what to correct without saying the password; corrected in its file, it works without a restart."""
    passwords = write_passwords(tmp_path / "passwords", {"truckroll": "right"})
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    closed = {"allow_anonymous": "false", "password_file": str(passwords)}
    login = {"username": "truckroll", "password_file": str(secret)}
    with (
        Broker(tmp_path / "mosquitto", settings=closed) as broker,
        listener(broker.port, version=version, **login) as source,
    ):
        told = take_links(source, "disconnected")
        assert ("refuses the user truckroll" in reasons(told)[0], "wrong" in reasons(told)[0]) == (True, False)
        secret.write_text("right")
        take_links(source, "connected")
        assert "" == source.trouble


def test_an_unknown_name_is_a_sentence() -> None:
    """`.invalid` is promised never to exist."""
    with listener(1883, host="broker.invalid") as source:
        assert "The name broker.invalid is not known" in reasons(take_links(source, "disconnected"))[0]


def suback(mid: int, code: int, version: str) -> bytes:
    """The answer to a subscription to one filter."""
    body = mid.to_bytes(2, "big") + (b"\x00" if version == "5" else b"") + bytes([code])
    return bytes([0x90, len(body)]) + body


class Scripted:
    """A server with one conversation a connection: it answers what it hears with the next words, then not at all."""

    def __init__(self, *conversations: Sequence[bytes]) -> None:
        self.conversations = conversations
        self.listening = socket.create_server((LOOPBACK, 0))
        self.listening.settimeout(PATIENCE)
        self.port = self.listening.getsockname()[1]
        self.thread = Thread(target=self.talk, daemon=True)

    def talk(self) -> None:
        with ExitStack() as stack:
            for says in self.conversations:
                client = stack.enter_context(self.listening.accept()[0])
                client.settimeout(PATIENCE)
                for words in says:
                    client.recv(65_536)
                    client.sendall(words)
            self.over.wait(PATIENCE)

    def __enter__(self) -> "Scripted":
        self.over = Event()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        self.listening.close()


def test_a_refused_subscription_is_a_sentence_and_is_tried_again(version: str) -> None:
    """Let in, but not allowed to listen: that is no connection. Allowed later, it is one."""
    conversation = [NEW_SESSION[version], suback(1, REFUSAL[version], version), suback(2, 1, version)]
    clock = ShiftedTime()
    with Scripted(conversation) as server, listener(server.port, version=version, parts={"monotonic": clock}) as source:
        told = take_links(source, "disconnected")
        assert f"127.0.0.1:{server.port} does not let truckroll subscribe to devices/#" in reasons(told)[0]
        assert not source.is_connected
        clock.ahead += 0.5
        take_links(source, "connected")

        assert (True, "") == (source.is_connected, source.trouble)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (0x8E, "Another client uses the client id truckroll"),
        (0x8B, "is stopping or busy"),
        (0x97, "ended (quota exceeded)"),
    ],
)
def test_a_broker_that_says_why_it_goes_is_quoted(code: int, sentence: str) -> None:
    """MQTT 5 brokers may say it; what a person can do about it stands in the link entry."""
    with Scripted([CONNACK["5"] + bytes([0xE0, 2, code, 0])]) as server, listener(server.port) as source:
        assert sentence in reasons(take_links(source, "connected", "disconnected"))[-1]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"\x20\x02\x00\x01", 'does not speak MQTT 5; set version = "3.1.1"'),
        (b"\x20\x03\x00\x85\x00", "refuses the client id truckroll"),
        (b"\x20\x03\x00\x87\x00", "refuses a client without user name"),
        (b"\x20\x03\x00\x8a\x00", "refuses us (banned)"),
    ],
)
def test_a_broker_that_does_not_want_us_is_quoted(answer: bytes, sentence: str) -> None:
    """With what to change."""
    with Scripted([answer]) as server, listener(server.port) as source:
        assert sentence in reasons(take_links(source, "disconnected"))[0]


def test_a_black_hole_is_left_after_the_connect_timeout() -> None:
    """It accepts connections and never greets; the clock is moved, not waited for."""
    clock = ShiftedTime()
    with Scripted([]) as hole, listener(hole.port, parts={"monotonic": clock}) as source:
        assert [] == list(source.take(0.05))
        assert [] == list(source.take(0.05))
        clock.ahead += 3.1
        told = take_links(source, "disconnected")

        assert f"127.0.0.1:{hole.port} does not answer" in reasons(told)[0]


def test_a_broker_that_goes_silent_is_left_after_one_and_a_half_keepalives(version: str) -> None:
    """The connection stands and nothing comes through it: no ping is answered. The next one is better."""
    clock = ShiftedTime()
    greeting = [CONNACK[version]]
    with (
        Scripted(greeting, greeting) as server,
        listener(server.port, version=version, keepalive_seconds=30, parts={"monotonic": clock}) as source,
    ):
        take_links(source, "connected")
        clock.ahead += 44
        assert [] == list(source.take(0.02))
        clock.ahead += 2
        told = take_links(source, "disconnected", "connected")

        assert "has said nothing for 4" in reasons(told)[0]


def test_a_ping_goes_out_on_an_idle_connection(broker: Broker) -> None:
    """With a keepalive of a second, two quiet seconds do not end the connection on either side."""
    with listener(broker.port, keepalive_seconds=1) as source:
        taken = take_links(source, "connected")
        quiet_until = time.monotonic() + 2.5
        taken += take_until(source, lambda _: time.monotonic() > quiet_until)

        assert ["connected"] == links(taken)


@pytest.mark.parametrize("kind", [LaneClient, mqtt.Client])
def test_a_topic_that_is_no_text_is_taken_legibly(version: str, kind: type[mqtt.Client]) -> None:
    """Brokers refuse such topics; if one comes all the same it is an entry, and the next message is heard."""
    odd = PUBLISH[version].replace(b"\x01t", b"\x01\xff")
    with (
        Scripted([CONNACK[version] + odd + PUBLISH[version]]) as server,
        listener(server.port, version=version, parts={"client": kind}) as source,
    ):
        taken = take_messages(source, 2)

        assert [("\\xff", b"x"), ("t", b"x")] == [(d.entry.topic, d.entry.payload) for d in taken]


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(b"\x32\xff\xff\xff\xff\xff", id="a length without end"),
        pytest.param(b"\x36\x05\x00\x01t\x00\x01", id="quality 3"),
        pytest.param(b"\x90\x01\x00", id="half an answer"),
        pytest.param(b"\x00\x00", id="a packet of no kind"),
    ],
)
@pytest.mark.parametrize("kind", [LaneClient, mqtt.Client])
def test_a_broker_that_talks_nonsense_is_left_and_dialled_again(
    version: str, nonsense: bytes, kind: type[mqtt.Client]
) -> None:
    """One connection is lost, consumption goes on with the next."""
    with (
        Scripted([CONNACK[version] + nonsense], [CONNACK[version] + PUBLISH[version]]) as server,
        listener(server.port, version=version, parts={"client": kind}) as source,
    ):
        told = take_links(source, "connected", "disconnected", "connected")

        assert ["connected", "disconnected", "connected"] == links(told)
        assert [b"x"] == payloads(told) or [b"x"] == payloads(take_messages(source, 1))


class Faulty(LaneClient):
    """A paho that raises what nobody foresaw."""

    def loop_misc(self) -> Any:
        """Raises once, after the connection stands."""
        if self.is_connected() and not Faulty.has_raised:
            Faulty.has_raised = True
            raise RuntimeError("unforeseen")
        return super().loop_misc()

    has_raised = False


def test_an_exception_out_of_paho_costs_one_connection(broker: Broker) -> None:
    """Counted, told, and dialled again."""
    with listener(broker.port, parts={"client": Faulty}) as source:
        told = take_links(source, "disconnected", "connected")

        assert 1 == source.faults
        assert "broke (RuntimeError: unforeseen)" in "".join(reasons(told))


def test_taking_never_waits_longer_than_it_is_told(version: str) -> None:
    """Nobody is there, nobody greets, nobody speaks: the list is empty in time, also between two attempts."""
    pauses: list[float] = []
    with listener(free_port(), version=version, max_backoff_seconds=300, parts={"pause": pauses.append}) as source:
        take_links(source, "disconnected")
        source.take(0)
        pauses.clear()
        source._dial_at += 1_000

        assert [] == list(source.take(0))
        assert [0.0] == pauses


@pytest.fixture(scope="module")
def apart() -> MqttSource:
    """A source that is never entered."""
    return listener(free_port(), max_backoff_seconds=5)


@given(seed=st.integers(), failures=st.integers(1, 60))
def test_pauses_between_attempts_double_up_to_the_limit_with_jitter(
    apart: MqttSource, seed: int, failures: int
) -> None:
    """Never longer than the limit, never less than half of what the doubling says."""
    apart._rng, apart._attempts = random.Random(seed), 0
    pauses = [apart._next_backoff() for _ in range(failures)]
    longest = [min(0.2 * 2.0**n, 5.0) for n in range(failures)]

    assert all(most / 2 <= pause <= most for most, pause in zip(longest, pauses, strict=True))


def test_entering_and_leaving_at_once_leaves_nothing_open(broker: Broker) -> None:
    """A dial that nobody waits for hangs up by itself; the broker has no client afterwards."""
    for _ in range(5):
        with listener(broker.port) as source:
            assert not source.is_connected
    with listener(broker.port) as source:
        take_links(source, "connected")
        until(lambda: source.is_connected)
