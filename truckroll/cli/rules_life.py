"""`truckroll rules shadow | promote`: a rule's version on its way, from a draft to silent to live."""

import sys
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from detectors.life import ALL, LIVE, LIVES, SHADOW, Confirmed
from detectors.moves import Move, meant
from detectors.rule import Rule
from domain.errors import GiveUp
from domain.finding import Finding
from truckroll.already_true import already_true, listed, ticketed
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.rule_moves import ask, rules_known
from truckroll.ruleset import load_rules
from truckroll.settings import Settings
from truckroll.stores import ledger_of

Name = Annotated[str, typer.Argument(help="The rule's id, or ID@VERSION.")]
By = Annotated[str, typer.Option(help="Who decides it; else the user of this command.")]
Why = Annotated[str, typer.Option(help="Why; it stands in the journal.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what is true already opens nothing.")]


def add_commands(group: typer.Typer) -> None:
    """To `truckroll rules`."""
    group.command("shadow")(shadow)
    group.command("promote")(promote)


@dataclass(frozen=True, slots=True)
class Wish:
    """A move as it was asked for on the command line, and the rules it is about."""

    settings: Settings
    rules: list[Rule]
    move: Move

    @property
    def rule(self) -> Rule:
        """The version that is meant. Raises Unknown, IllegalMove, GiveUp."""
        return meant(self.rules, self.move)

    def made(self, move: Move) -> Rule:
        """Have it made."""
        return ask(self.settings, move)


def wish(config: Path | None, name: str, *, to: str, by: str, why: str) -> Wish:
    """What is asked for; the rule files say what a version holds that the journal does not know yet."""
    settings = settings_from(config)
    id, _, version = name.partition("@")
    move = Move(rule=id, version=version, to=to, by=by or getuser(), at=SystemClock().now(), why=why)
    rules = rules_known(settings)
    return with_file(Wish(settings, rules, move))


def with_file(wish: Wish) -> Wish:
    """The wish with the content from the rule files, where the journal has no such version."""
    move, known = wish.move, {rule.label for rule in wish.rules}
    for rule in load_rules(wish.settings.rule_files()).rules:
        if rule.id == move.rule and move.version in ("", rule.version) and rule.label not in known:
            move = replace(move, version=rule.version, table=dict(rule.table))
            return Wish(wish.settings, [*wish.rules, replace(rule, life="draft")], move)
    return wish


def shadow(name: Name, by: By = "", why: Why = "", config: Config = None, as_json: AsJson = False) -> None:
    """Let it watch silently: its findings are recorded and open nothing. The version that is live goes on."""
    said = wish(config, name, to=SHADOW, by=by, why=why)
    tell(said.made(said.move), as_json=as_json)


def promote(
    name: Name,
    to: Annotated[str, typer.Option(help="backtested, shadow or live.")] = LIVE,
    confirm: Annotated[
        str, typer.Option(help="What is true already and gets tickets: all, none, or findings: F-…,F-…")
    ] = "",
    yes: Yes = False,
    by: By = "",
    why: Why = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Move it on. Going live lists what is already true, and opens nothing of that until it is confirmed."""
    if to not in LIVES:
        raise GiveUp(f"{to!r} is no life of a rule; there are: {', '.join(LIVES)}.")
    said = wish(config, name, to=to, by=by, why=why)
    if to != LIVE:
        tell(said.made(said.move), as_json=as_json)
        return
    said = replace(said, move=replace(said.move, confirm=chosen(confirm)))
    rule = said.rule
    with ledger_of(said.settings) as ledger:
        go_live(said, rule, ledger, yes=yes, as_json=as_json)


def go_live(said: Wish, rule: Rule, ledger: SqlLedger, *, yes: bool, as_json: bool) -> None:
    """List, ask, promote. What has an open ticket anyway joins it."""
    found = already_true(ledger, rule)
    tickets = ticketed(ledger, found)
    rows = listed(found, tickets)
    if not as_json:
        show(rule, rows)
    confirm = said.move.confirm
    if confirm is None:
        confirm = () if yes or not rows or len(tickets) == len(rows) else asked()
    check_known(confirm, found)
    confirm = confirm if confirm == ALL else tuple(sorted({*confirm, *tickets}))
    after = said.made(replace(said.move, version=rule.version, confirm=confirm))
    opened = [row["finding"] for row in rows if after.stamp.allows(row["finding"])]
    tell(after, as_json=as_json, already_true=rows, confirmed=opened)


def show(rule: Rule, rows: list[dict[str, Any]]) -> None:
    """What is true already."""
    if not rows:
        print(f"Nothing that {rule.label} looks for is true now.")
        return
    columns = ["finding", "device", "since", "severity", "count", "ticket"]
    print_table(columns, [[row[column] for column in columns] for row in rows], f"True already: {rule.label}")


def asked() -> Confirmed:
    """What a person says at the terminal. Raises GiveUp where nobody can be asked."""
    if not sys.stdin.isatty():
        raise GiveUp("Say --confirm all, none or F-…,F-… for what is true already; or --yes, which opens nothing.")
    return chosen(typer.prompt("Open tickets for (all, none or F-…,F-…)", default="none")) or ()


def chosen(text: str) -> Confirmed | None:
    """`all`, `none` or ids; None where nothing is said."""
    if text == ALL:
        return ALL
    if text == "none":
        return ()
    return tuple(sorted(name.strip() for name in text.split(",") if name.strip())) if text else None


def check_known(confirm: Confirmed, found: list[Finding]) -> None:
    """Nothing, or GiveUp for a finding that is not in the list."""
    strange = set(() if confirm == ALL else confirm) - {finding.id for finding in found}
    if strange:
        raise GiveUp(f"{', '.join(sorted(strange))}: not among what is true already; choose from the list.")


def tell(rule: Rule, *, as_json: bool, **more: Any) -> None:
    """What came of it."""
    if as_json:
        print_json({"rule": rule.id, "version": rule.version, "life": rule.life} | more)
        return
    print(f"{rule.label} is {rule.life}.")
    for what in ("confirmed", "cancelled"):
        if more.get(what):
            print(f"{what}: {', '.join(more[what])}")
    for number, reason in more.get("kept", {}).items():
        print(f"kept: {number}, because {reason}")
