"""Limits at the door: what a message may be, and the refusal that says why it was not let in."""

import re
from dataclasses import dataclass, fields
from typing import Any

from domain.errors import TruckrollError, WrongFormat
from domain.instants import DAY, SECOND, Duration

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
JSON_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
AS_ROUND = bytes.maketrans(b"[]{}", b"()()")
DEEPEST = 64
OPEN = ord("(")
INT_MIN, INT_MAX = -(2**63), 2**64 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest message that is let in. Part of what decoding depends on: the same for the life of a journal."""

    message_bytes: int = 65_536
    depth: int = 16
    """Objects and lists inside each other."""
    keys: int = 256
    """Names in one object, and readings in one item."""
    string_bytes: int = 4_096
    name_chars: int = 128
    """A metric, an event, a code, a firmware."""
    past_days: int = 30
    """A device's clock further behind the arrival is not believed …"""
    future_seconds: int = 300
    """… nor one further ahead."""

    def __post_init__(self) -> None:
        """Raises WrongFormat for limits under which nothing could be let in, or reading itself would not be safe."""
        bad = [f"{f.name} must be at least 1" for f in fields(self) if getattr(self, f.name) < 1]
        if self.depth > DEEPEST:
            bad.append(f"depth must be at most {DEEPEST}")
        if bad:
            raise WrongFormat(bad)

    @property
    def past(self) -> Duration:
        """How far behind the arrival an event time may lie."""
        return self.past_days * DAY

    @property
    def future(self) -> Duration:
        """How far ahead of the arrival an event time may lie."""
        return self.future_seconds * SECOND


class Refused(TruckrollError, ValueError):
    """A message that goes to quarantine as a whole: one word for counting, one sentence for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(detail)


def short(value: object) -> str:
    """A value in a sentence: quoted, printable, at most 60 characters."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_size(payload: bytes, limits: Limits) -> None:
    """Nothing for a payload of a believable size. Raises Refused."""
    if len(payload) > limits.message_bytes:
        raise Refused("too_big", f"The payload has {len(payload)} bytes; at most {limits.message_bytes} are let in.")
    if not payload:
        raise Refused("empty", "The payload is empty; that is how a retained message is removed, nothing else is lost.")


def check_depth(payload: bytes, limits: Limits) -> None:
    """Nothing for JSON that is at most `limits.depth` deep; looks at brackets only, so any bytes are safe."""
    if payload.count(b"{") + payload.count(b"[") <= limits.depth:
        return
    brackets = inner = JSON_STRING.sub(b"", payload).translate(AS_ROUND, NOT_BRACKETS)
    for _ in range(limits.depth):
        inner = inner.replace(b"()", b"")
    depth = 0
    for bracket in brackets if inner else b"":
        depth += 1 if bracket == OPEN else -1
        if depth > limits.depth:
            raise Refused("too_deep", f"Objects and lists lie more than {limits.depth} deep inside each other.")


def check_text(text: str, what: str, limits: Limits) -> str:
    """The text, if it is no longer than a string may be and a database can keep it. Raises Refused."""
    if len(text) * 4 > limits.string_bytes and len(text.encode("utf-8", "surrogatepass")) > limits.string_bytes:
        raise Refused("string_too_long", f"{what} has more than {limits.string_bytes} bytes.")
    if "\0" in text:
        raise Refused("control_character", f"{what} holds a zero character.")
    return text


def check_line(text: str, what: str, limits: Limits) -> str:
    """The text, if it also is one printable line. Raises Refused."""
    check_text(text, what, limits)
    if CONTROL.search(text):
        raise Refused("control_character", f"{what} holds a control character: {short(text)}.")
    return text


def check_name(name: str, what: str, limits: Limits) -> str:
    """The name, if it is one line and neither empty nor longer than a name may be. Raises Refused."""
    if not name or len(name) > limits.name_chars:
        raise Refused("bad_name", f"{what} must have 1 to {limits.name_chars} characters, not {len(name)}.")
    return check_line(name, what, limits)


def check_int(number: int, what: str) -> int:
    """The number, if it fits in 64 bits. Raises Refused."""
    if not INT_MIN <= number <= INT_MAX:
        raise Refused("int_too_big", f"{what} is a whole number beyond 64 bits.")
    return number


def check_tree(value: Any, what: str, limits: Limits) -> None:
    """Nothing for a decoded JSON value whose strings, names and whole numbers are within the limits.

    Its depth has been checked before: the walk follows it without looking.
    """
    if isinstance(value, str):
        check_text(value, what, limits)
    elif isinstance(value, dict):
        if len(value) > limits.keys:
            raise Refused("too_many_keys", f"{what} has {len(value)} names in one object; at most {limits.keys}.")
        for name, inner in value.items():
            check_text(name, f"A name in {what}", limits)
            check_tree(inner, what, limits)
    elif isinstance(value, list):
        for inner in value:
            check_tree(inner, what, limits)
    elif type(value) is int:
        check_int(value, f"A value in {what}")
