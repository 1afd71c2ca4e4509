"""`truckroll prove`: why a ticket was opened, judged again from its evidence."""

from typing import Annotated

import typer

from ticketing.desk import ServiceDesk
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.proof import Proof
from truckroll.proof import prove as judge_again
from truckroll.stores import ledger_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prove")(prove)


def prove(
    ticket: Annotated[str, typer.Argument(help="The ticket's number, such as T-2026-000123.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Judge a ticket's evidence again; exit code 1 when the decision is not the same."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        proofs = judge_again(ledger, ServiceDesk(), ledger.ticket(ticket), settings.limits)
    holds = bool(proofs) and all(proof.holds for proof in proofs)
    if as_json:
        print_json({"ticket": ticket, "holds": holds, "findings": [proof.as_dict() for proof in proofs]})
    else:
        for proof in proofs:
            tell(proof)
        print(f"{ticket}: " + ("the same decision." if holds else "NOT the same decision."))
    if not holds:
        raise typer.Exit(1)


def tell(proof: Proof) -> None:
    """One finding's proof, message by message."""
    rows = [
        [line.position, line.at, line.topic, line.what, "decides" if line.is_decisive else ""] for line in proof.lines
    ]
    print_table(["position", "at", "topic", "says", ""], rows, title=f"{proof.finding} by {proof.rule}")
    for objection in proof.objections:
        print(f"  ✗ {objection}")
