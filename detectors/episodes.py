"""Episodes: one stretch of a condition, from its first firing to its end, with cooldown and flapping.

Everything here is a value; a late event is judged by running the stretch of unsettled happenings again.
"""

from msgspec import Struct
from msgspec.structs import replace

from detectors.readers import Flapping
from domain.batch import DeviceEvent
from domain.entries import Position
from domain.finding import Evidence, Finding, FindingState, Severity
from domain.instants import Duration, Instant

FIRST = 3
LATEST = 20
OPEN, RESOLVED, FLAPPING = FindingState.OPEN.value, FindingState.RESOLVED.value, FindingState.FLAPPING.value


class Happening(Struct, frozen=True, array_like=True):
    """Something relevant to a rule, in the order of event time."""

    at: Instant
    boot: int
    seq: int
    digest: int
    position: Position
    kind: str
    device: str
    event: str
    code: str
    value: float | None = None

    def order(self) -> tuple[int, int, int, int, int]:
        """Event time, ties broken as DeviceEvent.order does."""
        return (self.at, self.boot, self.seq, self.digest, self.position)


def happening(event: DeviceEvent, kind: str) -> Happening:
    """A device's event in its role for the rule."""
    return Happening(
        event.at,
        event.boot,
        event.seq,
        event.digest,
        event.position,
        kind,
        event.device,
        event.event,
        event.code,
    )


class Episode(Struct, frozen=True, array_like=True):
    """One stretch of a condition."""

    state: str
    """`open`, `recovering`, `resolved` or `flapping`."""
    holds: bool
    """The condition holds now; what a flapping one becomes when it is calm."""
    count: int
    first: tuple[Happening, ...]
    latest: tuple[Happening, ...]
    changed_at: Instant
    """When it last opened or resolved, event time."""
    changes: tuple[Instant, ...]
    """Times of changes between open and resolved, as far as flapping looks back."""

    @property
    def started_at(self) -> Instant:
        """Event time of the first evidence."""
        return self.first[0].at

    @property
    def last_at(self) -> Instant:
        """Event time of the last evidence."""
        return (self.latest or self.first)[-1].at

    def evidence(self) -> tuple[Evidence, ...]:
        """The first and the latest pieces, in order of event time."""
        return tuple(Evidence(h.position, h.device, h.at, h.event, h.code, h.value) for h in self.first + self.latest)


def begin(row: tuple[Happening, ...], at: Instant) -> Episode:
    """A new episode with the evidence that made it fire."""
    return grown(Episode(OPEN, True, 0, (), (), at, (at,)), row)


def grown(episode: Episode, more: tuple[Happening, ...]) -> Episode:
    """With more evidence; the first pieces and the latest are kept, all are counted."""
    room = max(0, FIRST - len(episode.first))
    return replace(
        episode,
        count=episode.count + len(more),
        first=episode.first + more[:room],
        latest=(episode.latest + more[room:])[-LATEST:],
    )


def turned(episode: Episode, *, holds: bool, at: Instant, flapping: Flapping) -> Episode:
    """Opened or resolved at an instant; held as flapping when that happens too often."""
    if episode.holds is holds:
        return episode
    changes = tuple(t for t in (*episode.changes, at) if not flapping.changes or at - t <= flapping.within)
    changes = changes[-max(2, flapping.changes) :]
    flaps = bool(flapping.changes) and len(changes) >= flapping.changes
    state = FLAPPING if flaps or episode.state == FLAPPING else (OPEN if holds else RESOLVED)
    return replace(episode, state=state, holds=holds, changed_at=at, changes=changes)


def calmed(episode: Episode, at: Instant, flapping: Flapping) -> Episode:
    """A flapping episode that has not changed for long enough becomes what it is underneath."""
    if episode.state != FLAPPING or at - episode.changed_at < flapping.within:
        return episode
    return replace(episode, state=OPEN if episode.holds else RESOLVED, changes=())


def is_over(episode: Episode) -> bool:
    """Only a new firing could open it again."""
    return not episode.holds and episode.state == RESOLVED


def ended(episode: Episode, at: Instant) -> Episode:
    """Over, whatever held, because nobody asks any more."""
    return replace(episode, state=RESOLVED, holds=False, changed_at=at)


def is_in_cooldown(episode: Episode, at: Instant, cooldown: Duration) -> bool:
    """It resolved so recently that a new firing is the same trouble again; a flapping one always is."""
    return episode.state == FLAPPING or (not episode.holds and at - episode.changed_at <= cooldown)


def finding_of(
    episode: Episode | None, told: "Told", *, slot: int, position: Position, at: Instant, late: int
) -> Finding:
    """The finding that says how an episode stands; None = it turned out not to be one."""
    episode, state = (
        (told.episode, FindingState.WITHDRAWN) if episode is None else (episode, FindingState(episode.state))
    )
    return Finding(
        slot=slot,
        nth=told.nth,
        state=state,
        severity=Severity.S3,
        started_at=episode.started_at,
        last_at=episode.last_at,
        fired_position=told.fired_position,
        position=position,
        changed_at=at,
        count=episode.count,
        evidence=episode.evidence(),
        late=late,
        before=told.before,
    )


class Told(Struct, frozen=True, array_like=True):
    """What has been said of an episode: the finding's fixed part, and its last state."""

    fired_position: Position
    nth: int
    before: bytes
    episode: Episode
    withdrawn: bool = False
