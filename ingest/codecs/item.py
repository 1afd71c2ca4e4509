"""An item: what one object of one message says, before anybody asked whether it can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Happening(NamedTuple):
    """Something that happened."""

    event: str
    code: str = ""
    details: Mapping[str, Any] = {}


@dataclass(slots=True, kw_only=True)
class Item:
    """One device at one time. Names, texts and numbers are within the limits."""

    device: str = ""
    """Whose it is; empty = the one that the topic names."""
    said_at: object = None
    """The time as the device wrote it; None = it did not."""
    boot: int = -1
    seq: int = -1
    firmware: str = ""
    readings: Sequence[tuple[str, float | str]] = ()
    """Numbers, and texts that are states."""
    happenings: Sequence[Happening] = field(default_factory=tuple)
    content: bytes
    """The object's own bytes, by which a repetition is known."""
