"""Trouble: a stretch of alarms of one key as a value, and the finding that tells of it."""

from msgspec import Struct
from msgspec.structs import replace

from domain.entries import Position
from domain.finding import Evidence, Finding, FindingState, Severity
from domain.instants import Instant

FIRST = 3
LATEST = 20


class Piece(Struct, frozen=True, array_like=True):
    """One reading in alarm."""

    position: Position
    device: str
    at: Instant
    metric: str
    value: float

    def evidence(self) -> Evidence:
        """As evidence of a finding."""
        return Evidence(self.position, self.device, self.at, self.metric, "", self.value)


class Trouble(Struct, frozen=True, array_like=True):
    """From its first alarm on."""

    fired_position: Position
    before: bytes
    """The key's state just before the entry that fired."""
    count: int = 0
    score: float = 0.0
    """The highest so far."""
    first: tuple[Piece, ...] = ()
    latest: tuple[Piece, ...] = ()

    @property
    def last_at(self) -> Instant:
        """Event time of the last alarm."""
        return (self.latest or self.first)[-1].at


def grown(trouble: Trouble, pieces: tuple[Piece, ...], score: float) -> Trouble:
    """With more evidence; the first pieces and the latest are kept, all are counted."""
    room = max(0, FIRST - len(trouble.first))
    return replace(
        trouble,
        count=trouble.count + len(pieces),
        score=max(trouble.score, score),
        first=trouble.first + pieces[:room],
        latest=(trouble.latest + pieces[room:])[-LATEST:],
    )


def finding_of(
    trouble: Trouble, state: FindingState, *, slot: int, position: Position, at: Instant, late: int
) -> Finding:
    """What is said of it now. `at` is the time of arrival."""
    return Finding(
        slot=slot,
        state=state,
        severity=Severity.S3,
        started_at=trouble.first[0].at,
        last_at=trouble.last_at,
        fired_position=trouble.fired_position,
        position=position,
        changed_at=at,
        count=trouble.count,
        evidence=tuple(piece.evidence() for piece in trouble.first + trouble.latest),
        late=late,
        score=trouble.score,
        before=trouble.before,
    )
