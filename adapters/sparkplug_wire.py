"""Sparkplug B's published schema: bytes to payloads and back.

The schema comes with the extra `sparkplug` and is loaded when it is first needed.
"""

from functools import cache
from typing import Any

from domain.errors import TruckrollError

BOOLEAN = 11
REBIRTH = "Node Control/Rebirth"


class MissingExtra(TruckrollError, ImportError):
    """A source needs a package that is not installed."""

    def __init__(self) -> None:
        super().__init__('Codec sparkplug needs packages of its own; run: pip install "truckroll[sparkplug]"')


@cache
def payload_class() -> Any:
    """The schema's Payload. Raises MissingExtra."""
    try:
        from sparkplub_b_packets.core.sparkplug_b_pb2 import Payload
    except ImportError as error:
        raise MissingExtra from error
    return Payload


def read(payload: bytes) -> Any:
    """A payload of the schema. Raises ValueError for any other bytes, MissingExtra."""
    parse = payload_class().FromString
    from google.protobuf.message import DecodeError

    try:
        return parse(payload)
    except DecodeError as error:
        raise ValueError(f"no Sparkplug payload: {error}") from error


def rebirth_request(sent_ms: int) -> bytes:
    """The command that asks an edge node for a rebirth. Raises MissingExtra."""
    command = payload_class()(timestamp=sent_ms)
    command.metrics.add(name=REBIRTH, datatype=BOOLEAN, boolean_value=True)
    return bytes(command.SerializeToString())
