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
POWERS = 10.0 ** np.arange(23)
DIGIT = np.array([byte - 48.0 if 48 <= byte < 58 else 0.0 for byte in range(256)])
TIMES = np.array([10.0 if 48 <= byte < 58 else 1.0 for byte in range(256)])
"""By byte: what a digit adds, and by what those before it grow."""
MARKS = {4: b"-", 7: b"-", 10: b"T t", 13: b":"}
"""Of `2026-11-22T08:00`: what may stand between its digits."""
MINUTES = 16
"""So many bytes say day, hour and minute."""


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
    places = np.ascontiguousarray(field.matrix(None, width).T)
    minus = places[0] == ord("-") if width else np.zeros(len(length), np.bool_)
    whole, decimals = np.zeros(len(length)), np.zeros(len(length), np.int64)
    points, odd = np.zeros(len(length), np.int8), length > WIDEST
    for place, byte in enumerate(places):
        digit = byte - np.uint8(ord("0"))
        is_digit = digit < 10
        is_point = byte == ord(".")
        whole *= TIMES[byte]
        whole += DIGIT[byte]
        decimals += is_digit & (points > 0)
        points += is_point
        odd |= ~(is_digit | is_point | (byte == 0) | ((byte == ord("-")) & (place == 0)))
    found: Floats = np.where(minus, -whole, whole) / POWERS[np.minimum(decimals, 22)]
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
    for size in np.flatnonzero(np.bincount(length)).tolist():
        rows = np.flatnonzero(length == size)
        wide = field.matrix(None if len(rows) == len(length) else rows, int(size))
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
    """`2026-11-22T08:00:00`, with a fraction and `Z` or without, as instants; and which rows are written so.

    Rows that follow each other mostly share their minute, which is then read once.
    """
    head = np.ascontiguousarray(wide[:, :MINUTES]).view("<u8")
    other = np.flatnonzero((head[1:, 0] != head[:-1, 0]) | (head[1:, 1] != head[:-1, 1])) + 1
    first = np.concatenate(([0], other))
    times = np.diff(first, append=len(wide))
    minute, is_minute = minutes(wide[first, :MINUTES])
    at: Ints = np.repeat(minute, times)
    right: Bools = np.repeat(is_minute, times)
    second, is_second = two_digits(wide, 17)
    right &= is_second & (second < 60) & (wide[:, MINUTES] == ord(":"))
    below, is_fraction = fraction(wide[:, 19:])
    return at + second * SECOND + below, right & is_fraction


def minutes(wide: Bytes) -> tuple[Ints, Bools]:
    """`2026-11-22T08:00` as instants, and which rows are written so."""
    right = np.ones(len(wide), np.bool_)
    for place, marks in MARKS.items():
        right &= np.isin(wide[:, place], np.frombuffer(marks, np.uint8))
    numbers = []
    for place in (0, 2, 5, 8, 11, 14):
        number, is_number = two_digits(wide, place)
        numbers.append(number)
        right &= is_number
    century, years, month, day, hour, minute = numbers
    year = century * 100 + years
    right &= (year >= 1700) & (year <= 2250) & (month >= 1) & (month <= 12) & (day >= 1)
    right &= (hour < 24) & (minute < 60)
    months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    right &= day <= (months + 1).astype("datetime64[D]").astype(np.int64) - first
    return (first + day - 1) * DAY + hour * HOUR + minute * MINUTE, right


def two_digits(wide: Bytes, place: int) -> tuple[Ints, Bools]:
    """The number that two places hold, and whether they are digits."""
    tens, ones = (wide[:, place + nth] - np.uint8(ord("0")) for nth in (0, 1))
    return tens.astype(np.int64) * 10 + ones, (tens < 10) & (ones < 10)


def fraction(tail: Bytes) -> tuple[Ints, Bools]:
    """What stands behind the seconds, in nanoseconds: nothing, `Z`, `.123`, `.123Z`; and which rows are so."""
    rows = len(tail)
    if tail.shape[1] and (tail[:, -1] == ord("Z")).all():
        tail = tail[:, :-1]
    if not tail.shape[1]:
        return np.zeros(rows, np.int64), np.ones(rows, np.bool_)
    if not 2 <= tail.shape[1] <= 10:
        return np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    below, right = np.zeros(rows, np.int64), tail[:, 0] == ord(".")
    for place in range(1, tail.shape[1]):
        digit = tail[:, place] - np.uint8(ord("0"))
        right &= digit < 10
        below += digit * np.int64(10 ** (9 - place))
    return below, right


def one_instant(row: int, text: str) -> int:
    """An instant that is written otherwise: with an offset, or as a date alone."""
    try:
        return parse_instant(text.strip(), UTC)
    except (ValueError, OverflowError):
        raise Unreadable(row, text) from None
