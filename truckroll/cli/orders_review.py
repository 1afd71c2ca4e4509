"""`truckroll orders review`, `decide`, `change`, `feedback`, `export`, `import`: people decide about orders."""

import getpass
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import Progress

from adapters import ledger_review
from adapters.durable_files import write_durably
from adapters.system_clock import SystemClock
from domain.errors import GiveUp, WrongFormat
from domain.instants import Instant, parse_duration, parse_instant
from domain.text import in_language
from domain.work_order import OrderState, WorkOrder
from maintenance.feedback import Feedback, feedback, sentence
from maintenance.plan_dates import midnight
from maintenance.review import First
from maintenance.review_csv import day_text, read, written
from ticketing.order_review import Changes
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_classes
from truckroll.plan_deeds import known_plan
from truckroll.review import (
    Act,
    Decision,
    Fate,
    Outcome,
    check_many,
    decide_many,
    decisions_of,
    to_review,
    zones,
)
from truckroll.settings import Settings
from truckroll.stores import ledger_of

Language = Annotated[str, typer.Option("--language", help="en or zh.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the order's history.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")]
Plan = Annotated[str, typer.Option("--plan", help="Only of this plan.")]
Campaign = Annotated[str, typer.Option("--campaign", help="Only of this campaign.")]
Site = Annotated[str, typer.Option("--site", help="Only at this site.")]
DueBefore = Annotated[str, typer.Option("--due-before", help="Only those due before, such as 2026-12-01.")]
Sort = Annotated[First, typer.Option("--first", help="What comes first: who is due, or whose waiting costs most.")]
COLUMNS = ("number", "plan or ticket", "asset", "ideal", "due", "cost 7 d", "why")


def register_in(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("review")(review)
    group.command("decide")(decide)
    group.command("change")(change)
    group.command("feedback")(show_feedback)
    group.command("export")(export)
    group.command("import")(import_file)


def review(
    plan: Plan = "",
    campaign: Campaign = "",
    site: Site = "",
    due_before: DueBefore = "",
    first: Sort = First.DUE,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many.")] = 50,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Orders that wait for somebody to decide, of plans, campaigns and tickets, the most pressing first."""
    settings = settings_from(config)
    before = day_begin(due_before, settings)
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        zone_of = zones(connection, settings.maintenance.zone)
        found = to_review(connection, first, plan=plan, campaign=campaign, site=site, due_before=before)
    if as_json:
        print_json({"orders": msgspec.to_builtins(found[:most]), "total": len(found)})
        return
    print_table(COLUMNS, [row_of(each, zone_of(each), language) for each in found[:most]])
    if len(found) > most:
        print(f"{len(found) - most} more wait.")


def row_of(order: WorkOrder, zone: str, language: str) -> list[object]:
    """An order in the list."""
    costs = {each.days: each for each in order.waiting}
    cost = f"{costs[7].cost:.2f}{' (assumed)' if costs[7].is_assumed else ''}" if 7 in costs else ""
    source = order.plan or order.campaign or ", ".join(order.tickets)
    days = (day_text(at, zone) for at in (order.ideal_at, order.due_at))
    return [order.number, source, order.asset, *days, cost, in_language(order.why, language)]


def decide(
    act: Annotated[Act, typer.Argument(help="What: approve, release, refuse, defer or merge.")],
    numbers: Annotated[list[str] | None, typer.Argument(metavar="[NUMBER]...", help="Of the orders.")] = None,
    plan: Plan = "",
    campaign: Campaign = "",
    site: Site = "",
    due_before: DueBefore = "",
    reason: Annotated[str, typer.Option(help="Of refuse: in words.")] = "",
    until: Annotated[str, typer.Option(help="Of defer: 7d, 2026-12-01, or an instant.")] = "",
    into: Annotated[str, typer.Option(help="Of merge: the order that takes in the work.")] = "",
    without_parts: Annotated[bool, typer.Option(help="Of release: also where the kit is not there; say why.")] = False,
    why: Why = "",
    dry_run: DryRun = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Decide about up to 200 orders: those that are named, or all of a plan, campaign or site that wait for it."""
    if act is Act.CHANGE:
        raise typer.BadParameter("changes are made with `truckroll orders change`")
    settings, now = settings_from(config), SystemClock().now()
    is_all = any((plan, campaign, site, due_before))
    if bool(numbers) == is_all:
        raise typer.BadParameter("name orders, or choose those that wait by plan, campaign, site or due")
    before, later = day_begin(due_before, settings), time_of(until, now, settings)
    with ledger_of(settings) as ledger:
        chosen = list(dict.fromkeys(numbers or ()))
        if is_all:
            with ledger.reading() as connection:
                states = {OrderState.APPROVED} if act is Act.RELEASE else {OrderState.IN_REVIEW}
                found = to_review(
                    connection,
                    First.DUE,
                    states=states,
                    plan=plan,
                    campaign=campaign,
                    site=site,
                    due_before=before,
                )
            chosen = [each.number for each in found]
        check_many(len(chosen))
        said = Decision(
            order="",
            act=act,
            by=getpass.getuser(),
            why=why,
            reason=reason,
            until=later,
            into=into,
            without_parts=without_parts,
        )
        wanted = [replace(said, order=number) for number in chosen]
        zone = settings.maintenance.zone
        with watched(len(wanted), as_json=as_json) as seen:
            classes = load_classes(settings)
            outcomes = decide_many(ledger, classes, wanted, now, zone=zone, dry_run=dry_run, seen=seen)
    tell(outcomes, dry_run=dry_run, as_json=as_json)


def change(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Of the order, such as W-2026-000123.")],
    to: Annotated[str, typer.Option(help="The new ideal day; ready and due move with it.")] = "",
    ready: Annotated[str, typer.Option(help="Not sooner than this day or instant.")] = "",
    ideal: Annotated[str, typer.Option(help="Best on this day or at this instant.")] = "",
    due: Annotated[str, typer.Option(help="Due on this day or at this instant.")] = "",
    hours: Annotated[float | None, typer.Option(help="Working time of the whole crew.")] = None,
    crew: Annotated[int | None, typer.Option(help="Technicians at the same time.")] = None,
    kit: Annotated[str | None, typer.Option(help='The whole kit, such as "fan:1 screw:4"; "" for none.')] = None,
    task: Annotated[list[str] | None, typer.Option(help="A task; all of them, in their order.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="A skill; all that are needed.")] = None,
    why: Why = "",
    dry_run: DryRun = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Change what an order says, before it is released. Its asset stays."""
    settings, now = settings_from(config), SystemClock().now()
    dates = {"ready_at": ready, "ideal_at": ideal, "due_at": due}
    if to and any(dates.values()):
        raise typer.BadParameter("--to moves the whole window; give it alone, or each date by itself")
    changes = Changes(
        **{name: time_of(text, now, settings) for name, text in dates.items()},
        hours=hours,
        crew=crew,
        kit=None if kit is None else kit_of(kit),
        tasks=None if task is None else tuple({"en": each} for each in task),
        skills=None if skill is None else tuple(skill),
    )
    day = day_said(to) if to else None
    wanted = Decision(order=number, act=Act.CHANGE, by=getpass.getuser(), why=why, changes=changes, day=day)
    with ledger_of(settings) as ledger:
        zone = settings.maintenance.zone
        found = decide_many(ledger, load_classes(settings), [wanted], now, zone=zone, dry_run=dry_run)
    if found[0].fate is Fate.LEFT:
        raise WrongFormat([found[0].said])
    tell(found, dry_run=dry_run, as_json=as_json)


def show_feedback(
    plan: Annotated[str, typer.Argument(metavar="[PLAN]", help="Only this plan.")] = "",
    since: Annotated[str, typer.Option(help="Only orders moved or changed since, such as 90d or 2026-09-01.")] = "",
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What people made of each plan's orders: approved as they were, moved, refused and why."""
    settings, now = settings_from(config), SystemClock().now()
    begin = now - parse_duration(since) if since and "-" not in since else day_begin(since, settings) or 0
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        if plan:
            known_plan(connection, plan)
        found = feedback(ledger_review.reviewed(connection, plan, begin))
    if as_json:
        print_json({"plans": [told(each) for each in found]})
        return
    for each in found:
        print(in_language(sentence(each), language))
    if not found:
        print("No plan has made an order yet." if not plan else f"Plan {plan} has made no order yet.")


def told(one: Feedback) -> dict[str, Any]:
    """What became of a plan's orders, with the sentence."""
    said: dict[str, Any] = msgspec.to_builtins(one)
    return said | {"summary": dict(sentence(one))}


def export(
    file: Annotated[Path, typer.Argument(help='Where to; "-" for standard output.')],
    plan: Plan = "",
    campaign: Campaign = "",
    site: Site = "",
    due_before: DueBefore = "",
    first: Sort = First.DUE,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the orders that wait for review into a CSV file, to decide about them in a spreadsheet."""
    settings = settings_from(config)
    before = day_begin(due_before, settings)
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        found = to_review(connection, first, plan=plan, campaign=campaign, site=site, due_before=before)
        text = written(found, zones(connection, settings.maintenance.zone), language)
    if str(file) == "-":
        sys.stdout.write(text)
        return
    write_durably(file, [text.encode()])
    said = {"file": str(file), "orders": len(found)}
    print_json(said) if as_json else print(f"{len(found)} orders stand in {file}.")


def import_file(
    file: Annotated[Path, typer.Argument(help="The CSV file, with decisions.")],
    dry_run: DryRun = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take in the decisions of a CSV file. The same file again changes nothing; orders that changed stay."""
    settings, now = settings_from(config), SystemClock().now()
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongFormat([f"{file}:1: this is no UTF-8 text; save it as 'CSV UTF-8'."]) from None
    rows = read(file.name, text)
    with ledger_of(settings) as ledger, watched(len(rows), as_json=as_json) as seen:
        wanted = decisions_of(rows, getpass.getuser())
        zone, classes = settings.maintenance.zone, load_classes(settings)
        found = decide_many(ledger, classes, wanted, now, zone=zone, dry_run=dry_run, seen=seen)
    tell(found, dry_run=dry_run, as_json=as_json)


def tell(found: Iterable[Outcome], *, dry_run: bool, as_json: bool) -> None:
    """What became of decisions."""
    outcomes = list(found)
    many = Counter(each.fate for each in outcomes)
    if as_json:
        said = {fate.value: many[fate] for fate in Fate}
        print_json({"dry_run": dry_run, **said, "orders": msgspec.to_builtins(outcomes)})
        return
    for each in outcomes:
        if each.said:
            print(f"{each.order}: {each.said}")
    verb = "would be done" if dry_run else "done"
    print(f"{many[Fate.DONE]} {verb}, {many[Fate.SAME]} were so already, {many[Fate.LEFT]} left as they are.")


@contextmanager
def watched(many: int, *, as_json: bool) -> Iterator[Any]:
    """A progress bar where a person looks on; what is called after each."""
    if as_json or not sys.stdout.isatty():
        yield lambda: None
        return
    with Progress(transient=True) as bar:
        task = bar.add_task("Deciding", total=many)
        yield lambda: bar.advance(task)


def time_of(text: str, now: Instant, settings: Settings) -> Instant | None:
    """The instant that is meant, the beginning of a day, or so far ahead; None for nothing."""
    if not text:
        return None
    try:
        if "T" in text:
            return parse_instant(text)
        return (
            midnight(date.fromisoformat(text), settings.maintenance.zone) if "-" in text else now + parse_duration(text)
        )
    except ValueError:
        raise typer.BadParameter(f"{text} is no day such as 2026-12-01, no 7d and no instant with a zone") from None


def day_begin(text: str, settings: Settings) -> Instant | None:
    """The beginning of a day; None for nothing."""
    return midnight(day_said(text), settings.maintenance.zone) if text else None


def day_said(text: str) -> date:
    """The day that is meant."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no day such as 2026-12-01") from None


def kit_of(text: str) -> dict[str, int]:
    """`fan:1 screw:4`."""
    found: dict[str, int] = {}
    for word in text.split():
        part, _, many = word.partition(":")
        if not many.isascii() or not many.isdecimal():
            raise GiveUp(f'Write the kit as part:pieces, such as "fan:1 screw:4", not {word!r}.')
        found[part] = int(many)
    return found
