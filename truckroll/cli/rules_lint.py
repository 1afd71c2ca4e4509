"""`truckroll rules check | lint`: mistakes in rule files, and what is written right and cannot do what it is for."""

from pathlib import Path
from typing import Annotated, Any

import typer

from detectors.lint import Remark
from domain.errors import WrongFormat
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.rule_lint import Linted, lint_files
from truckroll.ruleset import load_rules

Files = Annotated[list[Path] | None, typer.Argument(help="Rule files; without any: those of the configuration.")]
People = Annotated[Path | None, typer.Option(help="File of people, as `people import` takes it.")]


def add_commands(group: typer.Typer) -> None:
    """To `truckroll rules`."""
    group.command("check")(check)
    group.command("lint")(lint)


def files_of(files: list[Path] | None, config: Path | None) -> list[Path]:
    """The given files, or those of the configuration."""
    return files or settings_from(config).rule_files()


def check(files: Files = None, people: People = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every mistake in the rule files, with file and line, and every remark; exit code 1 for mistakes only."""
    found, mistakes = looked_at(files_of(files, config), people)
    if as_json:
        print_json({"rules": found.rules, "mistakes": mistakes, "remarks": [row(each) for each in found.remarks]})
        if mistakes:
            raise typer.Exit(1)
        return
    if mistakes:
        raise WrongFormat(mistakes)
    print("\n".join([*map(str, found.remarks), f"{found.rules} rules are right."]))


def lint(files: Files = None, people: People = None, config: Config = None, as_json: AsJson = False) -> None:
    """What to look at in rule files that are right; exit code 1 when there is anything."""
    found, mistakes = looked_at(files_of(files, config), people)
    if as_json:
        print_json({"mistakes": mistakes, "remarks": [row(each) for each in found.remarks]})
    elif mistakes:
        raise WrongFormat(mistakes)
    else:
        print("\n".join(map(str, found.remarks)) or f"Nothing to remark about {found.rules} rules.")
    if mistakes or found.remarks:
        raise typer.Exit(1)


def looked_at(files: list[Path], people: Path | None) -> tuple[Linted, list[str]]:
    """Remarks, or mistakes where there are any."""
    try:
        load_rules(files)
        return lint_files(files, people), []
    except WrongFormat as error:
        return Linted(0, ()), list(error.mistakes)


def row(remark: Remark) -> dict[str, Any]:
    """A remark, ready for JSON."""
    return {"file": remark.file, "line": remark.line, "sentence": remark.sentence}
