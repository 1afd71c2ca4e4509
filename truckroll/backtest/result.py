"""Result: what a backtest has to say, in numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.rule import Rule
from domain.finding import Finding, FindingState
from domain.instants import DAY, Duration, Instant, instant_text
from domain.sla import SlaBook
from ticketing.classes import Classes
from truckroll.backtest.album import Example
from truckroll.backtest.broken import Promised, promised
from truckroll.backtest.calls import Call, calls_of, hours_of, parts_of, unplanned
from truckroll.backtest.run import Outcome
from truckroll.backtest.truth import Failure, Judgement, judge
from truckroll.backtest.weekly import Rate, Weeks, rate, share

SAME_WITHIN: Duration = DAY
"""Calls of two rule files about the same key are the same when they are no further apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """By what calls are measured."""

    classes: Classes
    truth: Sequence[Failure] | None
    lead: Duration
    seed: int
    book: Callable[[Instant], SlaBook] | None = None
    """The promises as they were at an instant; None: none are judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One rule file over one past."""

    rules: Sequence[Rule]
    outcome: Outcome
    calls: Sequence[Call]
    weeks: Weeks
    tickets_a_week: Rate
    hours_a_week: Rate
    by_week: Sequence[tuple[str, int, float]]
    """(first day, tickets, hours)."""
    parts: Mapping[str, int]
    unplanned: Sequence[str]
    judgement: Judgement | None
    promised: Promised | None
    examples: Sequence[Example]

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        o = self.outcome
        return {
            "from": instant_text(o.begins),
            "to": instant_text(o.ends),
            "devices": len(o.heard),
            "device_days": o.device_days,
            "messages": o.messages,
            "readings": o.readings,
            "rules": [self.of_rule(rule) for rule in self.rules],
            "findings": len(o.findings),
            "withdrawn": withdrawn(o.findings),
            "tickets": len(self.calls),
            "tickets_a_week": self.tickets_a_week.as_dict(),
            "hours_a_week": self.hours_a_week.as_dict(),
            "weeks": [{"from": week, "tickets": calls, "hours": hours} for week, calls, hours in self.by_week],
            "parts": dict(self.parts),
            "classes_without_plan": list(self.unplanned),
            "promises": None if self.promised is None else self.promised.as_dict(),
            "truth": None if self.judgement is None else judged(self.judgement),
            "examples": [shown(example) for example in self.examples],
        }

    def of_rule(self, rule: Rule) -> dict[str, Any]:
        """What one rule found and called for."""
        name = f"{rule.id}@{rule.version}"
        found = [finding for finding in self.outcome.findings if finding.rule == rule.id]
        row: dict[str, Any] = {
            "id": rule.id,
            "version": rule.version,
            "kind": rule.kind,
            "life": rule.life,
            "findings": len(found),
            "withdrawn": withdrawn(found),
            "tickets": sum(call.rule == name for call in self.calls),
        }
        if self.judgement is not None:
            right = sum(call.rule == name for call in self.judgement.right)
            row |= {"right": right, "precision": right / row["tickets"] if row["tickets"] else None}
            row["precision_interval"] = share(right, row["tickets"])
        return row


def result_of(rules: Sequence[Rule], outcome: Outcome, measure: Measure, examples: Iterable[Example] = ()) -> Result:
    """The numbers of a run."""
    calls, weeks = calls_of(outcome), Weeks(outcome.begins, outcome.ends)
    classes = measure.classes
    tickets = weeks.sums((call.at, 1) for call in calls)
    hours = weeks.sums((call.at, hours_of(call, classes)) for call in calls)
    truth = None if measure.truth is None else within(measure.truth, weeks)
    return Result(
        rules=rules,
        outcome=outcome,
        calls=calls,
        weeks=weeks,
        tickets_a_week=rate(tickets, weeks, measure.seed),
        hours_a_week=rate(hours, weeks, measure.seed),
        by_week=list(zip(weeks.names(), map(int, tickets.tolist()), hours.tolist(), strict=True)),
        parts=parts_of(calls, classes),
        unplanned=unplanned(calls, classes),
        judgement=None if truth is None else judge(calls, truth, lead=measure.lead, device_days=outcome.device_days),
        promised=None if measure.book is None else promised(outcome, measure.book(outcome.ends)),
        examples=list(examples),
    )


def within(truth: Iterable[Failure], weeks: Weeks) -> list[Failure]:
    """The failures of the time that was played."""
    return [failure for failure in truth if failure.until >= weeks.begin and failure.since <= weeks.end]


def withdrawn(findings: Iterable[Finding]) -> int:
    """How many late data took back."""
    return sum(finding.state is FindingState.WITHDRAWN for finding in findings)


def judged(judgement: Judgement) -> dict[str, Any]:
    """The judgement with the intervals of its shares."""
    right, calls = len(judgement.right), len(judgement.right) + len(judgement.wrong)
    found = judgement.failures - len(judgement.missed)
    return judgement.as_dict() | {
        "precision_interval": share(right, calls),
        "recall_interval": share(found, judgement.failures),
    }


def shown(example: Example) -> dict[str, Any]:
    """An example, ready for JSON."""
    finding = example.finding
    return {
        "finding": finding.id,
        "rule": f"{finding.rule}@{finding.version}",
        "asset": finding.asset,
        "device": example.device,
        "from": instant_text(finding.started_at),
        "to": instant_text(finding.last_at),
        "metric": example.metric,
        "points": [[at, value] for at, value in example.drawn()],
        "events": [[at, what] for at, what in example.events],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Two rule files over the same past; A is the first, B the second."""

    both: int
    only_a: Sequence[Call]
    only_b: Sequence[Call]
    difference: Rate
    """Tickets a week of B less those of A; the interval is of the differences of the same weeks."""
    hours: Rate

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {
            "both": self.both,
            "only_a": [told(call) for call in self.only_a],
            "only_b": [told(call) for call in self.only_b],
            "difference_a_week": self.difference.as_dict(),
            "hours_difference_a_week": self.hours.as_dict(),
        }


def told(call: Call) -> dict[str, Any]:
    """A call, ready for JSON."""
    return {
        "at": instant_text(call.at),
        "asset": call.asset,
        "component": call.component,
        "failure_mode": call.failure_mode,
        "rule": call.rule,
    }


def compared(a: Result, b: Result, seed: int) -> Against:
    """How B differs from A over the same past."""
    both, only_a, only_b = matched(a.calls, b.calls)
    tickets, hours = (
        np.array([week[what] for week in b.by_week], np.float64)
        - np.array([week[what] for week in a.by_week], np.float64)
        for what in (1, 2)
    )
    return Against(
        both=both,
        only_a=only_a,
        only_b=only_b,
        difference=rate(tickets, a.weeks, seed),
        hours=rate(hours, a.weeks, seed),
    )


def matched(a: Sequence[Call], b: Sequence[Call]) -> tuple[int, list[Call], list[Call]]:
    """How many calls are in both, which only in one: the same key at most a day apart, each matched once."""
    waiting: dict[tuple[str, str, str], list[Call]] = {}
    for call in b:
        waiting.setdefault(call.key, []).append(call)
    only_a, both = list[Call](), 0
    for call in a:
        near = [other for other in waiting.get(call.key, ()) if abs(other.at - call.at) <= SAME_WITHIN]
        if near:
            waiting[call.key].remove(nearest(call, near))
            both += 1
        else:
            only_a.append(call)
    rest = [call for listed in waiting.values() for call in listed]
    return both, only_a, sorted(rest, key=lambda call: (call.at, call.ticket))


def nearest(call: Call, others: Iterable[Call]) -> Call:
    """The one of the others that is closest in time."""
    return min(others, key=lambda other: abs(other.at - call.at))
