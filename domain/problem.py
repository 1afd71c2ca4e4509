"""A problem: the cause behind incidents and tickets, with what helps until it is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import IllegalMove
from domain.instants import Instant


class ProblemState(StrEnum):
    """Where it stands."""

    OPEN = "open"
    KNOWN = "known"
    """The cause is known, and is not gone yet."""
    RESOLVED = "resolved"


MOVES: Mapping[ProblemState, frozenset[ProblemState]] = {
    ProblemState.OPEN: frozenset({ProblemState.KNOWN, ProblemState.RESOLVED}),
    ProblemState.KNOWN: frozenset({ProblemState.OPEN, ProblemState.RESOLVED}),
    ProblemState.RESOLVED: frozenset({ProblemState.OPEN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem as it stands."""

    id: str
    title: str
    state: ProblemState = ProblemState.OPEN
    cause: str = ""
    workaround: str = ""
    incidents: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    """Linked ones by number; those of its incidents are among them."""
    opened_at: Instant
    changed_at: Instant
    by: str
    """Who changed it last."""
    revision: int = 0


def check_move(problem: str, before: ProblemState, after: ProblemState) -> None:
    """Nothing, or IllegalMove. Staying is always legal."""
    if before is not after and after not in MOVES[before]:
        raise IllegalMove(f"Problem {problem}", before, after, sorted(MOVES[before]))
