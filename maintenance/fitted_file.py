"""The file of fitted parts: which part has sat where from when to when, as CSV, every mistake with its line."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from difflib import get_close_matches
from itertools import islice, pairwise
from typing import Any

from domain.asset_value import Fitted, Removal
from domain.errors import WrongFormat
from domain.instants import Instant, instant_text, parse_instant
from maintenance.fitting import AHEAD

NEEDED = ("asset", "position", "part", "since")
LONGEST, MOST_MISTAKES = 256, 200
KEPT: Instant = 2**63
"""Instants from 1677 to 2262 can be kept."""


def word(cell: str) -> str:
    """A name."""
    if not cell or len(cell) > LONGEST or not cell.isprintable():
        raise ValueError(f"must be a name of 1 to {LONGEST} characters")
    return cell


def free(cell: str) -> str:
    """A name, or nothing."""
    return word(cell) if cell else ""


def instant(cell: str) -> Instant:
    """A day or an instant."""
    try:
        found = parse_instant(cell, UTC)
        if not abs(found) < KEPT:
            raise ValueError
        return found
    except ValueError:
        raise ValueError("must be a day or an instant, such as 2026-03-01 or 2026-03-01T08:00:00Z") from None


def perhaps(cell: str) -> Instant | None:
    """A day or an instant, or nothing."""
    return instant(cell) if cell else None


def removal(cell: str) -> Removal | None:
    """Why it was taken out."""
    try:
        return Removal(cell) if cell else None
    except ValueError:
        raise ValueError(f"must be one of {', '.join(Removal)}") from None


COLUMNS: Mapping[str, Callable[[str], Any]] = {
    "asset": word,
    "position": word,
    "part": word,
    "serial": free,
    "lot": free,
    "since": instant,
    "until": perhaps,
    "removal": removal,
}


def read_fitted(file: str, content: bytes, *, by: str, now: Instant) -> list[Fitted]:
    """The rows of a CSV file with a header. Raises WrongFormat with every mistake, `FILE:LINE: sentence`."""
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise WrongFormat([f"{file}:1: this is no CSV in UTF-8 ({error}); save it as CSV UTF-8."]) from None
    header = rows[0][1] if rows else []
    mistakes = [f"{file}:1: {sentence}" for sentence in islice(about_header(header), MOST_MISTAKES)]
    if mistakes:
        raise WrongFormat(mistakes)
    found: dict[int, Fitted] = {}
    for line, cells in rows[1:]:
        wrong = list[str]()
        values = values_of(header, cells, wrong)
        if not wrong:
            found[line] = Fitted(**values, by=by)
            wrong += about_times(found[line], now)
        mistakes += [f"{file}:{line}: {sentence}" for sentence in wrong]
    mistakes += [f"{file}:{line}: {sentence}" for line, sentence in overlaps(found)]
    if mistakes:
        raise WrongFormat(mistakes)
    return list(found.values())


def about_header(header: list[str]) -> Iterable[str]:
    """What is wrong with the columns."""
    for name in NEEDED:
        if name not in header:
            yield f"the column {name} is missing; there must be {', '.join(NEEDED)}."
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            close = get_close_matches(name, COLUMNS, 1)
            yield f"{name} is unknown; " + (
                f"did you mean {close[0]}?" if close else f"there are {', '.join(COLUMNS)}."
            )
        elif header.count(name) > 1:
            yield f"{name} is there twice; leave one out."


def values_of(header: list[str], cells: list[str], wrong: list[str]) -> dict[str, Any]:
    """The cells of a row by column; mistakes are noted."""
    values: dict[str, Any] = {}
    if len(cells) != len(header):
        wrong.append(f"it has {len(cells)} cells, but the header has {len(header)}; fill the row up.")
        return values
    for name, cell in zip(header, cells, strict=True):
        try:
            values[name] = COLUMNS[name](cell)
        except ValueError as error:
            wrong.append(f"{name} {error}.")
    return values


def about_times(one: Fitted, now: Instant) -> Iterable[str]:
    """What is wrong with the times of one row."""
    if one.since > now + AHEAD:
        yield "since has not come yet; say when it was put in."
    if one.until is not None and not one.since <= one.until <= now + AHEAD:
        yield "until must lie between since and now."
    if (one.until is None) != (one.removal is None):
        yield "until and removal go together; say both or none."


def overlaps(rows: Mapping[int, Fitted]) -> Iterable[tuple[int, str]]:
    """Rows of one position that cannot both be true, by line."""
    places: dict[tuple[str, str], list[int]] = {}
    for line, one in rows.items():
        places.setdefault((one.asset, one.position), []).append(line)
    for (_, position), lines in places.items():
        for before, after in pairwise(sorted(lines, key=lambda line: rows[line].since)):
            end = rows[before].until
            if end is None or end > rows[after].since:
                yield (
                    max(before, after),
                    f"{position} holds {rows[before].part} since {instant_text(rows[before].since)} already (line "
                    f"{min(before, after)}); say until when.",
                )
