"""Album: what the first findings of each rule looked like in the data, to be drawn small."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from domain.batch import Batch
from domain.finding import Finding
from domain.instants import HOUR, Duration, Instant

A_RULE = 3
"""So many examples a rule."""
POINTS = 240
"""So many points an example at most."""
REMEMBERED = 400_000
"""So many of the latest readings are remembered, to show what came before a finding."""
LEAST: Duration = HOUR
"""An example shows so much before and after at least."""

Point = tuple[Instant, float]


@dataclass(slots=True)
class Example:
    """A finding as it fired, and the readings around it."""

    finding: Finding
    since: Instant
    until: Instant
    points: list[Point] = field(default_factory=list)

    @property
    def device(self) -> str:
        """Whose data are shown."""
        return self.finding.evidence[0].device

    @property
    def metric(self) -> str:
        """What is shown; empty where the finding rests on events."""
        return next((e.what for e in self.finding.evidence if e.value is not None), "")

    @property
    def events(self) -> list[tuple[Instant, str]]:
        """What happened: events of the evidence, with their codes."""
        return [(e.at, f"{e.what} {e.code}".strip()) for e in self.finding.evidence if e.value is None and e.what]

    def take(self, batch: Batch) -> None:
        """Take in what the batch says of it."""
        if self.device not in batch.devices or self.metric not in batch.metrics:
            return
        device, metric = list(batch.devices).index(self.device), list(batch.metrics).index(self.metric)
        rows = np.flatnonzero((batch.metric == metric) & (batch.device[batch.item] == device))
        at = batch.at[rows]
        rows, at = rows[(at >= self.since) & (at <= self.until)], at[(at >= self.since) & (at <= self.until)]
        self.points += zip(at.tolist(), batch.value[rows].tolist(), strict=True)

    def drawn(self) -> list[Point]:
        """The points to draw in order of time; of many, the lowest and highest of each stretch."""
        points = sorted(point for point in self.points if point[1] == point[1])
        return thinned(points, POINTS)


class Album:
    """Collects examples while batches are shown."""

    def __init__(self) -> None:
        self.recent: deque[Batch] = deque()
        self.kept = 0
        self.examples: list[Example] = []
        self.open: list[Example] = []

    def look(self, batch: Batch, findings: Iterable[Finding]) -> None:
        """A batch, and what was found in it."""
        for example in self.open:
            example.take(batch)
        self.remember(batch)
        for finding in findings:
            if finding.position == finding.fired_position and self.wants(finding):
                self.begin(finding)
        if len(batch.received_at):
            now = int(batch.received_at[-1])
            self.open = [example for example in self.open if now <= example.until]

    def wants(self, finding: Finding) -> bool:
        """There are not enough of its rule yet, and it says whose data it rests on."""
        there = sum(e.finding.rule == finding.rule for e in self.examples)
        is_new = all(e.finding.id != finding.id for e in self.examples)
        return bool(finding.evidence) and there < A_RULE and is_new

    def begin(self, finding: Finding) -> None:
        """A new example, with what came before it."""
        span = max(LEAST, finding.last_at - finding.started_at)
        example = Example(finding, finding.started_at - span, finding.last_at + span)
        self.examples.append(example)
        self.open.append(example)
        for batch in self.recent:
            example.take(batch)

    def remember(self, batch: Batch) -> None:
        """Keep the batch for a while."""
        if not len(batch.item):
            return
        self.recent.append(batch)
        self.kept += len(batch.item)
        while self.kept > REMEMBERED and len(self.recent) > 1:
            self.kept -= len(self.recent.popleft().item)


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many points, extremes among them."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // (most // 2))
    groups = (points[start : start + size] for start in range(0, len(points), size))
    return [p for group in groups for p in sorted({min(group, key=by_value), max(group, key=by_value)})]


def by_value(point: Point) -> float:
    """The value of a point."""
    return point[1]
