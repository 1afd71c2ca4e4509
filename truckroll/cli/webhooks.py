"""`truckroll webhooks`: who outside hears what happens, and what could not be delivered."""

from pathlib import Path
from typing import Annotated, Any

import typer

from adapters import ledger_outbox
from adapters.system_clock import SystemClock
from domain.outgoing import Webhook, WebhookFormat
from truckroll import webhooks as deeds
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.outgoing import poster_of
from truckroll.stores import ledger_of
from truckroll.webhooks import Wanted

Name = Annotated[str, typer.Argument(help="The webhook's id, such as W-0123456789ab.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Webhooks: who outside hears what happens.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_webhooks)
    group.command("test")(try_out)
    group.command("disable")(disable)
    group.command("enable")(enable)
    group.command("remove")(remove)
    group.command("replay")(replay)
    group.command("dead-letters")(dead_letters)
    group.command("retry")(retry)
    app.add_typer(group, name="webhooks")


def add(
    url: Annotated[str, typer.Argument(help="Where to.")],
    format: Annotated[WebhookFormat, typer.Option(help="What the receiver understands.")] = WebhookFormat.TRUCKROLL,
    kind: Annotated[list[str] | None, typer.Option(help="Kinds of lines, such as opened or sla_*; else all.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="field=value of the ticket, such as severity=S1.")] = None,
    language: Annotated[str, typer.Option(help="en or zh, for chats.")] = "en",
    secret_file: Annotated[Path | None, typer.Option(help="A file with the secret; else one is made.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """A new webhook, which hears what happens from now on; a secret that is made is shown this once."""
    settings = settings_from(config)
    wanted = Wanted(
        url=url,
        format=format,
        kinds=kind or ["*"],
        filters=filters_of(only or []),
        language=language,
        secret=secret_file.read_text(encoding="utf-8").strip() if secret_file else "",
    )
    with ledger_of(settings) as ledger:
        made = deeds.made(ledger, poster_of(settings), wanted, SystemClock().now())
    shown = {"id": made.id, "to": deeds.place_of(made)} | ({} if secret_file else {"secret": made.secret})
    if as_json:
        print_json(shown)
        return
    print(f"{made.id} hears what happens from now on.")
    if shown.get("secret"):
        print(f"Its secret, shown this once: {made.secret}")


def filters_of(words: list[str]) -> dict[str, list[str]]:
    """`field=value` words by field. Raises BadParameter."""
    found: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise typer.BadParameter("write each filter as field=value")
        found.setdefault(name, []).append(value)
    return found


def list_webhooks(config: Config = None, as_json: AsJson = False) -> None:
    """All of them, and how far they have got."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        rows = [
            row_of(each, ledger_outbox.waiting(connection, each.id), ledger_outbox.parked(connection, each.id))
            for each in ledger_outbox.webhooks(connection)
        ]
    if as_json:
        print_json({"webhooks": rows})
        return
    columns = ["id", "to", "format", "kinds", "state", "position", "waiting", "parked", "sent"]
    print_table(columns, [list(row.values()) for row in rows])


def row_of(webhook: Webhook, waiting: int, parked: int) -> dict[str, Any]:
    """A webhook in a list."""
    return {
        "id": webhook.id,
        "to": deeds.place_of(webhook),
        "format": webhook.format.value,
        "kinds": " ".join(webhook.kinds),
        "state": "on" if webhook.is_enabled else f"off: {webhook.why_not}",
        "position": webhook.position,
        "waiting": waiting,
        "parked": parked,
        "sent": webhook.sent,
    }


def try_out(name: Name, config: Config = None, as_json: AsJson = False) -> None:
    """Send a test message now; exit code 1 when it was not accepted."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        tried = deeds.tried(ledger, poster_of(settings), name, SystemClock().now())
    if as_json:
        print_json({"ok": tried.ok, "said": tried.said})
    else:
        print(tried.said)
    if not tried.ok:
        raise typer.Exit(1)


def disable(name: Name, config: Config = None, as_json: AsJson = False) -> None:
    """Switch it off; the event log keeps what it misses."""
    switched(name, config, as_json, on=False)


def enable(name: Name, config: Config = None, as_json: AsJson = False) -> None:
    """Switch it on; it goes on where it was."""
    switched(name, config, as_json, on=True)


def switched(name: str, config: Any, as_json: bool, *, on: bool) -> None:
    """Switch it and say so."""
    with ledger_of(settings_from(config)) as ledger:
        webhook = deeds.switched(ledger, name, on=on)
    told({"id": webhook.id, "enabled": on}, f"{name} is {'on' if on else 'off'}.", as_json)


def remove(name: Name, config: Config = None, as_json: AsJson = False) -> None:
    """Forget it, with all that was on its way."""
    with ledger_of(settings_from(config)) as ledger:
        deeds.removed(ledger, name)
    told({"removed": name}, f"{name} is gone.", as_json)


def replay(
    name: Name,
    position: Annotated[int, typer.Argument(min=0, help="It hears everything after this position again.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send again from a position of the event log, under the same keys."""
    with ledger_of(settings_from(config)) as ledger:
        deeds.replayed(ledger, name, position)
    told({"id": name, "position": position}, f"{name} hears everything after {position} again.", as_json)


def dead_letters(
    name: Name,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 100,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What nobody tries any more, with the last answer's words."""
    with ledger_of(settings_from(config)) as ledger, ledger.reading() as connection:
        ledger_outbox.webhook(connection, name)
        found = ledger_outbox.dead_letters(connection, name, most=most)
    rows = [{"position": d.position, "ticket": d.ticket, "tries": d.tries, "said": d.said} for d in found]
    if as_json:
        print_json({"dead_letters": rows})
    else:
        print_table(["position", "ticket", "tries", "said"], [list(row.values()) for row in rows])


def retry(
    name: Name,
    position: Annotated[int | None, typer.Option(help="Only the one of this position; else all.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Try dead letters again."""
    with ledger_of(settings_from(config)) as ledger:
        many = deeds.retried(ledger, name, SystemClock().now(), position)
    told({"retried": many}, f"{many} dead letters are tried again.", as_json)


def told(said: dict[str, Any], sentence: str, as_json: bool) -> None:
    """What was done."""
    if as_json:
        print_json(said)
    else:
        print(sentence)
