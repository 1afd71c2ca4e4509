"""Where: which devices a rule is about, by what the registry says of them and by their firmware."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from detectors.firmware import Firmware, read_firmware
from detectors.rule_lines import Wrong, nearest
from domain.registry import Facts

FACTS = ("model", "site", "owner", "tier", "criticality", "component", "device", "asset", "expected_state")
NAMES = (*FACTS, "tag", "fw")
KEY_NAMES = ("device", "asset", "component", "site", "model", "owner", "parent", "code", "fingerprint")
DEFAULT_KEY = ("asset", "component")

Globs = tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that must all hold; each holds when any of its globs matches. No condition: every device."""

    facts: tuple[tuple[str, Globs], ...] = ()
    tags: tuple[tuple[str, Globs], ...] = ()
    firmware: tuple[Firmware, ...] = ()

    @property
    def needs_firmware(self) -> bool:
        """It cannot be decided without the device's firmware."""
        return bool(self.firmware)

    def matches(self, facts: Facts, firmware: str) -> bool:
        """Whether the rule is about this device; firmware that is not known (`""`) satisfies no condition on it."""
        return (
            all(any_of(globs, getattr(facts, name)) for name, globs in self.facts)
            and all(any_of(globs, facts.tags.get(name, "")) for name, globs in self.tags)
            and (not self.firmware or any(condition.matches(firmware) for condition in self.firmware))
        )


def any_of(globs: Globs, text: str) -> bool:
    """One of the globs matches the whole text, case-sensitive."""
    return any(glob.match(text) for glob in globs)


def read_where(table: Any, wrong: Wrong) -> Where:
    """The `where` of a rule."""
    if not isinstance(table, Mapping):
        wrong('where is a table such as { model = "TV-*" }.', "where")
        return Where()
    for name in table:
        if name not in NAMES:
            wrong(f"where.{name} is unknown; {nearest(name, NAMES)}", "where", name)
    tags = table.get("tag", {})
    if not isinstance(tags, Mapping):
        wrong('where.tag is a table such as { region = "cn-*" }.', "where", "tag")
        tags = {}
    return Where(
        tuple((name, read_globs(table[name], wrong, name)) for name in FACTS if name in table),
        tuple((name, read_globs(tags[name], wrong, "tag", name)) for name in sorted(tags)),
        read_firmwares(table["fw"], wrong) if "fw" in table else (),
    )


def texts_of(value: Any, wrong: Wrong, *path: str) -> list[str]:
    """A text or a list of texts."""
    texts = value if isinstance(value, list) else [value]
    if texts and all(isinstance(text, str) for text in texts):
        return texts
    wrong(f"{'.'.join(('where', *path))} is a text with * and ?, or a list of them.", "where", *path)
    return []


def read_globs(value: Any, wrong: Wrong, *path: str) -> Globs:
    """A glob or a list of globs."""
    return tuple(re.compile(translate(text)) for text in texts_of(value, wrong, *path))


def read_firmwares(value: Any, wrong: Wrong) -> tuple[Firmware, ...]:
    """A firmware condition or a list of them."""
    conditions: list[Firmware] = []
    for text in texts_of(value, wrong, "fw"):
        try:
            conditions.append(read_firmware(text))
        except ValueError as error:
            wrong(f"where.fw: {error}.", "where", "fw")
    return tuple(conditions)


def read_key(value: Any, wrong: Wrong) -> tuple[str, ...]:
    """The names that tell one finding's subject from another's."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        wrong('key is a list such as ["asset", "component"].', "key")
        return DEFAULT_KEY
    for name in value:
        if name not in KEY_NAMES:
            wrong(f"key {name} is unknown; {nearest(name, KEY_NAMES)}", "key")
    if len(set(value)) < len(value):
        wrong("key says a name twice; say each once.", "key")
    if not {"asset", "device"} & set(value):
        wrong("key must hold asset or device, because a ticket needs one asset.", "key")
    return tuple(value)
