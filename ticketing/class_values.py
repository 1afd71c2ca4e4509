"""What a key of a class or a job plan may be, and the sentence when it is something else."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from domain.instants import Duration, parse_duration
from domain.text import LANGUAGES, Text
from ticketing.class_lines import meant

WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_HOURS = 1_000

Read = Callable[[Any], Any]
"""Checks a value and gives what it means. Raises ValueError with the rest of a sentence that begins with the key."""


def word(value: Any) -> str:
    """A name, written like an id."""
    if not isinstance(value, str) or not WORD.fullmatch(value):
        raise ValueError("must be 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    return value


def words(value: Any) -> tuple[str, ...]:
    """A list of names."""
    if not isinstance(value, list):
        raise ValueError('must be a list of names, such as ["display"]')
    return tuple(word(one) for one in value)


def one_of(choice: Collection[str]) -> Read:
    """One of some words."""

    def read(value: Any) -> str:
        if value not in choice:
            raise ValueError(f"{value!r} is unknown; {meant(value, choice)}")
        return str(value)

    return read


def some_of(choice: Collection[str]) -> Read:
    """A list of some of the words."""
    one = one_of(choice)

    def read(value: Any) -> tuple[str, ...]:
        return tuple(one(name) for name in words(value))

    return read


def text(value: Any) -> Text:
    """A text for people, as a string or by language."""
    texts = value if isinstance(value, Mapping) else {"en": value}
    if strange := sorted(set(texts) - set(LANGUAGES)):
        raise ValueError(f"has no language {strange[0]}; {meant(strange[0], LANGUAGES)}")
    if "en" not in texts or not all(isinstance(said, str) and said for said in texts.values()):
        raise ValueError('is a text or { en = "…", zh = "…" }, with en always there')
    return dict(texts)


def texts(value: Any) -> tuple[Text, ...]:
    """A list of texts for people."""
    if not isinstance(value, list):
        raise ValueError("must be a list of texts")
    return tuple(text(one) for one in value)


def duration(value: Any) -> Duration:
    """`"30d"` as nanoseconds."""
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, such as "24h"')
    return parse_duration(value)


def hours(value: Any) -> float:
    """Working time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_HOURS:
        raise ValueError(f"must be a number of hours, more than 0 and at most {MOST_HOURS}")
    if not math.isfinite(value):
        raise ValueError("must be a number")
    return float(value)


def yes_or_no(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("is true or false")
    return value


def whole(value: Any) -> int:
    """A number of people or pieces."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000:
        raise ValueError("must be a whole number from 1 to 1000")
    return value


def pieces(value: Any) -> Mapping[str, int]:
    """Parts by number of pieces."""
    return {word(part): whole(number) for part, number in table(value, 'such as { "board-55" = 1 }').items()}


def named(value: Any) -> Mapping[str, Text]:
    """Texts for people by code."""
    return {word(code): text(said) for code, said in table(value, 'such as { worn = "Worn out" }').items()}


def labels(choice: Collection[str]) -> Read:
    """By code, one of some words."""
    one = one_of(choice)

    def read(value: Any) -> Mapping[str, str]:
        return {word(code): one(label) for code, label in table(value, 'such as { replaced = "true" }').items()}

    return read


def table(value: Any, example: str) -> Mapping[str, Any]:
    """A table."""
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a table, {example}")
    return value
