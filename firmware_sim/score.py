"""The score: tickets and incidents that were found, held against the truth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.instants import SECOND, Duration, Instant
from firmware_sim.publication import Key
from firmware_sim.truth import Truth

MS = SECOND // 1000


class Alarm(NamedTuple):
    """A finding about a fleet: what it names, and when it came."""

    scope: Mapping[str, str]
    opened: Instant


class Share(NamedTuple):
    """Of one kind of fault: how many were due, and how many of them came."""

    expected: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well tickets and incidents fit the truth."""

    expected: int
    """Tickets and incidents."""
    found: int
    """Of the expected ones."""
    missing: tuple[Key, ...]
    extra: tuple[Key, ...]
    """Tickets that nothing deserved, or not yet."""
    doubled: tuple[Key, ...]
    """Keys with more than one ticket."""
    delays: tuple[Duration, ...]
    """From the deciding message to the ticket, the shortest first."""
    device_days: float
    late: tuple[Key, ...] = ()
    """Those of the missing ones whose ticket came too late."""
    tickets: int = 0
    """All of them, right and wrong."""
    missing_incidents: tuple[Mapping[str, str], ...] = ()
    """By what they should have named."""
    false_incidents: tuple[Mapping[str, str], ...] = ()
    """By what they named without reason, or once more."""
    kinds: Mapping[str, Share] = field(default_factory=dict)
    """By kind of fault."""

    @property
    def is_perfect(self) -> bool:
        """Nothing missing, extra or doubled."""
        return not (self.missing or self.extra or self.doubled or self.missing_incidents or self.false_incidents)

    @property
    def false(self) -> int:
        """Tickets and incidents that nothing deserved."""
        return len(self.extra) + len(self.false_incidents)

    @property
    def recall(self) -> float:
        """Found of expected; 1 where nothing was expected."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Right ones among all tickets' keys and incidents; 1 where there are none."""
        return self.found / (self.found + self.false) if self.found + self.false else 1.0

    @property
    def false_per_1000_device_days(self) -> float:
        """Tickets that nothing deserved, by the life that was simulated."""
        return 1000 * len(self.extra) / self.device_days if self.device_days else 0.0

    def delay(self, share: float) -> Duration:
        """The delay that this share of the found ones keeps: the nearest rank; 0 where none was found."""
        return quantile(self.delays, share)

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON; delays in milliseconds."""
        return {
            "expected": self.expected,
            "found": self.found,
            "missing": [list(key) for key in self.missing],
            "late": [list(key) for key in self.late],
            "extra": [list(key) for key in self.extra],
            "doubled": [list(key) for key in self.doubled],
            "missing_incidents": [dict(scope) for scope in self.missing_incidents],
            "false_incidents": [dict(scope) for scope in self.false_incidents],
            "tickets": self.tickets,
            "precision": self.precision,
            "recall": self.recall,
            "false_per_1000_device_days": self.false_per_1000_device_days,
            "device_days": self.device_days,
            "delay_ms": {
                "p50": self.delay(0.5) / MS,
                "p95": self.delay(0.95) / MS,
                "max": self.delay(1.0) / MS,
            },
            "kinds": {kind: share._asdict() for kind, share in self.kinds.items()},
        }


def score(truth: Truth, found: Iterable[tuple[str, str, str, Instant]], alarms: Iterable[Alarm] = ()) -> Score:
    """The score of tickets given as (asset, component, failure mode, opened), and of alarms about fleets.

    Leave out withdrawn tickets. Of several with one key the earliest in time counts; one before the moment at which
    it could be known is extra. An alarm that names a suspect of the truth is right, a second one of it is not.
    """
    tickets = [((asset, component, failure_mode), opened) for asset, component, failure_mode, opened in found]
    opened_at: dict[Key, list[Instant]] = {}
    for key, opened in sorted(tickets, key=lambda ticket: ticket[1]):
        opened_at.setdefault(key, []).append(opened)
    delays = {
        key: delay for key in truth.expected if (delay := delay_of(truth, key, opened_at.get(key, ()))) is not None
    }
    too_late = {key for key in truth.expected.keys() & opened_at.keys() if key not in delays}
    early = {key for key in too_late if opened_at[key][0] < truth.expected[key].decided_at}
    told = told_incidents(truth, sorted(alarms, key=lambda alarm: alarm.opened))
    return Score(
        expected=len(truth.expected) + len(truth.incidents),
        found=len(delays) + len(told.delays),
        missing=tuple(key for key in truth.expected if key not in delays),
        extra=tuple(sorted((opened_at.keys() - truth.expected.keys() - truth.optional) | early)),
        doubled=tuple(sorted(key for key, times in Counter(key for key, _ in tickets).items() if times > 1)),
        delays=tuple(sorted((*delays.values(), *told.delays.values()))),
        device_days=truth.device_days,
        late=tuple(key for key in truth.expected if key in too_late - early),
        tickets=len(tickets),
        missing_incidents=tuple(i.scope for nth, i in enumerate(truth.incidents) if nth not in told.delays),
        false_incidents=told.false,
        kinds=by_kind(truth, delays, told),
    )


def delay_of(truth: Truth, key: Key, opened: Sequence[Instant]) -> Duration | None:
    """How long the first ticket in time took; None where there is none."""
    expected = truth.expected[key]
    return next((at - expected.decided_at for at in opened if expected.is_in_time(at)), None)


class Told(NamedTuple):
    """What alarms about fleets came to."""

    delays: Mapping[int, Duration]
    """By the incident's place in the truth."""
    false: tuple[Mapping[str, str], ...]


def told_incidents(truth: Truth, alarms: Iterable[Alarm]) -> Told:
    """Each incident and the first alarm in time that names its suspect."""
    delays: dict[int, Duration] = {}
    false: list[Mapping[str, str]] = []
    for alarm in alarms:
        named = [n for n, incident in enumerate(truth.incidents) if incident.is_named_by(alarm.scope)]
        right = [n for n in named if n not in delays and truth.incidents[n].is_in_time(alarm.opened)]
        if right:
            delays[right[0]] = alarm.opened - truth.incidents[right[0]].decided_at
        else:
            false.append(alarm.scope)
    return Told(delays, tuple(false))


def by_kind(truth: Truth, found: Mapping[Key, Duration], told: Told) -> dict[str, Share]:
    """How many of each kind of fault were found."""
    due = [(e.kind, e.key in found) for e in truth.expected.values()]
    due += [(f"{incident.kind} incident", nth in told.delays) for nth, incident in enumerate(truth.incidents)]
    expected, right = Counter(kind for kind, _ in due), Counter(kind for kind, is_found in due if is_found)
    return {kind: Share(expected[kind], right[kind]) for kind in sorted(expected)}


def together(scores: Sequence[Score]) -> Score:
    """The score of several runs as if they were one."""
    kinds = sorted({kind for score in scores for kind in score.kinds})
    none = Share(0, 0)
    return Score(
        expected=sum(score.expected for score in scores),
        found=sum(score.found for score in scores),
        missing=tuple(key for score in scores for key in score.missing),
        extra=tuple(key for score in scores for key in score.extra),
        doubled=tuple(key for score in scores for key in score.doubled),
        delays=tuple(sorted(delay for score in scores for delay in score.delays)),
        device_days=sum(score.device_days for score in scores),
        late=tuple(key for score in scores for key in score.late),
        tickets=sum(score.tickets for score in scores),
        missing_incidents=tuple(scope for score in scores for scope in score.missing_incidents),
        false_incidents=tuple(scope for score in scores for scope in score.false_incidents),
        kinds={
            kind: Share(
                sum(score.kinds.get(kind, none).expected for score in scores),
                sum(score.kinds.get(kind, none).found for score in scores),
            )
            for kind in kinds
        },
    )


def quantile(ordered: Sequence[Duration], share: float) -> Duration:
    """The smallest value that at least `share` of the ordered ones do not exceed."""
    if not ordered:
        return 0
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
