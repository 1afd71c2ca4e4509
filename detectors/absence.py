"""Absence: a device has not been heard for so many of its intervals, although we listened and its gateway spoke.

Silence is measured by arrival, on a clock that stands still while we could not have heard anything. Event time plays
no part, so nothing is ever late and nothing withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detectors.detector import setting
from detectors.gateways import Gateways
from detectors.heard import Heard
from detectors.homes import NO_PARENT, NOT_EXPECTED, Homes
from detectors.last_heard import packed, unpack
from detectors.last_words import LastWords
from detectors.listening import FARTHEST, Listening
from detectors.page import Page
from detectors.readers import Flapping, count, duration, flapping, gateway, interval, metric
from detectors.roster import Roster
from detectors.silences import Silences
from domain.batch import RETAINED, Batch, Bools, Ints
from domain.entries import Position
from domain.finding import Finding
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays

OFFLINE = "offline"
"""What the broker says in a device's name once it is gone; no sign of life."""


@dataclass
class Absence:
    """Nothing is heard of a key for `missed` times `every`."""

    every: Duration | None = setting(interval)
    """How often the device speaks; "learned": its own cadence, the longest usual gap."""
    missed: int = setting(count, default=3)
    """So many of these intervals without a word are silence."""
    metric: str = setting(metric, default="")
    """Only readings of it count as being heard; by default everything does, but for the broker's `offline`."""
    parent: str = setting(gateway, default="")
    """"gateway": no silence while the gateway that the registry names is silent as well."""
    grace: Duration = setting(duration, default=2 * MINUTE)
    """After an outage of ours or of the link, nothing counts for so long."""
    cooldown: Duration = setting(duration, default=0)
    """So soon after its end it is the same silence again."""
    flapping: Flapping = setting(flapping, default=Flapping())
    """So many beginnings and ends within so long are held as one."""

    page: ClassVar[Page] = Page(
        finds=(
            "A charging point that reports every five minutes and has not for fifteen; a sensor whose battery is "
            "empty. Of a whole site behind one silent gateway it is the gateway that is found."
        ),
        wrong_when=(
            "Something else must follow in time (A without B: `compound`), devices speak only when something happens, "
            "or a value stands still while the device goes on speaking (`change`)."
        ),
        source=(
            "A watchdog on the time since the last arrival, as heartbeat failure detectors have; the clock stands "
            "still while the broker, the link or we ourselves were away. The learned cadence is a maximum that fades."
        ),
    )

    def __post_init__(self) -> None:
        self.listening = Listening(self.grace)
        self.heard = Heard("heard", learns=self.every is None)
        self.words = LastWords()
        self.gateways = Gateways()
        self.homes = Homes(self.words, self.gateways, minds_parent=bool(self.parent))
        self.silences = Silences(self.cooldown, self.flapping)
        self.roster: Roster | None = None

    @classmethod
    def example(cls) -> dict[str, Any]:
        """A rule's settings that use everything."""
        return {
            "every": "10s",
            "missed": 3,
            "parent": "gateway",
            "grace": "10s",
            "cooldown": "1h",
            "flapping": {"changes": 4, "within": "4h"},
        }

    def meet(self, roster: Roster) -> None:
        """Whom to ask for gateways, and whether a device is expected to speak."""
        self.roster = self.homes.roster = roster

    def link(self, at: Instant, *, is_up: bool) -> None:
        """Nothing is heard while the link is down."""
        self.listening.link(at, is_up=is_up)

    def wants(self) -> Mapping[str, Any]:
        """Every item."""
        return {"events": frozenset(), "readings": frozenset(), "any_item": True, "follows": True}

    # -- being heard

    def observe(self, batch: Batch) -> list[Finding]:
        """Who was heard; what was silent has ended with its first sign of life."""
        shown = self.listening.hear(batch.received_at)
        lives = batch.flags & RETAINED == 0
        gone = sorted({event.item for event in batch.events if event.event == OFFLINE and lives[event.item]})
        lives[gone] = False
        if self.parent and self.roster is not None:
            self.gateways.note(batch, shown, lives, gone, self.roster.parents)
        items = np.flatnonzero(lives & (batch.slot >= 0) & self.speaks(batch))
        slots = batch.slot[items]
        self.heard.note(slots, shown[items])
        others = self.words.note(batch, items, slots, self.metric)
        self.grow()
        self.homes.forget(others)
        return self.heard_again(batch, items[self.silences.holds[slots]])

    def speaks(self, batch: Batch) -> Bools:
        """Which items count as being heard."""
        if not self.metric:
            return np.ones(len(batch.position), np.bool_)
        counts = np.zeros(len(batch.position), np.bool_)
        if self.metric in batch.metrics:
            counts[batch.item[batch.metric == list(batch.metrics).index(self.metric)]] = True
        return counts

    def heard_again(self, batch: Batch, items: Ints) -> list[Finding]:
        """Silences that have ended with one of these items, in order."""
        found: list[Finding] = []
        for item in items.tolist():
            slot = int(batch.slot[item])
            if self.silences.holds[slot]:
                words = self.words.of_item(batch, item, self.metric)
                at, position = int(batch.received_at[item]), int(batch.position[item])
                found.append(self.silences.end(slot, at, position, words))
        return found

    # -- being silent

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Who has been silent for too long."""
        before = self.listening.row()
        now = self.listening.tick(at)
        self.grow()
        found = self.silences.calm(at, position) + self.no_longer_expected(at, position)
        for slot in self.silent(now, at).tolist():
            known = packed(slot, before, self.heard, self.words)
            found.append(self.silences.begin(slot, at, position, self.words.of(slot), known))
        return list({(finding.slot, finding.fired_position): finding for finding in found}.values())

    def silent(self, now: Duration, at: Instant) -> Ints:
        """Slots that are silent from now on: long enough, expected to speak, and not behind a silent gateway."""
        heard = self.heard
        silence, every = now - heard.last, heard.cadence(self.every or 0)
        is_silent: Bools = heard.is_known & (silence // self.missed >= every) & (now - self.listening.resumed >= every)
        is_silent &= ~self.silences.holds[: len(is_silent)]
        slots: Ints = np.flatnonzero(is_silent)
        if not len(slots):
            return slots
        home = self.homes.of(slots, at)
        expected, home = slots[home != NOT_EXPECTED], home[home != NOT_EXPECTED]
        answers = home == NO_PARENT
        behind = ~answers
        children = expected[behind]
        silence = np.minimum(every[children], FARTHEST // self.missed) * self.missed
        answers[behind] = self.gateways.answer(home[behind], heard.last[children], every[children], silence, now)
        found: Ints = expected[answers]
        return found

    def no_longer_expected(self, at: Instant, position: Position) -> list[Finding]:
        """Silences of devices that were moved, stored or retired."""
        slots = self.silences.holding
        moved = slots[self.homes.of(slots, at) == NOT_EXPECTED]
        return [self.silences.end(slot, at, position) for slot in moved.tolist()]

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every silence ends with its rule."""
        return self.silences.retire(at, position)

    # -- what is remembered

    def state(self) -> dict[str, Any]:
        """All of it."""
        heard = self.heard.rows(np.flatnonzero(self.heard.is_known))
        parts = (self.silences, self.words, self.gateways)
        return heard | {name: rows for part in parts for name, rows in part.whole().items()} | self.listening.state()

    def changed(self) -> dict[str, Any]:
        """Changed rows."""
        heard = self.heard.rows(np.flatnonzero(self.heard.dirty))
        parts = (self.silences, self.words, self.gateways)
        return heard | {name: rows for part in parts for name, rows in part.changed().items()} | self.listening.state()

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        self.heard.restore(state)
        self.grow()
        for part in (self.silences, self.words, self.gateways, self.listening):
            part.restore(state)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return packed(slot, self.listening.row(), self.heard, self.words)

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state, and the clock with it."""
        if before:
            unpack(before, slot, self.listening, self.heard, self.words)
            self.grow()

    def grow(self) -> None:
        """Room for everybody heard."""
        self.homes.grow(len(self.heard.last))
        self.silences.grow(len(self.heard.last))
