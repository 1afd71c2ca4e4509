"""`truckroll notices`: what people are told, what became of it, and a parked one sent again."""

import getpass
from typing import Annotated, Any

import typer

from adapters import ledger_notices
from adapters.ledger_notices import Sending
from adapters.system_clock import SystemClock
from domain.errors import Unknown
from domain.instants import instant_text
from domain.outgoing import OutState
from domain.text import in_language
from truckroll.cli.deeds import Language, opened
from truckroll.cli.options import AsJson, Config, print_json, print_table

Place = Annotated[int, typer.Argument(min=1, help="The notice's place, as the list shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Notices: what people are told, and what became of it.", no_args_is_help=True)
    group.command("list")(list_notices)
    group.command("ack")(ack)
    group.command("retry")(retry)
    app.add_typer(group, name="notices")


def list_notices(
    to: Annotated[str, typer.Option("--to", help="Only those to this person.")] = "",
    state: Annotated[OutState | None, typer.Option("--state", help="Only those in this state.")] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those that nobody has marked as read.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 50,
    language: Language = "en",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Notices, newest first."""
    chosen: dict[str, Any] = {"to": to, "unread": unread, "state": state.value if state else "", "most": most}
    with opened(config) as ledger, ledger.reading() as connection:
        found = ledger_notices.listed(connection, **chosen)
    if as_json:
        print_json({"notices": [plain(one) for one in found]})
        return
    columns = ["place", "at", "to", "channel", "state", "read", "subject", "said"]
    print_table(columns, [row_of(one, language) for one in found])


def ack(place: Place, config: Config = None, as_json: AsJson = False) -> None:
    """Mark a notice as read; the first time counts."""
    now = SystemClock().now()
    with opened(config) as ledger, ledger.begin() as transaction:
        one = ledger_notices.at(transaction.connection, place)
        ledger_notices.mark_read(transaction.connection, one, now, getpass.getuser())
        tell(ledger_notices.at(transaction.connection, place), as_json=as_json)


def retry(place: Place, config: Config = None, as_json: AsJson = False) -> None:
    """Send a parked notice again; it begins anew."""
    now = SystemClock().now()
    with opened(config) as ledger, ledger.begin() as transaction:
        if not ledger_notices.retry(transaction.connection, now, place):
            raise Unknown("parked notice", str(place))
        tell(ledger_notices.at(transaction.connection, place), as_json=as_json)


def tell(one: Sending, *, as_json: bool) -> None:
    """Print how a notice stands."""
    if as_json:
        print_json(plain(one))
    else:
        print(f"Notice {one.place} to {one.notice.to} is {one.state}{', read' if one.read_at else ''}.")


def plain(one: Sending) -> dict[str, Any]:
    """A notice ready for JSON."""
    told = one.notice
    said = {name: getattr(told, name) for name in ("id", "channel", "to", "ticket", "subject", "body")}
    times = {"at": instant_text(told.at), "read_at": instant_text(one.read_at) if one.read_at else None}
    return (
        said
        | times
        | {"place": one.place, "late": told.is_late, "state": one.state, "tries": one.tries, "said": one.said}
    )


def row_of(one: Sending, language: str) -> list[object]:
    """A notice in a list."""
    told = one.notice
    subject = in_language(told.subject, language)
    read = "yes" if one.read_at else ""
    return [one.place, instant_text(told.at), told.to, told.channel, one.state, read, subject, one.said]
