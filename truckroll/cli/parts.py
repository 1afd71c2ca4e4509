"""`truckroll parts`: what there is and where, what moves, what orders lack, and what should be bought."""

import getpass
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import msgspec
import typer

from adapters import ledger_parts
from adapters.system_clock import SystemClock
from domain.errors import WrongFormat
from domain.instants import Instant, instant_text, parse_duration, parse_instant
from domain.part import Level, Movement, MovementKind, Part
from domain.text import in_language
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.desk_files import load_classes
from truckroll.stock import kit_of, move_stock, reserve_by_hand, total_of
from truckroll.stock_files import FileOf, import_parts
from truckroll.stores import ledger_of
from truckroll.supply import proposed

Name = Annotated[str, typer.Argument(metavar="PART", help="The part's id.")]
Place = Annotated[str, typer.Argument(metavar="LOCATION", help="A depot or a van.")]
Pieces = Annotated[int, typer.Argument(min=0, help="How many.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands in the movement.")]
Order = Annotated[str, typer.Option("--order", help="The work order that it is for, such as W-2026-000123.")]
Past = Annotated[str, typer.Option("--at", help="When it happened, such as 2026-11-28T08:00:00Z; else now.")]
Key = Annotated[str, typer.Option("--key", help="The same key again books nothing again.")]
Language = Annotated[str, typer.Option("--language", help="en or zh.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Parts: stock by location and van, kits of orders, purchases.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("list")(list_parts)
    group.command("show")(show)
    group.command("kit")(kit)
    group.command("receive")(receive)
    group.command("issue")(issue)
    group.command("transfer")(transfer)
    group.command("count")(count)
    group.command("order")(order)
    group.command("call-off")(call_off)
    group.command("reserve")(reserve)
    group.command("proposals")(list_proposals)
    app.add_typer(group, name="parts")


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file; docs/parts.md tells its columns.")],
    what: Annotated[FileOf, typer.Option("--what", help="What the file is about.")] = FileOf.PARTS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Add and change parts or depots, or make the books as somebody has counted."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongFormat([f"{file}:1: this is no UTF-8 text; save the file as UTF-8."]) from error
    now, by = SystemClock().now(), getpass.getuser()
    with ledger_of(settings_from(config)) as ledger:
        plan = import_parts(ledger, what, content, file.name, by=by, now=now, dry_run=dry_run)
    if as_json:
        print_json({**plan.said, "dry_run": dry_run})
        return
    print(("Would be: " if dry_run else "") + ", ".join(f"{many} {word}" for word, many in plan.said.items()))


def list_parts(language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """All parts: how many there are, are promised, and are on their way."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        parts, levels = ledger_parts.parts(connection), ledger_parts.levels(connection)
    by_part: dict[str, list[Level]] = {}
    for level in levels.values():
        by_part.setdefault(level.part, []).append(level)
    if as_json:
        print_json({"parts": [plain(one, by_part.get(one.id, [])) for one in parts.values()]})
        return
    rows = []
    for one in parts.values():
        on_hand, reserved, on_order = total_of(by_part.get(one.id, []))
        rows.append([one.id, in_language(one.name, language), on_hand, reserved, on_hand - reserved, on_order])
    print_table(["part", "name", "on hand", "reserved", "available", "on order"], rows)


def show(
    name: Name,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more movements than so many, newest first.")] = 20,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """One part: where it is, and its last movements."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        part = ledger_parts.part(connection, name)
        levels = list(ledger_parts.levels(connection, [name]).values())
        history = ledger_parts.movements(connection, part=name, most=most)
    if as_json:
        print_json(plain(part, levels) | {"movements": msgspec.to_builtins(history)})
        return
    columns = ["location", "on hand", "reserved", "available", "on order"]
    print_table(columns, [[x.location, x.on_hand, x.reserved, x.available, x.on_order] for x in levels], part.id)
    rows = [[instant_text(m.at), m.kind, m.location, m.to, m.pieces, m.order, m.by, m.why] for m in history]
    print_table(["at", "what", "location", "to", "pieces", "order", "who", "why"], rows, "Movements")


def kit(
    number: Annotated[str, typer.Argument(metavar="ORDER", help="A work order's number.")],
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What an order needs, what is reserved for it, and what is missing with the ways out."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        found = kit_of(connection, number, SystemClock().now())
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [[one.need, one.part, one.location, one.pieces] for one in found.reserved]
    print_table(["need", "part", "location", "reserved"], rows, found.order)
    for sentence in found.sentences:
        print(in_language(sentence, language))
    if found.unknown:
        print(f"Not in the parts file: {', '.join(found.unknown)}.")
    if not found.missing:
        print("Nothing is missing.")


def receive(
    part: Name,
    location: Place,
    pieces: Pieces,
    at: Past = "",
    why: Why = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Pieces have arrived; orders that wait for them get them within a second."""
    move(movement(MovementKind.RECEIPT, part, location, pieces, at=at, why=why, key=key), config, as_json=as_json)


def issue(
    part: Name,
    location: Place,
    pieces: Pieces,
    order: Order = "",
    at: Past = "",
    why: Why = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Pieces were taken; for an order: what is reserved for it first."""
    said = movement(MovementKind.ISSUE, part, location, pieces, at=at, why=why, key=key, order=order)
    move(said, config, as_json=as_json)


def transfer(
    part: Name,
    location: Place,
    to: Annotated[str, typer.Argument(metavar="TO", help="Where they go.")],
    pieces: Pieces,
    order: Order = "",
    why: Why = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Pieces go to another location; for an order: with their reservation."""
    said = movement(MovementKind.TRANSFER, part, location, pieces, why=why, key=key, order=order, to=to)
    move(said, config, as_json=as_json)


def count(
    part: Name,
    location: Place,
    pieces: Pieces,
    why: Annotated[str, typer.Option("--why", help="Why it was counted; it must be said.")],
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """So many are there, whatever the books say."""
    move(movement(MovementKind.COUNT, part, location, pieces, why=why, key=key), config, as_json=as_json)


def order(
    part: Name,
    location: Place,
    pieces: Pieces,
    expected: Annotated[
        str, typer.Option(help="When it should arrive: 14d, or an instant; else by its lead time.")
    ] = "",
    why: Why = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Pieces were bought and are on their way."""
    said = movement(MovementKind.ORDERED, part, location, pieces, why=why, key=key)
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        lead = ledger_parts.part(connection, part).lead
    arrives = moment(expected, said.at, ahead=True) if expected else said.at + lead
    move(replace(said, expected_at=arrives), config, as_json=as_json)


def call_off(
    part: Name,
    location: Place,
    pieces: Pieces,
    why: Why = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Pieces that were bought do not come."""
    move(movement(MovementKind.CALLED_OFF, part, location, pieces, why=why, key=key), config, as_json=as_json)


def reserve(
    number: Annotated[str, typer.Argument(metavar="ORDER", help="A work order's number.")],
    part: Name,
    location: Place,
    pieces: Pieces,
    instead_of: Annotated[str, typer.Option(help="The part of the kit that this one stands in for.")] = "",
    key: Key = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Promise pieces to an order, also a substitute or from another location."""
    now, by = SystemClock().now(), getpass.getuser()
    with ledger_of(settings_from(config)) as ledger:
        name = f"cli/{key or token_hex(8)}"
        done = reserve_by_hand(ledger, number, part, pieces, location, now=now, by=by, key=name, need=instead_of)
    tell(list(done), as_json=as_json)


def list_proposals(language: Language = "en", config: Config = None, as_json: AsJson = False) -> None:
    """What should be bought: less is available and on order than the reorder point; dearest first."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger, ledger.reading() as connection:
        found = proposed(connection, SystemClock().now(), load_classes(settings).plans, settings.maintenance.serving)
    if as_json:
        print_json({"proposals": msgspec.to_builtins(found)})
        return
    rows = [[x.part, x.pieces, x.cost, instant_text(x.arrives_at)[:10], in_language(x.why, language)] for x in found]
    print_table(["part", "pieces", "cost", "arrives", "why"], rows)


# -- movements


def movement(
    kind: MovementKind,
    part: str,
    location: str,
    pieces: int,
    *,
    at: str = "",
    why: str = "",
    key: str = "",
    order: str = "",
    to: str = "",
) -> Movement:
    """What is told on the command line."""
    now = SystemClock().now()
    return Movement(
        id=f"cli/{key or token_hex(8)}",
        at=moment(at, now) if at else now,
        recorded_at=now,
        kind=kind,
        part=part,
        location=location,
        pieces=pieces,
        to=to,
        order=order,
        by=getpass.getuser(),
        why=why,
    )


def move(said: Movement, config: Path | None, *, as_json: bool) -> None:
    """Book it, and say what was booked."""
    with ledger_of(settings_from(config)) as ledger:
        done = move_stock(ledger, [said])
    tell(list(done), as_json=as_json)


def tell(done: list[Movement], *, as_json: bool) -> None:
    """What was booked."""
    if as_json:
        print_json({"movements": msgspec.to_builtins(done)})
        return
    for each in done:
        print(f"{each.kind} of {each.pieces} × {each.part} at {each.location} is booked as {each.id}.")


def moment(text: str, now: Instant, *, ahead: bool = False) -> Instant:
    """The instant that is meant."""
    try:
        return now + parse_duration(text) if ahead and "T" not in text else parse_instant(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no instant with a zone, such as 2026-11-28T08:00:00Z") from None


def plain(part: Part, levels: list[Level]) -> dict[str, Any]:
    """A part ready for JSON."""
    on_hand, reserved, on_order = total_of(levels)
    said: dict[str, Any] = msgspec.to_builtins(part)
    totals = {"on_hand": on_hand, "reserved": reserved, "available": on_hand - reserved, "on_order": on_order}
    return said | totals | {"levels": msgspec.to_builtins(levels)}
