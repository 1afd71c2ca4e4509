"""`truckroll rules`: rule files checked and tested before they watch anything."""

from pathlib import Path
from typing import Annotated

import typer

from detectors.cases import run_cases
from detectors.rules import read_rules
from truckroll.cli.options import AsJson, Config, print_json, print_table, settings_from
from truckroll.ruleset import load_rules

Files = Annotated[list[Path] | None, typer.Argument(help="Rule files; without any: those of the configuration.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Rules: check, test, list.", no_args_is_help=True)
    group.command("check")(check)
    group.command("test")(run)
    group.command("list")(list_rules)
    app.add_typer(group, name="rules")


def files_of(files: list[Path] | None, config: Path | None) -> list[Path]:
    """The given files, or those of the configuration."""
    return files or settings_from(config).rule_files()


def check(files: Files = None, config: Config = None) -> None:
    """Every mistake in the rule files, with file and line."""
    rules = load_rules(files_of(files, config)).rules
    print(f"{len(rules)} rules are right.")


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


def list_rules(files: Files = None, config: Config = None, as_json: AsJson = False) -> None:
    """The rules with their versions."""
    rules = load_rules(files_of(files, config)).rules
    rows = [{"id": r.id, "version": r.version, "kind": r.kind, "life": r.life, "name": r.name["en"]} for r in rules]
    if as_json:
        print_json({"rules": rows})
        return
    print_table(["id", "version", "kind", "life", "name"], [list(row.values()) for row in rows])
