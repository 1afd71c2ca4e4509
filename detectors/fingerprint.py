"""Fingerprint: what makes two events of one name the same trouble, whatever numbers and names stand in their text.

An explicit one comes first (`details.fingerprint`, then the code), else the event's message without what varies from
one time to the next. Algorithms have numbers and never change: a better one gets a new number, which a rule names to
use it, so that nothing that is known already looks new.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from domain.batch import DeviceEvent

Algorithm = Callable[[DeviceEvent], str]
"""Gives an event's fingerprint; empty: it has none, and is like no other."""

LONGEST = 120
"""Characters of a fingerprint; of a longer one the beginning and a hash of the whole stand."""
READ = 2_000
"""Characters of a message that are looked at."""
PARTS = (
    (r"\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?z\b|[+-]\d\d:?\d\d)?)?", "<time>"),
    (r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", "<address>"),
    (r"(?<![\w:])\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\w:])", "<time>"),
    (r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<id>"),
    (r"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>]+", "<address>"),
    (r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+", "<address>"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "<address>"),
    (r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])", "<address>"),
    (r"(?<![\w<])[a-z]:\\[^\s\"'<>|]+", "<path>"),
    (r"(?<![\w<>.])\.{0,2}/[\w.@~+-][^\s\"'<>|:,;)]*", "<path>"),
    (r"\b0x[0-9a-f]+\b", "<hex>"),
)
"""What varies, in lower case, in the order in which it is taken out."""
PATTERNS = tuple((re.compile(pattern), word) for pattern, word in PARTS)
WORD = re.compile(r"(?<![\w<])\w{8,}(?!\w)")
NUMBER = re.compile(r"(?<![\w<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?=\D|$)")
PLACE = re.compile(r"<(?:time|id|address|path|hex|n)>")
HEX = re.compile(r"[0-9a-f]+")


def first(event: DeviceEvent) -> str:
    """Algorithm 1."""
    said = event.details.get("fingerprint")
    if isinstance(said, str | int) and not isinstance(said, bool) and str(said).strip():
        return shortened(str(said).strip())
    if event.code:
        return shortened(event.code)
    message = event.details.get("message")
    return shortened(normalised(message)) if isinstance(message, str) else ""


def normalised(message: str) -> str:
    """A message without times, ids, addresses, paths, hex and numbers; empty where no letter is left."""
    text = message[:READ].lower()
    for pattern, word in PATTERNS:
        text = pattern.sub(word, text)
    text = NUMBER.sub("<n>", WORD.sub(without_id, text))
    text = " ".join(text.split())
    return text if any(letter.isalpha() for letter in PLACE.sub("", text)) else ""


def without_id(word: "re.Match[str]") -> str:
    """A long word that holds digits among its letters is somebody's id."""
    text = word[0]
    digits = sum(letter.isdigit() for letter in text)
    if digits and not text.isdigit() and HEX.fullmatch(text):
        return "<hex>"
    return "<id>" if digits >= 3 and not text.isdigit() else text


def shortened(text: str) -> str:
    """The text, or its beginning and a hash where it is long."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 13]}~{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}"


ALGORITHMS: Mapping[int, Algorithm] = {1: first}


def algorithm(value: Any) -> int:
    """`1`: the number of an algorithm."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in ALGORITHMS:
        raise ValueError(f"must be the number of an algorithm; there are: {', '.join(map(str, ALGORITHMS))}")
    return value
