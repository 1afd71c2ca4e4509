"""People: who works here, and files of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints

from adapters import ledger_people
from domain.instants import Instant
from domain.person import FOR_EVER, Workplace
from domain.person import Person as Kept
from ticketing.business_time import BusinessTime
from ticketing.crowd import is_open
from ticketing.owners import person_called
from truckroll.api.acts import Actor
from truckroll.api.parts import Here
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, Id, MaybeAt, Shape
from truckroll.people import import_people

MOST_CHARACTERS = 900_000

router = APIRouter(tags=["people"])


class Certificate(Shape):
    """A certificate of a person."""

    name: str
    until: MaybeAt
    """From then on it is not valid; null: it never expires."""


class Leave(Shape):
    """A time away."""

    begins: At
    ends: At


class Person(Shape):
    """Somebody who can own tickets."""

    id: str
    name: str
    team: str
    workplace: Workplace
    skills: list[str]
    certificates: list[Certificate]
    territory: list[str]
    """Sites and regions; empty: anywhere."""
    limit: int
    """Tickets that this person works on at once."""
    lat: float | None
    lon: float | None
    active: bool
    shift: str
    """Empty: always at work."""
    leave: list[Leave]
    load: int
    """Tickets that this person works on now."""
    is_at_work: bool
    """On shift and not on leave."""


class People(Shape):
    """Everybody, in order of id."""

    items: list[Person]


class PeopleFile(Asked):
    """A file of people."""

    format: Literal["csv", "toml"]
    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]
    dry_run: bool = False
    """Only say what would change."""
    by: Actor = "operator"


class Imported(Shape):
    """What a file changed, or would change."""

    added: int
    changed: int
    unchanged: int
    shifts: int = Field(description="Shifts that are new or different.")
    dry_run: bool


PersonInPath = Annotated[Id, Path(description="The person's id.")]


@router.get("/people", summary="Everybody", responses=answers(401, 503))
def people(here: Here) -> People:
    """Who works here, with what they can do, whether they are at work and how much they have."""
    now = here.clock.now()
    with here.running.ledger.reading() as connection:
        staff, loads = ledger_people.staff(connection), ledger_people.loads(connection)
    time = BusinessTime(staff.shifts)
    return People(items=[shown(one, loads.get(one.id, 0), time, now) for one in staff.people.values()])


@router.get("/people/{person}", summary="One person", responses=answers(401, 404, 422, 503))
def person(here: Here, person: PersonInPath) -> Person:
    """One of them."""
    with here.running.ledger.reading() as connection:
        staff, loads = ledger_people.staff(connection), ledger_people.loads(connection)
    found = person_called(person, staff)
    return shown(found, loads.get(person, 0), BusinessTime(staff.shifts), here.clock.now())


@router.post("/people/import", summary="Take in a file", responses=answers(401, 413, 422, 503))
def import_file(here: Here, said: PeopleFile) -> Imported:
    """People and shifts are added and changed, all or none; every mistake is told with its line."""
    plan = import_people(
        here.running.ledger,
        said.content,
        f"people.{said.format}",
        by=said.by,
        now=here.clock.now(),
        dry_run=said.dry_run,
    )
    return Imported(**plan.counts, dry_run=said.dry_run)


def shown(one: Kept, load: int, time: BusinessTime, now: Instant) -> Person:
    """A person as they travel."""
    beside = ("certificates", "leave", "load", "is_at_work")
    said = {name: getattr(one, name) for name in Person.model_fields if name not in beside}
    said["certificates"] = [
        {"name": name, "until": None if until == FOR_EVER else until} for name, until in one.certificates.items()
    ]
    said["leave"] = [{"begins": begins, "ends": ends} for begins, ends in one.leave]
    at_work = one.active and not one.is_on_leave(now) and is_open(time, one.shift, now)
    return Person.model_validate(said | {"load": load, "is_at_work": at_work})
