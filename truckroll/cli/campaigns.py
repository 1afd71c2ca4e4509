"""`truckroll campaigns`: the same work once on every unit of a model, firmware or lot."""

import getpass
from typing import Annotated, Any

import msgspec
import typer

from adapters import ledger_campaigns
from adapters.system_clock import SystemClock
from domain.campaign import Campaign, CampaignState
from domain.instants import instant_text
from domain.text import in_language
from domain.ticket import Priority
from truckroll.campaign_deeds import Standing, globs_of, known_campaign, standing_of, standings, start, turn
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.plan_deeds import surroundings_of
from truckroll.stores import ledger_of

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the event log.")]
COLUMNS = ("campaign", "name", "state", "units", "left", "open", "done", "came back", "refused")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Campaigns: one order for each unit of a model, firmware or lot.", no_args_is_help=True)
    group.command("start")(begin)
    group.command("list")(list_campaigns)
    group.command("show")(show)
    group.command("pause")(pause)
    group.command("resume")(resume)
    group.command("stop")(stop)
    app.add_typer(group, name="campaigns")


def begin(
    name: Name,
    job_plan: Annotated[str, typer.Option(help="The work: a job plan's id.")],
    reason: Annotated[str, typer.Option(help="Why it exists; stands in each order.")],
    where: Annotated[list[str] | None, typer.Option(help="fact=glob, such as model=TV-55 or tag.lot=L7|L8.")] = None,
    part: Annotated[str, typer.Option(help="Only assets in which this part is fitted.")] = "",
    lot: Annotated[str, typer.Option(help="Only parts of lots that match this glob.")] = "",
    title: Annotated[str, typer.Option(help="What people call it; else its id.")] = "",
    title_zh: Annotated[str, typer.Option(help="The same in Chinese.")] = "",
    reason_zh: Annotated[str, typer.Option(help="The reason in Chinese.")] = "",
    priority: Annotated[Priority, typer.Option(help="Of its orders.")] = Priority.MEDIUM,
    automatic: Annotated[bool, typer.Option("--automatic", help="Its orders are not reviewed.")] = False,
    wave: Annotated[int, typer.Option(help="So many orders are open at a time.")] = 20,
    due_days: Annotated[int, typer.Option(help="An order is due so many days after it was made.")] = 30,
    failures_per_year: Annotated[float, typer.Option(help="Of a unit without the work; weighs waiting.")] = 0.5,
    stop_percent: Annotated[int, typer.Option(help="It pauses when more of the finished come back …")] = 10,
    stop_after: Annotated[int, typer.Option(help="… of so many at least.")] = 10,
    watch_days: Annotated[int, typer.Option(help="A ticket within so many days after the work counts.")] = 14,
    component: Annotated[str, typer.Option(help="Of this component only.")] = "",
    failure_mode: Annotated[str, typer.Option(help="With this failure mode only.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many units and parts it takes.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Start a campaign. The same again changes nothing."""
    settings, now = settings_from(config), SystemClock().now()
    wanted = Campaign(
        id=name,
        name={"en": title or name} | ({"zh": title_zh} if title_zh else {}),
        why={"en": reason} | ({"zh": reason_zh} if reason_zh else {}),
        where=globs_of(where or ()),
        part=part,
        lot=lot,
        job_plan=job_plan,
        priority=priority,
        automatic=automatic,
        wave=wave,
        due_days=due_days,
        failures_per_year=failures_per_year,
        stop_percent=stop_percent,
        stop_after=stop_after,
        watch_days=watch_days,
        component=component,
        failure_mode=failure_mode,
        started_at=now,
        by=getpass.getuser(),
    )
    with ledger_of(settings) as ledger:
        found = start(ledger, surroundings_of(settings, now), wanted, now, dry_run=dry_run)
    if as_json:
        print_json(plain(found) | {"dry_run": dry_run})
        return
    verb = "would have" if dry_run else "has"
    print(f"Campaign {name} {verb} {found.progress.total} units.")
    tell_parts(found)


def list_campaigns(language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """All campaigns, and how far they are."""
    settings, now = settings_from(config), SystemClock().now()
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        found = standings(connection, surroundings_of(settings, now))
    if as_json:
        print_json({"campaigns": [plain(each) for each in found]})
        return
    print_table(COLUMNS, [row_of(each, language) for each in found])


def show(
    name: Name,
    units: Annotated[bool, typer.Option("--units", help="Also each unit with its order.")] = False,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """How far a campaign is, the parts that it still takes, and why it has paused."""
    settings, now = settings_from(config), SystemClock().now()
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        campaign = known_campaign(connection, name)
        found = standing_of(connection, surroundings_of(settings, now), campaign)
        known = ledger_campaigns.units(connection, name) if units else []
    if as_json:
        print_json(plain(found) | ({"units": msgspec.to_builtins(known)} if units else {}))
        return
    print_table(COLUMNS, [row_of(found, language)])
    print(f"{in_language(campaign.why, language)} (since {instant_text(campaign.started_at)[:10]}, {campaign.by})")
    if campaign.reason:
        print(f"It is {campaign.state}: {in_language(campaign.reason, language)}")
    tell_parts(found)
    if units:
        rows = [[u.asset, u.order, u.state, instant_text(u.done_at)[:10] if u.done_at else "", u.ticket] for u in known]
        print_table(["asset", "order", "state", "done", "came back as"], rows, "Units")


def pause(name: Name, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Make no more orders until it is resumed; those that it made stay."""
    turned(name, CampaignState.PAUSED, why, config, as_json=as_json)


def resume(name: Name, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Go on; what has come back so far does not stop it again."""
    turned(name, CampaignState.RUNNING, why, config, as_json=as_json)


def stop(name: Name, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """End it for good; orders that nobody has approved are cancelled."""
    turned(name, CampaignState.STOPPED, why, config, as_json=as_json)


def turned(name: str, to: CampaignState, why: str, config: Any, *, as_json: bool) -> None:
    """Do it, and say how the campaign stands."""
    with ledger_of(settings_from(config)) as ledger:
        campaign = turn(ledger, name, to, by=getpass.getuser(), now=SystemClock().now(), why=why)
    print_json(msgspec.to_builtins(campaign)) if as_json else print(f"Campaign {name} is {campaign.state}.")


def plain(one: Standing) -> dict[str, Any]:
    """Everything about a campaign."""
    how = one.progress
    more = {"made": how.made, "finished": how.finished}
    said: dict[str, Any] = msgspec.to_builtins(one.campaign)
    return said | {"progress": msgspec.to_builtins(how) | more, "parts": msgspec.to_builtins(one.parts)}


def row_of(one: Standing, language: str) -> list[object]:
    """A campaign in a list."""
    how = one.progress
    counts = (how.total, how.left, how.open, how.done, how.failed, how.refused)
    return [one.campaign.id, in_language(one.campaign.name, language), one.campaign.state, *counts]


def tell_parts(one: Standing) -> None:
    """The parts that it still takes."""
    for need in one.parts:
        if not need.is_known:
            print(f"{need.part}: {need.needed} needed; the stock ledger does not know it.")
            continue
        lack = f"; {need.missing} are missing" if need.missing else ""
        print(
            f"{need.part}: {need.needed} needed, {need.available} available (enough for {need.enough_for} units), "
            f"{need.on_order} on order{lack}."
        )
