"""One connection to the broker, from dialling to its end; the next one is another object."""

import select
import ssl
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from adapters import mqtt_words as words
from adapters.mqtt_dial import Dial
from adapters.mqtt_lane import Lane, Publish
from adapters.mqtt_settings import MqttSettings

LONGEST_WAIT = 1.0
SILENCE = 1.5
"""So many keepalives without a packet, and the broker counts as gone; a ping goes out after one."""
ONLY_WHEN_NEW = 1
"""Retained messages come with a new subscription, and not again when it is repeated."""
REFUSED = 0x80


class Phase(Enum):
    """How far the connection has got."""

    DIALLING = "dialling"
    GREETING = "greeting"
    OPEN = "open"
    OVER = "over"


class Connection:
    """Worked by one thread. Never blocks longer than it is told to."""

    def __init__(
        self,
        settings: MqttSettings,
        tls: ssl.SSLContext | None,
        *,
        client: type[mqtt.Client],
        monotonic: Callable[[], float],
    ) -> None:
        self.phase = Phase.DIALLING
        self.why = ""
        """Why it is over, in a sentence."""
        self.messages: list[Publish] = []
        """What has come; whoever works the connection takes it out."""
        self.has_news = False
        """Phase or subscription changed; nothing is read until whoever works the connection has seen it."""
        self.session_present = False
        self.refused: Sequence[str] | None = None
        """The filters that the broker refused; None while it has not answered."""
        self._settings = settings
        self._monotonic = monotonic
        self._heard = monotonic()
        self._asked: tuple[int | None, Sequence[str]] = (None, ())
        self._lane: Lane | None = None
        self._client = self._prepare(client, tls)
        self._dial = Dial(self._connect, self._hang_up)
        self._dial.start()

    def work(self, seconds: float) -> None:
        """Make the progress that can be made, waiting up to `seconds` for some. Raises whatever paho raises."""
        if self.phase is Phase.DIALLING:
            self._await_dial(seconds)
        elif self.phase is not Phase.OVER:
            self._exchange(min(seconds, LONGEST_WAIT))

    def subscribe(self, topics: Sequence[str], former: Iterable[str] = ()) -> None:
        """Ask for these filters at QoS 1, and give up former ones; the answer is news."""
        self.refused = None
        wish: Any = SubscribeOptions(qos=1, retainHandling=ONLY_WHEN_NEW) if self._speaks_5 else 1
        _, mid = self._client.subscribe([(topic, wish) for topic in topics])
        self._asked = (mid, topics)
        if given_up := sorted(set(former) - set(topics)):
            self._client.unsubscribe(given_up)

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Send the PUBACKs of these message ids in order; what the socket does not take now goes with later work."""
        if self._lane is not None:
            self._lane.acknowledge(mids)
        else:
            for mid in mids:
                self._client.ack(mid, 1)
        self._flush()

    def close(self) -> None:
        """Take leave if there is somebody to take leave of; the session stays in the broker."""
        if self.phase is Phase.OPEN:
            self._client.disconnect()
            self._flush()
        self._dial.abandon()
        self.phase = Phase.OVER

    def end(self, why: str) -> None:
        """It is over; the first reason counts."""
        if self.phase is not Phase.OVER:
            self.phase, self.why, self.has_news = Phase.OVER, why, True
            self._dial.abandon()

    @property
    def _speaks_5(self) -> bool:
        return self._settings.version == "5"

    def _prepare(self, kind: type[mqtt.Client], tls: ssl.SSLContext | None) -> mqtt.Client:
        session: dict[str, Any] = {} if self._speaks_5 else {"clean_session": not self._settings.keeps_session}
        client = kind(
            mqtt.CallbackAPIVersion.VERSION2,
            self._settings.client_id,
            protocol=mqtt.MQTTv5 if self._speaks_5 else mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
            **session,
        )
        client.connect_timeout = self._settings.connect_timeout_seconds
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_register_write = lambda *_: None  # packets wait for loop_write instead of leaving one by one
        if tls is not None:
            client.tls_set_context(tls)
        return client

    def _connect(self) -> None:
        settings = self._settings
        if settings.username:
            self._client.username_pw_set(settings.username, settings.read_password() or None)
        session: dict[str, Any] = {}
        if self._speaks_5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = settings.session_expiry_seconds if settings.keeps_session else 0
            properties.ReceiveMaximum = settings.receive_maximum
            session = {"clean_start": not settings.keeps_session, "properties": properties}
        self._client.connect(settings.host, settings.port, settings.keepalive_seconds, **session)

    def _hang_up(self) -> None:
        if (sock := self._client.socket()) is not None:
            sock.close()

    def _await_dial(self, seconds: float) -> None:
        self._dial.join(seconds)
        if self._dial.is_alive():
            return
        if isinstance(self._dial.error, OSError | ValueError):
            self.end(words.not_reached(self._settings, self._dial.error))
        elif self._dial.error is not None:
            raise self._dial.error
        else:
            sock = self._client.socket()
            self._lane = sock if isinstance(sock, Lane) else None
            self._heard = self._monotonic()
            self.phase = Phase.GREETING

    def _exchange(self, seconds: float) -> None:
        self._flush()
        if not self._read():
            self._wait(seconds)
            self._read()
        if self.phase is not Phase.OVER:
            self._client.loop_misc()
            self._flush()
            self._check_silence()

    def _flush(self) -> None:
        self._client.loop_write()
        if self._lane is not None:
            self._lane.flush()

    def _wait(self, seconds: float) -> None:
        sock = self._client.socket()
        if sock is None:
            return
        wants_write = self._client.want_write() or (self._lane is not None and self._lane.wants_write)
        select.select([sock], [sock] if wants_write else [], [], seconds)

    def _read(self) -> bool:
        """Read what is there, until there is news or enough; whether there was anything."""
        read = self._read_plainly if self._lane is None else self._read_lane
        heard = False
        while self._wants_more and read():
            heard = True
        if heard:
            self._heard = self._monotonic()
        return heard

    @property
    def _wants_more(self) -> bool:
        return len(self.messages) < self._settings.receive_maximum and not self.has_news

    def _read_lane(self) -> bool:
        lane = self._lane
        assert lane is not None
        if found := lane.publishes(self._settings.receive_maximum - len(self.messages)):
            self.messages += found
        elif lane.has_packet:
            self._client.loop_read()
        else:
            return lane.fill()
        return True

    def _read_plainly(self) -> bool:
        sock = self._client.socket()
        if sock is None or not (getattr(sock, "pending", int)() or select.select([sock], [], [], 0)[0]):
            return False
        self._client.loop_read()
        return True

    def _check_silence(self) -> None:
        quiet = self._monotonic() - self._heard
        patience = SILENCE * self._client.keepalive
        if self.phase is Phase.GREETING and quiet > self._settings.connect_timeout_seconds:
            self.end(words.silent_at_first(self._settings))
        elif self.phase is Phase.OPEN and quiet > patience:
            self.end(words.gone_silent(self._settings, quiet))

    def _on_connect(self, _client: Any, _data: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.end(words.refused(self._settings, reason.value, reason.getName()))
        else:
            self.session_present = flags.session_present
            self.phase, self.has_news = Phase.OPEN, True

    def _on_disconnect(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if flags.is_disconnect_packet_from_server:
            self.end(words.ended(self._settings, reason.value, reason.getName()))
        elif self.phase is Phase.GREETING:
            self.end(words.ended_at_first(self._settings))
        else:
            self.end(words.ended(self._settings, 0, ""))

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: Sequence[Any], _properties: Any) -> None:
        asked, topics = self._asked
        if mid == asked:
            self.refused = [t for t, reason in zip(topics, reasons, strict=False) if reason.value >= REFUSED]
            self.has_news = True

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError as error:
            topic = error.object
        self.messages.append(Publish(topic, bytes(message.payload), message.mid if message.qos else 0, message.retain))
