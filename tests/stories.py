"""Stories: what one device says, told to a rule entry by entry; helpers of the tests of rules about events."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from detectors.engine import Engine
from detectors.rules import read_rules, rules_entry
from domain.batch import Mark
from domain.entries import Kind
from domain.finding import Finding, FindingState
from domain.instants import DAY, Instant
from tests.batches import Happening, Item, batch_of

BEGIN: Instant = 20_000 * DAY


class Story:
    """One rule over one device; times are nanoseconds after the beginning, arrival in the order of the calls."""

    def __init__(self, rule: str) -> None:
        [self.rule] = read_rules(rule, "rules.toml").rules
        self.engine = Engine()
        self.engine.control(0, "rules", rules_entry([self.rule]))
        self.position = 0
        self.said: list[Finding] = []

    def say(
        self,
        event: str,
        at: int,
        code: str = "",
        *,
        seq: int | None = None,
        received: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> list[Finding]:
        """An event of the device."""
        self.position += 1
        happening = Happening(
            "tv",
            BEGIN + at,
            event,
            code,
            details or {},
            position=self.position,
            received_at=BEGIN + (at if received is None else received),
            seq=self.position if seq is None else seq,
        )
        return self.keep(self.engine.observe(batch_of([], [happening], after=self.position - 1)))

    def read(
        self, at: int, received: int | None = None, *, seq: int | None = None, **values: float | str
    ) -> list[Finding]:
        """The device is heard with readings."""
        self.position += 1
        arrival, number = BEGIN + (at if received is None else received), self.position if seq is None else seq
        said = values or {"uptime": 1.0}
        item = Item("tv", BEGIN + at, said, position=self.position, received_at=arrival, boot=0, seq=number)
        return self.keep(self.engine.observe(batch_of([item], after=self.position - 1)))

    def mark(self, kind: Kind, at: int, topic: str = "", payload: bytes = b"") -> list[Finding]:
        """A tick, a link or a decision."""
        self.position += 1
        mark = Mark(self.position, kind, BEGIN + at, topic, payload)
        return self.keep(
            self.engine.observe(batch_of([], [], after=self.position - 1, upto=self.position, marks=[mark]))
        )

    def tick(self, at: int) -> list[Finding]:
        """Time passes."""
        return self.mark(Kind.TICK, at)

    def link(self, at: int, *, is_up: bool) -> list[Finding]:
        """The way to the broker closes or opens."""
        return self.mark(Kind.LINK, at, "connected" if is_up else "disconnected", b'{"source":"mqtt"}')

    def restart(self) -> None:
        """The reader dies and comes back with what it saved."""
        state, self.engine = self.engine.whole(), Engine()
        self.engine.control(0, "rules", rules_entry([self.rule]))
        self.engine.restore(state)

    def keep(self, found: Sequence[Finding]) -> list[Finding]:
        """Remember what was said."""
        self.said += found
        return list(found)

    def settled(self) -> list[Finding]:
        """The last state of each finding that was not withdrawn."""
        last = {finding.id: finding for finding in self.said}
        return [finding for finding in last.values() if finding.state is not FindingState.WITHDRAWN]

    def states(self) -> list[str]:
        """What was said, in order."""
        return [finding.state.value for finding in self.said]

    def view(self) -> list[tuple[Any, ...]]:
        """The settled view without positions, in order of event time."""
        return sorted(
            (f.key, f.state.value, f.count, [(e.at - BEGIN, e.what, e.code) for e in f.evidence])
            for f in self.settled()
        )


def shuffled(rows: Sequence[Any], seed: int) -> list[Any]:
    """The rows in another order."""
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    return mixed
