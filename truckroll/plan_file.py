"""Files of plans and job plans, TOML or CSV, checked as a whole before any of it is believed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import WrongFormat
from domain.plan import Package, Plan, Strategy
from domain.ticket_class import JobPlan
from ticketing import classes
from ticketing.class_lines import Mistakes, Wrong, meant
from ticketing.classes import PLAN as JOB_PLAN
from ticketing.classes import parsed, settings, subject
from ticketing.people_csv import csv_lines
from truckroll.plan_values import CELLS, DAYS_IN, PLAN_KEYS

PLAN = "plan"
DATED, USED = frozenset({Strategy.CALENDAR}), frozenset({Strategy.METER})
SIGNALLED = frozenset({Strategy.CONDITION, Strategy.FORECAST})
OF_STRATEGY: Mapping[str, Collection[Strategy]] = {
    **dict.fromkeys(["every", "packages", "start", "season", "shift_late", "shift_early", "last_done"], DATED),
    **dict.fromkeys(["after_completion", "just_done", "call_horizon"], DATED | USED),
    **dict.fromkeys(["meter", "use", "first_at"], USED),
    **dict.fromkeys(["rules", "within_days"], SIGNALLED),
    "lead_days": {Strategy.FORECAST},
}
"""Keys that mean something in some strategies only."""
NEEDED: Mapping[Strategy, Sequence[str]] = {
    Strategy.CALENDAR: ["start"],
    Strategy.METER: ["meter", "use", "job_plan"],
    Strategy.CONDITION: ["rules", "job_plan"],
    Strategy.FORECAST: ["rules", "job_plan"],
}
SAME_LINE = '; columns are separated by "," and not ";"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a file may name without saying what it is."""

    jobs: Collection[str] = ()
    calendars: Collection[str] = ()
    meters: Collection[str] = ()
    files: Mapping[str, JobPlan] = field(default_factory=dict)
    """Job plans of the class files, which are changed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """What a file says."""

    plans: Sequence[Plan] = ()
    jobs: Sequence[JobPlan] = ()
    says_paused: frozenset[str] = frozenset()
    """Plans of which it says whether they are paused."""


Row = tuple[Mapping[str, Any], Wrong]


def read_plans(name: str, content: str, known: Known) -> PlanFile:
    """The `[[plan]]` and `[[job_plan]]` tables of a TOML file. Raises WrongFormat with every mistake."""
    notes = Mistakes(name, content)
    tables = parsed(notes)
    for key in tables:
        if key not in (PLAN, JOB_PLAN):
            notes.note(1, f"{key} is unknown; write [[plan]] and [[job_plan]] tables.")
    return checked(notes, list(rows_of(tables, PLAN, notes)), list(rows_of(tables, JOB_PLAN, notes)), known)


def read_csv(name: str, content: str, known: Known, *, jobs: bool) -> PlanFile:
    """The same from CSV: one plan a row, or one job plan. Raises WrongFormat."""
    notes = Mistakes(name, content)
    keys = classes.PLAN_KEYS if jobs else {key: read for key, read in PLAN_KEYS.items() if key != "packages"}
    rows = list(csv_rows(notes, keys, "job plan" if jobs else PLAN))
    return checked(notes, [] if jobs else rows, rows if jobs else [], known)


def rows_of(tables: Mapping[str, Any], table: str, notes: Mistakes) -> Iterator[Row]:
    """The tables of one name."""
    rows = tables.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        notes.about(table, 0, table)(f"write it as [[{table}]] tables.", "")
        return
    for nth, row in enumerate(rows):
        yield row, notes.about(table, nth, subject(table, nth, row))


def csv_rows(notes: Mistakes, keys: Collection[str], what: str) -> Iterator[Row]:
    """The rows of a CSV file, as the tables of a TOML file would be; empty cells say nothing."""
    lines = csv_lines(notes)
    line, header = next(lines, (1, []))
    columns, known = [cell.strip() for cell in header], [*keys, "name_zh", *(["tasks_zh"] if "tasks" in keys else [])]
    if "id" not in columns:
        hint = SAME_LINE if any(";" in cell for cell in columns) else ""
        notes.note(line, f"the column id is missing{hint}.")
    for column in columns:
        if column not in known:
            notes.note(line, f"column {column!r} is unknown; {meant(column, known)}")
        elif columns.count(column) > 1:
            notes.note(line, f"column {column!r} is there twice.")
    if notes.noted:
        return
    for line, cells in lines:
        if len(cells) != len(columns):
            notes.note(line, f"has {len(cells)} cells, the header {len(columns)}.")
            continue
        said = {key: cell.strip() for key, cell in zip(columns, cells, strict=True) if cell.strip()}
        yield row_of(said), noting(notes, line, f"{what} {said.get('id', '(no id)')}")


def row_of(said: Mapping[str, str]) -> Mapping[str, Any]:
    """A row as a TOML table says it: texts with their Chinese."""
    row = {key: CELLS.get(key, str)(cell) for key, cell in said.items()}
    chinese = row.pop("name_zh", None)
    if chinese is not None:
        row["name"] = {"en": row.get("name", row.get("id", "")), "zh": chinese}
    if "tasks_zh" in row:
        parts = [part.strip() for part in str(row.pop("tasks_zh")).split("|")]
        tasks = row.get("tasks", [])
        row["tasks"] = (
            [{"en": task, "zh": part} for task, part in zip(tasks, parts, strict=False)]
            if len(parts) == len(tasks)
            else [*tasks, ""]
        )
    return row


def noting(notes: Mistakes, line: int, what: str) -> Wrong:
    """The function that notes mistakes of one line."""
    return lambda sentence, _: notes.note(line, f"{what}: {sentence}")


# -- checked


def checked(notes: Mistakes, plan_rows: Sequence[Row], job_rows: Sequence[Row], known: Known) -> PlanFile:
    """What the rows say. Raises WrongFormat."""
    jobs, plans, paused = dict[str, JobPlan](), dict[str, Plan](), set[str]()
    for row, wrong in job_rows:
        given = dict(settings(row, classes.PLAN_KEYS, wrong))
        if is_new(given, jobs, wrong, "job plan"):
            job = JobPlan(**({"name": {"en": given["id"]}} | given))
            if known.files.get(job.id, job) != job:
                wrong("the class files say otherwise of it; change it there, or give this one another id.", "id")
            jobs[job.id] = job
    for row, wrong in plan_rows:
        given = dict(settings(row, PLAN_KEYS, wrong))
        if is_new(given, plans, wrong, "plan") and is_whole(given, row, wrong):
            plan = plan_of(given)
            refers(plan, {*jobs, *known.jobs, *known.files}, known, wrong)
            plans[plan.id] = plan
            paused |= {plan.id} if "paused" in given else set()
    if notes.noted:
        raise WrongFormat(notes.sentences())
    return PlanFile(plans=list(plans.values()), jobs=list(jobs.values()), says_paused=frozenset(paused))


def is_new(given: Mapping[str, Any], before: Collection[str], wrong: Wrong, what: str) -> bool:
    """It has an id, which is nobody else's."""
    if "id" not in given:
        wrong("id is missing, or is none.", "id")
    elif given["id"] in before:
        wrong(f"this id is given twice; give each {what} its own.", "id")
    return "id" in given


def is_whole(given: Mapping[str, Any], row: Mapping[str, Any], wrong: Wrong) -> bool:
    """Nothing is missing and nothing too much; mistakes are noted."""
    if "strategy" not in row:
        wrong(f"strategy is missing; there are: {', '.join(Strategy)}.", "")
    if "strategy" not in given:
        return False
    strategy = given["strategy"]
    found = [
        (f"{key} is nothing that a {strategy} plan has; leave it out.", key)
        for key in row
        if strategy not in OF_STRATEGY.get(key, Strategy)
    ]
    found += [(f"{key} is missing; a {strategy} plan needs it.", "") for key in NEEDED[strategy] if key not in row]
    if strategy is Strategy.CALENDAR and ("every" in row) == ("packages" in row):
        found.append(("say either every or packages.", "every"))
    if strategy is Strategy.CALENDAR and ("job_plan" in row) == ("packages" in row):
        found.append(("say job_plan, unless each of the packages does.", "job_plan"))
    if given.get("after_completion") and {"shift_late", "shift_early"} & set(row):
        found.append(
            ("a plan that counts from the completion is not shifted; leave the shift out.", "after_completion")
        )
    for sentence, key in found:
        wrong(sentence, key)
    return not found and len(given) == len(row)


def plan_of(given: Mapping[str, Any]) -> Plan:
    """The plan; its packages by length, each a level above those that are shorter, unless it says so itself."""
    rows = sorted(given.get("packages", ()), key=lambda row: row["every"].many * DAYS_IN[row["every"].unit])
    packages = tuple(Package(**({"level": nth} | row)) for nth, row in enumerate(rows, 1))
    said = {key: value for key, value in given.items() if key not in ("packages", "paused")}
    name = {"en": given["id"]}
    return Plan(**({"name": name} | said), packages=packages, is_paused=given.get("paused", False))


def refers(plan: Plan, jobs: Collection[str], known: Known, wrong: Wrong) -> None:
    """Note the names that nobody knows."""
    for job in sorted(plan.jobs - set(jobs)):
        wrong(f"job_plan {job} is unknown; {meant(job, jobs)}", "packages" if plan.packages else "job_plan")
    if plan.calendar and plan.calendar not in known.calendars:
        wrong(f"calendar {plan.calendar} is unknown; {meant(plan.calendar, known.calendars)}", "calendar")
    if plan.meter and plan.meter not in known.meters:
        wrong(f"meter {plan.meter} is unknown; {meant(plan.meter, known.meters)}", "meter")
