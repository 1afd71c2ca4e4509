"""The fast lane reads what paho-mqtt would have read, whatever the stream and however it is cut."""

import socket
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet as judge
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket

from adapters.mqtt_lane import Lane, Publish, body_of_packet, sweep

TOPICS = st.text(min_size=1, max_size=40).map(str.encode) | st.binary(min_size=1, max_size=300)
PAYLOADS = st.binary(max_size=300) | st.integers(0, 70_000).map(bytes)
PUBLISHES = st.builds(Publish, TOPICS, PAYLOADS, st.integers(1, 65_535), st.booleans())


def length_bytes(length: int) -> bytes:
    """A remaining length as MQTT writes it."""
    out = bytearray()
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out)


def packet(head: int, body: bytes) -> bytes:
    return bytes([head]) + length_bytes(len(body)) + body


def frame(publish: Publish, *, properties: bytes | None) -> bytes:
    """A QoS 1 publish as a broker sends it."""
    said = b"" if properties is None else length_bytes(len(properties)) + properties
    topic = len(publish.topic).to_bytes(2, "big") + publish.topic
    return packet(0x32 | publish.retained, topic + publish.mid.to_bytes(2, "big") + said + publish.payload)


def paho_reads(data: bytes, version: MQTTProtocolVersion) -> Publish | None:
    """The publish that paho's own decoder sees in a whole packet; None for a malformed one."""
    body, stop = body_of_packet(data, 0)
    try:
        seen = judge.decode_publish(data[0], data[body:stop], version)
    except MalformedPacket:
        return None
    return Publish(bytes(seen.topic), bytes(seen.payload), seen.mid, seen.retain)


@given(publishes=st.lists(PUBLISHES, max_size=8), mqtt_5=st.booleans())
def test_a_stream_of_publishes_is_read_as_it_was_written(publishes: list[Publish], mqtt_5: bool) -> None:
    """In order, whole, with nothing left over."""
    data = b"".join(frame(publish, properties=b"" if mqtt_5 else None) for publish in publishes)

    assert (publishes, len(data)) == sweep(data, 0, 1_000, properties=mqtt_5)


@given(publish=PUBLISHES, mqtt_5=st.booleans(), flips=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 255))))
def test_what_the_lane_reads_of_odd_bytes_is_what_paho_reads(
    publish: Publish, mqtt_5: bool, flips: list[tuple[int, int]]
) -> None:
    """With any bytes of a packet's beginning changed, the lane leaves it to paho or agrees with it."""
    data = bytearray(frame(publish, properties=b"" if mqtt_5 else None))
    for place, byte in flips:
        data[place % len(data)] = byte
    found, _ = sweep(bytes(data), 0, 1, properties=mqtt_5)
    version = MQTTProtocolVersion.MQTTv5 if mqtt_5 else MQTTProtocolVersion.MQTTv311
    judged = paho_reads(bytes(data), version) if found else None

    assert judged is None or found == [judged]


@given(data=st.binary(max_size=400), mqtt_5=st.booleans(), at=st.integers(0, 400))
def test_no_bytes_break_the_lane(data: bytes, mqtt_5: bool, at: int) -> None:
    """It reads or leaves alone; it never goes back."""
    _, end = sweep(data, at, 10, properties=mqtt_5)

    assert at <= end <= max(at, len(data))


@given(content_type=st.text(max_size=100).map(str.encode), publish=PUBLISHES)
def test_properties_are_passed_over(content_type: bytes, publish: Publish) -> None:
    """A content type in front of the payload is no part of it."""
    said = b"\x03" + len(content_type).to_bytes(2, "big") + content_type
    data = frame(publish, properties=said)
    found, _ = sweep(data, 0, 1, properties=True)

    assert [publish] == found or (len(said) > 127 and [] == found)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, Lane]]:
    """The broker's end of a connection, and ours as a lane."""
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    lane = Lane(ours, properties=False)
    with theirs, ours:
        yield theirs, lane


def through_the_lane(lane: Lane) -> Sequence[Publish]:
    """What is there now."""
    found: list[Publish] = []
    while lane.fill() and not lane.ended:
        found += lane.publishes(1_000)
    return found


def test_a_publish_that_comes_in_pieces_waits_until_it_is_whole(pair: tuple[socket.socket, Lane]) -> None:
    """Byte by byte."""
    theirs, lane = pair
    publish = Publish(b"devices/d/telemetry", b"x" * 200, 7, retained=False)
    heard: list[Sequence[Publish]] = []
    for byte in frame(publish, properties=None):
        theirs.send(bytes([byte]))
        heard.append(through_the_lane(lane))

    assert [[publish]] == [found for found in heard if found]
    assert [publish] == heard[-1]


def test_other_packets_are_left_to_paho_whole(pair: tuple[socket.socket, Lane]) -> None:
    """A ping's answer between two publishes: the lane stops, paho reads two bytes, the lane goes on."""
    theirs, lane = pair
    first, second = Publish(b"t", b"1", 1, retained=False), Publish(b"t", b"2", 2, retained=True)
    theirs.send(frame(first, properties=None) + b"\xd0\x00" + frame(second, properties=None))
    lane.fill()

    assert [first] == lane.publishes(10)
    assert lane.has_packet
    assert b"\xd0\x00" == lane.recv(1) + lane.recv(1)
    assert [second] == lane.publishes(10)
    assert not lane.has_packet


def test_paho_is_never_given_half_a_packet(pair: tuple[socket.socket, Lane]) -> None:
    """It would remember the half, and the lane would take the rest for a beginning."""
    theirs, lane = pair
    theirs.send(packet(0x90, b"\x00\x01\x01")[:-1])
    lane.fill()

    assert not lane.has_packet
    theirs.send(b"\x01")
    lane.fill()
    assert lane.has_packet


def test_an_endless_length_is_left_to_paho_to_refuse(pair: tuple[socket.socket, Lane]) -> None:
    """Five bytes of length are malformed; nobody waits for the packet to become whole."""
    theirs, lane = pair
    theirs.send(b"\x32\xff\xff\xff\xff\xff")
    lane.fill()

    assert [] == lane.publishes(10)
    assert lane.has_packet


def test_what_came_before_the_end_is_still_read(pair: tuple[socket.socket, Lane]) -> None:
    """The broker sends and hangs up: first the publish, then the end, which paho sees as an empty read."""
    theirs, lane = pair
    publish = Publish(b"t", b"1", 1, retained=False)
    theirs.send(frame(publish, properties=None))
    theirs.close()
    while not lane.ended:
        lane.fill()

    assert [publish] == lane.publishes(10)
    assert (True, b"") == (lane.has_packet, lane.recv(1))


def test_acknowledgements_leave_together_and_in_order(pair: tuple[socket.socket, Lane]) -> None:
    """Four bytes each, after what paho had to say, with one flush."""
    theirs, lane = pair
    lane.send(b"\xc0\x00")
    lane.acknowledge([1, 2, 65_535])
    assert lane.wants_write
    lane.flush()

    assert bytes.fromhex("c000 40020001 40020002 4002ffff") == theirs.recv(100)
    assert not lane.wants_write


def test_a_broker_that_does_not_read_does_not_stop_us(pair: tuple[socket.socket, Lane]) -> None:
    """What the socket does not take waits, and leaves complete and in order when there is room."""
    theirs, lane = pair
    mids = [n % 65_535 + 1 for n in range(300_000)]
    lane.acknowledge(mids)
    lane.flush()
    assert lane.wants_write
    received = bytearray()
    while lane.wants_write:
        received += theirs.recv(1 << 20)
        lane.flush()
    while len(received) < 4 * len(mids):
        received += theirs.recv(1 << 20)

    assert b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids) == bytes(received)
