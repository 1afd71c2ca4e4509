"""`truckroll people`: who works here, with which skills and hours."""

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters import ledger_people
from adapters.system_clock import SystemClock
from domain.errors import WrongFormat
from domain.instants import Instant, instant_text
from domain.person import FOR_EVER, Person, Staff
from domain.text import in_language
from ticketing.business_time import BusinessTime
from ticketing.crowd import is_open
from ticketing.owners import person_called
from ticketing.words_of_routing import why_waiting
from truckroll.cli.deeds import Language
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.people import import_people
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="People: import, list, show, and the tickets that wait for them.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("list")(list_people)
    group.command("show")(show)
    group.command("queue")(queue)
    app.add_typer(group, name="people")


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or TOML file; docs/routing.md tells its columns.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Add and change people and shifts. Routing gives them what waits within a second."""
    content = text_of(file)
    with ledger_of(settings_from(config)) as ledger:
        now = SystemClock().now()
        plan = import_people(ledger, content, str(file), by=getpass.getuser(), now=now, dry_run=dry_run)
    if as_json:
        print_json({**plan.counts, "dry_run": dry_run})
        return
    print(("Would be: " if dry_run else "") + ", ".join(f"{many} {what}" for what, many in plan.counts.items()))


def text_of(file: Path) -> str:
    """The file's text. Raises WrongFormat, OSError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongFormat([f"{file}:1: this is no UTF-8 text; save the file as UTF-8."]) from error


def list_people(config: Config = None, as_json: AsJson = False) -> None:
    """Everybody, whether they are at work now, and how much they have to do."""
    now = SystemClock().now()
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        staff, loads = ledger_people.staff(connection), ledger_people.loads(connection)
    if as_json:
        print_json({"people": [plain(one, staff, loads.get(one.id, 0), now) for one in staff.people.values()]})
        return
    columns = ["id", "name", "team", "workplace", "skills", "now", "tickets"]
    print_table(columns, [row_of(one, staff, loads.get(one.id, 0), now) for one in staff.people.values()])


def row_of(one: Person, staff: Staff, load: int, now: Instant) -> list[object]:
    """A person in a list."""
    skills = " ".join(one.skills)
    return [one.id, one.name, one.team, one.workplace, skills, presence(one, staff, now), f"{load}/{one.limit}"]


def presence(one: Person, staff: Staff, now: Instant) -> str:
    """Where somebody is now, in one word or two."""
    if not one.active:
        return "not active"
    if one.is_on_leave(now):
        return "on leave"
    return "at work" if is_open(BusinessTime(staff.shifts), one.shift, now) else "off shift"


def show(
    name: Annotated[str, typer.Argument(help="The person's id.")], config: Config = None, as_json: AsJson = False
) -> None:
    """One person, with all that routing knows."""
    now = SystemClock().now()
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        staff, loads = ledger_people.staff(connection), ledger_people.loads(connection)
        records = ledger_people.records(connection)
    one = person_called(name, staff)
    said = plain(one, staff, loads.get(name, 0), now)
    said["first_time_fixes"] = {
        mode: {"tried": record.tried, "fixed": record.fixed} for (who, mode), record in records.items() if who == name
    }
    if as_json:
        print_json(said)
        return
    print_table(["", ""], [[key, value] for key, value in said.items()])


def queue(
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 50,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Tickets that nobody has, in the order in which they are given out, each with the reason why it waits."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        waits = ledger_people.all_waiting(connection, most)
    rows = [
        {"ticket": w.ticket, "since": instant_text(w.since), "why": in_language(why_waiting(w), language)}
        for w in waits
    ]
    if as_json:
        print_json({"queue": rows})
        return
    print_table(["ticket", "since", "why"], [list(row.values()) for row in rows])


def plain(one: Person, staff: Staff, load: int, now: Instant) -> dict[str, Any]:
    """A person ready for JSON."""
    return asdict(one) | {
        "certificates": {
            name: "never expires" if until == FOR_EVER else f"until {instant_text(until)}"
            for name, until in one.certificates.items()
        },
        "leave": [f"{instant_text(begin)}/{instant_text(end)}" for begin, end in one.leave],
        "load": load,
        "now": presence(one, staff, now),
    }
