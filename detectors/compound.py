"""Compound: two events that mean something together: both within a time, one after the other, or one alone.

Every form is judged in event time. `all`: A and B, in any order. `first … then`: A, and B after it. `event … without`:
A, and no B after it although A's device was heard all the while; a silence longer than `gap` is unknown, neither
true nor false. An event is evidence once: what made one finding, or one more piece of it, takes no part in the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from msgspec.structs import replace

from detectors.cover import Cover, Span, number_of
from detectors.detector import setting
from detectors.episodes import Happening, calmed
from detectors.event_kind import Episodic
from detectors.health import Heard
from detectors.page import Page
from detectors.readers import EventMatch, event_match, pair, positive
from detectors.stretch import EARLIEST, LATEST, KeyState, Row, is_late
from domain.batch import DeviceEvent
from domain.entries import Position
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays

A, B = "A", "B"
DUE = "W"
"""A mark: the time after an A has passed, by arrival, and the device was heard lately."""
PENDING = 20
"""So many events of a key wait for another; beyond, the oldest no longer do."""


@dataclass(kw_only=True)
class Compound(Episodic):
    """Events A and B `within` a time: `all = [A, B]`, `first = A` and `then = B`, or `event = A` `without = B`."""

    all_: tuple[EventMatch, EventMatch] | None = setting(pair, default=None)
    """Two events that must both happen, in any order."""
    first: EventMatch | None = setting(event_match, default=None)
    """What comes first …"""
    then: EventMatch | None = setting(event_match, default=None)
    """… and what must follow it."""
    event: EventMatch | None = setting(event_match, default=None)
    """What happens …"""
    without: EventMatch | None = setting(event_match, default=None)
    """… and what must not fail to follow it; when it comes after all, the finding ends."""
    within: Duration = setting(positive)
    """From the one to the other at most so long, by the device's clock."""
    gap: Duration = setting(positive, default=15 * MINUTE)
    """For `without`: when the device was silent for longer than this, nothing is known of that time."""

    page: ClassVar[Page] = Page(
        finds="What only two events together show: error2 and error3 within an hour before a part fails, a door that"
        " opened and was not closed within five minutes, a power cut followed by a failed start.",
        wrong_when="It is the same event again and again: use `count` or `consecutive`. The device falls silent: use"
        " `absence`. It is about how long a number is too high: use `threshold`.",
        source="Episodes of Mannila, Toivonen and Verkamo (1997): parallel (`all`) and serial (`first`, `then`) pairs"
        " within a window of event time, each event used once; `without` is the serial pair's bounded response.",
    )

    def __post_init__(self) -> None:
        pairs = (self.all_ or (None, None), (self.first, self.then), (self.event, self.without))
        given = [(a, b) for a, b in pairs if a or b]
        if len(given) != 1 or given[0][0] is None or given[0][1] is None:
            raise ValueError("compound needs one of: all = [A, B]; first and then; event and without")
        self.one, self.other = given[0][0], given[0][1]
        if self.one == self.other:
            raise ValueError("compound needs two different events; use kind count for one that repeats")
        super().__post_init__()
        self.hits = A if self.without else A + B
        if self.without and self.resolve.event is None:
            self.resolve = type(self.resolve)(self.without, self.resolve.quiet_for)
        self.cover = Cover(self.gap)
        self.due: dict[int, dict[int, Instant]] = {}
        """By slot and device with an A that waits: the event time after which it is to be judged again."""
        self.up_since: Instant = EARLIEST
        """When the way to the broker was opened last; before it, silence is no evidence."""

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything of one form."""
        return {
            "event": "fault",
            "without": {"event": "fault_cleared"},
            "within": "5m",
            "gap": "2h",
            "lateness": "10m",
            "resolve": {"quiet_for": "24h"},
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    # -- roles

    def matches(self) -> Iterable[EventMatch | None]:
        """Its two events."""
        return (self.one, self.other)

    def kind_of(self, event: DeviceEvent) -> str:
        """A, B or both; what is awaited is nothing else."""
        is_one, is_other = self.one.matches(event), self.other.matches(event)
        if self.without and is_other:
            is_one = False
        return A * is_one + B * is_other + self.ends(event)

    def met(self, row: Row, one: Happening, heard: Heard) -> Row:
        """What an event, or time, makes of those that wait."""
        if one.kind == DUE:
            return self.overdue(row, [a for a in row.hits if (a.device, self.due_of(a) + 1) == (one.device, one.at)])
        if not (A in one.kind or B in one.kind):
            return row
        near = tuple(h for h in row.hits if one.at - h.at <= self.within)
        if self.without:
            waiting = row.hits if A in one.kind else tuple(h for h in row.hits if h not in near)
            return replace(row, hits=(*waiting, one)[-PENDING:] if A in one.kind else waiting)
        if any(self.fits(before, one) for before in near):
            return self.fired(replace(row, hits=()), (*near, one), one.at)
        return replace(row, hits=(*near, one)[-PENDING:] if self.all_ or A in one.kind else near)

    def fits(self, before: Happening, one: Happening) -> bool:
        """The two are what the rule asks for."""
        return (A in before.kind and B in one.kind) or (self.all_ is not None and B in before.kind and A in one.kind)

    # -- without

    def due_of(self, a: Happening) -> Instant:
        """The last instant at which B would be in time."""
        return a.at + self.within

    def passed(self, row: Row, until: Instant, heard: Heard) -> Row:
        """As whose time has passed, while the device was heard from A to after it."""
        if not self.without or not row.hits:
            return row
        return self.overdue(row, [a for a in row.hits if self.due_of(a) < until and self.is_known(a, heard)])

    def is_known(self, a: Happening, heard: Heard) -> bool:
        """Its device was heard from A to after the time for B."""
        return self.cover.reaches(heard, number_of(a.device), a.at, self.due_of(a) + 1)

    def overdue(self, row: Row, late: Sequence[Happening]) -> Row:
        """No B followed these."""
        for a in late:
            due = self.due_of(a)
            episode = None if row.episode is None else calmed(row.episode, due, self.flapping)
            rest = tuple(h for h in row.hits if h != a)
            row = self.fired(replace(row, hits=rest, episode=episode), (a,), due)
        return row

    def forgotten(self, row: Row, floor: Instant) -> Row:
        """Without what can no longer be part of anything, or will never be known."""
        return replace(row, hits=tuple(h for h in row.hits if self.due_of(h) + 1 >= floor))

    # -- signs of life

    @property
    def needs_evidence(self) -> bool:
        """Being heard is evidence of quiet, and that an A stayed without B."""
        return bool(self.resolve.quiet_for or self.without)

    def arrived(self, state: KeyState, new: Happening, received_at: Instant) -> KeyState:
        """With a happening in its place, which is a sign of life too."""
        is_sign = self.without is not None and not is_late(state, new.at)
        state = super().arrived(state, new, received_at)
        if not is_sign:
            return state
        return replace(state, heard=self.cover.with_sign(state.heard, number_of(new.device), new.at, received_at))

    def with_sign(self, heard: Heard, device: str, at: Instant, received_at: Instant) -> Heard:
        """It was heard then."""
        return self.cover.with_sign(heard, number_of(device), at, received_at) if self.without else heard

    def heard_with(self, heard: Heard, happenings: Sequence[Happening]) -> Heard:
        """What matters to an A that waits, or that may still turn up among what is unsettled."""
        return self.cover.since(heard, min(one.at for one in happenings)) if happenings else ()

    def learned(self, slot: int, device: str) -> bool:
        """The time after an A of the device has passed."""
        number = number_of(device)
        span = self.cover.last(self.keys.values[slot].heard, number)
        return span is not None and span.end > self.due.get(slot, {}).get(number, LATEST)

    def waits(self, row: Row, state: KeyState) -> bool:
        """Being heard may still show that an A stayed without B."""
        return bool(self.waiting(row, state))

    def waiting(self, row: Row, state: KeyState) -> list[tuple[Happening, Span]]:
        """As of which it may still be known, each with the last that was heard of its device."""
        if not self.without:
            return []
        longest = self.within + self.gap + self.lateness
        heard = [(a, self.cover.last(state.heard, number_of(a.device))) for a in row.hits]
        return [(a, span) for a, span in heard if span is not None and span.end - a.at <= longest]

    def remember(self, slot: int, row: Row, state: KeyState) -> None:
        """Also when to judge again."""
        super().remember(slot, row, state)
        self.due.pop(slot, None)
        for a, span in self.waiting(row, state):
            dues = self.due.setdefault(slot, {})
            dues[span.device] = min(self.due_of(a), dues.get(span.device, LATEST))

    # -- time by arrival

    def link(self, at: Instant, *, is_up: bool) -> None:
        """Silence across an outage is unknown."""
        if is_up:
            self.up_since = at

    def in_time(self, at: Instant) -> Sequence[int]:
        """Also those whose A has waited for long enough."""
        return sorted(self.active | {slot for slot, dues in self.due.items() if self.is_ripe(slot, dues, at)})

    def is_ripe(self, slot: int, dues: Mapping[int, Instant], at: Instant) -> bool:
        """The time for B is over, as far as arrival tells."""
        heard = self.keys.values[slot].heard
        return any(self.known(self.cover.last(heard, device), at) > due for device, due in dues.items())

    def known(self, span: Span | None, at: Instant) -> Instant:
        """How far a device's own time has got, as its last sign of life says; the earliest: not known."""
        if span is None or span.heard_at < self.up_since or not 0 <= at - span.heard_at <= self.gap:
            return EARLIEST
        return span.end + at - span.heard_at

    def ripe(self, state: KeyState, at: Instant, position: Position) -> list[Happening]:
        """Also marks for those whose A has waited for long enough."""
        row, _ = self.run(state.settled, state.happenings, state.heard)
        late = [
            a for a, span in self.waiting(row, state) if span.begin <= a.at and self.due_of(a) < self.known(span, at)
        ]
        marks = [Happening(self.due_of(a) + 1, -1, -1, 0, position, DUE, a.device, "", "") for a in late]
        return super().ripe(state, at, position) + marks

    def state(self) -> dict[str, Any]:
        """Rows of all keys."""
        return {**super().state(), "up_since": np.array([self.up_since], np.int64)}

    def changed(self) -> dict[str, Any]:
        """Rows of changed keys."""
        return {**super().changed(), "up_since": np.array([self.up_since], np.int64)}

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.up_since = int(state["up_since"][0])
        super().restore(state)
