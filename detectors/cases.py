"""Cases: the tests that stand beside the rules are run by the engine that watches real devices.

One device lives through the letters of a case. A case is about the course of events, so the rule's `where` is left
out, and the rule is taken as live whatever its life.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from detectors.case import Case, Step
from detectors.engine import Engine
from detectors.rule import Rule, version_of
from detectors.rules import RuleFile, rules_entry
from detectors.where import Where
from domain.batch import Batch, DeviceEvent, Mark
from domain.entries import Kind, Position
from domain.finding import Finding, FindingState
from domain.instants import DAY, MINUTE, Instant
from domain.registry import Facts, Installation, registry_entry

DEVICE = "case"
BEGIN: Instant = 20_000 * DAY
MOST = 200
"""Entries in a batch."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a rule made of a case."""

    case: Case
    file: str
    found: int

    @property
    def passed(self) -> bool:
        """It made of it what the case expects."""
        return self.found == self.case.expect

    @property
    def sentence(self) -> str:
        """What was expected and found, and where the case stands."""
        place = f'{self.file}:{self.case.line}: case "{self.case.name}" of rule {self.case.rule}'
        return f"{place}: expected {findings_text(self.case.expect)}, found {self.found}."


def findings_text(count: int) -> str:
    """`1 finding`, `2 findings`."""
    return "1 finding" if count == 1 else f"{count} findings"


def run_cases(file: RuleFile) -> list[CaseResult]:
    """Every case of a rule file, in order."""
    rules = {rule.id: rule for rule in file.rules}
    return [CaseResult(case, file.name, len(settled(rules[case.rule], case))) for case in file.cases]


def settled(rule: Rule, case: Case) -> list[Finding]:
    """The findings that stand once everything written has arrived: all but the withdrawn ones."""
    engine = Engine()
    if case.asset:
        facts = Facts(device=DEVICE, asset=DEVICE, tags=case.asset)
        engine.control(0, "registry", registry_entry([Installation(0, facts)]))
    engine.control(0, "rules", rules_entry([everywhere(rule)]))
    latest: dict[str, Finding] = {}
    for batch in batches_of(case):
        latest |= {finding.id: finding for finding in engine.observe(batch)}
    return [finding for finding in latest.values() if finding.state is not FindingState.WITHDRAWN]


def everywhere(rule: Rule) -> Rule:
    """The same rule, live on every device."""
    table = {name: value for name, value in rule.table.items() if name != "where"}
    return replace(rule, life="live", where=Where(), table=table, version=version_of(table))


@dataclass(frozen=True, slots=True)
class Arrival:
    """One entry: a message of the device, with or without an event, or a tick."""

    position: Position
    received_at: Instant
    step: Step | None
    """None: a tick."""


def arrivals_of(case: Case) -> Iterator[Arrival]:
    """What arrives, in order; between the steps a tick every minute. Nothing arrives before it has happened."""
    position, now = 0, 0
    for step in case.steps:
        for minute in range(now + MINUTE, step.at, MINUTE):
            for one in (Step(minute, "", "", True), None) if step.is_heard else (None,):
                position += 1
                yield Arrival(position, minute, one)
        now, position = max(now, step.at), position + 1
        yield Arrival(position, now, step if step.is_said else None)


def batches_of(case: Case) -> Iterator[Batch]:
    """What arrives, as the journal's reader would hand it over."""
    for _, group in groupby(arrivals_of(case), key=lambda arrival: (arrival.position - 1) // MOST):
        yield batch_of(list(group))


def batch_of(arrivals: Sequence[Arrival]) -> Batch:
    """A batch of arrivals."""
    items = [(arrival, arrival.step) for arrival in arrivals if arrival.step is not None]
    readings = [(n, metric, value) for n, (_, step) in enumerate(items) for metric, value in step.readings]
    metrics = list(dict.fromkeys(metric for _, metric, _ in readings))
    states = list(dict.fromkeys(value for *_, value in readings if isinstance(value, str)))
    none = np.full(len(items), -1, np.int64)
    return Batch(
        after=arrivals[0].position - 1,
        upto=arrivals[-1].position,
        devices=(DEVICE,),
        metrics=metrics,
        states=states,
        position=column(arrival.position for arrival, _ in items),
        device=none + 1,
        item_at=column(BEGIN + step.at for _, step in items),
        received_at=column(BEGIN + arrival.received_at for arrival, _ in items),
        identity=np.zeros(len(items), np.uint64),
        firmware=none,
        flags=none + 1,
        item=column(item for item, _, _ in readings),
        metric=column(metrics.index(metric) for _, metric, _ in readings),
        value=np.array([np.nan if isinstance(value, str) else value for *_, value in readings], np.float64),
        state=column(states.index(value) if isinstance(value, str) else -1 for *_, value in readings),
        events=[event_of(item, arrival, step) for item, (arrival, step) in enumerate(items) if step.event],
        marks=[Mark(a.position, Kind.TICK, BEGIN + a.received_at, "", b"") for a in arrivals if a.step is None],
    )


def event_of(item: int, arrival: Arrival, step: Step) -> DeviceEvent:
    """What happened in a step."""
    return DeviceEvent(
        item=item,
        device=DEVICE,
        event=step.event,
        code=step.code,
        details={"message": step.message} if step.message else {},
        at=BEGIN + step.at,
        received_at=BEGIN + arrival.received_at,
        position=arrival.position,
        boot=-1,
        seq=-1,
        digest=arrival.position,
    )


def column(values: Iterable[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """A column of whole numbers."""
    return np.fromiter(values, np.int64)
