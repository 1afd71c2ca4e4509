"""`truckroll surveys`: what customers said, and a link for one of them."""

from typing import Annotated, Any

import typer

from adapters import ledger_closing
from adapters.system_clock import SystemClock
from domain.closing import Survey
from domain.instants import instant_text
from truckroll.cli.deeds import Number, opened
from truckroll.cli.options import AsJson, Config, print_json, print_table
from truckroll.survey import invite


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Surveys: what customers said, and links for them.", no_args_is_help=True)
    group.command("list")(list_surveys)
    group.command("invite")(invited)
    app.add_typer(group, name="surveys")


def list_surveys(
    answered: Annotated[bool, typer.Option("--answered", help="Only those that were answered.")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="No more than so many.")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Surveys, asked last first."""
    with opened(config) as ledger, ledger.reading() as connection:
        found = ledger_closing.surveys(connection, answered_only=answered, most=most)
    if as_json:
        print_json({"surveys": [plain(one) for one in found]})
        return
    columns = ["ticket", "asked", "answered", "rating", "reopened", "comment"]
    print_table(columns, [list(plain(one).values()) for one in found])


def invited(number: Number, config: Config = None, as_json: AsJson = False) -> None:
    """A link about a closed ticket, shown only here; links given before that nobody used end."""
    with opened(config) as ledger, ledger.begin() as transaction:
        token, survey = invite(transaction, number, SystemClock().now())
    said = {"token": token, "path": f"/api/v1/survey/{token}", "expires_at": instant_text(survey.expires_at)}
    if as_json:
        print_json(said)
    else:
        print(f"{said['path']} works once, until {said['expires_at']}.")


def plain(one: Survey) -> dict[str, Any]:
    """A survey ready for JSON, without its link."""
    return {
        "ticket": one.ticket,
        "asked_at": instant_text(one.asked_at),
        "answered_at": instant_text(one.answered_at) if one.answered_at is not None else None,
        "rating": one.rating,
        "reopened": one.reopened,
        "comment": one.comment,
    }
