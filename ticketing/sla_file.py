"""The file of promises: calendars, policies and duties, checked as a whole before any of them is believed."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import HOUR, MINUTE, Duration, Instant, parse_duration, parse_instant
from domain.sla import CHANNELS, ROUND_THE_CLOCK, WARN_SHARE, Calendar, Duty, Policy, Rung, SlaBook, Span, Target
from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.class_values import Read, duration, one_of, table, text, word, words
from ticketing.classes import parsed, settings, subject
from ticketing.clocks import STANDARD

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RANGE = re.compile(r"(\w{3})(?:-(\w{3}))?")
CLOCK_TIME = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TABLES = ("calendar", "policy", "duty")

Holidays = Callable[[str], tuple[Collection[str], Collection[str]]]
"""By a country's code (`DE`, `DE-BY`, `CN`): dates that are closed, and weekend days on which people work instead.

Raises ValueError with the rest of a sentence.
"""

DEFAULT_TARGETS: Mapping[Severity, tuple[Duration, Duration]] = {
    Severity.S1: (30 * MINUTE, 4 * HOUR),
    Severity.S2: (2 * HOUR, 24 * HOUR),
    Severity.S3: (24 * HOUR, 72 * HOUR),
}
DEFAULT_LADDER = (
    Rung(channel="sms", after=0.0),
    Rung(channel="email", after=0.25),
    Rung(channel="in_app", after=0.5),
    Rung(channel="supervisor", after=0.75),
)
Row = Mapping[str, Any]
T = TypeVar("T", Calendar, Policy, Duty)


def read_promises(name: str, content: str, holidays: Holidays) -> SlaBook:
    """The book in a file `name` that holds `content`; what is left out has its default. Raises WrongFormat with every

    mistake, `FILE:LINE: sentence`.
    """
    notes = Mistakes(name, content)
    tables = parsed(notes)
    supervisor = tables.get("supervisor", "")
    for key in tables:
        if key not in (*TABLES, "supervisor"):
            notes.noted.append((1, f"{key} is unknown; {meant(key, (*TABLES, 'supervisor'))}"))
    calendars = by_id(notes, tables, "calendar", calendar_keys(), lambda row: calendar_of(row, holidays))
    duties = by_id(notes, tables, "duty", DUTY_KEYS, duty_of)
    policies = by_id(notes, tables, "policy", policy_keys(calendars, duties), policy_of)
    if supervisor and supervisor not in duties:
        notes.noted.append((1, f"supervisor {supervisor!r} is no duty; {meant(supervisor, duties)}"))
    if notes.noted:
        raise WrongFormat(notes.sentences())
    standard = policies.get(STANDARD) or policy_of({"id": STANDARD, "calendar": next(iter(calendars), ROUND_THE_CLOCK)})
    return SlaBook(
        calendars=calendars, policies={STANDARD: standard} | policies, duties=duties, supervisor=str(supervisor)
    )


def by_id(notes: Mistakes, tables: Row, name: str, keys: Mapping[str, Read], build: Callable[[Row], T]) -> dict[str, T]:
    """What the tables of one name say, by id; mistakes are noted."""
    found: dict[str, T] = {}
    for row, wrong in rows_of(notes, tables, name):
        given = dict(settings(row, keys, wrong))
        if "id" not in given:
            wrong("id is missing.", "")
            continue
        if given["id"] in found:
            wrong(f"this id is given twice; give each {name} its own.", "id")
        try:
            found[given["id"]] = build(given)
        except ValueError as error:
            wrong(f"{error}.", "")
    return found


def rows_of(notes: Mistakes, tables: Row, name: str) -> Iterator[tuple[Row, Wrong]]:
    """The tables of one name, and who notes their mistakes."""
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        notes.about(name, 0, name)(f"write it as [[{name}]] tables.", "")
        return
    for nth, row in enumerate(rows):
        yield row, notes.about(name, nth, subject(name, nth, row))


# -- calendars


def calendar_keys() -> Mapping[str, Read]:
    """What a `[[calendar]]` may say."""
    return {"id": word, "zone": zone, "hours": week, "holidays": country, "days": exceptions}


def calendar_of(row: Row, holidays: Holidays) -> Calendar:
    """A calendar; on a moved working day people work as on a Monday."""
    if "zone" not in row or "hours" not in row:
        raise ValueError(
            'zone and hours are needed, such as zone = "Europe/Berlin", hours = { "mon-fri" = ["09:00-18:00"] }'
        )
    closed, moved = holidays(row["holidays"]) if "holidays" in row else ((), ())
    days: dict[str, tuple[Span, ...]] = dict.fromkeys(closed, ())
    days |= dict.fromkeys(moved, row["hours"][0])
    return Calendar(id=row["id"], zone=row["zone"], week=row["hours"], days=days | row.get("days", {}))


def zone(value: Any) -> str:
    """A time zone."""
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError(f"{value!r} is no time zone; write it like Europe/Berlin or Asia/Shanghai") from None


def country(value: Any) -> str:
    """Whose holidays."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", value):
        raise ValueError("is a country's code, such as CN, DE or DE-BY")
    return value


def week(value: Any) -> tuple[tuple[Span, ...], ...]:
    """Hours by day or range of days; days that are not named are closed."""
    found: list[tuple[Span, ...]] = [()] * 7
    for name, hours in table(value, 'such as { "mon-fri" = ["09:00-18:00"] }').items():
        match = RANGE.fullmatch(name)
        if match is None or not {match[1], match[2] or match[1]} <= set(DAYS):
            raise ValueError(f"names a day {name!r}; write mon or mon-fri")
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        for day in range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1)):
            found[day] = spans(hours)
    return tuple(found)


def exceptions(value: Any) -> Mapping[str, tuple[Span, ...]]:
    """Hours by date."""
    rows = table(value, 'such as { "2026-12-24" = [] }')
    if strange := [day for day in rows if not DATE.fullmatch(day)]:
        raise ValueError(f"names a date {strange[0]!r}; write it like 2026-12-24")
    return {day: spans(hours) for day, hours in rows.items()}


def spans(value: Any) -> tuple[Span, ...]:
    """A day's hours."""
    if not isinstance(value, list):
        raise ValueError('holds hours as lists, such as ["09:00-12:00", "13:00-18:00"]')
    return tuple(sorted(span(one) for one in value))


def span(value: Any) -> Span:
    """From and to, in minutes."""
    match = CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'holds {value!r}; write hours like "09:00-18:00"')
    begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not 0 <= begin < end <= 1440 or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(
            f"holds {value!r}, which is no time within one day; a night shift is two, to 24:00 and from 00:00"
        )
    return begin, end


# -- policies


def policy_keys(calendars: Mapping[str, Calendar], duties: Mapping[str, Duty]) -> Mapping[str, Read]:
    """What a `[[policy]]` may say."""
    named = one_of((*calendars, ROUND_THE_CLOCK))
    return {
        "id": word,
        "name": text,
        "calendar": named,
        **{severity.value: promise(named) for severity in Severity},
        "warn_share": share,
        "ladder": ladder,
        "duty": one_of(tuple(duties)),
    }


def policy_of(row: Row) -> Policy:
    """A policy; without a calendar of its own S1 runs round the clock, the rest in the policy's."""
    default = row.get("calendar", ROUND_THE_CLOCK)
    targets = {}
    for severity, (response, resolution) in DEFAULT_TARGETS.items():
        own = {"calendar": ROUND_THE_CLOCK if severity is Severity.S1 else default}
        targets[severity] = Target(
            **({"response": response, "resolution": resolution} | own | row.get(severity.value, {}))
        )
    return Policy(
        id=row["id"],
        name=row.get("name", {"en": row["id"]}),
        targets=targets,
        ladder=row.get("ladder", DEFAULT_LADDER),
        warn_share=row.get("warn_share", WARN_SHARE),
        duty=row.get("duty", ""),
    )


def promise(named: Read) -> Read:
    """The promise of one severity."""
    keys: Mapping[str, Read] = {"response": duration, "resolution": duration, "calendar": named}

    def read(value: Any) -> Mapping[str, Any]:
        rows = table(value, 'such as { response = "2h", resolution = "24h" }')
        if strange := sorted(set(rows) - set(keys)):
            raise ValueError(f"has no {strange[0]}; {meant(strange[0], keys)}")
        return {key: keys[key](said) for key, said in rows.items()}

    return read


def share(value: Any) -> float:
    """A part of a whole."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def ladder(value: Any) -> tuple[Rung, ...]:
    """Steps in order."""
    example = '[{ channel = "sms", after = 0 }, { channel = "email", after = 0.25 }]'
    if not isinstance(value, list) or not all(
        isinstance(row, Mapping) and set(row) == {"channel", "after"} for row in value
    ):
        raise ValueError(f"must be a list of steps, such as {example}")
    rungs = tuple(Rung(channel=one_of(CHANNELS)(row["channel"]), after=share(row["after"])) for row in value)
    if list(rungs) != sorted(rungs, key=lambda rung: rung.after):
        raise ValueError("must be in order: each step's after at least that of the one before")
    return rungs


# -- duties


def moment(value: Any) -> Instant:
    """An instant."""
    if not isinstance(value, str):
        raise ValueError('must be a time in quotes, such as "2026-11-23T09:00:00+01:00"')
    return parse_instant(value)


def turn(value: Any) -> Duration:
    """How long one person is on call."""
    length = parse_duration(value) if isinstance(value, str) else 0
    if length <= 0:
        raise ValueError('must be a duration in quotes, such as "7d"')
    return length


def absences(value: Any) -> Mapping[str, tuple[tuple[Instant, Instant], ...]]:
    """By person, from and to."""
    found = {}
    for person, rows in table(value, 'such as { lee = ["2026-12-24T00:00Z/2026-12-27T00:00Z"] }').items():
        pairs = [str(row).split("/") for row in rows] if isinstance(rows, list) else [[]]
        if not all(len(pair) == 2 for pair in pairs):
            raise ValueError('holds times as "FROM/TO"')
        found[word(person)] = tuple((parse_instant(a), parse_instant(b)) for a, b in pairs)
    return found


def duty_of(row: Row) -> Duty:
    """A duty."""
    if not row.get("people") or "begins" not in row:
        raise ValueError(
            'people and begins are needed, such as people = ["lee", "kim"], begins = "2026-11-23T09:00:00Z"'
        )
    return Duty(
        id=row["id"],
        people=row["people"],
        begins=row["begins"],
        turn=row.get("turn", 7 * 24 * HOUR),
        away=row.get("away", {}),
    )


DUTY_KEYS: Mapping[str, Read] = {"id": word, "people": words, "begins": moment, "turn": turn, "away": absences}
