"""`truckroll tickets attach | record | close`: what a closing needs, and closing itself."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.attachments import Attachments
from adapters.system_clock import SystemClock
from domain.closing import Codes
from domain.errors import WrongFormat
from domain.instants import Instant
from domain.ticket import Response, Ticket
from ticketing import people
from truckroll.cli.deeds import Number, Why, act, opened
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.closing import Album, ready_for, write_down
from truckroll.desk_files import load_classes


def add_commands(group: typer.Typer) -> None:
    """To `truckroll tickets`."""
    for command in (attach, record, close):
        group.command(command.__name__)(command)


def attach(
    number: Number,
    slot: Annotated[str, typer.Argument(help="photo_before, photo_after, signature or photo.")],
    picture: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A JPEG, PNG or WebP.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Attach a picture to a ticket; it is drawn anew, without what the camera wrote into it."""
    settings = settings_from(config)
    content = picture.read_bytes()
    with opened(config) as ledger:
        album = Album(ledger, Attachments(settings.data, settings.attachments))
        kept = album.add(number, slot, content, by=getpass.getuser(), now=SystemClock().now())
    if as_json:
        print_json({"id": kept.id, "slot": kept.slot, "digest": kept.picture.digest, "size": kept.picture.size})
    else:
        print(f"{number} has picture {kept.id} as {slot}, {kept.picture.width} × {kept.picture.height}.")


def record(
    number: Number,
    said: Annotated[list[str], typer.Argument(help="problem=…, cause=…, remedy=…, or the name of a required field.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write down codes, all three at once, and the fields that the class requires."""
    pairs = dict(one.split("=", 1) for one in said if "=" in one)
    if len(pairs) != len(said):
        raise WrongFormat(["Write each as name=value, such as remedy=replaced."])
    given = {name: pairs.pop(name) for name in ("problem", "cause", "remedy") if name in pairs}
    if given and len(given) < 3:
        raise WrongFormat(["Give problem, cause and remedy together."])
    codes = Codes(**given) if given else None
    classes = load_classes(settings_from(config))

    def deed(transaction: Any, ticket: Ticket, by: str, now: Instant) -> Response:
        return write_down(transaction, classes, ticket, codes=codes, fields=pairs, by=by, now=now)

    act(config, number, deed, as_json=as_json)


def close(number: Number, why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Close a ticket that has all that its class asks for; before the device has confirmed, with a reason."""
    classes = load_classes(settings_from(config))

    def deed(transaction: Any, t: Ticket, by: str, now: Instant) -> Response:
        ready = ready_for(transaction.connection, classes, t)
        return people.close(t, by=by, now=now, revision=t.revision, why=why, ready=ready)

    act(config, number, deed, as_json=as_json)
