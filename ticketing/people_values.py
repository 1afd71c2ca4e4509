"""What a cell or a key about a person may be, and the sentence when it is something else."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from domain.instants import Instant, parse_instant
from domain.person import FOR_EVER, Workplace
from ticketing.class_values import Read, one_of, table, word, words
from ticketing.sla_values import DATE

BETWEEN = re.compile(r"[\s,;|]+")
BETWEEN_PLACES = re.compile(r"\s*[,;|]\s*")
LONGEST_PLACE = 256
YES, NO = ("true", "yes", "1", "是"), ("false", "no", "0", "否")
MOST_LIMIT = 1_000
FIRST_YEAR, LAST_YEAR = 1970, 2200
Period = tuple[str, str]
"""From and to as they were written: dates mean days where the person works."""


def name(value: Any) -> str:
    """How a person is called."""
    if not isinstance(value, str) or not value.strip() or len(value) > 100 or not value.isprintable():
        raise ValueError("must be a name in one line of at most 100 characters")
    return value.strip()


def skills(value: Any) -> tuple[str, ...]:
    """Names, in a list or in one text."""
    return tuple(dict.fromkeys(words(parts(value))))


def territory(value: Any) -> tuple[str, ...]:
    """Sites and regions, `*` stands for any letters."""
    places = [part for part in BETWEEN_PLACES.split(value) if part] if isinstance(value, str) else value
    if not isinstance(places, list) or not all(is_place(one) for one in places):
        raise ValueError('must be a list of sites or regions, such as ["berlin", "cn-*"]')
    return tuple(dict.fromkeys(places))


def is_place(value: Any) -> bool:
    """The name of a site or region."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_PLACE and value.isprintable()


def parts(value: Any) -> Any:
    """A text's parts; anything else as it is."""
    return [part for part in BETWEEN.split(value) if part] if isinstance(value, str) else value


def certificates(value: Any) -> Mapping[str, str]:
    """By name the last day on which it is valid, empty for one that never expires."""
    if isinstance(value, str):
        pairs = [part.partition(":")[::2] for part in parts(value)]
        value = dict(pairs)
        if len(value) < len(pairs):
            raise ValueError("names a certificate twice")
    rows = table(value, 'such as { lift = "2027-03-31" }')
    return {word(one): last_day(day) for one, day in rows.items()}


def last_day(value: Any) -> str:
    """A date, or nothing."""
    text = value.isoformat() if isinstance(value, date) else value
    if text != "":
        day(text)
    return str(text)


def day(value: Any) -> date:
    """A day of the calendar."""
    try:
        if isinstance(value, str) and DATE.fullmatch(value) and FIRST_YEAR <= int(value[:4]) < LAST_YEAR:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"holds {value!r}, which is no date; write it like 2026-12-24")


def leave(value: Any) -> tuple[Period, ...]:
    """Times away, each `FROM/TO` in dates, the last day included, or in instants with a time zone."""
    periods = parts(value)
    if not isinstance(periods, list) or not all(isinstance(one, str) and one.count("/") == 1 for one in periods):
        raise ValueError('must be a list of times "FROM/TO", such as ["2026-12-24/2026-12-27"]')
    return tuple(period(one) for one in periods)


def period(text: str) -> Period:
    """One time away; its end is not before its beginning."""
    begin, end = text.split("/")
    first, last = moment(begin, UTC), moment(end, UTC, after=True)
    if last <= first:
        raise ValueError(f"holds {text!r}, which ends before it begins")
    return begin, end


def moment(text: str, zone: tzinfo, *, after: bool = False) -> Instant:
    """The beginning of a day in a zone, `after` it where the day is included; or an instant as it is written."""
    if not DATE.fullmatch(text):
        at = parse_instant(text)
        if not 0 <= at < FOR_EVER:
            raise ValueError(f"holds {text!r}, which is out of reach; write a time between 1970 and 2100")
        return at
    begins = day(text) + timedelta(days=1 if after else 0)
    return parse_instant(datetime(begins.year, begins.month, begins.day, tzinfo=zone).isoformat())


def expiry(last: str, zone: tzinfo) -> Instant:
    """When a certificate stops being valid: after its last day."""
    return moment(last, zone, after=True) if last else FOR_EVER


def claim(value: Any) -> bool:
    """Yes or no."""
    said = value.strip().casefold() if isinstance(value, str) else value
    if said is True or said in YES:
        return True
    if said is False or said in NO:
        return False
    raise ValueError("must be true or false")


def limit(value: Any) -> int:
    """So many tickets at once."""
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_LIMIT:
        raise ValueError(f"must be a whole number from 1 to {MOST_LIMIT}")
    return number


def degrees(most: float) -> Read:
    """An angle of at most so many degrees."""

    def read(value: Any) -> float:
        try:
            number = float(value) if not isinstance(value, bool) else most + 1
        except (TypeError, ValueError, OverflowError):
            number = most + 1
        if not abs(number) <= most:
            raise ValueError(f"must be a number of degrees between -{most:g} and {most:g}, with a decimal point")
        return number

    return read


PERSON: Mapping[str, Read] = {
    "id": word,
    "name": name,
    "team": word,
    "workplace": one_of(tuple(Workplace)),
    "skills": skills,
    "certificates": certificates,
    "territory": territory,
    "limit": limit,
    "trainee": claim,
    "lat": degrees(90),
    "lon": degrees(180),
    "active": claim,
    "shift": word,
    "leave": leave,
}
"""Keys of a `[[person]]` table, and columns of a CSV file."""
