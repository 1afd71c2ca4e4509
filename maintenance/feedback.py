"""Feedback: what people made of each plan's orders, so that whoever keeps the plan sees what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from domain.actors import MACHINES
from domain.instants import DAY
from domain.review import ORDER_CHANGED, ORDER_MOVED, Reviewed
from domain.text import LANGUAGES, Text
from domain.work_order import OrderState
from maintenance import catalogue_review as catalogue

S = OrderState
MOST_REASONS = 3
"""A summary names no more reasons than these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Orders that people moved one way, and by how many days in the median."""

    orders: int = 0
    median_days: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What became of a plan's orders. Those from `as_they_were` to `waiting` are all of them, each once."""

    plan: str
    orders: int
    as_they_were: int = 0
    """Approved by a person who changed nothing."""
    changed: int = 0
    """Approved by a person after changes."""
    automatic: int = 0
    """Approved by the plan itself."""
    refused: int = 0
    merged: int = 0
    cancelled: int = 0
    """By people after approval, or taken back by the planner."""
    waiting: int = 0
    """Not decided yet, or deferred."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why they were refused, the most frequent first."""
    later: Shift = Shift()
    earlier: Shift = Shift()
    deferred: Shift = Shift()
    """Put off until a day; counted from the day on which that was said."""
    fields: Mapping[str, int] = field(default_factory=dict)
    """How many orders had which of their fields changed."""
    hours: tuple[float, float] | None = None
    """Median before and after, of those whose hours were changed."""
    kit: Mapping[str, int] = field(default_factory=dict)
    """Pieces that people added (or took out, below 0), by part."""


def feedback(orders: Iterable[Reviewed]) -> list[Feedback]:
    """What became of the orders of each plan, in order of plan."""
    by_plan: dict[str, list[Reviewed]] = {}
    for each in orders:
        by_plan.setdefault(each.plan, []).append(each)
    return [of_plan(plan, by_plan[plan]) for plan in sorted(by_plan)]


def of_plan(plan: str, orders: list[Reviewed]) -> Feedback:
    """What became of one plan's orders."""
    fates = Counter(fate_of(each) for each in orders)
    reasons = Counter(reason_of(each) for each in orders if fate_of(each) == "refused")
    shifts = [days for each in orders if (days := shifted_days(each))]
    edits = [edited(each) for each in orders]
    hours = [edit["hours"] for edit in edits if "hours" in edit]
    kit: Counter[str] = Counter()
    for edit in edits:
        kit.update(kit_changes(*edit["kit"]) if "kit" in edit else {})
    return Feedback(
        plan=plan,
        orders=len(orders),
        **{name: fates[name] for name in FATES},
        reasons=dict(reasons.most_common()),
        later=shift([days for days in shifts if days > 0]),
        earlier=shift([-days for days in shifts if days < 0]),
        deferred=shift([days for each in orders for days in deferred_days(each)]),
        fields=dict(Counter(name for edit in edits for name in edit).most_common()),
        hours=(median(before for before, _ in hours), median(after for _, after in hours)) if hours else None,
        kit={part: many for part, many in sorted(kit.items()) if many},
    )


FATES = ("as_they_were", "changed", "automatic", "refused", "merged", "cancelled", "waiting")


def fate_of(order: Reviewed) -> str:
    """What was decided last about an order."""
    simple = {S.REJECTED: "refused", S.MERGED: "merged", S.CANCELLED: "cancelled"}
    if order.state in simple:
        return simple[order.state]
    approved = [each for each in order.lines if each.kind == ORDER_MOVED and each.details.get("state") == S.APPROVED]
    if not approved or order.state in (S.DRAFT, S.IN_REVIEW, S.DEFERRED):
        return "waiting"
    if approved[-1].actor in MACHINES:
        return "automatic"
    return "changed" if edited(order) else "as_they_were"


def reason_of(order: Reviewed) -> str:
    """Why it was refused, in the person's words."""
    said = [each for each in order.lines if each.details.get("state") == S.REJECTED]
    return str(said[-1].details.get("reason", "")) if said else ""


def edited(order: Reviewed) -> dict[str, tuple[Any, Any]]:
    """By field: what it was before the first change by a person, and is after the last; what differs only."""
    found: dict[str, tuple[Any, Any]] = {}
    for line in order.lines:
        if line.kind == ORDER_CHANGED and line.actor not in MACHINES:
            for name, values in line.details["changed"].items():
                before = found[name][0] if name in found else values["before"]
                found[name] = (before, values["after"])
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def shifted_days(order: Reviewed) -> float:
    """By how many days people moved it; below 0: earlier."""
    edit = edited(order)
    for name in ("ideal_at", "due_at", "ready_at"):
        before, after = edit.get(name, (None, None))
        if before is not None and after is not None:
            return float((after - before) / DAY)
    return 0.0


def deferred_days(order: Reviewed) -> Iterator[float]:
    """How long an order was put off, each time."""
    for line in order.lines:
        until = line.details.get("until")
        if line.kind == ORDER_MOVED and line.details.get("state") == S.DEFERRED and isinstance(until, int):
            yield (until - line.at) / DAY


def kit_changes(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Pieces more or fewer, by part."""
    return {part: after.get(part, 0) - before.get(part, 0) for part in {*before, *after}}


def shift(days: list[float]) -> Shift:
    """How many, and their median."""
    return Shift(orders=len(days), median_days=round(median(days), 1)) if days else Shift()


def sentence(one: Feedback) -> Text:
    """Of 40 orders of plan X: 31 approved as they were, 5 moved later by 6 days in the median, …"""
    said = {language: catalogue.JOIN[language].join(clauses(one, language)) for language in LANGUAGES}
    return {
        language: catalogue.SUMMARY[language].format(
            orders=one.orders, plan=one.plan, said=said[language], noun=noun(one.orders)
        )
        for language in LANGUAGES
    }


def noun(many: int) -> str:
    """The English word for so many orders."""
    return "order" if many == 1 else "orders"


def clauses(one: Feedback, language: str) -> Iterator[str]:
    """The parts of that sentence."""
    for name in FATES:
        if many := getattr(one, name):
            yield catalogue.FATES[name][language].format(many=many) + (why(one, language) if name == "refused" else "")
    for name in ("later", "earlier", "deferred"):
        moved: Shift = getattr(one, name)
        if moved.orders:
            yield catalogue.SHIFTS[name][language].format(
                many=moved.orders,
                days=f"{moved.median_days:g}",
                day_word="day" if moved.median_days == 1 else "days",
                deferrals="deferral" if moved.orders == 1 else "deferrals",
            )
    if one.hours is not None:
        before, after = one.hours
        many = one.fields["hours"]
        yield catalogue.HOURS[language].format(many=many, before=f"{before:g}", after=f"{after:g}")
    for part, pieces in one.kit.items():
        yield catalogue.KIT[language].format(part=part, pieces=f"{pieces:+d}")


def why(one: Feedback, language: str) -> str:
    """The most frequent reasons, in brackets; how often where there are several."""
    named = list(one.reasons.items())[:MOST_REASONS]
    quoted = [catalogue.QUOTED[language].format(reason=reason) + times(many, len(named)) for reason, many in named]
    return catalogue.BECAUSE[language].format(reasons=catalogue.JOIN[language].join(quoted))


def times(many: int, of: int) -> str:
    """How often, where that says something."""
    return f" ×{many}" if of > 1 else ""
