"""JSON read safely: every payload becomes plain values within the limits, or is refused with its reason."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ingest.limits import JSON_STRING, Limits, Refused, check_depth, check_int, check_line, check_tree, short

JSON = msgspec.json.Decoder()
LIST = msgspec.json.Decoder(list[msgspec.Raw])
NO_NUMBER = re.compile(rb"\b(nan|inf|infinity)\b", re.IGNORECASE)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Scalar = str | int | float | bool | None


def parsed(payload: bytes, limits: Limits) -> Any:
    """The payload's JSON value. Of a name that an object has twice the last value counts. Raises Refused."""
    check_depth(payload, limits)
    try:
        value = JSON.decode(payload)
    except UnicodeDecodeError as error:
        raise Refused("bad_utf8", "The payload is not UTF-8 text.") from error
    except RecursionError as error:
        raise Refused("too_deep", f"Objects and lists lie more than {limits.depth} deep inside each other.") from error
    except msgspec.ValidationError as error:
        raise out_of_range(error) from error
    except msgspec.DecodeError as error:
        raise no_json(payload, error) from error
    check_tree(value, "The payload", limits)
    return value


def out_of_range(error: msgspec.ValidationError) -> Refused:
    """Why a number was not taken."""
    if "Integer" in str(error):
        return Refused("int_too_big", "The payload holds a whole number beyond 64 bits.")
    return Refused("not_finite", "The payload holds a number that is too large to be kept.")


def no_json(payload: bytes, error: msgspec.DecodeError) -> Refused:
    """Why a payload is no JSON."""
    if payload.startswith(BYTE_ORDER_MARK):
        return Refused("byte_order_mark", "The payload begins with a byte order mark; JSON begins with its value.")
    if NO_NUMBER.search(JSON_STRING.sub(b"", payload)):
        return Refused("not_finite", "The payload holds NaN or Infinity, which are no JSON numbers; leave them out.")
    return Refused("not_json", f"The payload is no JSON: {error}.")


def objects(payload: bytes, limits: Limits) -> list[tuple[dict[str, Any], bytes]]:
    """The object, or the objects of the list, that a payload is, each with its own bytes. Raises Refused."""
    value = parsed(payload, limits)
    if isinstance(value, dict):
        return [(value, payload)]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refused("not_an_object", "The payload must be an object or a list of objects.")
    if not value:
        raise Refused("nothing_said", "The payload is an empty list.")
    return list(zip(value, map(bytes, LIST.decode(payload)), strict=True))


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every scalar in a value with its name: names of objects and places in lists, joined with "."."""
    if isinstance(value, dict):
        for inner, content in value.items():
            yield from flat(content, f"{name}.{inner}" if name else inner)
    elif isinstance(value, list):
        for place, content in enumerate(value):
            yield from flat(content, f"{name}.{place}" if name else str(place))
    else:
        yield name, value


def measured(value: bool | int | float | str, name: str, limits: Limits) -> float | str:
    """A named scalar as a reading's value: numbers and booleans as numbers, text as a state. Raises Refused."""
    if isinstance(value, str):
        return state(value, name, limits)
    if type(value) is int:
        check_int(value, "A value")
    return float(value)


def state(text: str, name: str, limits: Limits) -> str:
    """The text of a state. Raises Refused."""
    if len(text) * 4 <= limits.string_bytes and text.isprintable():
        return text
    return check_line(text, f"The value {short(name)}", limits)


def check_count(number: int, limits: Limits) -> None:
    """Nothing for as many readings as an item may have. Raises Refused."""
    if number > limits.keys:
        raise Refused("too_many_keys", f"One item has {number} values; at most {limits.keys} are let in.")
