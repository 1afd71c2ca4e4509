"""`truckroll assets`: what is known of an asset, what its failures cost, and the parts fitted to it."""

import getpass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from adapters import ledger_fitted, ledger_places
from adapters.system_clock import SystemClock
from domain.asset_value import Fitted, Removal
from domain.errors import Unknown
from domain.instants import Instant, instant_text, parse_instant
from domain.text import in_language
from maintenance.fitted_file import read_fitted
from truckroll.asset_values import failure_costs, set_failure_cost
from truckroll.cli.meters import COLUMNS, Asset, plain, row_of
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.fitting import fit_part, import_fitted
from truckroll.meter_deeds import of_asset
from truckroll.stores import ledger_of

Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the log.")]
PARTS = ("position", "part", "serial", "lot", "since", "until", "removal", "order", "by")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Assets: failure cost, fitted parts, everything known.", no_args_is_help=True)
    group.command("show")(show)
    group.command("cost")(cost)
    group.command("fitted")(fitted)
    group.command("fit")(fit)
    group.command("import")(import_file)
    app.add_typer(group, name="assets")


def show(asset: Asset, config: Config = None, as_json: AsJson = False) -> None:
    """Facts, failure cost, parts and meters of an asset."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        facts = ledger_places.asset(ledger, asset).as_dict()
        with ledger.reading() as connection:
            value = failure_costs(connection, [asset], settings.maintenance.failure_costs)[asset]
            parts = ledger_fitted.fitted_to(connection, [asset])
        try:
            meters = of_asset(ledger, asset)
        except Unknown:
            meters = []
    if as_json:
        said = {"failure_cost": msgspec.to_builtins(value), "currency": settings.maintenance.currency}
        rest = {"fitted": msgspec.to_builtins(parts), "meters": [plain(each) for each in meters]}
        print_json({"facts": facts} | said | rest)
        return
    print_table(["", asset], [[name, known] for name, known in facts.items() if known not in ("", None, {})])
    print(f"A failure costs {value.amount:g} {settings.maintenance.currency}. {in_language(value.why, 'en')}")
    print_table(PARTS, [part_row(each) for each in parts if each.is_in], "Fitted")
    print_table(COLUMNS, [row_of(each) for each in meters], "Meters")


def cost(
    asset: Asset,
    amount: Annotated[float | None, typer.Argument(metavar="[AMOUNT]", help="What one failure costs.")] = None,
    assume: Annotated[bool, typer.Option("--assume", help="Forget what was said; assume it by criticality.")] = False,
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say or show what a failure of an asset costs, beyond its repair."""
    settings = settings_from(config)
    if amount is not None and assume:
        raise typer.BadParameter("say an amount or --assume, not both")
    with ledger_of(settings) as ledger:
        if amount is not None or assume:
            set_failure_cost(ledger, asset, amount, by=getpass.getuser(), now=SystemClock().now(), why=why)
        ledger_places.asset(ledger, asset)
        with ledger.reading() as connection:
            value = failure_costs(connection, [asset], settings.maintenance.failure_costs)[asset]
    if as_json:
        currency = {"asset": asset, "currency": settings.maintenance.currency}
        print_json(currency | msgspec.to_builtins(value))
        return
    print(f"A failure of {asset} costs {value.amount:g} {settings.maintenance.currency}. {value.why['en']}")


def fitted(asset: Asset, config: Config = None, as_json: AsJson = False) -> None:
    """What sits in an asset, and what sat in it before."""
    with ledger_of(settings_from(config)) as ledger:
        ledger_places.asset(ledger, asset)
        with ledger.reading() as connection:
            parts = ledger_fitted.fitted_to(connection, [asset])
    if as_json:
        print_json({"asset": asset, "fitted": msgspec.to_builtins(parts)})
        return
    print_table(PARTS, [part_row(each) for each in parts])


def fit(
    asset: Asset,
    position: Annotated[str, typer.Argument(metavar="POSITION", help="Where, such as panel or pump-2.")],
    part: Annotated[str, typer.Argument(metavar="[PART]", help="What; nothing: the position is left empty.")] = "",
    serial: Annotated[str, typer.Option(help="Its serial number.")] = "",
    lot: Annotated[str, typer.Option(help="Its lot.")] = "",
    at: Annotated[str, typer.Option(help="When, such as 2026-11-22T08:00:00Z; else now.")] = "",
    removal: Annotated[Removal, typer.Option(help="Why the part before was taken out.")] = Removal.PREVENTIVE,
    order: Annotated[str, typer.Option(help="The order under which it was done.")] = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Record a part that was put in; the one before goes into the history."""
    now = SystemClock().now()
    wanted = Fitted(
        asset=asset,
        position=position,
        part=part,
        serial=serial,
        lot=lot,
        since=instant_of(at, now),
        order=order,
        by=getpass.getuser(),
    )
    with ledger_of(settings_from(config)) as ledger:
        parts = fit_part(ledger, wanted, removal=removal, now=now, why=why)
    if as_json:
        print_json({"asset": asset, "fitted": msgspec.to_builtins(parts)})
        return
    print_table(PARTS, [part_row(each) for each in parts if each.position == position])


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV file; columns: docs/meters.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take in which parts sat where from when to when."""
    now, by = SystemClock().now(), getpass.getuser()
    rows = read_fitted(str(file), file.read_bytes(), by=by, now=now)
    with ledger_of(settings_from(config)) as ledger:
        done = import_fitted(ledger, rows, by=by, now=now, dry_run=dry_run)
    if as_json:
        print_json(msgspec.to_builtins(done))
        return
    print(("Would be: " if dry_run else "") + f"{done.added} added, {done.unchanged} unchanged")


def instant_of(text: str, now: Instant) -> Instant:
    """When it was."""
    try:
        return parse_instant(text) if text else now
    except ValueError:
        raise typer.BadParameter(f"{text} is no instant with a zone, such as 2026-11-22T08:00:00Z") from None


def part_row(one: Fitted) -> list[object]:
    """A fitted part in a table."""
    until = instant_text(one.until) if one.until is not None else ""
    times = [instant_text(one.since), until]
    return [one.position, one.part, one.serial, one.lot, *times, one.removal or "", one.order, one.by]
