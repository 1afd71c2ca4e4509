"""`truckroll rules case`: a false alarm becomes a test beside its rule."""

from pathlib import Path
from typing import Annotated

import typer

from detectors.cases import run_cases
from detectors.rules import RuleFile, read_rules
from domain.errors import GiveUp
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.frozen import frozen
from truckroll.settings import Settings
from truckroll.stores import ledger_of

NONE = "none"


def case(
    ticket: Annotated[str, typer.Argument(help="The ticket's number, such as T-2026-000123.")],
    expect: Annotated[str, typer.Option(help="How many findings it should have been: none, or a number.")] = NONE,
    only_print: Annotated[bool, typer.Option("--print", help="Print the case and change no file.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Append what a ticket rests on to its rule's file, as a case that fails until the rule is changed."""
    settings = settings_from(config)
    with ledger_of(settings) as ledger:
        cases = frozen(ledger, ticket, expected(expect), settings.limits)
    written = {} if only_print else {id: str(append(settings, id, text)) for id, text in cases.items()}
    if as_json:
        print_json({"cases": [{"rule": id, "text": text, "file": written.get(id)} for id, text in cases.items()]})
    elif only_print:
        print("".join(cases.values()).strip())
    else:
        print("\n".join(f"{file}: one more case of rule {id}; truckroll rules test" for id, file in written.items()))


def expected(text: str) -> int:
    """`none` or a number. Raises GiveUp."""
    if text == NONE:
        return 0
    if not text.isdecimal():
        raise GiveUp(f"--expect is none or a number, and not {text!r}.")
    return int(text)


def append(settings: Settings, rule: str, text: str) -> Path:
    """Add the case to the file that holds the rule; returns it. Raises GiveUp, WrongFormat."""
    path, before = file_of(settings, rule)
    after = before.rstrip("\n") + "\n" + text
    run_cases(read(path, after))
    path.write_text(after, encoding="utf-8")
    return path


def file_of(settings: Settings, rule: str) -> tuple[Path, str]:
    """The rule file that holds a rule, and its text. Raises GiveUp."""
    for path in settings.rule_files():
        text = path.read_text(encoding="utf-8")
        if rule in {each.id for each in read(path, text).rules}:
            return path, text
    raise GiveUp(f"Rule {rule} is in none of the rule files any more; see the case with --print.")


def read(path: Path, text: str) -> RuleFile:
    """The rule file with this text. Raises WrongFormat."""
    return read_rules(text, str(path))
