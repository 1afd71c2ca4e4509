"""Absence: a device has not been heard for so many of its intervals, although we listened and its gateway spoke.

Silence is measured by arrival, on a clock that stands still while we could not have heard anything. Event time plays
no part, so nothing is ever late and nothing withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from detectors.detector import setting
from detectors.episodes import FLAPPING, Happening, Told, begin, calmed, finding_of, grown, is_in_cooldown, turned
from detectors.gateways import Gateways
from detectors.heard import Heard
from detectors.keyed import Keyed
from detectors.last_words import LastWords
from detectors.listening import Listening
from detectors.readers import Flapping, count, duration, flapping, gateway, interval, metric
from detectors.roster import Roster
from domain.batch import RETAINED, Batch, Bools, Ints
from domain.entries import Position
from domain.finding import Finding
from domain.instants import MINUTE, Duration, Instant
from domain.ports import Arrays

OFFLINE = "offline"
"""What the broker says in a device's name once it is gone; no sign of life."""
NOT_ASKED, NOT_EXPECTED, NO_PARENT = -3, -2, -1


class Before(msgspec.Struct, frozen=True, array_like=True):
    """What a firing depends on: the clock, and when and with what the key was heard last."""

    clock: list[int]
    last: int
    every: int
    gaps: int
    words: Happening


@dataclass
class Absence:
    """Nothing is heard of a key for `missed` times `every`."""

    every: Duration | None = setting(interval)
    """None: learned from each device's own cadence."""
    missed: int = setting(count, default=3)
    metric: str = setting(metric, default="")
    """Only readings of it count as being heard; empty: everything does."""
    parent: str = setting(gateway, default="")
    """Silent while the parent is."""
    grace: Duration = setting(duration, default=2 * MINUTE)
    """After an outage of ours or of the link, nothing counts for so long."""
    cooldown: Duration = setting(duration, default=0)
    flapping: Flapping = setting(flapping, default=Flapping())

    def __post_init__(self) -> None:
        self.listening = Listening(self.grace)
        self.heard = Heard("heard", learns=self.every is None)
        self.words = LastWords()
        self.gateways = Gateways()
        self.silences: Keyed[Told] = Keyed(Told)
        """What has been said last of a key's silence."""
        self.holds: Bools = np.zeros(0, np.bool_)
        """By slot, whether its silence holds."""
        self.flaps: set[int] = set()
        self.roster: Roster | None = None
        self.changes = -1
        self.home: Ints = np.zeros(0, np.int64)
        """By slot, the gateway of the device heard last, or why there is none."""

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

    # -- the detector's interface

    def meet(self, roster: Roster) -> None:
        """Whom to ask for gateways, and whether a device is expected to speak."""
        self.roster = roster

    def link(self, at: Instant, *, is_up: bool) -> None:
        """Nothing is heard while the link is down."""
        self.listening.link(at, is_up=is_up)

    def wants(self) -> Mapping[str, Any]:
        """Every item."""
        return {"events": frozenset(), "readings": frozenset(), "any_item": True, "follows": True}

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
        self.room()
        self.home[others] = NOT_ASKED
        return self.heard_again(batch, items[self.holds[slots]])

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """Who has been silent for too long."""
        before = self.listening.row()
        now = self.listening.tick(at)
        self.room()
        found = self.calm(at, position) + self.no_longer_expected(at, position)
        found += [self.fall_silent(slot, at, position, before) for slot in self.silent(now, at).tolist()]
        return list({(finding.slot, finding.fired_position): finding for finding in found}.values())

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """Every silence ends with its rule."""
        return [self.end(slot, at, position) for slot in np.flatnonzero(self.holds).tolist()]

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            **self.silences.whole(),
            **self.heard.rows(np.flatnonzero(self.heard.is_known)),
            **self.words.whole(),
            **self.gateways.whole(),
            **self.listening.state(),
        }

    def changed(self) -> dict[str, Any]:
        """Changed rows."""
        return {
            **self.silences.changed(),
            **self.heard.rows(np.flatnonzero(self.heard.dirty)),
            **self.words.changed(),
            **self.gateways.changed(),
            **self.listening.state(),
        }

    def restore(self, state: Arrays) -> None:
        """Take rows in."""
        for part in (self.silences, self.heard, self.words, self.gateways, self.listening):
            part.restore(state)
        self.room()
        for slot in state["slot"].tolist():
            self.notice(slot)

    def before(self, slot: int) -> bytes:
        """One key's state."""
        return self.pack(slot, self.listening.row())

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state, and the clock with it."""
        if before:
            row = msgspec.msgpack.decode(before, type=Before)
            self.listening.set_row(row.clock)
            self.heard.note(np.array([slot]), np.array([row.last]))
            self.heard.every[slot], self.heard.gaps[slot] = row.every, row.gaps
            self.words.put(slot, row.words)
            self.room()

    # -- being heard

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
            if self.holds[slot]:
                words = self.words.of_item(batch, item, self.metric)
                found.append(self.end(slot, int(batch.received_at[item]), int(batch.position[item]), words))
        return found

    # -- being silent

    def silent(self, now: Duration, at: Instant) -> Ints:
        """Slots that are silent from now on: long enough, expected to speak, and not behind a silent gateway."""
        heard = self.heard
        silence, every = now - heard.last, heard.cadence(self.every or 0)
        is_silent: Bools = heard.is_known & (silence // self.missed >= every) & (now - self.listening.resumed >= every)
        is_silent &= ~self.holds[: len(is_silent)]
        slots: Ints = np.flatnonzero(is_silent)
        if not len(slots):
            return slots
        home = self.homes(slots, at)
        expected, home = slots[home != NOT_EXPECTED], home[home != NOT_EXPECTED]
        answers = home == NO_PARENT
        behind = ~answers
        answers[behind] = self.gateways.answer(home[behind], heard.last[expected[behind]], every[expected[behind]], now)
        found: Ints = expected[answers]
        return found

    def homes(self, slots: Ints, at: Instant) -> Ints:
        """Each slot's gateway, NO_PARENT or NOT_EXPECTED; asked of the registry where it is not known."""
        if self.roster is None:
            return np.full(len(slots), NO_PARENT)
        if self.changes != self.roster.changes:
            self.home[:], self.changes = NOT_ASKED, self.roster.changes
        home: Ints = self.home[slots]
        for row in np.flatnonzero(home == NOT_ASKED).tolist():
            device = self.words.device(int(slots[row]))
            home[row] = self.home_of(int(slots[row]), device, at, self.roster)
            if not self.roster.varies(device):
                self.home[slots[row]] = home[row]
        return home

    def home_of(self, slot: int, device: str, at: Instant, roster: Roster) -> int:
        """The gateway of a device, as the registry has it now."""
        facts = roster.facts(device, at)
        if facts.expected_state != "active" or roster.slot(device, at) != slot:
            return NOT_EXPECTED
        return self.gateways.names.place(facts.parent) if self.parent and facts.parent else NO_PARENT

    def fall_silent(self, slot: int, at: Instant, position: Position, clock: list[int]) -> Finding:
        """A silence begins, or one that ended lately goes on."""
        words, told = self.words.of(slot), self.silences.get(slot)
        episode = None if told is None else calmed(told.episode, at, self.flapping)
        if told is not None and episode is not None and is_in_cooldown(episode, at, self.cooldown):
            episode = turned(episode, holds=True, at=at, flapping=self.flapping)
            if (episode.latest or episode.first)[-1] != words:
                episode = grown(episode, (words,))
            return self.tell(slot, replace(told, episode=episode), position, at)
        return self.tell(slot, Told(position, 0, self.pack(slot, clock), begin((words,), at)), position, at)

    def end(self, slot: int, at: Instant, position: Position, words: Happening | None = None) -> Finding:
        """A silence has ended."""
        told = self.silences.values[slot]
        episode = turned(calmed(told.episode, at, self.flapping), holds=False, at=at, flapping=self.flapping)
        if words is not None:
            episode = grown(episode, (words,))
        return self.tell(slot, replace(told, episode=episode), position, at)

    def no_longer_expected(self, at: Instant, position: Position) -> list[Finding]:
        """Silences of devices that were moved, stored or retired."""
        slots = np.flatnonzero(self.holds)
        return [self.end(slot, at, position) for slot in slots[self.homes(slots, at) == NOT_EXPECTED].tolist()]

    def calm(self, at: Instant, position: Position) -> list[Finding]:
        """Silences that flapped and have not changed for long enough."""
        found = []
        for slot in sorted(self.flaps):
            told = self.silences.values[slot]
            if (episode := calmed(told.episode, at, self.flapping)) != told.episode:
                found.append(self.tell(slot, replace(told, episode=episode), position, at))
        return found

    def tell(self, slot: int, told: Told, position: Position, at: Instant) -> Finding:
        """Remember and say how a silence stands."""
        self.silences.set(slot, told)
        self.notice(slot)
        return finding_of(told.episode, told, slot=slot, position=position, at=at, late=0)

    # -- what is remembered

    def pack(self, slot: int, clock: list[int]) -> bytes:
        """What a firing depends on."""
        heard = self.heard
        if slot >= len(heard.last) or not heard.is_known[slot]:
            return b""
        numbers = int(heard.last[slot]), int(heard.every[slot]), int(heard.gaps[slot])
        return self.silences.encoder.encode(Before(clock, *numbers, self.words.of(slot)))

    def notice(self, slot: int) -> None:
        """Remember whose silence holds, and whose flaps."""
        told = self.silences.get(slot)
        self.holds[slot] = told is not None and told.episode.holds
        (self.flaps.add if told and told.episode.state == FLAPPING else self.flaps.discard)(slot)

    def room(self) -> None:
        """Room for everybody heard."""
        if more := len(self.heard.last) - len(self.home):
            self.home = np.concatenate([self.home, np.full(more, NOT_ASKED)])
            self.holds = np.concatenate([self.holds, np.zeros(more, np.bool_)])
