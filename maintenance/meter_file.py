"""The file of meters: what is counted of which models, checked as a whole, every mistake with its line."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from domain.errors import WrongFormat
from domain.instants import Duration, parse_duration
from domain.meter import MOST_COUNT, WHERE, WILD, Meter, MeterKind
from domain.toml import tables_in

HEADER = re.compile(r"\s*\[\[\s*meter\s*\]\]")
OTHER = re.compile(r"\s*\[\[?\s*([\w-]+)")
KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*(?:\.[^=]*)?=""")
PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
NEEDED = ("name", "unit", "kind")
LONGEST_GLOB, MOST_PATTERNS = 256, 100
MOST_MISTAKES = 200
"""After so many mistakes a file is not read on."""

Read = Callable[[Any], Any]
"""Checks a value. Raises ValueError with the rest of a sentence that begins with the key."""


def name(value: Any) -> str:
    """A name, written like an id."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("must be 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    return value


def text(value: Any) -> str:
    """A short text."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise ValueError("must be a text of 1 to 64 characters")
    return value


def kind(value: Any) -> MeterKind:
    """One of the kinds."""
    try:
        return MeterKind(value)
    except ValueError:
        raise ValueError(f"{value!r} is unknown; {meant(value, list(MeterKind))}") from None


def amount(value: Any) -> float:
    """More than nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_COUNT:
        raise ValueError(f"must be a number above 0 and at most {MOST_COUNT:g}")
    return float(value)


def duration(value: Any) -> Duration:
    """`"15m"`."""
    found = parse_duration(value) if isinstance(value, str) else 0
    if found <= 0:
        raise ValueError('must be a duration in quotes, such as "15m"')
    return found


def where(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Globs by fact."""
    if not isinstance(value, Mapping):
        raise ValueError('must be a table, such as { model = "TV-*" }')
    flat = {**value, **{f"tag.{tag}": globs for tag, globs in tags_of(value).items()}}
    flat.pop("tag", None)
    found: dict[str, tuple[str, ...]] = {}
    for fact, globs in flat.items():
        if fact not in WHERE and not fact.startswith("tag."):
            raise ValueError(f"names {fact}, which is unknown; {meant(fact, [*WHERE, 'tag'])}")
        some = globs if isinstance(globs, list) else [globs]
        if not some or not all(isinstance(glob, str) and len(glob) <= LONGEST_GLOB for glob in some):
            raise ValueError(f"must give {fact} a short text with * and ?, or a list of them")
        if sum(not WILD.isdisjoint(glob) for glob in some) > MOST_PATTERNS:
            raise ValueError(f"may give {fact} up to {MOST_PATTERNS} texts with *, ? or [; name the others in full")
        found[fact] = tuple(some)
    return found


def tags_of(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What it says of tags."""
    tags = value.get("tag", {})
    if not isinstance(tags, Mapping):
        raise ValueError('must give tag a table, such as { tag = { region = "cn-*" } }')
    return tags


KEYS: Mapping[str, Read] = {
    "name": name,
    "unit": text,
    "kind": kind,
    "metric": text,
    "where": where,
    "rolls_over_at": amount,
    "most_per_hour": amount,
    "longest_gap": duration,
}


def meant(word: object, words: Sequence[str]) -> str:
    """The end of a sentence: the word that was probably meant, or all there are."""
    close = get_close_matches(str(word), words, 1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(words)}."


@dataclass(slots=True)
class Notes:
    """The mistakes of a file, each with its line."""

    file: str
    lines: Mapping[tuple[int, str], int]
    noted: list[tuple[int, str]] = field(default_factory=list)

    def add(self, nth: int, key: str, sentence: str) -> None:
        """One mistake of a table."""
        line = self.lines.get((nth, key)) or self.lines.get((nth, "")) or 1
        self.noted.append((line, f"{self.file}:{line}: {sentence}"))
        if len(self.noted) >= MOST_MISTAKES:
            self.complain()

    def complain(self) -> None:
        """Nothing, or WrongFormat with all of them."""
        if self.noted:
            raise WrongFormat([sentence for _, sentence in sorted(self.noted)])


def read_meters(file: str, content: str) -> tuple[Meter, ...]:
    """The `[[meter]]` tables of a file, in order. Raises WrongFormat with every mistake, `FILE:LINE: sentence`.

    A name may stand several times; of those a device feeds the first that is for it.
    """
    try:
        tables = tables_in(content)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        line = (place and place[1]) or len(content.splitlines()) or 1
        raise WrongFormat([f"{file}:{line}: this is not TOML: {PLACE.sub('', str(error))}."]) from None
    notes = Notes(file, lines_of(content))
    for key in tables:
        if key != "meter":
            notes.add(0, key, f"there is no {key} in a file of meters; write [[meter]].")
    rows = tables.get("meter", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        notes.add(0, "meter", "meter is a list of tables; write [[meter]].")
        rows = []
    found = [meter for nth, row in enumerate(rows) if (meter := read_meter(row, nth, notes)) is not None]
    check_units(found, notes)
    notes.complain()
    return tuple(found)


def lines_of(content: str) -> dict[tuple[int, str], int]:
    """The line of each key of each table; "" is its header."""
    found: dict[tuple[int, str], int] = {}
    nth = -1
    for number, line in enumerate(content.splitlines(), 1):
        if HEADER.match(line):
            nth += 1
            found[nth, ""] = number
        elif key := KEY.match(line) or OTHER.match(line):
            found.setdefault((0 if line.lstrip().startswith("[") else max(nth, 0), key[1]), number)
    return found


def read_meter(row: Mapping[str, Any], nth: int, notes: Notes) -> Meter | None:
    """One table; None where a mistake is noted."""
    values: dict[str, Any] = {}
    many = len(notes.noted)
    for key, value in row.items():
        if key not in KEYS:
            notes.add(nth, key, f"{key} is unknown; {meant(key, list(KEYS))}")
            continue
        try:
            values[key] = KEYS[key](value)
        except ValueError as error:
            notes.add(nth, key, f"{key} {error}")
    for key in NEEDED:
        if key not in row:
            notes.add(nth, "", f"{key} is missing; say it.")
    if len(notes.noted) > many:
        return None
    for key, sentence in contradictions(values):
        notes.add(nth, key, sentence)
    return Meter(**values) if len(notes.noted) == many else None


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What does not go together, by key."""
    asked = values["kind"]
    if asked is MeterKind.MANUAL and "metric" in values:
        yield "metric", "a manual meter has no metric; leave it out, or let the kind be counter or gauge."
    if asked is not MeterKind.MANUAL and "metric" not in values:
        yield "kind", f"a {asked} counts what a device says; name the metric."
    if asked is not MeterKind.COUNTER and "rolls_over_at" in values:
        yield "rolls_over_at", "only a counter rolls over; leave it out."
    if asked is MeterKind.MANUAL and "most_per_hour" in values:
        yield "most_per_hour", "what people read is not judged; leave it out."
    if asked is not MeterKind.GAUGE and "longest_gap" in values:
        yield "longest_gap", "only a gauge has gaps; leave it out."


def check_units(meters: Sequence[Meter], notes: Notes) -> None:
    """Meters of one name must be the same thing to people."""
    units: dict[str, str] = {}
    for nth, meter in enumerate(meters):
        if units.setdefault(meter.name, meter.unit) != meter.unit:
            notes.add(nth, "unit", f"{meter.name} is counted in {units[meter.name]} above; say the same unit.")
