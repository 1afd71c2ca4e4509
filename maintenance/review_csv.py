"""The review as CSV: orders out to a spreadsheet, decisions back in; no cell becomes a formula on the way."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from re import compile as pattern
from re import escape as re_escape

from domain.errors import WrongFormat
from domain.instants import Instant
from domain.text import in_language
from domain.work_order import WorkOrder
from maintenance.plan_dates import day_of
from maintenance.waiting import DAYS

COLUMNS = (
    *("order", "asset", "plan", "why", "ready", "ideal", "due"),
    *(f"cost_{days}d" for days in DAYS),
    *("decision", "reason", "date", "revision"),
)
READ = ("order", "decision", "reason", "date", "revision")
"""The columns that are read again; all others are for the reader."""
BOM = "\ufeff"
"""Spreadsheets know by it that the file is UTF-8."""
ACTIVE = "=+-@\t\r\n＝＋－＠"
SPLIT = pattern(rf"(?<![\s;])[\s;]++(?=[{re_escape('=+-@＝＋－＠')}])")
SPLITTING = frozenset(";\t\r\n")
"""Where a spreadsheet that separates by something else would see a cell begin: behind one of these."""
NUMBER = pattern(r"[+-]?\d+(\.\d+)?")
Zone = Callable[[WorkOrder], str]
"""In whose days an order's dates are written."""
SEPARATORS = ",;\t"
ORDER = pattern(r"W-\d{4}-\d{6,9}")
ISO = pattern(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
DOTTED = pattern(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
MOST_ROWS = 10_000
MOST_REASON = 200


class Verdict(StrEnum):
    """What a row may decide."""

    APPROVE = "approve"
    REFUSE = "refuse"
    DEFER = "defer"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A decision about an order, as somebody wrote it into the file."""

    line: int
    order: str
    verdict: Verdict
    reason: str
    day: date | None
    """Of `defer`: until then; of `change`: the new ideal day."""
    revision: int


# -- out


def written(orders: Iterable[WorkOrder], zone_of: Zone, language: str) -> str:
    """The orders as one CSV text, with empty decisions."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for order in orders:
        writer.writerow([neutral(unsplit(cell)) for cell in cells(order, zone_of(order), language)])
    return BOM + out.getvalue()


def cells(order: WorkOrder, zone: str, language: str) -> Iterator[str]:
    """The cells of an order."""
    costs = {each.days: each.cost for each in order.waiting}
    yield from (order.number, order.asset, order.plan or order.campaign or ", ".join(order.tickets))
    yield in_language(order.why, language)
    yield from (day_text(at, zone) for at in (order.ready_at, order.ideal_at, order.due_at))
    yield from (f"{costs[days]:.2f}" if days in costs else "" for days in DAYS)
    yield from ("", "", "", str(order.revision))


def day_text(at: Instant | None, zone: str) -> str:
    """The day in a zone; empty for none."""
    return "" if at is None else day_of(at, zone).isoformat()


def neutral(cell: str) -> str:
    """The cell, with a `'` before what a spreadsheet would take for a formula; and before a `'` of its own."""
    return f"'{cell}" if is_active(cell) or cell.startswith("'") else cell


def unsplit(cell: str) -> str:
    """The cell without the beginning of a formula behind what other spreadsheets take for the end of a cell."""
    return SPLIT.sub(lambda gap: gap[0] if SPLITTING.isdisjoint(gap[0]) else f"{gap[0]}'", cell)


def told(cell: str) -> str:
    """The cell as it was before `neutral`."""
    rest = cell[1:]
    return rest if cell.startswith("'") and (is_active(rest) or rest.startswith("'")) else cell


def is_active(cell: str) -> bool:
    """A spreadsheet may take it for a formula."""
    bare = cell.lstrip(" \u00a0\u3000")
    return bare[:1] != "" and bare[0] in ACTIVE and not NUMBER.fullmatch(cell)


# -- in


def read(name: str, text: str) -> list[Row]:
    """The rows that decide something. Raises WrongFormat with every mistake of every line."""
    noted: list[str] = []
    found: list[Row] = []
    lines = table(name, text)
    line, header = next(lines, (1, []))
    columns = [cell.strip().lower() for cell in header]
    check_header(name, line, columns)
    for line, row in lines:
        try:
            one = row_of(line, dict(zip(columns, (*row, *[""] * len(columns)), strict=False)))
        except ValueError as mistake:
            noted.append(f"{name}:{line}: {mistake}")
            continue
        found += [one] if one else []
    seen: dict[str, int] = {}
    for one in found:
        if (first := seen.setdefault(one.order, one.line)) != one.line:
            noted.append(f"{name}:{one.line}: {one.order} is decided in line {first} already; keep one row.")
    if len(found) > MOST_ROWS:
        noted.append(f"{name}: {len(found)} decisions are too many for one file; split it into {MOST_ROWS} each.")
    if noted:
        raise WrongFormat(noted)
    return found


def table(name: str, text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines that are not blank; whatever of `,`, `;` and tab stands in the header separates the cells."""
    text = text.removeprefix(BOM)
    head = text.splitlines()[0] if text else ""
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise WrongFormat([f"{name}:{line}: this is no CSV: {error}."]) from None


def check_header(name: str, line: int, columns: Sequence[str]) -> None:
    """Nothing, or WrongFormat."""
    noted = [
        f"the column {each} is missing; export the orders and keep all columns." for each in READ if each not in columns
    ]
    noted += [f"the column {each} is there twice; keep one." for each in READ if columns.count(each) > 1]
    if noted:
        raise WrongFormat(f"{name}:{line}: {said}" for said in noted)


def row_of(line: int, row: Mapping[str, str]) -> Row | None:
    """A row's decision; None where nobody has decided. Raises ValueError with a sentence."""
    said = {each: told(row[each].strip()) for each in READ}
    word = said["decision"].strip().lower()
    if not word:
        if said["reason"] or said["date"]:
            raise ValueError("there is a reason or a date, but no decision; write one, or clear the row.")
        return None
    if word not in list(Verdict):
        raise ValueError(f"decision is one of {', '.join(Verdict)}, not {word!r}.")
    if not ORDER.fullmatch(said["order"]):
        raise ValueError(f"order is a number such as W-2026-000123, not {said['order']!r}.")
    if not (said["revision"].isascii() and said["revision"].isdecimal() and len(said["revision"]) <= 9):
        raise ValueError("revision is the number that was exported; do not change it.")
    verdict, day = Verdict(word), day_in(said["date"])
    if verdict is Verdict.REFUSE and not said["reason"]:
        raise ValueError("write as reason why the order is refused.")
    if len(said["reason"]) > MOST_REASON:
        raise ValueError(f"a reason has up to {MOST_REASON} letters.")
    if (verdict in (Verdict.DEFER, Verdict.CHANGE)) != (day is not None):
        raise ValueError("defer and change need a date, approve and refuse have none.")
    return Row(
        line=line,
        order=said["order"],
        verdict=verdict,
        reason=said["reason"],
        day=day,
        revision=int(said["revision"]),
    )


def day_in(cell: str) -> date | None:
    """The day that is meant, as spreadsheets write it; None for an empty cell. Raises ValueError with a sentence."""
    if not cell:
        return None
    try:
        if found := ISO.fullmatch(cell):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := DOTTED.fullmatch(cell):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise ValueError(f"date is a day such as 2026-11-28, not {cell!r}.")
