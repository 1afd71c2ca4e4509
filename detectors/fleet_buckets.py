"""Buckets: what one partition of the fleet counted in half a second, as plain values that a journal can hold.

Devices are shared out by `crc32(device) % partitions`. Whoever counts a partition closes its buckets in order; whoever
decides takes them in the order of (bucket, partition). Nothing else passes between the two.
"""

from collections.abc import Iterable
from zlib import crc32

import msgspec
from msgspec import Struct

from domain.entries import Position
from domain.finding import Evidence
from domain.instants import HOUR, SECOND, Duration, Instant

WIDTH: Duration = SECOND // 2
"""How long a bucket is, by arrival."""
AN_HOUR = HOUR // WIDTH
NAMES = ("model", "firmware", "site", "region", "parent")
"""What a cell of the fleet has in common."""

Cell = tuple[str, str, str, str, str]
"""The values of NAMES; empty where it is not known or not asked for."""


class Hit(Struct, frozen=True, array_like=True):
    """A fault of a device."""

    position: Position
    at: Instant
    received_at: Instant
    device: str
    asset: str
    event: str
    code: str
    cell: Cell
    again: bool = False
    """The device had one lately that counted: it may make a member, and is no measure of a rate."""

    def evidence(self) -> Evidence:
        """As evidence of a finding."""
        return Evidence(self.position, self.device, self.at, self.event, self.code)


class Row(Struct, frozen=True, array_like=True):
    """What changed in a cell."""

    cell: Cell
    active: int = 0
    """So many more devices are active in it, or fewer."""
    hours_before: int = 0
    """Active hours that devices which came by an update had on the release before …"""
    hits_before: int = 0
    """… and their faults in them."""


class Bucket(Struct, frozen=True, array_like=True):
    """One partition's counts of one bucket."""

    number: int
    partition: int
    rows: tuple[Row, ...] = ()
    hits: tuple[Hit, ...] = ()


DECODER = msgspec.msgpack.Decoder(Bucket)


def encode(bucket: Bucket) -> bytes:
    """The bucket as the payload of a journal's entry."""
    return msgspec.msgpack.encode(bucket)


def decode(payload: bytes) -> Bucket:
    """The bucket that `encode` wrote. Raises msgspec.DecodeError for other bytes."""
    return DECODER.decode(payload)


def partition_of(device: str, partitions: int) -> int:
    """Which partition counts the device."""
    return crc32(device.encode()) % partitions


def merged(buckets: Iterable[Bucket]) -> tuple[list[Row], list[Hit]]:
    """The rows and hits of all partitions, the same however the devices are shared out."""
    rows: dict[Cell, Row] = {}
    hits: list[Hit] = []
    for bucket in sorted(buckets, key=lambda b: (b.number, b.partition)):
        for row in bucket.rows:
            known = rows.get(row.cell, Row(row.cell))
            rows[row.cell] = Row(
                row.cell,
                known.active + row.active,
                known.hours_before + row.hours_before,
                known.hits_before + row.hits_before,
            )
        hits += bucket.hits
    return [rows[cell] for cell in sorted(rows)], sorted(hits, key=lambda hit: (hit.position, hit.device))
