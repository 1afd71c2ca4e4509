"""Messages from an MQTT broker: taken in lists, acknowledged when they are durable, through any loss of connection."""

import json
import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

import paho.mqtt.client as mqtt

from adapters import mqtt_words as words
from adapters.mqtt_connection import Connection, Phase
from adapters.mqtt_lane import LaneClient, Publish
from adapters.mqtt_settings import MqttSettings
from domain.counts import Counts
from domain.entries import Entry, Kind
from domain.errors import WrongFormat
from domain.instants import Instant
from domain.ports import Clock, Delivery

__all__ = ["MqttSettings", "MqttSource"]

FIRST_BACKOFF = 0.2


class MqttSource:
    """A Source over MQTT: persistent session, QoS 1, acknowledgements in order and bound to their connection.

    Building checks and connects nowhere; entering begins to connect; `take` does everything else, in its own thread.
    The broker holds back what goes beyond `receive_maximum` unacknowledged messages. `expects_session`: an earlier
    process had a session, so its absence is a loss. `former_topics`: filters of an earlier process to give up.
    Raises WrongFormat without a topic.
    """

    def __init__(
        self,
        settings: MqttSettings,
        clock: Clock,
        *,
        expects_session: bool = False,
        former_topics: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
        client: type[mqtt.Client] = LaneClient,
    ) -> None:
        if not settings.topics:
            raise WrongFormat([f'{settings.name}: topics is empty; name a subscription filter, such as "devices/#"'])
        self.settings = settings
        self.counts = Counts()
        self.faults = 0
        """Connections given up because of an exception that nobody foresaw."""
        self.trouble = f"Connecting to {settings.address}."
        """Why nothing comes and what to do about it, in one sentence; empty while connected."""
        self._clock = clock
        self._monotonic = monotonic
        self._pause = pause
        self._rng = rng or random.Random()
        self._client = client
        self._tls = settings.tls_context()
        self._expects_session = expects_session
        self._former_topics = tuple(former_topics)
        self._connection: Connection | None = None
        self._generation = 0
        self._is_linked: bool | None = None
        self._is_subscribed = False
        self._attempts = 0
        self._dial_at = monotonic()
        self._subscribe_at = math.inf
        self._opened_at: float | None = None
        self._arrived: list[Delivery] = []

    def __enter__(self) -> "MqttSource":
        self._dial()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_connected(self) -> bool:
        """The broker lets us listen."""
        return self._is_linked is True

    def take(self, seconds: float) -> Sequence[Delivery]:
        """What has arrived, as the port promises; at most `receive_maximum` messages and the links between them."""
        until = self._monotonic() + seconds
        while True:
            self._work(max(0.0, until - self._monotonic()))
            if self._arrived or self._monotonic() >= until:
                taken, self._arrived = self._arrived, []
                return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """As the port promises; returns without waiting for the broker."""
        tokens: list[Any] = [d.token for d in deliveries if d.token is not None]
        is_open = self._connection is not None and self._connection.phase is Phase.OPEN
        mine = [mid for generation, mid in tokens if generation == self._generation] if is_open else []
        self.counts.kept += len(mine)
        self.counts.dropped += len(tokens) - len(mine)
        if mids := [mid for mid in mine if mid]:
            self._guarded(lambda connection: connection.acknowledge(mids))

    def close(self) -> None:
        """Take leave of the broker, which keeps the session and what arrives."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._is_linked = False
        self.trouble = f"{self.settings.name} is closed."

    def _work(self, seconds: float) -> None:
        if self._connection is None:
            self._pause(max(0.0, min(seconds, self._dial_at - self._monotonic())))
            if self._monotonic() >= self._dial_at:
                self._dial()
            return
        self._guarded(lambda connection: connection.work(seconds))
        self._collect()
        if self._connection.has_news:
            self._guarded(self._follow)
        elif self._subscribe_at <= self._monotonic():
            self._guarded(self._subscribe)

    def _guarded(self, act: Callable[[Connection], None]) -> None:
        """The one place where anything that paho raises ends: the connection is given up, the next one is dialled."""
        assert self._connection is not None
        try:
            act(self._connection)
        except Exception as error:  # noqa: BLE001 - nobody knows what it may be, and consumption must go on
            self.faults += 1
            self._connection.end(words.broken(self.settings, error))

    def _dial(self) -> None:
        self._generation += 1
        self._opened_at = None
        self._subscribe_at = math.inf
        self._connection = Connection(self.settings, self._tls, client=self._client, monotonic=self._monotonic)

    def _collect(self) -> None:
        """Take the messages out of the connection."""
        assert self._connection is not None
        if messages := self._connection.messages:
            self._connection.messages = []
            now, generation = self._clock.now(), self._generation
            self._arrived += [delivery(message, now, generation) for message in messages]
            self.counts.received += len(messages)

    def _follow(self, connection: Connection) -> None:
        """Draw the conclusions of what changed on the connection."""
        connection.has_news = False
        if connection.phase is Phase.OVER:
            self._lose(connection)
        elif self._opened_at is None:
            self._greet(connection)
        elif connection.refused:
            self._stay_out(connection.refused)
        elif connection.refused is not None:
            self._is_subscribed = True
            self._former_topics = ()
            self._tell_up("the broker began a new session")

    def _greet(self, connection: Connection) -> None:
        """The broker let us in; whether it kept our session decides what is lost and what is to be asked for."""
        self._opened_at = self._monotonic()
        if connection.session_present:
            self._tell_up("the broker kept the session")
        else:
            self._is_subscribed = False
            if self._expects_session:
                self._link("session_lost", "the broker kept nothing of what came while it did not reach us")
        self._expects_session = self.settings.keeps_session
        if not self._is_subscribed:
            self._subscribe(connection)

    def _subscribe(self, connection: Connection) -> None:
        self._subscribe_at = math.inf
        connection.subscribe(self.settings.topics, self._former_topics)

    def _stay_out(self, topics: Sequence[str]) -> None:
        """The broker does not let us listen: ask again later."""
        self._tell_down(words.not_allowed(self.settings, topics))
        self._subscribe_at = self._monotonic() + self._next_backoff()

    def _lose(self, connection: Connection) -> None:
        """The connection is over: say so once, and dial again later."""
        now = self._monotonic()
        if self._opened_at is not None and now - self._opened_at > self.settings.max_backoff_seconds:
            self._attempts = 0
        self._connection = None
        self._dial_at = now + self._next_backoff()
        self._tell_down(connection.why)

    def _next_backoff(self) -> float:
        """Seconds to wait: doubled with every attempt up to the limit, then shortened by up to a half at random."""
        longest = min(FIRST_BACKOFF * 2.0 ** min(self._attempts, 32), self.settings.max_backoff_seconds)
        self._attempts += 1
        return self._rng.uniform(0.5, 1.0) * longest

    def _tell_up(self, reason: str) -> None:
        self.trouble = ""
        if not self._is_linked:
            self._is_linked = True
            self._link("connected", reason)

    def _tell_down(self, trouble: str) -> None:
        self.trouble = trouble
        if self._is_linked is not False:
            self._is_linked = False
            self._link("disconnected", trouble)

    def _link(self, topic: str, reason: str) -> None:
        payload = json.dumps({"source": self.settings.name, "reason": reason}, ensure_ascii=False).encode()
        self._arrived.append(Delivery(Entry(Kind.LINK, self._clock.now(), topic, payload)))


def delivery(message: Publish, now: Instant, generation: int) -> Delivery:
    """A publish as the port wants it. A topic that is no UTF-8 becomes legible, and is quarantined later."""
    topic = message.topic.decode("utf-8", "backslashreplace")
    return Delivery(Entry(Kind.MESSAGE, now, topic, message.payload, message.retained), (generation, message.mid))
