"""The life of a rule's version: where it may go from where it is, who moved it, and what it may open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from domain.instants import Instant

DRAFT, BACKTESTED, SHADOW, LIVE, RETIRED = LIVES = ("draft", "backtested", "shadow", "live", "retired")
IN_FORCE = frozenset({SHADOW, LIVE})
"""Lives in which a rule watches."""

MOVES: Mapping[str, tuple[str, ...]] = {
    DRAFT: (BACKTESTED, SHADOW, RETIRED),
    BACKTESTED: (SHADOW, RETIRED),
    SHADOW: (LIVE, RETIRED),
    LIVE: (SHADOW, RETIRED),
    RETIRED: (SHADOW,),
}
"""Only what has watched in shadow goes live, because only that knows what is true already."""

Confirmed = Literal["all"] | tuple[str, ...]
ALL: Literal["all"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How a version came to its present life."""

    since: Instant = 0
    by: str = ""
    why: str = ""
    revision: int = 0
    """How many moves there were."""
    was: str = ""
    """Retired because no rule file named it any more: the life it had."""
    request: str = ""
    """The request that asked for the last move; asked again, it changes nothing."""
    live_since: Instant = 0
    """What began before this was true already when it went live; 0 = it began its life live, and nothing was."""
    confirmed: Confirmed = ()
    """Findings that were true already and may open tickets."""

    def allows(self, finding: str) -> bool:
        """A finding that was true already may open a ticket."""
        return self.confirmed == ALL or finding in self.confirmed

    def row(self) -> dict[str, Any]:
        """What differs from a version that was never moved, ready for JSON."""
        said = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name) != getattr(UNMOVED, name)}
        return said | ({"confirmed": list(self.confirmed)} if isinstance(said.get("confirmed"), tuple) else {})


UNMOVED = Stamp()


def stamp_of(row: Mapping[str, Any]) -> Stamp:
    """The stamp in a row of a `rules` entry."""
    said = {name: row[name] for name in Stamp.__slots__ if name in row}
    return Stamp(**said | ({"confirmed": tuple(said["confirmed"])} if isinstance(said.get("confirmed"), list) else {}))


def joined(one: Confirmed, other: Confirmed) -> Confirmed:
    """What either of them confirms."""
    names: Collection[str] = {*one, *other}
    return ALL if ALL in (one, other) else tuple(sorted(names))
