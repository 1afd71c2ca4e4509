"""People as CSV: one row a person, a column a key; an empty cell says that there is nothing."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.people_values import PERSON

Row = Mapping[str, Any]
Rows = Sequence[tuple[Row, Wrong]]


def csv_rows(notes: Mistakes) -> Rows:
    """The rows of a CSV file by column, None for an empty cell, and who notes their mistakes."""
    lines = csv_lines(notes)
    line, header = next(lines, (1, []))
    columns = [cell.strip() for cell in header]
    if "id" not in columns:
        hint = '; columns are separated by "," and not ";"' if any(";" in cell for cell in columns) else ""
        notes.note(line, f"the column id is missing{hint}.")
    for column in columns:
        if column not in PERSON:
            notes.note(line, f"column {column!r} is unknown; {meant(column, PERSON)}")
        elif columns.count(column) > 1:
            notes.note(line, f"column {column!r} is there twice.")
    if notes.noted:
        return []
    return list(checked_rows(notes, columns, lines))


def checked_rows(
    notes: Mistakes, columns: Sequence[str], lines: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[Row, Wrong]]:
    """Rows that have as many cells as the header."""
    for line, cells in lines:
        if len(cells) != len(columns):
            notes.note(line, f"has {len(cells)} cells, the header {len(columns)}.")
            continue
        row = {column: cell.strip() or None for column, cell in zip(columns, cells, strict=True)}
        yield row, noting(notes, line, f"person {row['id'] or '(no id)'}")


def noting(notes: Mistakes, line: int, who: str) -> Wrong:
    """The function that notes mistakes of one line."""
    return lambda sentence, _: notes.note(line, f"{who}: {sentence}")


def csv_lines(notes: Mistakes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line each begins in; what cannot be read ends them and is noted."""
    reader = csv.reader(io.StringIO(notes.text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        notes.note(line, f"this is no CSV: {error}.")
