"""The file of promises: calendars, policies and duties, checked as a whole before any of them is believed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import HOUR, MINUTE, Duration
from domain.sla import ROUND_THE_CLOCK, WARN_SHARE, Calendar, Duty, Policy, Rung, SlaBook, Span, Target
from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.class_values import Read, one_of, table, text, word, words
from ticketing.classes import parsed, settings, subject
from ticketing.clocks import STANDARD
from ticketing.sla_values import absences, country, exceptions, ladder, moment, promised, share, turn, week, zone

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
            notes.note(1, f"{key} is unknown; {meant(key, (*TABLES, 'supervisor'))}")
    calendars = by_id(notes, tables, "calendar", calendar_keys(), lambda row: calendar_of(row, holidays))
    duties = by_id(notes, tables, "duty", DUTY_KEYS, duty_of)
    policies = by_id(notes, tables, "policy", policy_keys(calendars, duties), policy_of)
    if supervisor != "" and supervisor not in list(duties):
        notes.note(1, f"supervisor {supervisor!r} is no duty; {meant(supervisor, duties)}")
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
    days |= row.get("days", {})
    if not any((*row["hours"], *days.values())):
        raise ValueError("this calendar never opens, so nothing would ever be due; give it hours")
    return Calendar(id=row["id"], zone=row["zone"], week=row["hours"], days=days)


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
    keys: Mapping[str, Read] = {"response": promised, "resolution": promised, "calendar": named}

    def read(value: Any) -> Mapping[str, Any]:
        rows = table(value, 'such as { response = "2h", resolution = "24h" }')
        if strange := sorted(set(rows) - set(keys)):
            raise ValueError(f"has no {strange[0]}; {meant(strange[0], keys)}")
        return {key: keys[key](said) for key, said in rows.items()}

    return read


# -- duties


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
