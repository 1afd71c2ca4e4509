"""Plans for tests: assets, job plans, and a small world in which years pass in a moment."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from domain.instants import DAY, Instant
from domain.plan import Cycle, Plan, Planned, Strategy, Track, Unit
from domain.registry import Facts
from domain.ticket_class import JobPlan
from maintenance.plan_dates import midnight
from maintenance.plan_orders import Made, generate
from maintenance.plan_rounds import Begin, next_by_calendar
from maintenance.plan_tracks import withdrawn, worked
from maintenance.plan_world import PlannedAsset, World

MONTHLY = Cycle(1, Unit.MONTH)
ROOM = World(jobs={"oil": JobPlan(id="oil", name={"en": "Oil"}, hours=2.0)})


def at(day: str, zone: str = "UTC") -> Instant:
    """The midnight of a date."""
    return midnight(date.fromisoformat(day), zone)


def plan(**said: Any) -> Plan:
    """A calendar plan on every asset."""
    common = {
        "strategy": Strategy.CALENDAR,
        "every": MONTHLY,
        "start": "2026-01-01",
        "job_plan": "oil",
        "call_horizon": 0,
    }
    return Plan(id="oil", name={"en": "Oiling"}, **(common | {"call_horizon": 0} | said))


def asset(name: str = "P-1", **facts: Any) -> PlannedAsset:
    """An active asset that was always there."""
    return PlannedAsset(facts=Facts(device=f"d-{name}", asset=name, **facts), since=0)


def tracked(of: Plan, planned: str, done: str = "", **said: Any) -> Track:
    """The track after a round, done on a day or refused."""
    track = Track(
        plan=of.id, asset="P-1", cycle=1, planned=planned, anchor=planned, start=of.start, open_packages=("",), **said
    )
    return worked(of, track, at(done, of.zone) + DAY // 2, "W-2026-000001", own=True) if done else track


def due_after(of: Plan, track: Track, begin: str = "1990-01-01", **said: Any) -> Planned | None:
    """The round after that."""
    works_on = said.get("works_on", ROOM.works_on)
    return next_by_calendar(of, track, Begin(at(begin), 0), works_on)


@dataclass
class Years:
    """One asset in one plan, whose orders are done when the test says so."""

    plan: Plan
    asset: PlannedAsset = field(default_factory=asset)
    world: World = ROOM
    track: Track = field(default_factory=lambda: Track(plan="oil", asset="P-1"))
    made: list[Made] = field(default_factory=list)

    def look(self, now: Instant) -> Made | None:
        """What is made now."""
        key = (self.plan.id, self.asset.facts.asset)
        found = next(generate(now, [self.plan], [self.asset], {key: self.track}, self.world), None)
        if found is not None:
            self.made.append(found)
            self.track = replace(found.after, order=f"W-2026-{len(self.made):06d}")
        return found

    def does(self, now: Instant) -> None:
        """The open order's work is done."""
        self.track = worked(self.plan, self.track, now, self.track.order, own=True)

    def takes_back(self) -> None:
        """The planner takes the open order back."""
        self.track = withdrawn(self.track)

    def days(self, since: str, many: int) -> list[str]:
        """Look once a day and do everything on its day; the dates of the orders that were made."""
        day, before = date.fromisoformat(since), len(self.made)
        for nth in range(many):
            now = midnight(day + timedelta(days=nth), self.plan.zone)
            self.look(now)
            if self.track.order and now >= (self.made[-1].order.ideal_at or 0):
                self.does(now)
        return [str(each.order.grounds["planned"]) for each in self.made[before:]]
