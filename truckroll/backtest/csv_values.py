"""Values: a column of a CSV file as numbers or instants, in bulk; what is written oddly is read one by one."""

from datetime import UTC

import numpy as np

from domain.batch import Bools, Floats, Ints
from domain.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from truckroll.backtest.csv_block import Bytes, Field

MILLISECOND = SECOND // 1000
EXACT = 2**53
"""A whole number up to this divided by a power of ten up to 22 is the nearest float (Clinger 1990)."""
WIDEST = 24
DIGITS = tuple(place for place in range(19) if place not in (4, 7, 10, 13, 16))
MARKS = {4: b"-", 7: b"-", 10: b"T t", 13: b":", 16: b":"}
"""Of `2026-11-22T08:00:00`: where its digits are, and what may stand between them."""


class Unreadable(ValueError):
    """A field is not what its column holds; `row` counts within the block."""

    def __init__(self, row: int, text: str) -> None:
        self.row = row
        self.text = text
        super().__init__(text)


def numbers(field: Field) -> Floats:
    """A column as floats, each the nearest to its text; NaN where the field is empty. Raises Unreadable."""
    length = field.length
    width = min(WIDEST, int(length.max(initial=0)))
    wide = field.matrix(np.arange(len(length)), width)
    minus = (wide[:, :1] == ord("-")).any(axis=1)
    whole, decimals = np.zeros(len(length)), np.zeros(len(length), np.int64)
    points, odd = np.zeros(len(length), np.int64), length > WIDEST
    for place in range(width):
        byte = wide[:, place]
        digit = byte - np.uint8(ord("0"))
        is_digit = digit < 10
        is_point = byte == ord(".")
        whole = np.where(is_digit, whole * 10 + digit, whole)
        decimals += is_digit & (points > 0)
        points += is_point
        odd |= ~(is_digit | is_point | (byte == 0) | ((byte == ord("-")) & (place == 0)))
    found = np.where(minus, -whole, whole) / 10.0 ** np.minimum(decimals, 22)
    found[length == 0] = np.nan
    odd |= (whole > EXACT) | (points > 1) | (decimals > 22) | ((length == minus + points) & (length > 0))
    rows = np.flatnonzero(odd)
    found[rows] = [one_number(row, text) for row, text in zip(rows.tolist(), field.texts(rows), strict=True)]
    return found


def one_number(row: int, text: str) -> float:
    """A number that is written with an exponent, many digits, or as a word."""
    said = text.strip().lower()
    if said in ("true", "false"):
        return float(said == "true")
    try:
        return float(said) if said else float("nan")
    except ValueError:
        raise Unreadable(row, text) from None


def instants(field: Field) -> Ints:
    """A column as instants: whole milliseconds since 1970, or date and time, in UTC where no zone is said.

    Raises Unreadable.
    """
    length = field.length
    found, done = np.zeros(len(length), np.int64), np.zeros(len(length), np.bool_)
    for size in np.unique(length).tolist():
        rows = np.flatnonzero(length == size)
        wide = field.matrix(rows, int(size))
        if 19 <= size <= 30:
            found[rows], done[rows] = dated(wide)
        elif 0 < size <= 18:
            found[rows], done[rows] = counted(wide)
    rows = np.flatnonzero(~done)
    found[rows] = [one_instant(row, text) for row, text in zip(rows.tolist(), field.texts(rows), strict=True)]
    return found


def counted(wide: Bytes) -> tuple[Ints, Bools]:
    """Milliseconds as instants, and which rows are nothing but digits."""
    digits = (wide - np.uint8(ord("0"))).astype(np.int64)
    total = np.zeros(len(wide), np.int64)
    for place in range(wide.shape[1]):
        total = total * 10 + digits[:, place]
    right = (digits < 10).all(axis=1) & (total < 2**63 // MILLISECOND)
    return np.where(right, total, 0) * MILLISECOND, right


def dated(wide: Bytes) -> tuple[Ints, Bools]:
    """`2026-11-22T08:00:00`, with a fraction and `Z` or without, as instants; and which rows are written so."""
    digit = (wide - np.uint8(ord("0"))).astype(np.int64)
    right = (digit[:, DIGITS] < 10).all(axis=1)
    for place, marks in MARKS.items():
        right &= np.isin(wide[:, place], np.frombuffer(marks, np.uint8))
    year = digit[:, 0] * 1000 + digit[:, 1] * 100 + digit[:, 2] * 10 + digit[:, 3]
    month, day, hour, minute, second = (digit[:, place] * 10 + digit[:, place + 1] for place in (5, 8, 11, 14, 17))
    right &= (year >= 1700) & (year <= 2250) & (month >= 1) & (month <= 12) & (day >= 1)
    right &= (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    right &= day <= (months + 1).astype("datetime64[D]").astype(np.int64) - first
    below, is_fraction = fraction(wide[:, 19:])
    at = (first + day - 1) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + below
    return at, right & is_fraction


def fraction(tail: Bytes) -> tuple[Ints, Bools]:
    """What stands behind the seconds, in nanoseconds: nothing, `Z`, `.123`, `.123Z`; and which rows are so."""
    rows = len(tail)
    if tail.shape[1] and (tail[:, -1] == ord("Z")).all():
        tail = tail[:, :-1]
    if not tail.shape[1]:
        return np.zeros(rows, np.int64), np.ones(rows, np.bool_)
    digits = (tail[:, 1:] - np.uint8(ord("0"))).astype(np.int64)
    right = (tail[:, 0] == ord(".")) & (digits < 10).all(axis=1)
    if not 1 <= digits.shape[1] <= 9:
        return np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    powers = 10 ** np.arange(8, 8 - digits.shape[1], -1)
    return (digits * powers).sum(axis=1), right


def one_instant(row: int, text: str) -> int:
    """An instant that is written otherwise: with an offset, or as a date alone."""
    try:
        return parse_instant(text.strip(), UTC)
    except (ValueError, OverflowError):
        raise Unreadable(row, text) from None
