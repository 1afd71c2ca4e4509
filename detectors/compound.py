"""Compound: two things that mean something together: both within a time, one after the other, or one alone.

Each is an event, or a reading that says something. They are judged in event time, and each is evidence once: what
made one finding, or one more piece of it, takes no part in the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from msgspec.structs import replace

from detectors.detector import setting
from detectors.episodes import Happening
from detectors.health import Heard
from detectors.moments import Moment, moment, pair, readings_of
from detectors.page import Page
from detectors.readers import EventMatch, positive
from detectors.stretch import RESOLVE, Row
from detectors.taking import Said
from detectors.unanswered import DUE, AwaitsAnswers
from domain.batch import Batch, DeviceEvent
from domain.instants import MINUTE, Duration

A, B = "A", "B"
PENDING = 20
"""So many of a key wait for another; beyond, the oldest no longer do."""


@dataclass(kw_only=True)
class Compound(AwaitsAnswers):
    """A and B `within` a time: `all = [A, B]`, `first = A` and `then = B`, or `event = A` and `without = B`."""

    all_: tuple[Moment, Moment] | None = setting(pair, default=None)
    """Two that must both happen, in any order: events, or readings such as { metric = "temp", above = 80 }."""
    first: Moment | None = setting(moment, default=None)
    """What comes first …"""
    then: Moment | None = setting(moment, default=None)
    """… and what must follow it."""
    event: Moment | None = setting(moment, default=None)
    """What happens …"""
    without: Moment | None = setting(moment, default=None)
    """… and what should follow it and does not; when it comes after all, it ends the finding, unless `resolve` names
    an event."""
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
            raise ValueError("compound needs two that differ; use kind count for one that repeats")
        super().__post_init__()
        self.asks = self.without is not None
        self.hits = A if self.asks else A + B
        self.listen()

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

    def matches(self) -> Iterable[Moment]:
        """A and B."""
        return (self.one, self.other)

    def kind_of(self, event: DeviceEvent) -> str:
        """A, B or both; ending what holds."""
        is_one, is_other = (isinstance(m, EventMatch) and m.matches(event) for m in self.matches())
        return self.roles(A * is_one + B * is_other) + self.ends(event)

    def roles(self, kind: str) -> str:
        """What is awaited is nothing else, and when it comes after all it ends the finding."""
        if not self.asks or B not in kind:
            return kind
        return B if self.resolve.event else B + RESOLVE

    def said(self, batch: Batch) -> dict[int, list[Said]]:
        """Events, and readings that say what is looked for."""
        said = super().said(batch)
        for item, readings in readings_of(batch, {A: self.one, B: self.other}).items():
            rows = [(replace(one, kind=self.roles(one.kind)), at) for one, at in readings]
            said.setdefault(item, []).extend(Said(one, at) for one, at in rows)
        return said

    def met(self, row: Row, one: Happening, heard: Heard) -> Row:
        """What an event, or time, makes of those that wait."""
        if one.kind == DUE:
            return self.overdue(row, [a for a in row.hits if (a.device, self.due_of(a) + 1) == (one.device, one.at)])
        if not (A in one.kind or B in one.kind):
            return row
        near = tuple(h for h in row.hits if one.at - h.at <= self.within)
        if self.asks:
            waiting = row.hits if A in one.kind else tuple(h for h in row.hits if h not in near)
            return replace(row, hits=(*waiting, one)[-PENDING:] if A in one.kind else waiting)
        if any(self.fits(before, one) for before in near):
            return self.fired(replace(row, hits=()), (*near, one), one.at)
        return replace(row, hits=(*near, one)[-PENDING:] if self.all_ or A in one.kind else near)

    def fits(self, before: Happening, one: Happening) -> bool:
        """The two are what the rule asks for."""
        return (A in before.kind and B in one.kind) or (self.all_ is not None and B in before.kind and A in one.kind)
