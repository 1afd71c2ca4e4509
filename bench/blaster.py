"""Publishes pre-encoded MQTT 3.1.1 frames at QoS 1 over many connections, so that the publisher is no bottleneck.

Run as a process of its own: `python -m bench.blaster --port P --count N …`; prints one JSON line with what was
acknowledged and how long it took.
"""

import argparse
import json
import selectors
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

WINDOW = 64
FRAMES_A_SEND = 16


def remaining_length(number: int) -> bytes:
    """MQTT's variable byte integer."""
    out = bytearray()
    while True:
        number, digit = divmod(number, 128)
        out.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value: str) -> bytes:
    """MQTT's length-prefixed text."""
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def connect_frame(client_id: str) -> bytes:
    """CONNECT, MQTT 3.1.1, clean session, keepalive of ten minutes."""
    body = text("MQTT") + b"\x04\x02" + struct.pack(">H", 600) + text(client_id)
    return b"\x10" + remaining_length(len(body)) + body


def publish_frame(topic: str, payload: bytes, mid: int) -> bytes:
    """PUBLISH at QoS 1."""
    body = text(topic) + struct.pack(">H", mid) + payload
    return b"\x32" + remaining_length(len(body)) + body


@dataclass
class Load:
    """Telemetry of a fleet: each device in turn, `readings` values a message, its own boot and seq."""

    devices: int
    readings: int
    count: int
    crashes: int = 0
    """So many devices crash three times within the run, spread over it."""
    boot: int = 1
    """Another boot for another run, else it would be the same messages again."""
    decided: dict[str, int] = field(default_factory=dict)
    """When the third crash of a device was sent, ns."""

    def messages(self) -> Iterator[tuple[str, str, bytes]]:
        """(device that is decided by it or "", topic, payload)."""
        crash_every = max(1, self.count // (self.crashes * 3)) if self.crashes else 0
        numbers = [0] * max(self.devices, self.crashes)
        crashed = 0
        for n in range(self.count):
            if crash_every and n % crash_every == crash_every // 2 and crashed < self.crashes * 3:
                yield self.crash(crashed, numbers)
                crashed += 1
            device = n % self.devices
            values = b",".join(b'"m%d":%.2f' % (k, 20 + (n * 7 + k) % 500 / 10) for k in range(self.readings))
            body = b'{"ts":%d,"boot":%d,"seq":%d,"values":{%s}}' % (
                time.time_ns() // 1_000_000,
                self.boot,
                numbers[device],
                values,
            )
            numbers[device] += 1
            yield "", f"devices/dev-{device:06d}/telemetry", body

    def crash(self, nth: int, numbers: list[int]) -> tuple[str, str, bytes]:
        """The nth crash of the run: the first, second or third one of its device."""
        device = nth // 3
        body = b'{"boot":%d,"seq":%d,"event":"crash","code":"0xDEAD"}' % (self.boot, numbers[device])
        numbers[device] += 1
        name = f"dev-{device:06d}"
        return name if nth % 3 == 2 else "", f"devices/{name}/events", body


class Connection:
    """One connection with its own window of unacknowledged messages."""

    def __init__(self, host: str, port: int, client_id: str) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(connect_frame(client_id))
        if self.socket.recv(4) != b"\x20\x02\x00\x00":
            raise ConnectionError("the broker refused the connection")
        self.mid = 0
        self.unacknowledged = 0
        self.rest = b""
        self.out: list[bytes] = []

    def offer(self, topic: str, payload: bytes) -> None:
        """Queue one message; `flush` sends."""
        self.mid = self.mid % 65_535 + 1
        self.unacknowledged += 1
        self.out.append(publish_frame(topic, payload, self.mid))
        if len(self.out) >= FRAMES_A_SEND:
            self.flush()

    def flush(self) -> None:
        """Send what is queued."""
        if self.out:
            self.socket.sendall(b"".join(self.out))
            self.out.clear()

    def acknowledged(self) -> int:
        """Read acknowledgements that have come; returns how many."""
        data = self.rest + self.socket.recv(65_536)
        if not data:
            raise ConnectionError("the broker closed the connection")
        whole = len(data) // 4
        self.rest = data[whole * 4 :]
        self.unacknowledged -= whole
        return whole


def blast(host: str, port: int, connections: int, rate: float, load: Load) -> dict[str, object]:
    """Send the load at `rate` messages a second (0 = as fast as acknowledgements allow) and wait for all of them."""
    selector = selectors.DefaultSelector()
    pool = [Connection(host, port, f"blaster-{n}") for n in range(connections)]
    for connection in pool:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    begun, sent, acknowledged = time.monotonic(), 0, 0
    for decided, topic, payload in load.messages():
        connection = pool[sent % connections]
        if decided:
            load.decided[decided] = time.time_ns()
        connection.offer(topic, payload)
        sent += 1
        ahead = sent / rate - (time.monotonic() - begun) if rate and sent % 16 == 0 else 0.0
        if ahead > 0 or decided:
            for each in pool:
                each.flush()
        while connection.unacknowledged >= WINDOW or ahead > 0:
            connection.flush()
            for key, _ in selector.select(max(0.0, ahead)):
                acknowledged += key.data.acknowledged()
            ahead = sent / rate - (time.monotonic() - begun) if rate and ahead > 0 else 0.0
    for connection in pool:
        connection.flush()
    while acknowledged < sent:
        for key, _ in selector.select(10):
            acknowledged += key.data.acknowledged()
    return {"sent": sent, "acknowledged": acknowledged, "seconds": time.monotonic() - begun, "decided": load.decided}


def main() -> None:
    """The process's entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--readings", type=int, default=1)
    parser.add_argument("--crashes", type=int, default=0)
    parser.add_argument("--boot", type=int, default=1)
    a = parser.parse_args()
    load = Load(a.devices, a.readings, a.count, a.crashes, a.boot)
    print(json.dumps(blast(a.host, a.port, a.connections, a.rate, load)))


if __name__ == "__main__":
    main()
