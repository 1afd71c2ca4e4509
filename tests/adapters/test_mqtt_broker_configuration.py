"""The shipped Mosquitto configuration keeps what deploy/mosquitto/README.md promises."""

import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from adapters.embedded_broker import LOOPBACK, shipped
from adapters.mqtt import MqttSettings, MqttSource
from adapters.mqtt_command import MqttCommands
from tests.brokers import Broker, device, publish, until, write_passwords
from tests.certificates import Authority
from tests.listening import listener, payloads, take_links, take_messages, take_until

USERS = {"truckroll": "s3rvice", "d1": "one", "d2": "two"}
Heard = list[tuple[str, bytes]]


class Field:
    """The production configuration with three users, and ways to talk as one of them."""

    def __init__(self, directory: Path, settings: dict[str, str] | None = None) -> None:
        authority = Authority(directory / "authority")
        server = authority.issue("broker")
        acl = directory / "acl"
        acl.touch(mode=0o600)
        acl.write_text(shipped("acl").read_text())
        self.ca = str(authority.ca)
        self.broker = Broker(
            directory / "mosquitto",
            configuration="production.conf",
            settings={
                "cafile": self.ca,
                "certfile": str(server.cert),
                "keyfile": str(server.key),
                "password_file": str(write_passwords(directory / "passwords", USERS)),
                "acl_file": str(acl),
                **(settings or {}),
            },
        )

    def login(self, user: str) -> dict[str, Any]:
        """What a device needs to be let in."""
        return {"username": user, "password": USERS[user], "tls": ssl.create_default_context(cafile=self.ca)}

    def service(self) -> MqttSource:
        """Truckroll, listening to everything of the devices."""
        login = {"username": "truckroll", "password": USERS["truckroll"]}
        return listener(self.broker.port, tls=True, ca_file=self.ca, **login)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    """A running broker of the field."""
    made = Field(tmp_path)
    with made.broker:
        yield made


def hears(client: mqtt.Client, topic: str) -> Heard:
    """What this client hears from now on, growing."""
    heard: Heard = []
    subscribed: list[int] = []
    client.on_message = lambda _client, _data, message: heard.append((message.topic, message.payload))
    client.on_subscribe = lambda *answer: subscribed.append(1)
    client.subscribe(topic, 1)
    until(lambda: subscribed)
    return heard


def test_both_variants_have_the_same_caps() -> None:
    """What is tried out on loopback is what runs in the field."""
    caps = [
        re.findall(r"^(?:max_|persist|autosave|queue_|set_).*$", shipped(name).read_text(), re.MULTILINE)
        for name in ("mosquitto.conf", "production.conf")
    ]

    assert caps[0] == caps[1]
    assert 11 == len(caps[0])


def test_anonymous_users_exist_on_loopback_only() -> None:
    """The open variant has one listener, on loopback; the other one lets nobody in without a name."""
    for name in ("mosquitto.conf", "production.conf"):
        lines = shipped(name).read_text().splitlines()
        is_open = "allow_anonymous true" in lines
        listeners = [line for line in lines if line.startswith("listener ")]

        assert 1 == len(listeners)
        assert is_open == (listeners[0] == f"listener 1883 {LOOPBACK}")
        assert is_open or "allow_anonymous false" in lines


def test_the_service_hears_every_device(field: Field) -> None:
    """Each publishes below its own name."""
    with field.service() as source:
        take_links(source, "connected")
        for name in ("d1", "d2"):
            publish(field.broker.port, [(f"devices/{name}/telemetry", name.encode())], **field.login(name))

        assert [b"d1", b"d2"] == payloads(take_messages(source, 2))


def test_a_device_cannot_speak_for_another(field: Field) -> None:
    """What d2 says about d1 reaches nobody; what it says of itself does."""
    forged = [("devices/d1/telemetry", b"forged"), ("devices/telemetry", b"forged"), ("fleet/d2", b"forged")]
    with field.service() as source:
        take_links(source, "connected")
        publish(field.broker.port, [*forged, ("devices/d2/telemetry", b"mine")], **field.login("d2"))
        heard = payloads(take_until(source, lambda taken: b"mine" in payloads(taken)))

        assert [b"mine"] == heard


def test_a_device_hears_its_commands_and_nothing_of_others(field: Field) -> None:
    """Even when it asks for everything."""
    with device(field.broker.port, **field.login("d2")) as d2, device(field.broker.port, **field.login("d1")) as d1:
        heard = hears(d2, "#")
        d1.publish("devices/d1/telemetry", b"secret", 1).wait_for_publish(10)
        d2.publish("devices/d2/commands/echo", b"mine", 1)
        until(lambda: heard)

        assert [("devices/d2/commands/echo", b"mine")] == heard


def test_commands_reach_the_device_that_they_are_for(field: Field) -> None:
    """The service sends them; another device hears nothing, and can send none."""
    login = {"username": "truckroll", "password": USERS["truckroll"]}
    settings = MqttSettings(host=LOOPBACK, port=field.broker.port, tls=True, ca_file=field.ca, **login)
    with device(field.broker.port, **field.login("d1")) as d1, device(field.broker.port, **field.login("d2")) as d2:
        heard, others = hears(d1, "devices/d1/commands/#"), hears(d2, "#")
        d2.publish("devices/d1/commands/reboot", b"forged", 1).wait_for_publish(10)
        MqttCommands(settings).send("d1", "reboot", {"id": "R-1"})
        until(lambda: heard)

        assert ([("devices/d1/commands/reboot", b'{"id": "R-1"}')], []) == (heard, others)


def test_a_device_cannot_take_over_the_session_of_another(field: Field) -> None:
    """It calls itself `truckroll`, but the user name is the client id: the service stays, and so does its queue."""
    with field.service() as source:
        take_links(source, "connected")
        with device(field.broker.port, client_id="truckroll", **field.login("d1")) as thief:
            stolen = hears(thief, "devices/#")
            publish(field.broker.port, [("devices/d2/telemetry", b"for the service")], **field.login("d2"))
            taken = take_messages(source, 1)

            assert ([b"for the service"], []) == (payloads(taken), stolen)
            assert source.is_connected


def test_nobody_comes_in_without_a_password(field: Field) -> None:
    """Neither anonymous nor with a wrong one."""
    for login in ({}, {"username": "d1", "password": "wrong"}, {"username": "nobody", "password": "x"}):
        answers: list[Any] = []
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
        client.on_connect = lambda _client, _data, _flags, reason, _properties, told=answers: told.append(reason)
        client.tls_set_context(ssl.create_default_context(cafile=field.ca))
        if login:
            client.username_pw_set(login["username"], login["password"])
        client.connect(LOOPBACK, field.broker.port)
        until(lambda told=answers, paho=client: paho.loop(0.01) and told)
        if (left_open := client.socket()) is not None:
            left_open.close()

        assert [True] == [reason.is_failure for reason in answers]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_an_oversized_message_is_refused(broker: Broker, version: str) -> None:
    """Its sender is sent away; what fits arrives."""
    fits, too_long = b"x" * 200_000, b"x" * 300_000
    with listener(broker.port) as source:
        take_links(source, "connected")
        sender = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5 if version == "5" else mqtt.MQTTv311
        )
        gone: list[int] = []
        sender.on_disconnect = lambda *_: gone.append(1)
        sender.connect(LOOPBACK, broker.port)
        until(lambda: sender.loop(0.01) or sender.is_connected())
        sender.publish("devices/d/telemetry", too_long, 1)
        until(lambda: sender.loop(0.01) and gone)
        publish(broker.port, [("devices/d/telemetry", fits)])

        assert [fits] == payloads(take_messages(source, 1))


def queued(broker: Broker, number: int) -> None:
    """A session of ours with so many messages in it, and nobody who listens."""
    with listener(broker.port) as source:
        take_links(source, "connected")
    publish(broker.port, [("devices/d/telemetry", b"%d" % n) for n in range(number)])


@pytest.mark.parametrize(
    "end", [Broker.stop, lambda broker: (broker.save(), broker.kill())], ids=["stop", "save, kill"]
)
def test_queued_messages_survive(broker: Broker, end: Callable[[Broker], object]) -> None:
    """A clean stop, or a power cut after the file was written."""
    queued(broker, 1_500)
    end(broker)
    broker.start()
    with listener(broker.port) as source:
        assert [b"%d" % n for n in range(1_500)] == payloads(take_messages(source, 1_500))


def test_the_file_is_written_by_itself(tmp_path: Path) -> None:
    """Every autosave interval; here a second instead of the thirty that are shipped."""
    with Broker(tmp_path / "mosquitto", settings={"autosave_interval": "1"}) as broker:
        queued(broker, 10)
        store = broker.directory / "mosquitto.db"
        first = store.stat().st_mtime_ns if store.exists() else 0
        until(lambda: store.exists() and store.stat().st_mtime_ns > first)
        broker.kill()
        broker.start()
        with listener(broker.port) as source:
            assert 10 == len(take_messages(source, 10))
