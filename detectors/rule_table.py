"""One `[[rule]]` table, checked as a whole and made into a rule."""

import math
import re
from collections.abc import Mapping
from typing import Any

from detectors.detector import Detector
from detectors.keys import FINGERPRINT
from detectors.kinds import detector_class, is_required, kinds, settings_of
from detectors.rule import LIVES, Rule, version_of
from detectors.rule_lines import Wrong, nearest
from detectors.severity import canonical_severity, read_severity
from detectors.where import DEFAULT_KEY, read_key, read_where
from domain.errors import Unknown
from domain.text import LANGUAGES, Text

COMMON = (
    "id",
    "name",
    "kind",
    "life",
    "where",
    "key",
    "severity",
    "failure_mode",
    "class",
    "max_tickets",
    "suppresses",
)
SUPPRESSES = ("", "children", "site")
"""Whose findings open no ticket while one of the rule holds."""
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RATE = re.compile(r"[1-9]\d{0,5}/[mhd]")


def read_rule(row: Mapping[str, Any], wrong: Wrong) -> Rule:
    """The rule of a table; it is good for nothing once a mistake went to `wrong`."""
    table = canonical_table(row)
    strange = [name for name, value in table.items() if not is_plain(value)]
    for name in strange:
        wrong(f"{name} holds a date or a number that is not finite; write texts, numbers, true, false or lists.", name)
    read_settings(table, wrong)
    one_of("suppresses", table.get("suppresses", ""), SUPPRESSES, wrong)
    id = read_id(table.get("id"), wrong)
    return Rule(
        id=id,
        version="" if strange else version_of(table),
        life=one_of("life", row.get("life", "live"), LIVES, wrong),
        kind=str(table.get("kind", "")),
        name=read_text("name", table.get("name", id or "?"), wrong),
        where=read_where(table.get("where", {}), wrong),
        key=with_group(read_key(table.get("key", list(DEFAULT_KEY)), wrong), table.get("by")),
        severity=read_severity(table.get("severity", "S3"), wrong),
        failure_mode=word_in(table, "failure_mode", id, wrong),
        ticket_class=word_in(table, "class", "", wrong),
        max_tickets=read_rate(table, wrong),
        table=table,
    )


def with_group(key: tuple[str, ...], by: Any) -> tuple[str, ...]:
    """The key, told apart by fingerprint as well where a rule groups by it."""
    return (*key, FINGERPRINT) if by == FINGERPRINT and FINGERPRINT not in key else key


def canonical_table(row: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's content: everything but its life."""
    table = {name: value for name, value in row.items() if name != "life"}
    return table | ({"severity": canonical_severity(table["severity"])} if "severity" in table else {})


def is_plain(value: Any) -> bool:
    """It can be written as JSON and read back as the same."""
    if isinstance(value, Mapping):
        return all(is_plain(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_plain(inner) for inner in value)
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def read_settings(table: Mapping[str, Any], wrong: Wrong) -> Detector | None:
    """The detector that a rule configures; None after a mistake."""
    kind = read_kind(table, wrong)
    if kind is None:
        return None
    known, given = settings_of(kind), {}
    for name in table:
        if name not in known and name not in COMMON:
            wrong(f"{name} is unknown; {nearest(name, (*known, *COMMON))}", name)
    is_right = True
    for name, field in known.items():
        if name in table:
            try:
                given[field.name] = field.metadata["read"](table[name])
            except ValueError as error:
                wrong(f"{name} {error}.", name)
                is_right = False
        elif is_required(field):
            wrong(f"{name} is missing; kind {table['kind']} needs it.")
            is_right = False
    return built(kind, given, wrong) if is_right else None


def read_kind(table: Mapping[str, Any], wrong: Wrong) -> Any:
    """The detector's class; None after a mistake."""
    if "kind" not in table:
        wrong(f"kind is missing; {nearest('', kinds())}")
        return None
    try:
        return detector_class(str(table["kind"]))
    except Unknown:
        wrong(f"kind {table['kind']!r} is unknown; {nearest(table['kind'], kinds())}", "kind")
        return None


def built(kind: Any, settings: Mapping[str, Any], wrong: Wrong) -> Detector | None:
    """The detector with these settings; None where they do not fit together."""
    try:
        detector: Detector = kind(**settings)
    except ValueError as error:
        wrong(f"{error}.")
        return None
    return detector


def read_id(value: Any, wrong: Wrong) -> str:
    """What the rule is called in files and findings."""
    if isinstance(value, str) and ID.fullmatch(value):
        return value
    wrong("id must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", "id")
    return ""


def one_of(name: str, value: Any, words: tuple[str, ...], wrong: Wrong) -> str:
    """One of some words."""
    if value not in words:
        wrong(f"{name} {value!r} is unknown; {nearest(value, words)}", name)
    return str(value)


def read_text(name: str, value: Any, wrong: Wrong) -> Text:
    """A text for people, as a string or by language."""
    texts = value if isinstance(value, Mapping) else {"en": value}
    for language in texts:
        if language not in LANGUAGES:
            wrong(f"{name}.{language} is unknown; {nearest(language, LANGUAGES)}", name, language)
    if "en" not in texts or not all(isinstance(text, str) and text for text in texts.values()):
        wrong(f'{name} is a text or {{ en = "…", zh = "…" }}, with en always there.', name)
        return {"en": "?"}
    return dict(texts)


def word_in(table: Mapping[str, Any], name: str, default: str, wrong: Wrong) -> str:
    """A name of something, written like an id."""
    value = table.get(name, default)
    if value != default and not (isinstance(value, str) and ID.fullmatch(value)):
        wrong(f"{name} must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", name)
    return str(value)


def read_rate(table: Mapping[str, Any], wrong: Wrong) -> str:
    """So many tickets a minute, hour or day."""
    value = table.get("max_tickets", "")
    if value != "" and not (isinstance(value, str) and RATE.fullmatch(value)):
        wrong('max_tickets is a number a minute, hour or day, such as "20/h".', "max_tickets")
    return str(value)
