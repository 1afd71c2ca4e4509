"""Files of parts, of the places where they lie, and of what was counted there: CSV, checked as a whole before any of it

is believed.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import isfinite
from re import compile as pattern
from typing import Any, TypeVar

from domain.errors import WrongFormat
from domain.instants import Instant
from domain.part import MOST_PIECES, Level, Levels, Location, LocationKind, Movement, MovementKind, Part

ID = pattern(r"[A-Za-z0-9._-]{1,64}")
FOREVER_DAYS = 3650
MOST_MISTAKES = 200
"""After so many mistakes a file is not read on."""
Read = Callable[[str], Any]
Kept = TypeVar("Kept", Part, Location)


# -- cells


def name_of(cell: str) -> str:
    """An id."""
    if not ID.fullmatch(cell):
        raise ValueError("write an id of letters, digits, '.', '_' and '-'")
    return cell


def names_of(cell: str) -> tuple[str, ...]:
    """Words with spaces between them."""
    return tuple(cell.split())


def ids_of(cell: str) -> tuple[str, ...]:
    """Ids with spaces between them."""
    return tuple(name_of(word) for word in cell.split())


def number_between(least: float, most: float) -> Read:
    """A number."""

    def read(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or not least <= value <= most:
            raise ValueError(f"write a number from {least:g} to {most:g}")
        return value

    return read


def whole_between(least: int, most: int) -> Read:
    """A whole number."""

    def read(cell: str) -> int:
        if not cell.isdecimal() or not least <= int(cell) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(cell)

    return read


def kind_of(cell: str) -> LocationKind:
    """A depot or a van."""
    if cell not in list(LocationKind):
        raise ValueError(f"write {' or '.join(LocationKind)}")
    return LocationKind(cell)


PART: Mapping[str, Read] = {
    "id": name_of,
    "name": str,
    "name_zh": str,
    "cost": number_between(0, 1e9),
    "lead_days": number_between(0, FOREVER_DAYS),
    "reorder_point": whole_between(0, MOST_PIECES),
    "pack": whole_between(1, MOST_PIECES),
    "service": number_between(0.01, 0.999),
    "substitutes": ids_of,
    "models": names_of,
}
LOCATION: Mapping[str, Read] = {
    "id": name_of,
    "kind": kind_of,
    "name": str,
    "name_zh": str,
    "technician": name_of,
    "sites": names_of,
    "lat": number_between(-90, 90),
    "lon": number_between(-180, 180),
}
STOCK: Mapping[str, Read] = {"part": name_of, "location": name_of, "pieces": whole_between(0, MOST_PIECES)}


# -- rows


@dataclass(slots=True)
class Table:
    """One file while it is read."""

    name: str
    text: str
    columns: Mapping[str, Read]
    keys: tuple[str, ...]
    noted: list[tuple[int, str]] = field(default_factory=list)

    def wrong(self, line: int, sentence: str) -> None:
        """Note a mistake. Raises WrongFormat with all of them once they are too many."""
        self.noted.append((line, sentence))
        if len(self.noted) >= MOST_MISTAKES:
            self.check()

    def check(self) -> None:
        """Nothing, or WrongFormat with every mistake, in order of line."""
        if self.noted:
            raise WrongFormat(
                f"{self.name}:{line}: {sentence}" for line, sentence in sorted(self.noted, key=lambda noted: noted[0])
            )

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """What each row says, without empty cells, each key once. Raises WrongFormat for the header."""
        lines = self.lines()
        line, header = next(lines, (1, []))
        columns = [cell.strip() for cell in header]
        self.check_header(line, columns)
        seen: set[tuple[str, ...]] = set()
        for line, cells in lines:
            if len(cells) != len(columns):
                self.wrong(line, f"has {len(cells)} cells, the header {len(columns)}.")
                continue
            row = self.read(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
            key = tuple(str(row.get(name, "")) for name in self.keys)
            if not all(key):
                self.wrong(line, f"{' and '.join(self.keys)} must be there.")
            elif key in seen:
                self.wrong(line, f"{'/'.join(key)} is there twice.")
            else:
                seen.add(key)
                yield line, row

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Lines that are not blank."""
        reader = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            self.wrong(line, f"this is no CSV: {error}.")

    def check_header(self, line: int, columns: Sequence[str]) -> None:
        """Nothing, or WrongFormat."""
        for key in self.keys:
            if key not in columns:
                self.wrong(line, f"the column {key} is missing; there are: {', '.join(self.columns)}.")
        for column in dict.fromkeys(columns):
            if column not in self.columns:
                close = get_close_matches(column, self.columns, 1)
                hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(self.columns)}."
                self.wrong(line, f"column {column!r} is unknown; {hint}")
            elif columns.count(column) > 1:
                self.wrong(line, f"column {column!r} is there twice.")
        self.check()

    def read(self, line: int, row: Mapping[str, str]) -> dict[str, Any]:
        """The cells that say something."""
        found: dict[str, Any] = {}
        for column, cell in row.items():
            try:
                if cell:
                    found[column] = self.columns[column](cell)
            except ValueError as error:
                self.wrong(line, f"{column} is {cell!r}; {error}.")
        return found


# -- what a file changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsImport:
    """What a file changes; the dry run shows it."""

    added: Sequence[Part | Location] = ()
    changed: Sequence[Part | Location] = ()
    unchanged: int = 0
    counts: Sequence[Movement] = ()
    """Of stock that is not as the file says."""

    @property
    def said(self) -> Mapping[str, int]:
        """By what happens."""
        return {
            "added": len(self.added),
            "changed": len(self.changed) + len(self.counts),
            "unchanged": self.unchanged,
        }


def plan_parts(text: str, name: str, known: Mapping[str, Part]) -> PartsImport:
    """What a file of parts changes; what it does not say stays. Raises WrongFormat with every mistake."""
    table = Table(name, text, PART, ("id",))
    rows = list(table.rows())
    there = {*known, *(row["id"] for _, row in rows)}
    found = []
    for line, row in rows:
        for other in row.get("substitutes", ()):
            if other not in there or other == row["id"]:
                table.wrong(line, f"substitute {other} of {row['id']} is no other part of the file or the ledger.")
        found.append(merged(known.get(row["id"]) or Part(id=row["id"], name={"en": row["id"]}), row))
    table.check()
    return compared(found, known)


def plan_locations(text: str, name: str, known: Mapping[str, Location]) -> PartsImport:
    """What a file of depots and vans changes. Raises WrongFormat with every mistake."""
    table = Table(name, text, LOCATION, ("id",))
    found = []
    for line, row in table.rows():
        one = merged(known.get(row["id"]) or Location(id=row["id"], name={"en": row["id"]}), row)
        if (one.kind is LocationKind.VAN) != bool(one.technician):
            table.wrong(line, f"{one.id}: a van has a technician, and a depot has none.")
        if (one.lat is None) != (one.lon is None):
            table.wrong(line, f"{one.id}: lat and lon need each other.")
        found.append(one)
    table.check()
    return compared(found, known)


def merged(before: Kept, row: Mapping[str, Any]) -> Kept:
    """As a row says, and for the rest as before."""
    said = {key: value for key, value in row.items() if key not in ("name", "name_zh")}
    name = {"en": row.get("name", before.name["en"])}
    chinese = row.get("name_zh", before.name.get("zh", ""))
    return replace(before, **said, name=name | ({"zh": chinese} if chinese else {}))


def compared(found: Sequence[Kept], known: Mapping[str, Kept]) -> PartsImport:
    """What is new, what is different, and how many are as they were."""
    return PartsImport(
        added=[one for one in found if one.id not in known],
        changed=[one for one in found if one.id in known and known[one.id] != one],
        unchanged=sum(1 for one in found if known.get(one.id) == one),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What a file of stock is compared with, and who brings it."""

    parts: Mapping[str, Part]
    locations: Mapping[str, Location]
    levels: Levels
    now: Instant
    by: str


def plan_stock(text: str, name: str, known: Counting) -> PartsImport:
    """The counts that make the books as a file says; what it does not name stays. Raises WrongFormat."""
    table = Table(name, text, STOCK, ("part", "location"))
    counts, unchanged = [], 0
    for line, row in table.rows():
        if row["part"] not in known.parts:
            table.wrong(line, f"there is no part {row['part']}; import the parts first.")
        if row["location"] not in known.locations:
            table.wrong(line, f"there is no location {row['location']}; import the depots first.")
        if "pieces" not in row:
            table.wrong(line, "say how many pieces there are.")
            continue
        place = (row["part"], row["location"])
        level = known.levels.get(place) or Level(part=place[0], location=place[1])
        if level.on_hand == row["pieces"] and level.counted_at is not None:
            unchanged += 1
            continue
        counts.append(counted(row, line, name, known))
    table.check()
    return PartsImport(counts=counts, unchanged=unchanged)


def counted(row: Mapping[str, Any], line: int, name: str, known: Counting) -> Movement:
    """The count of one row."""
    return Movement(
        id=f"import/{known.now}/{line}",
        at=known.now,
        recorded_at=known.now,
        kind=MovementKind.COUNT,
        part=row["part"],
        location=row["location"],
        pieces=row["pieces"],
        by=known.by,
        why=f"import of {name}",
    )
