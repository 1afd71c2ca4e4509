"""Files of people: everything a file says is understood, every mistake is told at once with its line."""

from collections.abc import Collection
from textwrap import dedent

import pytest

from domain.errors import WrongFormat
from domain.instants import parse_instant
from domain.person import FOR_EVER, Person, Staff, Workplace
from ticketing.business_time import BusinessTime
from ticketing.crowd import is_open
from ticketing.people_file import PeopleImport, plan_people, skills_in

SHIFTS = """
[[shift]]
id = "night"
zone = "Europe/Berlin"
hours = { "mon-fri" = ["22:00-06:00"] }
days = { "2026-12-24" = [], "2026-12-26" = ["22:00-06:00"] }
"""
ANNA = """
[[person]]
id = "anna"
name = "Anna A."
team = "displays"
workplace = "onsite"
skills = ["display", "network"]
certificates = { lift = "2027-03-31", gas = "" }
territory = ["berlin", "cn-*"]
lat = 52.5
lon = 13.4
shift = "night"
leave = ["2026-12-24/2026-12-26", "2027-01-01T08:00:00+01:00/2027-01-01T12:00:00+01:00"]
"""


def no_holidays(_: str) -> tuple[Collection[str], Collection[str]]:
    """A country without any."""
    return ["2026-12-25"], []


def plan(content: str, name: str = "people.toml", staff: Staff | None = None) -> PeopleImport:
    """What a file changes; at first nobody is there."""
    return plan_people(dedent(content), name, staff or Staff(), no_holidays)


def hired(*imports: PeopleImport) -> Staff:
    """Everybody of these files."""
    people = {one.id: one for each in imports for one in (*each.added, *each.changed)}
    return Staff(people=people, shifts={shift.id: shift for each in imports for shift in each.shifts})


def test_a_table_says_all_about_a_person() -> None:
    """Dates mean days where the person works, the last one included."""
    (anna,) = plan(SHIFTS + ANNA).added

    assert anna == Person(
        id="anna",
        name="Anna A.",
        team="displays",
        workplace=Workplace.ONSITE,
        skills=("display", "network"),
        certificates={"lift": parse_instant("2027-04-01T00:00:00+02:00"), "gas": FOR_EVER},
        territory=("berlin", "cn-*"),
        limit=10,
        lat=52.5,
        lon=13.4,
        shift="night",
        leave=(
            (parse_instant("2026-12-24T00:00:00+01:00"), parse_instant("2026-12-27T00:00:00+01:00")),
            (parse_instant("2027-01-01T08:00:00+01:00"), parse_instant("2027-01-01T12:00:00+01:00")),
        ),
    )


def test_a_row_of_csv_says_the_same() -> None:
    """Lists are separated inside a cell."""
    row = (
        "id,name,team,workplace,skills,certificates,territory,lat,lon,shift,leave\n"
        "anna,Anna A.,displays,onsite,display network,lift:2027-03-31 gas:,berlin|cn-*,52.5,13.4,night,"
        "2026-12-24/2026-12-26;2027-01-01T08:00:00+01:00/2027-01-01T12:00:00+01:00\n"
    )
    shifts = plan(SHIFTS)

    assert plan(SHIFTS + ANNA).added == plan(row, "people.csv", hired(shifts)).added


@pytest.mark.parametrize(
    ("at", "at_work"),
    [
        ("2026-11-23T21:59:00+01:00", False),
        ("2026-11-23T22:00:00+01:00", True),
        ("2026-11-24T05:59:00+01:00", True),
        ("2026-11-24T06:00:00+01:00", False),
        ("2026-11-28T05:00:00+01:00", True),  # what began on Friday
        ("2026-11-28T23:00:00+01:00", False),  # Saturday
        ("2026-11-23T05:00:00+01:00", False),  # nothing began on Sunday
        ("2026-12-24T05:00:00+01:00", True),  # what began the day before an exception
        ("2026-12-24T23:00:00+01:00", False),
        ("2026-12-25T05:00:00+01:00", False),  # the night of the exception
        ("2026-12-26T23:00:00+01:00", True),  # a Saturday that is worked
        ("2026-12-27T05:00:00+01:00", True),
        ("2026-12-27T23:00:00+01:00", False),
    ],
)
def test_a_night_shift_belongs_to_the_day_on_which_it_begins(at: str, at_work: bool) -> None:
    """So do its exceptions: what is left of a night stands on the day after."""
    time = BusinessTime({shift.id: shift for shift in plan(SHIFTS).shifts})

    assert at_work is is_open(time, "night", parse_instant(at))


def test_holidays_of_a_country_are_closed() -> None:
    """Unless the file says otherwise."""
    (shift,) = plan(SHIFTS.replace("days", 'holidays = "DE"\ndays')).shifts

    assert ((), ((1320, 1440),)) == (shift.days["2026-12-25"], shift.days["2026-12-26"])


def test_a_trainee_works_on_fewer_tickets() -> None:
    """Unless the file says how many."""
    people = plan("id,trainee,limit\na,yes,\nb,no,\nc,yes,7\nd,,\n", "people.csv").added

    assert [5, 10, 7, 10] == [one.limit for one in people]


def test_what_a_file_does_not_say_stays_and_an_empty_cell_takes_it_back() -> None:
    """A column that is not there says nothing; the same again changes nothing."""
    staff = hired(plan(SHIFTS + ANNA))
    same = plan(SHIFTS + ANNA, staff=staff)
    assert (True, {"added": 0, "changed": 0, "unchanged": 1, "shifts": 0}) == (same.is_empty, same.counts)
    (anna,) = plan("id,skills,territory\nanna,display,\n", "people.csv", staff).changed

    assert (("display",), (), "displays") == (anna.skills, anna.territory, anna.team)


def test_every_mistake_of_a_table_is_told_with_its_line() -> None:
    """And the word that was probably meant."""
    wrong = """
    [[shift]]
    id = "early"
    zone = "Europe/Berlim"
    hours = { "mon" = ["06:00"] }
    [[person]]
    name = "Nobody"
    [[person]]
    id = "anna"
    workplace = "on site"
    limit = 0
    lat = 91.0
    shift = "erly"
    leave = ["2026-12-27/2026-12-24"]
    certificates = { lift = "soon" }
    skils = ["display"]
    [[persons]]
    """
    with pytest.raises(WrongFormat) as told:
        plan(wrong)

    assert [1, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16] == [int(line.split(":")[1]) for line in told.value.mistakes]
    assert "people.toml:16: person anna: skils is unknown; did you mean skills?" in told.value.mistakes
    assert any("2026-12-27/2026-12-24" in line and "ends before" in line for line in told.value.mistakes)


def test_every_mistake_of_a_csv_file_is_told_with_its_line() -> None:
    """Rows that are short, too."""
    rows = "id,limit,lat,lon\nanna,0,1,\nben\nanna,5,,\n,5,,\nchris,x,1,2\n"
    with pytest.raises(WrongFormat) as told:
        plan(rows, "people.csv")

    assert [2, 2, 3, 4, 5, 6] == [int(line.split(":")[1]) for line in told.value.mistakes]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name\nanna\n", "people.csv:1: the column id is missing."),
        ("id;name\n", 'people.csv:1: the column id is missing; columns are separated by "," and not ";".'),
        ("id,skil\n", "people.csv:1: column 'skil' is unknown; did you mean skills?"),
        ("id,id\n", "people.csv:1: column 'id' is there twice."),
        ('id\n"anna\n', "people.csv:2: this is no CSV: unexpected end of data."),
    ],
)
def test_a_header_that_cannot_be_right_is_said_first(content: str, sentence: str) -> None:
    """Before any row."""
    with pytest.raises(WrongFormat) as told:
        plan(content, "people.csv")

    assert sentence in told.value.mistakes


PERSON = '[[person]]\nid = "a"\n'


@pytest.mark.parametrize(
    "content",
    [
        PERSON + f"lat = {10**400}\nlon = 1",
        PERSON + "lat = nan\nlon = inf",
        PERSON + "lat = true\nlon = 1",
        PERSON + 'leave = ["0001-01-01T00:00:00Z/9999-12-31T23:59:59Z"]',
        PERSON + 'leave = ["9999-12-30/9999-12-31"]',
        PERSON + 'leave = ["2026-01-01T00:00:00/2026-01-02T00:00:00"]',
        PERSON + 'leave = ["2026-02-30/2026-03-01"]',
        PERSON + "leave = [1]",
        PERSON + "certificates = { lift = 2027-03-31T08:00:00Z }",
        PERSON + 'certificates = "lift:2027-01-01 lift:2027-02-01"',
        PERSON + 'name = "\\u0000"',
        PERSON + "limit = 99999999999999999999",
        PERSON + 'territory = [""]',
        PERSON + 'active = "perhaps"',
        PERSON + "skills = { a = 1 }",
        "person = 7",
        "a = " + "[" * 5_000 + "]" * 5_000,
        "[[shift]]\nid = 's'\nzone = 'UTC'\nhours = {}",
        "[[shift]]\nid = 's'\nzone = 'UTC'\nhours = { mon = ['25:00-26:00'] }",
        "[[shift]]\nid = 's'\nzone = 'UTC'\nhours = { mon = ['08:00-08:00'] }",
        "[[shift]]\nid = 's'\nzone = 'UTC'\nhours = { someday = ['08:00-09:00'] }",
        "[[shift]]\nid = 's'\nzone = 'UTC'\nhours = { mon = ['08:00-09:00'] }\ndays = { soon = [] }",
    ],
)
def test_whatever_stands_in_a_file_it_is_answered_with_sentences(content: str) -> None:
    """And never with anything else."""
    with pytest.raises(WrongFormat):
        plan(content)


def test_linting_asks_the_same_files_who_can_what() -> None:
    """In both forms; a file with skills alone will do."""
    assert {"display", "network"} == skills_in(ANNA, "people.toml")
    assert {"display", "network"} == skills_in("name,skills\nA,display;network\nB,\n", "people.csv")
