"""A guest at a broker: comes, looks, and leaves nothing behind. For finding out what a broker really does."""

import time
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from adapters import mqtt_words as words
from adapters.mqtt_settings import MqttSettings
from domain.errors import GiveUp

NOT_AUTHORIZED = 0x87
STEP_SECONDS = 0.05


class Guest:
    """One connection with a name of its own. Speaks the version of the settings; works in the caller's thread.

    `keeps_session`: the broker is to keep a session after `leave`, until `forget`. Entering connects; raises GiveUp
    when that does not work within `connect_timeout_seconds`.
    """

    def __init__(
        self, settings: MqttSettings, name: str, *, keeps_session: bool = False, receive_maximum: int = 0
    ) -> None:
        self.settings = settings
        self.name = name
        self.keeps_session = keeps_session
        self.receive_maximum = receive_maximum
        self.had_session = False
        """The broker knew a session of this name when we came."""
        self.limits: dict[str, int] = {}
        """What the broker said of itself when it greeted us (MQTT 5)."""
        self.messages: list[mqtt.MQTTMessage] = []
        """What has come and is not acknowledged."""
        self.granted: dict[int, int] = {}
        self.published: dict[int, int] = {}
        self.answer: Any = None
        self.client = self.prepare()

    @property
    def speaks_5(self) -> bool:
        """MQTT 5 is spoken."""
        return self.settings.version == "5"

    def prepare(self) -> mqtt.Client:
        """paho's client, without a connection."""
        session: dict[str, Any] = {} if self.speaks_5 else {"clean_session": not self.keeps_session}
        protocol = mqtt.MQTTv5 if self.speaks_5 else mqtt.MQTTv311
        version = mqtt.CallbackAPIVersion.VERSION2
        client = mqtt.Client(
            version, self.name, protocol=protocol, manual_ack=True, reconnect_on_failure=False, **session
        )
        client.max_inflight_messages_set(1_000)
        client.connect_timeout = self.settings.connect_timeout_seconds
        client.on_connect = self.on_connect
        client.on_message = lambda _client, _data, message: self.messages.append(message)
        client.on_subscribe = lambda _client, _data, mid, codes, _: self.granted.update({mid: codes[0].value})
        client.on_publish = lambda _client, _data, mid, code, _: self.published.update({mid: code.value})
        if self.settings.username:
            client.username_pw_set(self.settings.username, self.settings.read_password() or None)
        if (tls := self.settings.tls_context()) is not None:
            client.tls_set_context(tls)
        return client

    def __enter__(self) -> Self:
        settings = self.settings
        try:
            self.client.connect(settings.host, settings.port, settings.keepalive_seconds, **self.session())
        except (OSError, ValueError) as error:
            raise GiveUp(words.not_reached(settings, error)) from error
        if not self.work_until(lambda: self.answer is not None, settings.connect_timeout_seconds):
            self.leave()
            raise GiveUp(words.silent_at_first(settings))
        if self.answer.is_failure:
            self.leave()
            raise GiveUp(words.refused(settings, self.answer.value, self.answer.getName()))
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def session(self) -> dict[str, Any]:
        """How MQTT 5 asks for a session. A kept one gets the service's own expiry: should the broker take us for the

        service, its session must not become shorter by our visit.
        """
        if not self.speaks_5:
            return {}
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self.settings.session_expiry_seconds if self.keeps_session else 0
        if self.receive_maximum:
            properties.ReceiveMaximum = self.receive_maximum
        return {"clean_start": not self.keeps_session, "properties": properties}

    def on_connect(self, _client: Any, _data: Any, flags: Any, reason: Any, properties: Any) -> None:
        """The broker has greeted us, or not."""
        self.answer = reason
        self.had_session = flags.session_present
        self.limits = {k: v for k, v in vars(properties or ()).items() if isinstance(v, int)} if self.speaks_5 else {}

    def subscribe(self, topic: str) -> bool:
        """Ask for a topic at QoS 1; whether the broker agreed. Raises GiveUp when it does not answer."""
        _, mid = self.client.subscribe(topic, 1)
        self.await_answer(lambda: mid in self.granted)
        return self.granted[mid or 0] < 0x80

    def publish(self, topic: str, payloads: list[bytes]) -> set[int]:
        """Publish at QoS 1; the broker's reasons (0 = taken; 3.1.1 has no others). Raises GiveUp without an answer."""
        mids = {self.client.publish(topic, payload, 1).mid for payload in payloads}
        self.await_answer(lambda: mids <= self.published.keys())
        return {self.published[mid] for mid in mids}

    def await_answer(self, holds: Callable[[], bool]) -> None:
        """Work until something is there. Raises GiveUp when it takes too long, or the broker hangs up."""
        if not self.work_until(holds, 5 * self.settings.connect_timeout_seconds):
            raise GiveUp(f"The broker at {self.settings.address} does not answer; look at its log.")

    def work_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Exchange packets until something holds; False when the time is up or the connection is over."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until or self.client.loop(STEP_SECONDS) != mqtt.MQTT_ERR_SUCCESS:
                return holds()
        return True

    def listen(self, seconds: float) -> int:
        """Exchange packets until nothing has come for so long; how many messages are there."""
        seen = -1
        while seen != len(self.messages):
            seen = len(self.messages)
            self.work_until(lambda before=seen: len(self.messages) > before, seconds)
        return seen

    def acknowledge(self) -> int:
        """Acknowledge everything that is there; how many that was."""
        count = len(self.messages)
        for message in self.messages:
            self.client.ack(message.mid, message.qos)
        self.messages.clear()
        return count

    def leave(self) -> None:
        """Say goodbye; a kept session stays."""
        self.part(None)

    def forget(self) -> None:
        """Say goodbye, and let the broker forget the session. On 3.1.1 that takes another, short visit."""
        if self.speaks_5:
            properties = Properties(PacketTypes.DISCONNECT)
            properties.SessionExpiryInterval = 0
            self.part(properties)
            return
        self.leave()
        with Guest(self.settings, self.name):
            pass

    def part(self, properties: Properties | None) -> None:
        """Disconnect and let go of the socket."""
        if self.client.socket() is None:
            return
        self.client.disconnect(properties=properties)
        self.work_until(lambda: self.client.socket() is None, 1.0)
        if (left := self.client.socket()) is not None:
            left.close()
