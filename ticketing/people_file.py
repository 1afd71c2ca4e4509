"""Files of people: TOML with shifts, or CSV; checked as a whole before any of it is believed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import WrongFormat
from domain.person import LIMIT, TRAINEE_LIMIT, Person, Staff, Workplace
from domain.sla import Calendar
from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.class_values import Read, word
from ticketing.classes import parsed, settings, subject
from ticketing.people_csv import csv_lines, csv_rows
from ticketing.people_values import PERSON, expiry, moment, skills
from ticketing.shift_values import calendar, exceptions, hours
from ticketing.sla_values import country, zone

SHIFT, PEOPLE = "shift", "person"
SHIFT_KEYS: Mapping[str, Read] = {"id": word, "zone": zone, "hours": hours, "holidays": country, "days": exceptions}
Row = Mapping[str, Any]
Rows = Sequence[tuple[Row, Wrong]]
Holidays = Callable[[str], tuple[Any, Any]]
"""As in `ticketing.sla_file`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleImport:
    """What a file changes; the dry run shows it."""

    added: Sequence[Person] = ()
    changed: Sequence[Person] = ()
    unchanged: Sequence[Person] = ()
    shifts: Sequence[Calendar] = ()
    """Shifts that are new or different."""

    @property
    def is_empty(self) -> bool:
        """It changes nothing."""
        return not (self.added or self.changed or self.shifts)

    @property
    def counts(self) -> Mapping[str, int]:
        """By what happens."""
        return {name: len(getattr(self, name)) for name in ("added", "changed", "unchanged", "shifts")}


def plan_people(content: str, name: str, staff: Staff, holidays: Holidays) -> PeopleImport:
    """What the file `name` changes among those who are there. What it does not say of a person stays.

    Raises WrongFormat with every mistake, `FILE:LINE: sentence`.
    """
    notes = Mistakes(name, content)
    if name.casefold().endswith(".csv"):
        people, shifts = csv_rows(notes), dict[str, Calendar]()
    else:
        tables = tables_of(notes)
        check_tables(notes, tables)
        people, shifts = toml_rows(notes, tables, PEOPLE), shifts_of(toml_rows(notes, tables, SHIFT), holidays)
    found = people_of(people, replace(staff, shifts={**staff.shifts, **shifts}))
    if notes.noted:
        raise WrongFormat(notes.sentences())
    before = staff.people
    return PeopleImport(
        added=[person for person in found if person.id not in before],
        changed=[person for person in found if person.id in before and before[person.id] != person],
        unchanged=[person for person in found if before.get(person.id) == person],
        shifts=[shift for shift in shifts.values() if staff.shifts.get(shift.id) != shift],
    )


# -- people


def people_of(rows: Rows, staff: Staff) -> list[Person]:
    """A person for each row that is right; mistakes are noted."""
    found: dict[str, Person] = {}
    for row, wrong in rows:
        given = dict(settings({key: value for key, value in row.items() if value is not None}, PERSON, wrong))
        if "id" not in given:
            if row.get("id") is None:
                wrong("id is missing.", "")
            continue
        if given["id"] in found:
            wrong("this id is given twice; give each person their own.", "id")
        shift = given.get("shift", "")
        if shift and shift not in staff.shifts:
            wrong(f"shift {shift!r} is unknown; {meant(shift, staff.shifts)}", "shift")
            continue
        person = person_of({**given, **emptied(row)}, staff)
        if (person.lat is None) != (person.lon is None):
            wrong("lat and lon need each other.", "lat" if "lat" in given else "lon")
        found[person.id] = person
    return list(found.values())


def emptied(row: Row) -> Row:
    """What a row takes back: cells of a CSV file that are empty."""
    nobody = Person(id="", name=str(row.get("id")))
    empty = [key for key, value in row.items() if value is None and key not in ("id", "limit")]
    return {key: False if key == "trainee" else getattr(nobody, key) for key in empty}


def person_of(given: Row, staff: Staff) -> Person:
    """A person as a row says, and for the rest as before."""
    before = staff.people.get(given["id"]) or Person(id=given["id"], name=given["id"])
    said = {key: value for key, value in given.items() if key != "trainee"}
    if "trainee" in given and "limit" not in given:
        said["limit"] = TRAINEE_LIMIT if given["trainee"] else LIMIT
    if "workplace" in said:
        said["workplace"] = Workplace(said["workplace"])
    shift = staff.shifts.get(said.get("shift", before.shift))
    here = ZoneInfo(shift.zone if shift else "UTC")
    if "certificates" in said:
        said["certificates"] = {name: expiry(last, here) for name, last in said["certificates"].items()}
    if "leave" in said:
        said["leave"] = tuple(sorted((moment(a, here), moment(b, here, after=True)) for a, b in said["leave"]))
    return replace(before, **said)


# -- shifts


def shifts_of(rows: Rows, holidays: Holidays) -> dict[str, Calendar]:
    """The shifts that rows describe, by id; mistakes are noted."""
    found: dict[str, Calendar] = {}
    for row, wrong in rows:
        given = dict(settings(row, SHIFT_KEYS, wrong))
        if "hours" in given and not any(given["hours"]):
            wrong('hours name no day; write them like { "mon-fri" = ["09:00-18:00"] }.', "hours")
        if missing := [key for key in ("id", "zone", "hours") if key not in row]:
            wrong(f"{missing[0]} is missing.", "")
        if not {"id", "zone", "hours"} <= set(given):
            continue
        if given["id"] in found:
            wrong("this id is given twice; give each shift its own.", "id")
        try:
            found[given["id"]] = shift_of(given, holidays)
        except ValueError as error:
            wrong(f"{error}.", "holidays")
    return found


def shift_of(given: Row, holidays: Holidays) -> Calendar:
    """A shift; on a moved working day people work as on a Monday."""
    closed, moved = holidays(given["holidays"]) if "holidays" in given else ((), ())
    days = {**dict.fromkeys(closed, ()), **dict.fromkeys(moved, given["hours"][0]), **given.get("days", {})}
    return calendar(given["id"], given["zone"], given["hours"], days)


# -- TOML


def tables_of(notes: Mistakes) -> Row:
    """What the file says; empty where it is no TOML, or nested as nobody would."""
    try:
        return parsed(notes)
    except RecursionError:
        notes.note(1, "this is nested too deeply; write plain [[person]] and [[shift]] tables.")
        return {}


def check_tables(notes: Mistakes, tables: Row) -> None:
    """Note tables that have nothing to do with people."""
    for key in tables:
        if key not in (SHIFT, PEOPLE):
            notes.note(1, f"{key} is unknown; {meant(key, (SHIFT, PEOPLE))}")


def toml_rows(notes: Mistakes, tables: Row, table: str) -> Rows:
    """The tables of one name, and who notes their mistakes."""
    rows = tables.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        notes.about(table, 0, table)(f"write it as [[{table}]] tables.", "")
        return []
    return [(row, notes.about(table, nth, subject(table, nth, row))) for nth, row in enumerate(rows)]


# -- what linting asks


def skills_in(content: str, name: str) -> set[str]:
    """The skills that the people of a file have, whatever else stands in it. Raises WrongFormat."""
    notes = Mistakes(name, content)
    if name.casefold().endswith(".csv"):
        lines = csv_lines(notes)
        header = [cell.strip() for cell in next(lines, (1, []))[1]]
        if "skills" not in header:
            notes.note(1, "there is no column skills; name the skills of each person in one.")
            raise WrongFormat(notes.sentences())
        place = header.index("skills")
        cells = [cells[place] for _, cells in lines if len(cells) > place]
    else:
        rows = toml_rows(notes, tables_of(notes), PEOPLE)
        cells = [row["skills"] for row, _ in rows if "skills" in row]
    found: set[str] = set()
    for cell in cells:
        try:
            found.update(skills(cell))
        except ValueError as error:
            notes.note(1, f"skills {error}.")
    if notes.noted:
        raise WrongFormat(notes.sentences())
    return found
