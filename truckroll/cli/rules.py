"""`truckroll rules`: rule files checked and tested before they watch anything, and the versions that do."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from detectors.cases import run_cases
from detectors.life import DRAFT, RETIRED
from detectors.rule import Rule
from detectors.rules import read_rules
from domain.errors import GiveUp
from domain.instants import instant_text
from truckroll.cli import rules_case, rules_diff, rules_life, rules_lint, rules_mine, rules_retract, rules_tune
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.cli.rules_lint import Files, files_of
from truckroll.rule_moves import rules_known
from truckroll.ruleset import load_rules
from truckroll.settings import Settings

COLUMNS = ("id", "version", "kind", "life", "since", "by", "name")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Rules: check, test, list; from draft to live to retired.", no_args_is_help=True)
    rules_lint.add_commands(group)
    group.command("test")(run)
    group.command("list")(list_rules)
    group.command("diff")(rules_diff.diff)
    group.command("case")(rules_case.case)
    rules_life.add_commands(group)
    group.command("retract")(rules_retract.retract)
    rules_mine.register(group)
    rules_tune.add_commands(group)
    app.add_typer(group, name="rules")


def run(files: Files = None, config: Config = None, as_json: AsJson = False) -> None:
    """Run the cases that stand beside the rules; exit code 1 when one fails."""
    results = []
    for path in files_of(files, config):
        results += run_cases(read_rules(path.read_text(encoding="utf-8"), str(path)))
    failed = [result for result in results if not result.passed]
    if as_json:
        print_json({"passed": len(results) - len(failed), "failed": [result.sentence for result in failed]})
    else:
        print(
            "\n".join(
                [result.sentence for result in failed] + [f"{len(results) - len(failed)} passed, {len(failed)} failed"]
            )
        )
    if failed:
        raise typer.Exit(1)


def list_rules(
    files: Files = None,
    all_: Annotated[bool, typer.Option("--all", help="Also the retired versions.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """The versions with their lives, as the journal has them; of given files, or before the first start: as written."""
    rules: Iterable[Rule] = load_rules(files).rules if files else rules_of(settings_from(config))
    rows = [row_of(rule) for rule in rules if all_ or files or rule.life != RETIRED]
    if as_json:
        print_json({"rules": rows})
        return
    print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])


def rules_of(settings: Settings) -> Iterable[Rule]:
    """In force, waiting and retired; what the files hold and the journal does not know yet is a draft."""
    files = load_rules(settings.rule_files()).rules
    try:
        known = rules_known(settings)
    except GiveUp:
        return files
    labels = {rule.label for rule in known}
    return [*known, *(replace(rule, life=DRAFT) for rule in files if rule.label not in labels)]


def row_of(rule: Rule) -> Mapping[str, Any]:
    """What is shown of a version."""
    return {
        "id": rule.id,
        "version": rule.version,
        "kind": rule.kind,
        "life": rule.life,
        "since": instant_text(rule.stamp.since) if rule.stamp.since else "",
        "by": rule.stamp.by,
        "why": rule.stamp.why,
        "name": rule.name["en"],
    }
