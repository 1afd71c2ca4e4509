"""Shapes that several resources share: instants, names, texts and pages as they travel."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from domain.instants import SECOND, Instant, instant_text, parse_instant

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
EARLIEST, LATEST = -(2**63), 2**63 - 1
"""The instants that the stores can hold: from 1677 to 2262. What lies outside is moved to the nearer one."""

CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")

T = TypeVar("T")


def exact_text(at: Instant) -> str:
    """RFC 3339 in UTC with as many digits as the instant needs: three, six or nine."""
    text, below = instant_text(at), at % (SECOND // 1000)
    if not below or not text.endswith("Z"):
        return text
    return f"{text[:-1]}{below // 1000:03d}Z" if below % 1000 == 0 else f"{text[:-1]}{below:06d}Z"


def instant_or_none(at: Any) -> Any:
    """The text of an instant; None for one that never was."""
    return (exact_text(at) if at else None) if isinstance(at, int) else at


def from_text(text: Any) -> Instant:
    """The instant that RFC 3339 text means. Raises ValueError."""
    if not isinstance(text, str) or not RFC_3339.fullmatch(text):
        raise ValueError("must be RFC 3339 with a time zone, such as 2026-11-22T08:00:00Z")
    return min(max(parse_instant(text.upper()), EARLIEST), LATEST)


def prose(text: str) -> str:
    """The text without NUL characters, which not every database can keep."""
    return text.replace("\0", "\ufffd")


def in_one_line(text: str) -> str:
    """The text with a space for each control character."""
    return text.translate(CONTROLS)


DATE_TIME = {"type": "string", "format": "date-time"}
At = Annotated[
    str, BeforeValidator(lambda at: exact_text(at) if isinstance(at, int) else at), WithJsonSchema(DATE_TIME)
]
"""An instant in an answer."""
MaybeAt = Annotated[
    str | None, BeforeValidator(instant_or_none), WithJsonSchema({"anyOf": [DATE_TIME, {"type": "null"}]})
]
"""An instant in an answer that may not have come yet."""
When = Annotated[Instant, BeforeValidator(from_text), WithJsonSchema(DATE_TIME)]
"""An instant in a request."""

Absent = SkipJsonSchema[None]
"""What a parameter is that was not given; nobody can write it."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(prose)]
"""A name of something in a request."""
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""A name inside Truckroll, such as a device's."""
Number = Annotated[str, StringConstraints(pattern=r"^T-[0-9]{4}-[0-9]{6,9}$")]
"""A ticket's number."""
FindingId = Annotated[str, StringConstraints(pattern=r"^F-[0-9a-f]{16}$")]

DeviceInPath = Annotated[Id, Path(description="The device's name.")]
TicketInPath = Annotated[Number, Path(description="The ticket's number, such as T-2026-000123.")]
FindingInPath = Annotated[FindingId, Path(description="The finding's id.")]


class Shape(BaseModel):
    """Something in an answer; made from the domain's value of the same field names."""

    model_config = ConfigDict(from_attributes=True, ser_json_inf_nan="null")


class Asked(BaseModel):
    """Parameters or a body of a request: what is not documented is refused, and so are NaN and infinities."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, regex_engine="python-re")


class Page(Shape, Generic[T]):
    """A stretch of a list."""

    items: list[T]
    next: str | None
    """The `cursor` of the next page; null where the list ends."""


def page(kind: type[Page[T]], found: Sequence[Any], limit: int, cursor: Callable[[Any], object]) -> Page[T]:
    """A page of at most `limit`, from what was found when one more was asked for; `cursor` is that of an item."""
    items = list(found[:limit])
    return kind.model_validate({"items": items, "next": str(cursor(items[-1])) if len(found) > limit else None})
