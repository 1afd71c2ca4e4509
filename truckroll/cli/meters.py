"""`truckroll meters`: how much assets are used, what people read, and what is counted."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from adapters import ledger_meters
from adapters.system_clock import SystemClock
from domain.errors import GiveUp
from domain.instants import instant_text, parse_instant
from domain.text import in_language
from maintenance.catalogue_meters import NO_HISTORY, slip_sentence
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.meter_deeds import Read, Standing, import_meters, of_asset, record_reading, standings
from truckroll.meter_files import meters_in
from truckroll.stores import ledger_of

Asset = Annotated[str, typer.Argument(metavar="ASSET", help="The asset's name.")]
COLUMNS = ("asset", "meter", "value", "unit", "read", "per day", "between", "and")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Meters of assets: use so far, use per day, readings.", no_args_is_help=True)
    group.command("list")(list_meters)
    group.command("show")(show)
    group.command("read")(read)
    group.command("import")(import_file)
    app.add_typer(group, name="meters")


def list_meters(
    asset: Annotated[str, typer.Option(help="Only of this asset.")] = "",
    meter: Annotated[str, typer.Option(help="Only this meter.")] = "",
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many.")] = 100,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Meters by asset, with their use per day and its interval for the next 30 days."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        found = standings(connection, ledger_meters.metered(connection, asset=asset, meter=meter, most=most))
    if as_json:
        print_json({"meters": [plain(each) for each in found]})
        return
    print_table(COLUMNS, [row_of(each) for each in found])


def show(
    asset: Asset,
    meter: Annotated[str, typer.Option(help="Only this meter.")] = "",
    reaches: Annotated[float | None, typer.Option(min=0, help="Say when it reaches this value.")] = None,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """An asset's meters with their devices, readings by people, and what was kept aside."""
    with ledger_of(settings_from(config)) as ledger:
        found = of_asset(ledger, asset, meter)
        with ledger.reading() as connection:
            slips = {
                each.meter: ledger_meters.slips_of(connection, [s.id for s in each.sources], 100) for each in found
            }
    if as_json:
        rows = [
            plain(each)
            | {
                "sources": msgspec.to_builtins(each.sources),
                "readings": msgspec.to_builtins(each.readings),
                "aside": [{**slip._asdict(), "why": slip_sentence(slip)} for _, slip in slips[each.meter]],
                "due": None if reaches is None else msgspec.to_builtins(each.due(reaches)),
            }
            for each in found
        ]
        print_json({"asset": asset, "meters": rows})
        return
    print_table(COLUMNS, [row_of(each) for each in found])
    for each in found:
        tell_rest(each, reaches, language)
        for _, slip in slips[each.meter]:
            print(f"{each.meter}, {instant_text(slip.at)}: {in_language(slip_sentence(slip), language)}")


def tell_rest(one: Standing, reaches: float | None, language: str) -> None:
    """What a table of meters does not say."""
    if one.sources:
        columns = ["device", "counted", "until", "resets", "roll-overs", "kept aside", "late"]
        print_table(columns, [source_row(source) for source in one.sources], f"{one.meter}: devices")
    if one.readings:
        rows = [[r.id, instant_text(r.at), f"{r.value:g}", r.by, r.corrects or "", r.why] for r in one.readings]
        print_table(["id", "at", "value", "by", "corrects", "why"], rows, f"{one.meter}: read by people")
    if one.forecast.per_day is None:
        print(f"{one.meter}: {in_language(NO_HISTORY, language)}")
    if reaches is not None:
        due = one.due(reaches)
        if due is None:
            print(f"{one.meter}: nobody can say when it reaches {reaches:g}.")
        else:
            latest = instant_text(due.latest) if due.latest is not None else "perhaps never"
            print(
                f"{one.meter} reaches {reaches:g} about {instant_text(due.at)} "
                f"(between {instant_text(due.earliest)} and {latest})."
            )


def source_row(source: ledger_meters.Source) -> list[object]:
    """A device's count in a table."""
    count, settled = source.count, source.count.settled
    return [
        source.key.device,
        f"{count.stands.value:g}" if count.stands else "",
        instant_text(count.stands.at) if count.stands else "",
        settled.resets if settled else 0,
        settled.roll_overs if settled else 0,
        count.slips,
        count.late,
    ]


def read(
    asset: Asset,
    meter: Annotated[str, typer.Argument(metavar="METER", help="Its name.")],
    value: Annotated[float, typer.Argument(metavar="VALUE", help="What it shows.")],
    at: Annotated[str, typer.Option(help="When it was read, such as 2026-11-22T08:00:00Z; else now.")] = "",
    corrects: Annotated[int, typer.Option(min=0, help="The id of the reading in whose place it shall stand.")] = 0,
    why: Annotated[str, typer.Option(help="Needed where the meter falls.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Record what a person read; the meter goes on from there."""
    now = SystemClock().now()
    try:
        when = parse_instant(at) if at else now
    except ValueError:
        raise typer.BadParameter(f"{at} is no instant with a zone, such as 2026-11-22T08:00:00Z") from None
    said = Read(asset=asset, meter=meter, value=value, at=when, by=getpass.getuser(), why=why, corrects=corrects)
    with ledger_of(settings_from(config)) as ledger:
        kept = record_reading(ledger, said, now)
    print_json(msgspec.to_builtins(kept)) if as_json else print(f"{meter} of {asset} is {value:g} (reading {kept.id}).")


def import_file(
    file: Annotated[Path | None, typer.Argument(help="TOML file (docs/meters.md); else that of the settings.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Count what the file says, and nothing else, from now on."""
    settings = settings_from(config)
    path = file or (Path(settings.maintenance.meters_file) if settings.maintenance.meters_file else None)
    if path is None:
        raise GiveUp("Name a file, or set meters_file in [maintenance].")
    wanted = meters_in(path)
    with ledger_of(settings) as ledger:
        plan = import_meters(ledger, wanted, by=getpass.getuser(), now=SystemClock().now(), dry_run=dry_run)
    if as_json:
        print_json(msgspec.to_builtins(plan))
        return
    print(("Would be: " if dry_run else "") + ", ".join(f"{number} {word}" for word, number in plan.counts.items()))
    if plan.retired:
        print(f"Not counted any more: {', '.join(plan.retired)}.")


def row_of(one: Standing) -> list[object]:
    """A meter in a table."""
    told = one.forecast
    rates = [f"{rate:.4g}" if rate is not None else "" for rate in (told.per_day, told.low, told.high)]
    return [one.asset, one.meter, f"{told.value:.10g}", one.unit, instant_text(told.at), *rates]


def plain(one: Standing) -> dict[str, Any]:
    """A meter as JSON."""
    return {"asset": one.asset, "meter": one.meter, "unit": one.unit, **msgspec.to_builtins(one.forecast)}
