"""The payload is the value: one bare number, truth or word."""

import re

from ingest.codecs.item import Item
from ingest.codecs.mapped import mapped
from ingest.codecs.parsed import BYTE_ORDER_MARK, Scalar, parsed
from ingest.limits import Limits, Refused, check_size
from ingest.source import Route

NUMBER = re.compile(r"[+-]?(?:\d+(?P<real>\.\d*)?|\.\d+)(?P<power>[eE][+-]?\d{1,6})?", re.ASCII)
WORDS = {"true": True, "false": False, "null": None}
NO_NUMBER = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
UNNAMED = "value"
MOST_DIGITS = 400


def decode(payload: bytes, route: Route, limits: Limits) -> list[Item]:
    """The one reading, under the topic's metric, else as `value`. Raises Refused."""
    check_size(payload, limits)
    return [mapped({route.level or route.metric or UNNAMED: scalar(payload, limits)}, payload, route, limits)]


def scalar(payload: bytes, limits: Limits) -> Scalar:
    """What the text means: a number, true, false, null, quoted text, otherwise itself."""
    if payload.startswith(BYTE_ORDER_MARK):
        raise Refused("byte_order_mark", "The payload begins with a byte order mark; leave it out.")
    try:
        text = payload.decode().strip(" \t\r\n")
    except UnicodeDecodeError as error:
        raise Refused("bad_utf8", "The payload is not UTF-8 text.") from error
    if not text:
        raise Refused("empty", "The payload is blank.")
    if text[0] in "{[":
        raise Refused("not_a_value", "The payload is an object or a list, not one value; use codec json.")
    if text[0] == '"':
        quoted: Scalar = parsed(payload, limits)
        return quoted
    return WORDS[text] if text in WORDS else number(text)


def number(text: str) -> float | int | str:
    """The number that a text is, otherwise the text."""
    if NO_NUMBER.fullmatch(text):
        raise Refused("not_finite", "NaN and Infinity are no values; leave them out.")
    match = NUMBER.fullmatch(text)
    if match is None:
        return text
    if len(text) > MOST_DIGITS:
        raise Refused("int_too_big", f"A number of {len(text)} characters cannot be kept.")
    if "." not in text and not match["power"]:
        return int(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Refused("not_finite", "The number is too large to be kept.")
    return value
