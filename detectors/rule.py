"""A rule: what to watch for, on which devices, and what a finding of it means; its version is a hash of that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from detectors.life import IN_FORCE, LIVES, UNMOVED, Stamp
from detectors.severity import SeverityScale
from detectors.where import Where
from domain.text import Text

__all__ = ["IN_FORCE", "LIVES", "Rule", "canonical", "version_of"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One version of one rule, checked. Versions never change; only the life of one does."""

    id: str
    version: str
    life: str
    kind: str
    name: Text = field(hash=False)
    where: Where
    key: tuple[str, ...]
    severity: SeverityScale
    failure_mode: str
    ticket_class: str
    max_tickets: str
    """`"20/h"`; empty = no limit."""
    table: Mapping[str, Any] = field(hash=False)
    """The content as read, without `life`, in canonical form."""
    stamp: Stamp = UNMOVED
    """How it came to its life."""

    @property
    def label(self) -> str:
        """How people call this version: `ID@VERSION`."""
        return f"{self.id}@{self.version}"


def canonical(table: Mapping[str, Any]) -> bytes:
    """The content as bytes that do not depend on whitespace, comments or the order of keys."""
    text = json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def version_of(table: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that say which content it is."""
    return blake2b(canonical(table), digest_size=6).hexdigest()
