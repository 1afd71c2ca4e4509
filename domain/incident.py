"""An incident: one trouble of many devices, with one ticket; the devices are its members and have none."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from domain.finding import Finding
from domain.instants import Instant

FIRST = ("model", "firmware", "site")
"""These names of a scope come first in its text, in this order."""
ESCAPES = str.maketrans({"%": "%25", ",": "%2C", "=": "%3D"})
RULE = "rule"
"""The name of the scope of a flood: every finding of that rule."""


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    RESOLVED = "resolved"


class HoldKind(StrEnum):
    """Why a finding that holds has no ticket of its own."""

    SHELVE = "shelve"
    WINDOW = "window"
    PARENT = "parent"
    SERVICE = "service"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as it stands."""

    id: str
    """That of the finding that began it."""
    ticket: str = ""
    """Its ticket's number; empty = the ticket that is opened with it."""
    rule: str
    scope: Mapping[str, str]
    """What all its members have in common; `{"rule": …}` for a rule that found too much at once."""
    failure_mode: str
    code: str = ""
    """The code that its members report, where they all report the same."""
    state: IncidentState = IncidentState.OPEN
    suspect: str = ""
    """The release that is suspected."""
    opened_at: Instant
    resolved_at: Instant | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """It takes members."""
        return self.state is IncidentState.OPEN

    @property
    def is_flood(self) -> bool:
        """It is about a rule that found too much at once, and about no fleet."""
        return RULE in self.scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One asset's part in an incident."""

    incident: str
    asset: str
    joined_at: Instant
    left_at: Instant | None = None
    why: str = ""
    """Why it is a member, or is none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A finding that holds and opens no ticket for now; recorded until one of the two is over."""

    finding: str
    asset: str
    kind: HoldKind
    by: str
    """The id of what holds it back: of a suppression, of the parent's finding or of an incident."""
    since: Instant
    why: str = ""


def scope_text(scope: Mapping[str, str]) -> str:
    """`fleet:model=TV-55,firmware=2.4.1`: the same text for the same scope, and for no other."""
    names = [name for name in FIRST if name in scope] + sorted(scope.keys() - set(FIRST))
    parts = [f"{name.translate(ESCAPES)}={scope[name].translate(ESCAPES)}" for name in names]
    return ("flood:" if RULE in scope else "fleet:") + ",".join(parts)


def is_in_scope(scope: Mapping[str, str], finding: Finding) -> bool:
    """The finding of one device is about what the scope says; values of a scope may hold `*` and `?`."""
    return all(fnmatchcase(said(finding, name), wanted) for name, wanted in scope.items())


def said(finding: Finding, name: str) -> str:
    """What a finding says under a name of a scope."""
    if name == RULE:
        return finding.rule
    if name.startswith("tag:"):
        return str(finding.facts.get("tags", {}).get(name.removeprefix("tag:"), ""))
    return str(finding.facts.get(name, ""))


def flood_key(finding: Finding) -> tuple[str, str, str]:
    """The key of the ticket of a flood of the finding's rule."""
    return (scope_text({RULE: finding.rule}), "", finding.failure_mode)


def about_its_scope(finding: Finding) -> Finding:
    """A fleet's finding, whose asset is its scope; any other as it is."""
    return replace(finding, asset=scope_text(finding.scope), component="") if finding.scope else finding


def code_of(finding: Finding) -> str:
    """The code that the finding says its evidence bears, else the one it does; empty where it is none or several."""
    if "code" in finding.details:
        return str(finding.details["code"])
    codes = {evidence.code for evidence in finding.evidence}
    return codes.pop() if len(codes) == 1 else ""
