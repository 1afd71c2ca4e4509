"""Rule files: rules, their cases and ticket classes, checked as a whole before any of them is believed."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from detectors.case import ALPHABET, Case, read_alphabet, read_case
from detectors.detector import Detector
from detectors.life import stamp_of
from detectors.rule import Rule, version_of
from detectors.rule_lines import Mistakes, nearest
from detectors.rule_table import ID, read_rule, read_settings, read_text
from domain.errors import WrongFormat
from domain.toml import tables_in

TABLES = ("rule", "case", "class", "job_plan")
PLACE = re.compile(r" \(at line (\d+), column \d+\)")

__all__ = ["Rule", "RuleFile", "detector_of", "read_rules", "rules_entry", "rules_of"]


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one rule file says; `classes` are its `[[class]]` tables as they stand."""

    rules: tuple[Rule, ...]
    cases: tuple[Case, ...]
    classes: tuple[Mapping[str, Any], ...]
    name: str = ""


def read_rules(text: str, name: str) -> RuleFile:
    """The rule file `name` that holds `text`. Raises WrongFormat with every mistake, `FILE:LINE: sentence`."""
    mistakes = Mistakes(name, text)
    tables = tables_of(text, mistakes)
    rules = list(checked_rules(tables["rule"], mistakes))
    cases = list(checked_cases(tables["case"], [rule.id for rule in rules], mistakes))
    check_classes(tables["class"], mistakes)
    if mistakes.noted:
        raise WrongFormat(mistakes.sentences())
    return RuleFile(tuple(rules), tuple(cases), tuple(tables["class"]), name)


def tables_of(text: str, mistakes: Mistakes) -> dict[str, list[Mapping[str, Any]]]:
    """The tables of each name; what is no such table is noted."""
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in TABLES}
    for name, rows in parsed(text, mistakes).items():
        if name not in TABLES:
            mistakes.note(mistakes.lines.line(name, 0, ()), f"[[{name}]] is unknown; {nearest(name, TABLES)}")
        elif not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            mistakes.note(mistakes.lines.line(name, 0, ()), f"{name} is written as [[{name}]] tables.")
        else:
            found[name] = rows
    return found


def parsed(text: str, mistakes: Mistakes) -> Mapping[str, Any]:
    """The TOML text; empty where it is none."""
    try:
        return tables_in(text)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        line = int(place[1]) if place else len(text.splitlines()) or 1
        mistakes.note(line, f"this is not TOML: {PLACE.sub('', str(error))}.")
        return {}


def checked_rules(rows: Iterable[Mapping[str, Any]], mistakes: Mistakes) -> Iterator[Rule]:
    """The rules of `[[rule]]` tables."""
    seen: set[str] = set()
    for nth, row in enumerate(rows):
        wrong = mistakes.about("rule", nth, subject("rule", nth, row.get("id")))
        rule = read_rule(row, wrong)
        if rule.id in seen:
            wrong("this id is given twice in the file; give each rule its own.", "id")
        seen |= {rule.id} - {""}
        yield rule


def checked_cases(rows: Iterable[Mapping[str, Any]], rules: list[str], mistakes: Mistakes) -> Iterator[Case]:
    """The cases of `[[case]]` tables."""
    alphabet = ALPHABET
    for nth, row in enumerate(rows):
        wrong = mistakes.about("case", nth, subject("case", nth, row.get("name")))
        alphabet = read_alphabet(row, alphabet, wrong)
        yield read_case(row, alphabet, rules, mistakes.lines.line("case", nth, ()), wrong)


def check_classes(rows: Iterable[Mapping[str, Any]], mistakes: Mistakes) -> None:
    """Note what is wrong with ids and names of `[[class]]` tables; the rest is for who works with classes."""
    seen: set[str] = set()
    for nth, row in enumerate(rows):
        id, wrong = row.get("id"), mistakes.about("class", nth, subject("class", nth, row.get("id")))
        if not isinstance(id, str) or not ID.fullmatch(id):
            wrong("id must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", "id")
            continue
        if id in seen:
            wrong("this id is given twice in the file; give each class its own.", "id")
        seen.add(id)
        read_text("name", row.get("name", id), wrong)


def subject(table: str, nth: int, name: Any) -> str:
    """How sentences call a table: by its name, else by its place."""
    return f"{table} {name}" if isinstance(name, str) and name else f"{table} number {nth + 1}"


def detector_of(rule: Rule) -> Detector:
    """A fresh detector with the rule's settings. Raises WrongFormat where this program cannot build it any more."""
    mistakes: list[str] = []
    detector = read_settings(rule.table, lambda sentence, *path: mistakes.append(f"rule {rule.id}: {sentence}"))
    if detector is None or mistakes:
        raise WrongFormat(mistakes)
    return detector


def rules_entry(rules: Iterable[Rule]) -> bytes:
    """The payload of the journal's `rules` entry: the rules in force, with their versions and lives."""
    rows = [{"version": r.version, "life": r.life, "table": r.table, **r.stamp.row()} for r in rules]
    return json.dumps({"rules": rows}, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def rules_of(payload: bytes) -> list[Rule]:
    """The rules of a `rules` entry, the same as were written. Raises WrongFormat where one is not what it was."""
    mistakes: list[str] = []
    rules: list[Rule] = []
    for row in json.loads(payload)["rules"]:
        name = f"rule {row['table'].get('id')}@{row['version']}"
        if version_of(row["table"]) != row["version"]:
            mistakes.append(
                f"{name}: its content was changed after it was journaled; put the rule file in force again."
            )
        wrong = collected(mistakes, name)
        rules.append(replace(read_rule({**row["table"], "life": row["life"]}, wrong), stamp=stamp_of(row)))
    if mistakes:
        raise WrongFormat(mistakes)
    return rules


def collected(mistakes: list[str], name: str) -> Any:
    """The function that notes mistakes of a rule that has no file."""
    return lambda sentence, *path: mistakes.append(f"{name}: {sentence}")
