"""`truckroll suppress`: what shall open no tickets for a while; it is found and recorded all the same."""

import getpass
from collections.abc import Sequence
from typing import Annotated

import typer

from adapters.system_clock import SystemClock
from domain.incident import HoldKind
from domain.instants import Instant, duration_text, instant_text, parse_duration, parse_instant
from domain.suppression import Suppression, Whom
from truckroll import suppressions
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from

Device = Annotated[str, typer.Option(help="Only this device; * and ? stand for any characters.")]
Asset = Annotated[str, typer.Option(help="Only this asset.")]
Site = Annotated[str, typer.Option(help="Only this site.")]
Model = Annotated[str, typer.Option(help="Only this model.")]
Mode = Annotated[str, typer.Option("--failure-mode", help="Only this failure mode.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands with every finding that is held back.")]
COLUMNS = ("id", "kind", "whom", "until", "when", "by", "why")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What opens no tickets for a while.", no_args_is_help=True)
    group.command("shelve")(shelve)
    group.command("window")(window)
    group.command("list")(list_all)
    group.command("remove")(remove)
    app.add_typer(group, name="suppress")


def shelve(
    until: Annotated[str, typer.Argument(help="How long, such as 8h; or until when: 2026-11-28T08:00:00Z.")],
    device: Device = "",
    asset: Asset = "",
    site: Site = "",
    model: Model = "",
    failure_mode: Mode = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Shelve until a time: what is still true then opens its ticket then."""
    now = SystemClock().now()
    whom = Whom(device=device, asset=asset, site=site, model=model, failure_mode=failure_mode)
    shelf = Suppression(
        id=suppressions.new_id(),
        kind=HoldKind.SHELVE,
        whom=whom,
        since=now,
        until=end_of(until, now),
        by=getpass.getuser(),
        why=why,
    )
    show([suppressions.add(settings_from(config), shelf)], as_json=as_json)


def window(
    start: Annotated[str, typer.Argument(help="First beginning on the clock there, such as 2026-11-28T02:00.")],
    lasts: Annotated[str, typer.Argument(help="How long, such as 4h.")],
    zone: Annotated[str, typer.Option(help="Where that clock hangs, such as Europe/Berlin.")],
    rrule: Annotated[str, typer.Option(help="When it comes again, such as FREQ=WEEKLY;BYDAY=SA; else once.")] = "",
    device: Device = "",
    asset: Asset = "",
    site: Site = "",
    model: Model = "",
    failure_mode: Mode = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Set a maintenance window, which may come again; it begins and ends by the clock on the wall."""
    whom = Whom(device=device, asset=asset, site=site, model=model, failure_mode=failure_mode)
    made = Suppression(
        id=suppressions.new_id(),
        kind=HoldKind.WINDOW,
        whom=whom,
        since=SystemClock().now(),
        start=start,
        zone=zone,
        rrule=rrule,
        lasts=duration(lasts),
        by=getpass.getuser(),
        why=why,
    )
    show([suppressions.add(settings_from(config), made)], as_json=as_json)


def list_all(config: Config = None, as_json: AsJson = False) -> None:
    """Decisions that were made and not taken back."""
    show(suppressions.known(settings_from(config)), as_json=as_json)


def remove(
    name: Annotated[str, typer.Argument(metavar="ID", help="Of the suppression, as list says it.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take a decision back: what is still true opens its ticket within seconds."""
    gone = suppressions.remove(settings_from(config), name, SystemClock().now())
    show([gone], as_json=as_json)


def end_of(text: str, now: Instant) -> Instant:
    """The instant that is meant, or that lies so far ahead."""
    try:
        return parse_instant(text) if "T" in text else now + parse_duration(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is neither a duration such as 8h nor an instant with a zone") from None


def duration(text: str) -> int:
    """The duration that is meant."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def show(found: Sequence[Suppression], *, as_json: bool) -> None:
    """They as JSON or as a table."""
    rows = [row_of(each) for each in found]
    if as_json:
        print_json({"suppressions": rows})
        return
    print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])


def row_of(each: Suppression) -> dict[str, str]:
    """What is shown of one."""
    whom = {"device": each.whom.device, "asset": each.whom.asset, "site": each.whom.site, "model": each.whom.model}
    said = [f"{name}={value}" for name, value in (whom | {"failure_mode": each.whom.failure_mode}).items() if value]
    when = f"{each.start} {each.zone} for {duration_text(each.lasts)} {each.rrule}".strip() if each.start else ""
    return {
        "id": each.id,
        "kind": each.kind.value,
        "whom": ", ".join(said),
        "since": instant_text(each.since),
        "until": instant_text(each.until) if each.until is not None else "",
        "when": when,
        "by": each.by,
        "why": each.why,
    }
