"""Rows of a registry file: every cell checked, every mistake with its file, line and column."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from domain.errors import WrongFormat
from domain.registry import STATES
from ingest.ids import ID, inside_id
from ingest.limits import CONTROL, Refused

TAG = "tag:"
LONGEST_TEXT = 256
MOST_MISTAKES = 200
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class Mistakes:
    """What is wrong with a file; the first ones in full, the rest counted."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[str] = []
        self.count = 0

    def add(self, line: int, what: str) -> None:
        """Note one."""
        self.count += 1
        if self.count <= MOST_MISTAKES:
            self.found.append(f"{self.file} line {line}: {what}")

    def complain(self) -> None:
        """Nothing, or WrongFormat with all of them."""
        if self.count > MOST_MISTAKES:
            self.found.append(f"{self.file}: and {self.count - MOST_MISTAKES} more mistakes")
        if self.found:
            raise WrongFormat(self.found)


def text(cell: str) -> str:
    """One line of text."""
    if len(cell) > LONGEST_TEXT:
        raise ValueError(f"has {len(cell)} characters; at most {LONGEST_TEXT}")
    if not cell.isprintable() and CONTROL.search(cell):
        raise ValueError("holds a control character")
    return cell


def device_id(cell: str) -> str:
    """A device's id."""
    if ID.fullmatch(cell):
        return cell
    try:
        hint = f"; the sources call this name {inside_id(cell)}"
    except Refused:
        hint = ""
    raise ValueError(f"must be 1 to 64 of the characters A-Z a-z 0-9 . _ -{hint}")


def parent_id(cell: str) -> str:
    """A device's id, or nothing."""
    return device_id(cell) if cell else ""


def day(cell: str) -> str:
    """A date, or nothing."""
    if not cell:
        return ""
    if not DATE.fullmatch(cell):
        raise ValueError("must be a date such as 2026-11-22")
    try:
        date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError("is no day of the calendar") from error
    return cell


def state(cell: str) -> str:
    """An expected state."""
    if not cell:
        return STATES[0]
    if cell not in STATES:
        raise ValueError(f"is unknown{nearest(cell, STATES)}")
    return cell


def degrees(most: float) -> Callable[[str], float | None]:
    """Reads an angle of at most so many degrees, or nothing."""

    def angle(cell: str) -> float | None:
        if not cell:
            return None
        number = float(cell) if DECIMAL.fullmatch(cell) else math.nan
        if not abs(number) <= most:
            raise ValueError(f"must be a number of degrees between -{most} and {most}, with a decimal point")
        return number

    return angle


COLUMNS: Mapping[str, Callable[[str], Any]] = {
    "device": device_id,
    "asset": text,
    "model": text,
    "site": text,
    "component": text,
    "parent": parent_id,
    "owner": text,
    "tier": text,
    "criticality": text,
    "lat": degrees(90),
    "lon": degrees(180),
    "installed": day,
    "warranty_until": day,
    "expected_state": state,
}
"""How each column's cells are read; ValueError with the end of a sentence."""


def nearest(word: str, words: Sequence[str]) -> str:
    """A hint at the word that was probably meant, or at all there are."""
    close = get_close_matches(word, words, 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(words)}"


def check_header(header: Sequence[str], line: int, mistakes: Mistakes) -> None:
    """Note what is wrong with the names of the columns."""
    if "device" not in header:
        hint = '; columns are separated by "," and not ";"' if any(";" in name for name in header) else ""
        mistakes.add(line, f"the column device is missing{hint}")
        if hint:
            return
    for place, name in enumerate(header, 1):
        if name in header[: place - 1]:
            mistakes.add(line, f"column {place}: {name!r} is there twice")
        elif name == TAG or (not name.startswith(TAG) and name not in COLUMNS):
            mistakes.add(line, f"column {place}: {name!r} is unknown{nearest(name, [*COLUMNS, 'tag:…'])}")


def readers(header: Sequence[str]) -> list[tuple[str, Callable[[str], Any]]]:
    """How each of the header's columns is read."""
    return [(name, COLUMNS.get(name, text)) for name in header]


def read_row(
    columns: Sequence[tuple[str, Callable[[str], Any]]], cells: Sequence[str], line: int, mistakes: Mistakes
) -> dict[str, Any] | None:
    """The facts that a row states, by column; None where it has a mistake, which is then noted."""
    if len(cells) != len(columns):
        mistakes.add(line, f"has {len(cells)} cells, the header {len(columns)}")
        return None
    before = mistakes.count
    facts: dict[str, Any] = {}
    for (name, read), cell in zip(columns, cells, strict=True):
        try:
            facts[name] = read(cell.strip())
        except ValueError as error:
            mistakes.add(line, f"column {name}: {cell[:80]!r} {error}")
    if mistakes.count == before:
        check_together(facts, line, mistakes)
    return facts if mistakes.count == before else None


def check_together(facts: Mapping[str, Any], line: int, mistakes: Mistakes) -> None:
    """Note what does not fit together in a row."""
    if (facts.get("lat") is None) != (facts.get("lon") is None):
        mistakes.add(line, "lat and lon need each other")
    if facts.get("parent") and facts.get("parent") == facts.get("device"):
        mistakes.add(line, "column parent: a device cannot be its own parent")
