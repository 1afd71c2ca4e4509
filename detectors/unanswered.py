"""Unanswered: that something happened and what should have followed did not, on evidence.

It is known once the device of the first was heard from it on to after the time for the answer, without a silence
longer than `gap`; or once so much time has passed by arrival while it was heard lately. Else it is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from detectors.cover import Cover, Span, number_of
from detectors.episodes import Happening, calmed
from detectors.event_kind import Episodic
from detectors.health import Heard
from detectors.stretch import EARLIEST, LATEST, KeyState, Row, is_late
from domain.entries import Position
from domain.instants import Duration, Instant
from domain.ports import Arrays

DUE = "W"
"""A mark: the time for an answer has passed, by arrival, and the device was heard lately."""


class AwaitsAnswers(Episodic):
    """A kind of which a row's hits may be questions that wait for an answer `within` a time."""

    within: Duration
    gap: Duration
    asks: bool
    """They are; else nothing of this matters."""

    def listen(self) -> None:
        """Begin with nothing."""
        self.cover = Cover(self.gap)
        self.due: dict[int, dict[int, Instant]] = {}
        """By slot and device with a question that waits: the event time after which it is to be judged again."""
        self.up_since: Instant = EARLIEST
        """When the way to the broker was opened last; before it, silence is no evidence."""

    # -- questions

    def due_of(self, question: Happening) -> Instant:
        """The last instant at which an answer would be in time."""
        return question.at + self.within

    def passed(self, row: Row, until: Instant, heard: Heard) -> Row:
        """Those become findings whose time is over, as far as is known."""
        if not self.asks or not row.hits:
            return row
        return self.overdue(row, [one for one in row.hits if self.due_of(one) < until and self.is_known(one, heard)])

    def is_known(self, question: Happening, heard: Heard) -> bool:
        """Its device was heard from it on to after the time for the answer."""
        return self.cover.reaches(heard, number_of(question.device), question.at, self.due_of(question) + 1)

    def overdue(self, row: Row, late: Sequence[Happening]) -> Row:
        """No answer followed these."""
        for question in late:
            due = self.due_of(question)
            episode = None if row.episode is None else calmed(row.episode, due, self.flapping)
            rest = tuple(hit for hit in row.hits if hit != question)
            row = self.fired(replace(row, hits=rest, episode=episode), (question,), due)
        return row

    def forgotten(self, row: Row, floor: Instant) -> Row:
        """Without what can no longer be part of anything, or will never be known."""
        return replace(row, hits=tuple(hit for hit in row.hits if self.due_of(hit) + 1 >= floor))

    # -- signs of life

    @property
    def needs_evidence(self) -> bool:
        """Being heard is evidence of quiet, and that no answer came."""
        return bool(self.resolve.quiet_for or self.asks)

    def arrived(self, state: KeyState, new: Happening, received_at: Instant) -> KeyState:
        """With a happening in its place, which is a sign of life too."""
        is_sign = self.asks and not is_late(state, new.at)
        state = super().arrived(state, new, received_at)
        if not is_sign:
            return state
        return replace(state, heard=self.cover.with_sign(state.heard, number_of(new.device), new.at, received_at))

    def with_sign(self, heard: Heard, device: str, at: Instant, received_at: Instant) -> Heard:
        """It was heard then."""
        return self.cover.with_sign(heard, number_of(device), at, received_at) if self.asks else heard

    def heard_with(self, heard: Heard, happenings: Sequence[Happening]) -> Heard:
        """What matters to a question that waits, or that may still turn up among what is unsettled."""
        return self.cover.since(heard, min(one.at for one in happenings)) if happenings else ()

    def learned(self, slot: int, device: str) -> bool:
        """The time for an answer to the device is over."""
        number = number_of(device)
        span = self.cover.last(self.keys.values[slot].heard, number)
        return span is not None and span.end > self.due.get(slot, {}).get(number, LATEST)

    def waits(self, row: Row, state: KeyState) -> bool:
        """Being heard may still show that no answer came."""
        return bool(self.waiting(row, state))

    def waiting(self, row: Row, state: KeyState) -> list[tuple[Happening, Span]]:
        """Questions of which it may still be known, each with the last that was heard of its device."""
        if not self.asks:
            return []
        longest = self.within + self.gap + self.lateness
        heard = [(one, self.cover.last(state.heard, number_of(one.device))) for one in row.hits]
        return [(one, span) for one, span in heard if span is not None and span.end - one.at <= longest]

    def remember(self, slot: int, row: Row, state: KeyState) -> None:
        """Also when to judge again."""
        super().remember(slot, row, state)
        self.due.pop(slot, None)
        for one, span in self.waiting(row, state):
            dues = self.due.setdefault(slot, {})
            dues[span.device] = min(self.due_of(one), dues.get(span.device, LATEST))

    # -- time by arrival

    def link(self, at: Instant, *, is_up: bool) -> None:
        """Silence across an outage is unknown."""
        if is_up:
            self.up_since = at

    def in_time(self, at: Instant) -> Sequence[int]:
        """Also those with a question that has waited for long enough."""
        return sorted(self.active | {slot for slot, dues in self.due.items() if self.is_ripe(slot, dues, at)})

    def is_ripe(self, slot: int, dues: Mapping[int, Instant], at: Instant) -> bool:
        """The time for an answer is over, as far as arrival tells."""
        heard = self.keys.values[slot].heard
        return any(self.known(self.cover.last(heard, device), at) > due for device, due in dues.items())

    def known(self, span: Span | None, at: Instant) -> Instant:
        """How far a device's own time has got, as its last sign of life says; the earliest: not known."""
        if span is None or span.heard_at < self.up_since or not 0 <= at - span.heard_at <= self.gap:
            return EARLIEST
        return span.end + at - span.heard_at

    def ripe(self, state: KeyState, at: Instant, position: Position) -> list[Happening]:
        """Also marks for questions that have waited for long enough."""
        row, _ = self.run(state.settled, state.happenings, state.heard)
        late = [
            one
            for one, span in self.waiting(row, state)
            if span.begin <= one.at and self.due_of(one) < self.known(span, at)
        ]
        marks = [Happening(self.due_of(one) + 1, -1, -1, 0, position, DUE, one.device, "", "") for one in late]
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
