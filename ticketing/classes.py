"""Classes and job plans: what kinds of trouble there are and what a visit for each takes, checked as a whole."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from domain.errors import WrongFormat
from domain.ticket_class import GATES, LABELS, VISITS, JobPlan, TicketClass
from domain.toml import tables_in
from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.class_values import (
    Read,
    duration,
    hours,
    labels,
    named,
    one_of,
    pieces,
    some_of,
    text,
    texts,
    whole,
    word,
    words,
    yes_or_no,
)

PLACE = re.compile(r" \(at line (\d+), column \d+\)")
CLASS, PLAN = "class", "job_plan"

CLASS_KEYS: Mapping[str, Read] = {
    "id": word,
    "name": text,
    "visit": one_of(VISITS),
    "skills": words,
    "certificates": words,
    "job_plan": word,
    "sla": word,
    "gates": some_of(GATES),
    "required": words,
    "soak": duration,
    "ask_after": duration,
    "relapse": duration,
    "problems": named,
    "causes": named,
    "remedies": labels(LABELS),
    "remedies_remote": words,
    "approve_remote": words,
    "survey": yes_or_no,
    "help": text,
}
PLAN_KEYS: Mapping[str, Read] = {
    "id": word,
    "name": text,
    "tasks": texts,
    "hours": hours,
    "crew": whole,
    "skills": words,
    "certificates": words,
    "kit": pieces,
    "tools": words,
    "evidence": some_of(GATES),
}

T = TypeVar("T", TicketClass, JobPlan)


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes and job plans by id."""

    classes: Mapping[str, TicketClass]
    plans: Mapping[str, JobPlan]

    def plan_of(self, ticket_class: str) -> JobPlan | None:
        """The work that a ticket of the class asks for; None where nothing is known of it."""
        known = self.classes.get(ticket_class)
        return self.plans.get(known.job_plan) if known else None


NO_CLASSES = Classes({}, {})


def read_classes(files: Iterable[tuple[str, str]], known: Classes = NO_CLASSES) -> Classes:
    """The `[[class]]` and `[[job_plan]]` tables of files given as (name, text); rules and cases in them are skipped.

    `known` ones are there too, unless a file gives their ids anew. Raises WrongFormat with every mistake of every file,
    `FILE:LINE: sentence`.
    """
    mistakes: list[Mistakes] = []
    classes: dict[str, TicketClass] = {}
    plans: dict[str, JobPlan] = {}
    named: list[tuple[str, str, Wrong]] = []
    for name, content in files:
        notes = Mistakes(name, content)
        mistakes.append(notes)
        tables = parsed(notes)
        for one, wrong in checked(tables, PLAN, PLAN_KEYS, JobPlan, notes):
            added(plans, one, wrong, "job plan")
        for kind, wrong in checked(tables, CLASS, CLASS_KEYS, TicketClass, notes):
            added(classes, kind, wrong, "class")
            named.append((kind.id, kind.job_plan, wrong))
    plans = {**known.plans, **plans}
    for _, plan, wrong in named:
        if plan and plans and plan not in plans:
            wrong(f"job_plan {plan} is unknown; {meant(plan, plans)}", "job_plan")
    if found := [sentence for notes in mistakes for sentence in notes.sentences()]:
        raise WrongFormat(found)
    return Classes({**known.classes, **classes}, plans)


def parsed(notes: Mistakes) -> Mapping[str, Any]:
    """The TOML text; empty where it is none."""
    try:
        return tables_in(notes.text)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        line = int(place[1]) if place else len(notes.text.splitlines()) or 1
        notes.note(line, f"this is not TOML: {PLACE.sub('', str(error))}.")
        return {}


def checked(
    tables: Mapping[str, Any], table: str, keys: Mapping[str, Read], build: Callable[..., T], notes: Mistakes
) -> Iterator[tuple[T, Wrong]]:
    """The values of all tables of one name that are right as far as they can be built, and who notes their mistakes."""
    rows = tables.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        notes.about(table, 0, table)(f"write it as [[{table}]] tables.", "")
        return
    for nth, row in enumerate(rows):
        wrong = notes.about(table, nth, subject(table, nth, row))
        given = dict(settings(row, keys, wrong))
        if "id" not in row:
            wrong("id is missing.", "")
        if "id" in given:
            yield build(**({"name": {"en": given["id"]}} | given)), wrong


def subject(table: str, nth: int, row: Mapping[str, Any]) -> str:
    """How sentences call a table: by its id, else by its place."""
    name = table.replace("_", " ")
    return f"{name} {row['id']}" if isinstance(row.get("id"), str) else f"{name} number {nth + 1}"


def settings(row: Mapping[str, Any], keys: Mapping[str, Read], wrong: Wrong) -> Iterator[tuple[str, Any]]:
    """What is right in a table."""
    for key, value in row.items():
        if key not in keys:
            wrong(f"{key} is unknown; {meant(key, keys)}", key)
            continue
        try:
            yield key, keys[key](value)
        except ValueError as error:
            wrong(f"{key} {error}.".replace("?.", "?").replace("..", "."), key)


def added(known: dict[str, T], one: T, wrong: Wrong, what: str) -> None:
    """Add it, unless its id is taken."""
    if one.id in known:
        wrong(f"this id is given twice; give each {what} its own.", "id")
    known[one.id] = one
