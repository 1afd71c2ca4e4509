"""Raw messages as they travel: the bytes in base64, and the text where they are one."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from adapters.ledger_lists import Kept
from domain.ticket import Pinned
from truckroll.api.shapes import Absent, Asked, At, Page, Shape, page


class Payload(Shape):
    """What a device sent, byte for byte."""

    base64: str
    text: str | None
    """The same as text; null where the bytes are none."""


class Message(Shape):
    """A raw message that is kept with a finding."""

    finding: str
    position: int
    """Its place in the journal."""
    received_at: At
    topic: str
    payload: Payload
    retained: bool


class MessagesAsked(Asked):
    """A stretch of the raw messages."""

    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}\.F-[0-9a-f]{16}$")] | Absent = None
    limit: int = Field(50, ge=1, le=200)

    @property
    def after(self) -> Kept | None:
        """The place of the last message of the page before."""
        if self.cursor is None:
            return None
        position, _, finding = self.cursor.partition(".")
        return Kept(int(position), finding)


def payload_of(payload: bytes) -> dict[str, Any]:
    """The fields of a payload."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = None
    return {"base64": b64encode(payload).decode(), "text": text}


def page_of(found: Sequence[Pinned], limit: int) -> Page[Message]:
    """The messages as a page."""
    rows = [
        {
            "finding": pin.finding,
            "position": pin.position,
            "received_at": pin.received_at,
            "topic": pin.topic,
            "payload": payload_of(pin.payload),
            "retained": pin.retained,
        }
        for pin in found
    ]
    return page(Page[Message], rows, limit, lambda row: f"{row['position']}.{row['finding']}")
