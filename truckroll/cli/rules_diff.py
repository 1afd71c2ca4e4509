"""`truckroll rules diff`: what changed from one version, or file, to another."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from typer import Argument

from detectors.life import LIVE, RETIRED
from detectors.rule import Rule
from detectors.rule_diff import Difference, differences
from detectors.rules import rules_of
from domain.errors import Unknown
from truckroll.cli.options import AsJson, Config, print_json, settings_from
from truckroll.rule_moves import rule_texts, rules_known
from truckroll.ruleset import load_rules
from truckroll.settings import Settings

Place = Annotated[str, Argument(help="A rule file, ID@VERSION, or ID: its running version.")]


def diff(a: Place = "", b: Place = "", config: Config = None, as_json: AsJson = False) -> None:
    """Which settings changed from A to B.

    Without B: from what runs to the file A, or from A to the rule files. Without both: from what runs to the rule
    files.
    """
    settings = settings_from(config)
    found = differences(*two_sides(settings, a, b))
    if as_json:
        print_json({"rules": [row(each) for each in found]})
        return
    for each in found:
        print("\n  ".join([each.sentence, *map(str, each.changes)]))


def two_sides(settings: Settings, a: str, b: str) -> tuple[list[Rule], list[Rule]]:
    """The rules before and after. Raises Unknown, GiveUp, WrongFormat."""
    if b:
        return rules_at(settings, a), rules_at(settings, b)
    if a and not Path(a).is_file():
        before = rules_at(settings, a)
        return before, [rule for rule in in_files(settings) if rule.id in {each.id for each in before}]
    after = rules_at(settings, a) if a else in_files(settings)
    ids = {rule.id for rule in after}
    return [rule for rule in running(rules_known(settings)) if not a or rule.id in ids], after


def in_files(settings: Settings) -> list[Rule]:
    """What the rule files of the configuration say."""
    return list(load_rules(settings.rule_files()).rules)


def rules_at(settings: Settings, place: str) -> list[Rule]:
    """The rules of a file, or one version from the journal. Raises Unknown."""
    if Path(place).is_file():
        return list(load_rules([Path(place)]).rules)
    id, _, version = place.partition("@")
    known = (rule for text in reversed(rule_texts(settings)) for rule in rules_of(text) if rule.id == id)
    found = next((rule for rule in known if rule.version == version), None) if version else first(known)
    if found is None:
        raise Unknown("rule file or version", place)
    return [found]


def first(rules: Iterable[Rule]) -> Rule | None:
    """The running one of a rule's versions, else any."""
    versions = list(rules)
    return next(iter([*running(versions), *versions]), None)


def running(rules: Iterable[Rule]) -> list[Rule]:
    """Of each rule the version that is live, else the newest that has not retired."""
    found: dict[str, Rule] = {}
    for rule in rules:
        if rule.life != RETIRED and (rule.id not in found or found[rule.id].life != LIVE):
            found[rule.id] = rule
    return list(found.values())


def row(each: Difference) -> dict[str, object]:
    """One rule, ready for JSON."""
    return {
        "rule": each.id,
        "before": each.before.version if each.before else None,
        "after": each.after.version if each.after else None,
        "changes": [{"setting": c.setting, "before": c.before, "after": c.after} for c in each.changes],
    }
