"""`truckroll orders schedule`: who goes where and when, from the live ledger; shown first, written once accepted."""

import getpass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress as Bar
from rich.progress import TextColumn, TimeElapsedColumn

from adapters import ledger_crew
from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.crew import Span
from domain.crew_proposal import Proposal
from domain.instants import Instant, parse_instant
from maintenance.crew_shifts import day_in, instant_at
from maintenance.crew_whatif import costs, difference
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.cli.plan_shown import plain, tell, tell_plan
from truckroll.crew_deeds import accept, pin, promise, propose, refuse
from truckroll.crew_schedule import Wanted, schedule
from truckroll.crew_settings import minute_of
from truckroll.desk_files import load_classes
from truckroll.settings import Settings
from truckroll.stores import ledger_of

Days = Annotated[int, typer.Option(min=1, max=31, help="How many days are planned, today the first.")]
Seconds = Annotated[float, typer.Option(min=0.1, max=3_600, help="How long to look for a better plan.")]
Rounds = Annotated[int | None, typer.Option(min=0, help="So many tries instead: the same plan each time.")]
Joint = Annotated[
    bool, typer.Option("--joint", help="Decide together who gets the pieces of short parts, and when they go.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Accept it without asking.")]
Ill = Annotated[list[str] | None, typer.Option(help="A technician who cannot come; may be given again.")]
Since = Annotated[str, typer.Option("--from", help="Since when: 11:00 today, or an instant; else from now on.")]
Until = Annotated[str, typer.Option(help="Until when; else as far as is planned.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]
PlanId = Annotated[str, typer.Argument(metavar="PLAN", help="Its id, such as C-000123.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the event log.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Of the order, such as W-2026-000123.")]


def register_in(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("schedule")(schedule_orders)
    group.command("replan")(replan)
    group.command("what-if")(what_if)
    group.command("accept")(accept_plan)
    group.command("refuse")(refuse_plan)
    group.command("pin")(pin_order)
    group.command("promise")(promise_window)


def schedule_orders(
    days: Days = 5,
    seconds: Seconds = 10.0,
    rounds: Rounds = None,
    joint: Joint = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give the live orders people and times: shown first, written once you accept it. Ctrl-C ends it at once."""
    wanted = Wanted(days=days, seconds=seconds, rounds=rounds, joint=joint)
    settle(config, wanted, dry_run=dry_run, yes=yes, language=language, as_json=as_json)


def replan(
    ill: Ill = None,
    since: Since = "",
    until: Until = "",
    late_part: Annotated[list[str] | None, typer.Option(help="A part that is not there.")] = None,
    days: Days = 5,
    seconds: Seconds = 5.0,
    rounds: Rounds = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Plan again after a breakdown: what is under way stays; a promise that nobody can keep moves at its price."""
    settings, now = settings_from(config), SystemClock().now()
    wanted = Wanted(
        days=days,
        seconds=seconds,
        rounds=rounds,
        ill=tuple(ill or ()),
        ill_from=time_of(since, now, settings),
        ill_until=time_of(until, now, settings),
        late_parts=tuple(late_part or ()),
        moves_promises=True,
    )
    settle(config, wanted, dry_run=dry_run, yes=yes, language=language, as_json=as_json)


def what_if(
    ill: Ill = None,
    since: Since = "",
    one_more: Annotated[bool, typer.Option("--one-more", help="One more technician, who can do everything.")] = False,
    skill: Annotated[list[str] | None, typer.Option(help="What one more can do; may be given again.")] = None,
    late_part: Annotated[list[str] | None, typer.Option(help="A part that is not there.")] = None,
    days: Days = 5,
    seconds: Seconds = 5.0,
    rounds: Rounds = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What it would change in money, promises and orders left out; nothing is written."""
    settings, now = settings_from(config), SystemClock().now()
    usual = Wanted(days=days, seconds=seconds, rounds=rounds, moves_promises=True)
    other = Wanted(
        days=days,
        seconds=seconds,
        rounds=rounds,
        ill=tuple(ill or ()),
        ill_from=time_of(since, now, settings),
        one_more=one_more or bool(skill),
        more_skills=tuple(skill or ()),
        late_parts=tuple(late_part or ()),
        moves_promises=True,
    )
    if not other.why:
        raise typer.BadParameter("say what happens: --ill NAME, --one-more or --late-part PART")
    with ledger_of(settings) as ledger:
        one, two = (shown(ledger, settings, each, now, as_json=as_json) for each in (usual, other))
    found = difference(one, two)
    if as_json:
        print_json({"asked": other.why, "difference": msgspec.to_builtins(found)})
        return
    before, after = costs(one), costs(two)
    rows = [[name, f"{before[name]:,.2f}", f"{after[name]:,.2f}", f"{found.cost[name]:+,.2f}"] for name in after]
    print_table([f"{settings.maintenance.currency} for", "now", "then", "more"], rows, other.why)
    print(f"Promises moved: {found.moved_promises:+d}.")
    regained = ", ".join(found.regained) or "none"
    print(f"Left out then: {', '.join(found.left) or 'nothing more'}; not any more: {regained}.")


def accept_plan(id: PlanId, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Write a plan to its orders exactly as it was shown; refused where one of them has changed since."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        done = accept(ledger, load_classes(settings), id, SystemClock().now(), by=getpass.getuser(), why=why)
    tell(done, as_json=as_json)


def refuse_plan(id: PlanId, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Nothing of a plan is written."""
    with ledger_of(settings_from(config)) as ledger:
        done = refuse(ledger, id, SystemClock().now(), by=getpass.getuser(), why=why)
    tell(done, as_json=as_json)


def pin_order(
    number: Number,
    names: Annotated[list[str] | None, typer.Argument(help="The only ones who may come; none: whoever can.")] = None,
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say who alone makes an order; the next plan keeps to it."""
    with ledger_of(settings_from(config)) as ledger:
        order = pin(ledger, number, names or (), SystemClock().now(), by=getpass.getuser(), why=why)
    only = ", ".join(order.pins) or "whoever can"
    print_json({"order": order.number, "pins": list(order.pins)}) if as_json else print(f"{order.number}: {only}.")


def promise_window(
    number: Number,
    begin: Annotated[str, typer.Argument(help="Work begins not before: an instant such as 2026-11-28T08:00:00Z.")],
    until: Annotated[str, typer.Argument(help="And not after.")],
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write down the window that the customer was told and accepted; plans keep to it."""
    settings, now = settings_from(config), SystemClock().now()
    first, last = time_of(begin, now, settings), time_of(until, now, settings)
    if first is None or last is None:
        raise typer.BadParameter("say from when until when")
    with ledger_of(settings) as ledger:
        order = promise(ledger, number, Span(first, last), now, by=getpass.getuser(), why=why)
    said = {"order": order.number, "promised_from": order.promised_from, "promised_until": order.promised_until}
    print_json(said) if as_json else print(f"{order.number} is promised.")


# -- showing


def settle(config: Path | None, wanted: Wanted, *, dry_run: bool, yes: bool, language: str, as_json: bool) -> None:
    """Plan, show, ask, write."""
    settings, clock = settings_from(config), SystemClock()
    with ledger_of(settings) as ledger:
        found = shown(ledger, settings, wanted, clock.now(), as_json=as_json)
        found = found if dry_run else propose(ledger, found)
        with ledger.reading() as connection:
            assets = ledger_crew.assets_of(connection, [one.order for one in found.bookings])
        if not as_json:
            tell_plan(found, settings, assets, language)
        is_accepted = not dry_run and bool(found.changes) and (yes or (not as_json and asked(found)))
        if is_accepted:
            found = accept(ledger, load_classes(settings), found.id, clock.now(), by=getpass.getuser())
    if as_json:
        print_json(plain(found))
    elif not dry_run:
        tell(found, as_json=False)


def asked(found: Proposal) -> bool:
    """Somebody accepts it."""
    return typer.confirm(f"Accept {found.id} with {len(found.changes)} changes?", default=False)


def shown(ledger: SqlLedger, settings: Settings, wanted: Wanted, now: Instant, *, as_json: bool) -> Proposal:
    """The plan, with the best cost so far on the screen while it is made."""
    words = TextColumn("{task.description}"), TextColumn("{task.fields[best]}"), TimeElapsedColumn()
    found: Proposal | None = None
    with Bar(*words, transient=True, disable=as_json) as bar:
        task = bar.add_task("planning", total=None, best="")
        for step in schedule(ledger, settings, wanted, now).steps():
            if isinstance(step, Proposal):
                found = step
            else:
                bar.update(task, best=f"best cost {step.best:,.0f} after {step.rounds} tries")
    assert found is not None
    return found


def time_of(text: str, now: Instant, settings: Settings) -> Instant | None:
    """The instant that is meant: a time of today, or an instant; None for nothing."""
    if not text:
        return None
    zone = settings.maintenance.zone
    if (minute := minute_of(text)) is not None:
        return instant_at(day_in(now, zone), minute, zone)
    try:
        return parse_instant(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is neither a time such as 11:00 nor an instant with a zone") from None
