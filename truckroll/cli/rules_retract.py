"""`truckroll rules retract`: a version retires, and what it opened and nobody touched is taken back."""

import time
from typing import Annotated

import typer

from adapters.system_clock import SystemClock
from detectors.life import RETIRED
from domain.errors import GiveUp
from truckroll.cli.options import AsJson, Config
from truckroll.cli.rules_life import By, Why, Wish, tell, wish
from truckroll.retraction import retract as take_back
from truckroll.rule_moves import rules_known
from truckroll.stores import ledger_of

TAKEN_IN_SECONDS = 10.0
LOOK_SECONDS = 0.1


def retract(
    name: Annotated[str, typer.Argument(help="ID@VERSION.")],
    by: By = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Retire it and cancel what it opened and nobody touched."""
    if not all(name.partition("@")):
        raise GiveUp(f"Name the version to retract, as ID@VERSION; truckroll rules list shows those of {name}.")
    said = wish(config, name, to=RETIRED, by=by, why=why)
    rule = said.rule if said.rule.life == RETIRED else said.made(said.move)
    await_retired(said)
    with ledger_of(said.settings) as ledger:
        done = take_back(ledger, rule.label, said.move.by, SystemClock().now())
    tell(rule, as_json=as_json, cancelled=list(done.cancelled), kept=dict(done.reasons))


def await_retired(said: Wish) -> None:
    """Wait until the service has taken it in, so that nothing is opened behind our back. Raises GiveUp."""
    end = time.monotonic() + TAKEN_IN_SECONDS
    while not any(r.version == said.move.version and r.life == RETIRED for r in rules_known(said.settings)):
        if time.monotonic() > end:
            raise GiveUp("The service has not taken it in yet; see truckroll doctor, then repeat the command.")
        time.sleep(LOOK_SECONDS)
