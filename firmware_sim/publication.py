"""A publication: one MQTT message as it leaves a device, or leaves it again."""

from typing import NamedTuple

from domain.instants import Instant

Key = tuple[str, str, str]
"""(asset, component, failure mode): what a ticket is about."""


class Publication(NamedTuple):
    """One message on its way to the broker."""

    at: Instant
    """When the broker gets it."""
    device: str
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    decides: Key | None = None
    """With this message a ticket is due."""
