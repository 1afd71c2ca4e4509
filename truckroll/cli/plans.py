"""`truckroll plans`: what makes work due, on which assets, and when next."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from adapters import ledger_orders, ledger_plans
from adapters.system_clock import SystemClock
from domain.errors import GiveUp
from domain.instants import instant_text
from domain.plan import Plan
from domain.text import in_language
from maintenance.plan_dates import day_of
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.plan_deeds import (
    File,
    FileOf,
    Round,
    Standing,
    import_plans,
    known_plan,
    next_rounds,
    pause,
    standings,
    surroundings_of,
)
from truckroll.stores import ledger_of

Name = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the event log.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Maintenance plans: what makes work due, and when next.", no_args_is_help=True)
    group.command("list")(list_plans)
    group.command("show")(show)
    group.command("next")(coming)
    group.command("import")(import_file)
    group.command("pause")(pause_plan)
    group.command("resume")(resume_plan)
    app.add_typer(group, name="plans")


def list_plans(language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """All plans, with how many assets and open orders they have."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        found = standings(connection)
    if as_json:
        print_json({"plans": [plain(each) for each in found]})
        return
    rows = [
        [
            each.plan.id,
            in_language(each.plan.name, language),
            each.plan.strategy,
            rhythm(each.plan),
            each.assets,
            each.open,
            "paused" if each.plan.is_paused else "",
        ]
        for each in found
    ]
    print_table(["plan", "name", "strategy", "every", "assets", "open orders", ""], rows)


def rhythm(plan: Plan) -> str:
    """What makes it due, in a few words."""
    if plan.sizes:
        return ", ".join(str(size.every) for size in plan.sizes)
    return f"{plan.use:g} {plan.meter}" if plan.meter else ", ".join(plan.rules)


def show(name: Name, language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """One plan with its settings, and where its assets stand."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        known_plan(connection, name)
        (found,) = standings(connection, [name])
        tracks = [track for track in ledger_plans.tracks(connection).values() if track.plan == name]
        reasons = {t.order: ledger_orders.order(connection, t.order).why for t in tracks if t.order}
    tracks.sort(key=lambda track: track.asset)
    if as_json:
        print_json(plain(found) | {"tracks": msgspec.to_builtins(tracks)})
        return
    for key, value in said_of(found).items():
        print(f"{key}: {value}")
    rows = [
        [
            track.asset,
            track.cycle,
            track.planned,
            day_of(track.done_at, found.plan.zone) if track.done_at is not None else "",
            track.order,
            in_language(reasons[track.order], language) if track.order else "",
        ]
        for track in tracks
    ]
    print_table(["asset", "round", "planned", "last done", "open order", "why"], rows, "Assets")


def said_of(one: Standing) -> dict[str, object]:
    """A plan's settings that say something, in words."""
    said = {**msgspec.to_builtins(one.plan), "every": "", "taken_in": instant_text(one.taken_in), "assets": one.assets}
    said["packages"] = ", ".join(f"{size.id or size.job_plan} every {size.every}" for size in one.plan.sizes)
    return {key: value for key, value in said.items() if value not in ("", [], {}, None, False)}


def coming(
    plan: Annotated[str, typer.Option(help="Only this plan.")] = "",
    asset: Annotated[str, typer.Option(help="Only this asset.")] = "",
    days: Annotated[int, typer.Option(min=0, max=3_650, help="So far ahead; else as far as each plan says.")] = 0,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more rounds than so many.")] = 100,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Rounds that are open and that come, as if each is done on its day; of findings nobody can say."""
    settings, now = settings_from(config), SystemClock().now()
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        rounds = next_rounds(connection, surroundings_of(settings, now), now, plan=plan, asset=asset, days=days)
        found = [each for each, _ in zip(rounds, range(most), strict=False)]
    if as_json:
        print_json({"rounds": msgspec.to_builtins(found)})
        return
    print_table(["plan", "asset", "date", "working day", "packages", "order"], [row_of(each) for each in found])


def row_of(one: Round) -> list[object]:
    """A round in a table."""
    if one.planned is None:
        return [one.plan, one.asset, one.day, "", "", one.order]
    made = f"is made {instant_text(one.planned.calls_at)[:10]}"
    return [one.plan, one.asset, one.day, one.planned.ideal, " ".join(one.planned.packages), made]


def import_file(
    file: Annotated[Path | None, typer.Argument(help="TOML or CSV (docs/plans.md); else that of the settings.")] = None,
    what: Annotated[FileOf, typer.Option("--what", help="What a CSV file is about.")] = FileOf.PLANS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Add and change plans and job plans; those that the file does not name stay."""
    settings, now = settings_from(config), SystemClock().now()
    path = file or (Path(settings.maintenance.plans_file) if settings.maintenance.plans_file else None)
    if path is None:
        raise GiveUp("Name a file, or set plans_file in [maintenance].")
    wanted = File.at(path, what)
    with ledger_of(settings) as ledger:
        around = surroundings_of(settings, now)
        found = import_plans(ledger, around, wanted, by=getpass.getuser(), now=now, dry_run=dry_run)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    print(("Would be: " if dry_run else "") + ", ".join(f"{many} {word}" for word, many in found.counts.items()))


def pause_plan(name: Name, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """The plan makes no orders until it is resumed; those that it made stay."""
    set_paused(name, why, config, is_paused=True, as_json=as_json)


def resume_plan(name: Name, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """The plan goes on."""
    set_paused(name, why, config, is_paused=False, as_json=as_json)


def set_paused(name: str, why: str, config: Path | None, *, is_paused: bool, as_json: bool) -> None:
    """Do it and say so."""
    with ledger_of(settings_from(config)) as ledger:
        pause(ledger, name, is_paused=is_paused, by=getpass.getuser(), now=SystemClock().now(), why=why)
    if as_json:
        print_json({"plan": name, "is_paused": is_paused})
        return
    print(f"Plan {name} is paused." if is_paused else f"Plan {name} goes on.")


def plain(one: Standing) -> dict[str, Any]:
    """A plan as JSON."""
    said: dict[str, Any] = msgspec.to_builtins(one.plan)
    return said | {"taken_in": instant_text(one.taken_in), "assets": one.assets, "open": one.open}
