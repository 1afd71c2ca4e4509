"""Inventory: a registry file, checked as a whole, becomes a plan of what its import changes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import WrongFormat
from domain.instants import Instant
from domain.registry import Facts, Installation, Registry, registry_entry
from ingest.registry_rows import TAG, Mistakes, check_header, read_row, readers

ROWS_AN_ENTRY = 2_000


@dataclass(frozen=True, slots=True)
class Change:
    """A device that is registered already, and what is known of it from now on."""

    before: Facts
    after: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a registry file changes. The dry run shows this; the import journals `payloads`."""

    since: Instant
    added: Sequence[Facts] = ()
    changed: Sequence[Change] = ()
    """The same asset, but something else is known of it."""
    moved: Sequence[Change] = ()
    """Now on another asset."""
    unchanged: Sequence[Facts] = ()

    @property
    def payloads(self) -> list[bytes]:
        """The `registry` entries to journal, in order, none of them large."""
        facts = [*self.added, *(change.after for change in (*self.changed, *self.moved))]
        chunks = (facts[start : start + ROWS_AN_ENTRY] for start in range(0, len(facts), ROWS_AN_ENTRY))
        return [registry_entry(Installation(self.since, one) for one in chunk) for chunk in chunks]


def plan_import(content: bytes, name: str, registry: Registry, since: Instant) -> Import:
    """What the CSV file `name` with this content changes in the registry from `since` on.

    A column that the file does not have leaves what is known; an empty cell says that there is nothing. A device that
    is new and has no asset is its own. Raises WrongFormat with every mistake: file, line, column.
    """
    mistakes = Mistakes(name)
    rows = list(checked_rows(content, mistakes))
    mistakes.complain()
    plan: dict[str, list[Any]] = {"added": [], "changed": [], "moved": [], "unchanged": []}
    known = registry.now()
    for row in rows:
        before = known.get(row["device"])
        after = facts_of(row, before)
        if before is None:
            plan["added"].append(after)
        elif after == before:
            plan["unchanged"].append(after)
        else:
            plan["changed" if after.asset == before.asset else "moved"].append(Change(before, after))
    return Import(since=since, **plan)


def checked_rows(content: bytes, mistakes: Mistakes) -> Iterator[dict[str, Any]]:
    """The facts that each row states; mistakes are noted and their rows left out."""
    lines = csv_rows(decoded(content, mistakes.file), mistakes)
    line, header = next(lines, (1, []))
    header = [cell.strip() for cell in header]
    check_header(header, line, mistakes)
    mistakes.complain()
    columns = readers(header)
    first: dict[str, int] = {}
    for line, cells in lines:
        row = read_row(columns, cells, line, mistakes)
        if row is None:
            continue
        if first.setdefault(row["device"], line) != line:
            mistakes.add(line, f"device {row['device']} stands in line {first[row['device']]} already")
        yield row


def csv_rows(text: str, mistakes: Mistakes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line each begins in; what cannot be read ends them and is noted."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        mistakes.add(line, f"is no CSV: {error}")


def decoded(content: bytes, name: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises WrongFormat."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WrongFormat([f"{name} line {line}: is no UTF-8 text; save the file as CSV UTF-8"]) from error


def facts_of(row: dict[str, Any], before: Facts | None) -> Facts:
    """What is known of a device after its row, given what was known before."""
    tags = dict(before.tags) if before else {}
    tags |= {name.removeprefix(TAG): row.pop(name) for name in [name for name in row if name.startswith(TAG)]}
    tags = {tag: value for tag, value in tags.items() if value}
    row["asset"] = row.get("asset") or (before.asset if before else row["device"])
    return replace(before, **row, tags=tags, claimed=True) if before else Facts(**row, tags=tags)
