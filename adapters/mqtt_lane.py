"""The fast lane: publishes leave the stream in one sweep, and paho-mqtt reads everything else.

paho-mqtt alone reads a packet with four system calls, makes objects of MQTT 5 properties and sends acknowledgements
one by one. The seam is one method of its client, `_create_socket`: a version of paho that does not call it works
without the lane.
"""

import ssl
import struct
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple, Protocol

import paho.mqtt.client as mqtt

DUP_AND_RETAIN = 0x09
PUBLISH_QOS_1 = 0x32 | DUP_AND_RETAIN
PUBACK = 0x4002
CHUNK = 262_144


class Publish(NamedTuple):
    """A publish as it stood in the stream."""

    topic: bytes
    payload: bytes
    mid: int
    """0: nothing to acknowledge."""
    retained: bool


class Socket(Protocol):
    """What the lane needs of a connected socket that does not block."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes | bytearray, /) -> int: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool, /) -> None: ...


def body_of_packet(data: bytes, at: int) -> tuple[int, int]:
    """Where the body of the packet at `at` begins and ends; (0, 0) while its length is not all there, or malformed."""
    length = 0
    for place, byte in enumerate(data[at + 1 : at + 5]):
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return at + 2 + place, at + 2 + place + length
    return 0, 0


def publish_in(data: bytes, at: int, body: int, stop: int, *, properties: bool) -> Publish | None:
    """The QoS 1 publish whose packet begins at `at`; None where it is odd, so that paho may judge it."""
    topic_at = body + 2
    topic_end = topic_at + (data[body] << 8 | data[body + 1])
    payload_at = topic_end + 2
    if properties:
        if payload_at >= stop or data[payload_at] > 0x7F:
            return None
        payload_at += 1 + data[payload_at]
    if topic_end == topic_at or payload_at > stop:
        return None
    mid = data[topic_end] << 8 | data[topic_end + 1]
    return Publish(data[topic_at:topic_end], data[payload_at:stop], mid, bool(data[at] & 1))


def sweep(data: bytes, at: int, most: int, *, properties: bool) -> tuple[list[Publish], int]:
    """The QoS 1 publishes that stand whole at `at`, one after the other, at most so many; and where they end.

    It stops at anything else, incomplete or odd. `properties`: MQTT 5, whose properties are passed over unread.
    """
    found: list[Publish] = []
    end = len(data)
    while at + 2 <= end and len(found) < most and data[at] | DUP_AND_RETAIN == PUBLISH_QOS_1:
        length = data[at + 1]
        body, stop = (at + 2, at + 2 + length) if length < 0x80 else body_of_packet(data, at)
        publish = publish_in(data, at, body, stop, properties=properties) if body + 5 <= stop <= end else None
        if publish is None:
            break
        found.append(publish)
        at = stop
    return found, at


class Lane:
    """A socket for paho that reads ahead and writes together.

    What is to be sent waits for `flush`; it is bounded by what has been received and must be acknowledged.
    """

    def __init__(self, raw: Socket, *, properties: bool) -> None:
        self._raw = raw
        self._properties = properties
        self._data = b""
        self._at = 0
        self._out = bytearray()
        self.ended = False
        """Nothing more will come; what was read ahead is still there."""

    def fill(self) -> bool:
        """Read ahead once without waiting; whether anything came. The end of the stream counts as something."""
        try:
            chunk = self._raw.recv(CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:
            chunk = b""
        self._data = self._data[self._at :] + chunk
        self._at = 0
        self.ended = not chunk
        return True

    def publishes(self, most: int) -> list[Publish]:
        """The publishes at the front of what was read ahead, at most so many."""
        found, self._at = sweep(self._data, self._at, most, properties=self._properties)
        return found

    @property
    def has_packet(self) -> bool:
        """A whole packet stands at the front, or one that will never be whole."""
        _, stop = body_of_packet(self._data, self._at)
        malformed = not stop and len(self._data) - self._at > 4
        return self.ended or malformed or 0 < stop <= len(self._data)

    def acknowledge(self, mids: Sequence[int]) -> None:
        """Queue the PUBACKs of these message ids, in order."""
        self._out += struct.pack(f">{2 * len(mids)}H", *chain.from_iterable(zip(repeat(PUBACK), mids, strict=False)))

    @property
    def wants_write(self) -> bool:
        """Something waits to be sent."""
        return bool(self._out)

    def flush(self) -> None:
        """Send what the socket takes without waiting; on a broken connection nothing, for reading will tell its end."""
        while self._out:
            try:
                sent = self._raw.send(self._out)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                sent = len(self._out)
            del self._out[:sent]

    def recv(self, size: int) -> bytes:
        """For paho: what was read ahead. Raises BlockingIOError when there is nothing."""
        data = self._data[self._at : self._at + size]
        if not data and not self.ended:
            raise BlockingIOError
        self._at += len(data)
        return data

    def send(self, data: bytes | bytearray) -> int:
        """For paho: everything is taken at once, and leaves with `flush`."""
        self._out += data
        return len(data)

    def close(self) -> None:
        """Send what can be sent, and close."""
        self.flush()
        self._raw.close()

    def fileno(self) -> int:
        """The socket's, for select."""
        return self._raw.fileno()

    def setblocking(self, flag: bool) -> None:
        """The socket's."""
        self._raw.setblocking(flag)


class LaneClient(mqtt.Client):
    """paho's client on a lane."""

    def _create_socket(self) -> Any:
        return Lane(super()._create_socket(), properties=self.protocol == mqtt.MQTTv5)
