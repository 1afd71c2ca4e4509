"""The policies of `bench.loop`: each says every midnight which parts shall be replaced at the next visit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.loop_desk import BEGIN, FAILED, WORN
from bench.loop_insight import Insight, known_insight, learned_insight
from bench.loop_records import Records, Slot
from bench.loop_supply import Supply
from bench.loop_world import World
from domain.instants import DAY
from domain.work_order import OrderKind, Waiting, WorkOrder
from maintenance.advice import Advice
from maintenance.waiting import cost_of_waiting

MONTH = 30


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a policy may look at, at the midnight before a day."""

    world: World
    day: int
    tickets: Mapping[str, set[Slot]]
    records: Records
    supply: Supply
    lead: float
    """Days until the crew can come."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Replace a part at the next visit."""

    slot: Slot
    kind: OrderKind
    waiting: tuple[Waiting, ...] = ()


class Policy(Protocol):
    """Says what to replace and what to expect; only preventive and predictive wishes, failures are everybody's."""

    def wishes(self, seen: Seen, visited: set[int]) -> Iterable[Wish]:
        """What shall be replaced at the next visit; `visited` are machines that are gone to anyway."""
        ...

    def expected(self, seen: Seen) -> Iterable[WorkOrder]:
        """Orders that will come, for who buys the parts."""
        ...


class RunToFailure:
    """Nothing before it fails."""

    def wishes(self, seen: Seen, visited: set[int]) -> Iterable[Wish]:
        """None."""
        return ()

    def expected(self, seen: Seen) -> Iterable[WorkOrder]:
        """None."""
        return ()


@dataclass(eq=False)
class Calendar:
    """Every part at the maker's interval, on fixed dates; on one day of the month for all parts of a machine.

    What was replaced less than half an interval ago is passed over.
    """

    world: World

    def dates(self, slot: Slot) -> tuple[int, int]:
        """A slot's first date and its interval in days; machines take their turns."""
        machine, interval = slot[0], int(self.world.parts[slot[1]].maker_days)
        share = (machine * 7) % self.world.machines / self.world.machines
        first = int(share * interval / MONTH) * MONTH + machine * MONTH // self.world.machines
        return first, interval

    def wishes(self, seen: Seen, visited: set[int]) -> Iterator[Wish]:
        """What is due today or was due since the part was fitted."""
        for slot, fitted in sorted(seen.records.fitted.items()):
            first, interval = self.dates(slot)
            if not interval or seen.day < first:
                continue
            since = (seen.day - first) % interval
            if fitted.ran - since > interval / 2.0:
                yield Wish(slot=slot, kind=OrderKind.PREVENTIVE)

    def expected(self, seen: Seen) -> Iterator[WorkOrder]:
        """The dates to come."""
        for slot in sorted(seen.records.fitted):
            first, interval = self.dates(slot)
            if interval:
                wait = first - seen.day if seen.day < first else interval - (seen.day - first) % interval
                yield order_of(seen, Wish(slot=slot, kind=OrderKind.PREVENTIVE), float(wait))


@dataclass(eq=False)
class Foresight:
    """Truckroll: limits for what shows its wear, ages for what does not, and more where a visit is made anyway.

    With `knows`, the parameters are the true ones and nothing is learned.
    """

    world: World
    knows: bool = False
    insight: Insight | None = None
    learned_on: int = -1
    advice: dict[Slot, Advice] = field(default_factory=dict)

    def study(self, seen: Seen) -> Insight:
        """What is known of the parts, learned anew every `refit_days`."""
        if self.insight is None or (not self.knows and seen.day - self.learned_on >= self.world.refit_days):
            self.insight = known_insight(self.world) if self.knows else learned_insight(self.world, seen.records)
            self.learned_on = seen.day
        return self.insight

    def wishes(self, seen: Seen, visited: set[int]) -> Iterator[Wish]:
        """First what must be done, then what pays where a visit is made anyway."""
        insight = self.study(seen)
        self.advice = dict(self.advised(seen, insight))
        due = list(self.due(seen, insight))
        yield from due
        there = visited | {wish.slot[0] for wish in due}
        wished = {wish.slot for wish in due}
        for slot in sorted(seen.records.fitted):
            if slot[0] in there and slot not in wished and self.pays(seen, insight, slot):
                yield Wish(slot=slot, kind=OrderKind.PREVENTIVE)

    def advised(self, seen: Seen, insight: Insight) -> Iterator[tuple[Slot, Advice]]:
        """Of the parts with a ticket about their wear."""
        for part, kind in enumerate(self.world.parts):
            slots = sorted(slot for slot in seen.tickets[WORN] if slot[1] == part and slot not in seen.tickets[FAILED])
            missing = seen.supply.days_until(kind.id, BEGIN + seen.day * DAY)
            fitted = [(slot, seen.records.fitted[slot]) for slot in slots]
            yield from insight.condition(part, fitted, crew=seen.lead, until_there=missing)

    def due(self, seen: Seen, insight: Insight) -> Iterator[Wish]:
        """What has reached its limit or its age."""
        for slot, advice in self.advice.items():
            if advice.act_now:
                yield Wish(slot=slot, kind=OrderKind.CONDITION_BASED, waiting=advice.waiting)
        for slot, fitted in sorted(seen.records.fitted.items()):
            part = slot[1]
            if part in insight.ages and fitted.ran + seen.lead >= insight.ages[part].policy.age:
                costs, beliefs = self.world.costs(self.world.parts[part]), insight.ages[part].beliefs
                waiting = cost_of_waiting(
                    lambda days, age=fitted.ran, known=beliefs: known.chance(age, days),
                    costs.failure,
                    costs.planned,
                    is_assumed=False,
                )
                yield Wish(slot=slot, kind=OrderKind.PREVENTIVE, waiting=waiting)

    def pays(self, seen: Seen, insight: Insight, slot: Slot) -> bool:
        """Replacing it is right where a visit of its own is saved, and a piece is there."""
        if seen.supply.days_until(self.world.parts[slot[1]].id, BEGIN + seen.day * DAY) > 0:
            return False
        if slot[1] in insight.ages:
            return bool(seen.records.fitted[slot].ran >= insight.ages[slot[1]].opportunity)
        found = self.advice.get(slot)
        return found is not None and found.wait_days * insight.rates[slot[1]] <= self.world.visit_estimate

    def expected(self, seen: Seen) -> Iterator[WorkOrder]:
        """What will reach its limit, as far as that is seen, and what will reach its age."""
        if self.knows:
            return
        insight = self.study(seen)
        for slot, advice in self.advice.items():
            yield order_of(seen, Wish(slot=slot, kind=OrderKind.CONDITION_BASED), advice.wait_days)
        for slot, fitted in sorted(seen.records.fitted.items()):
            if slot[1] in insight.ages and insight.ages[slot[1]].policy.age < 1e6:
                wait = max(0.0, insight.ages[slot[1]].policy.age - fitted.ran)
                yield order_of(seen, Wish(slot=slot, kind=OrderKind.PREVENTIVE), wait)


def order_of(seen: Seen, wish: Wish, wait_days: float) -> WorkOrder:
    """The work order that will be made, as the stock's keeper sees it."""
    now = BEGIN + seen.day * DAY
    machine, part = wish.slot
    return WorkOrder(
        number=number_of(wish.slot),
        kind=wish.kind,
        asset=seen.world.names[machine],
        title={},
        why={},
        ideal_at=now + int(min(wait_days, 1_000.0) * DAY),
        kit={seen.world.parts[part].id: 1},
        made_at=now,
        changed_at=now,
    )


def number_of(slot: Slot) -> str:
    """An order's number in this bench: there is one at a time for a part on a machine."""
    return "{}-{}".format(*slot)


POLICIES: Sequence[str] = ("run to failure", "fixed calendar", "truckroll", "all-knowing")


def policy_of(name: str, world: World) -> Policy:
    """By its name. Raises KeyError."""
    made: dict[str, Policy] = {
        "run to failure": RunToFailure(),
        "fixed calendar": Calendar(world),
        "truckroll": Foresight(world),
        "all-knowing": Foresight(world, knows=True),
    }
    return made[name]
