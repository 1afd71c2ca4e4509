"""A scenario: a fleet, what befalls it, and the truth about it; the same seed gives the same bytes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random

from domain.errors import WrongFormat
from domain.instants import SECOND, Duration, Instant
from firmware_sim.checks import mistakes
from firmware_sim.deserts import key_of, truth_of_plans
from firmware_sim.fleet import Device, devices
from firmware_sim.gauges import Gauge, own, ready_made
from firmware_sim.inventory import control, registry_csv
from firmware_sim.life import Life
from firmware_sim.network import Dice, Way
from firmware_sim.plan import Plan
from firmware_sim.planner import Planner
from firmware_sim.publication import Key, Publication
from firmware_sim.settings import Model, Network, World
from firmware_sim.stream import in_order
from firmware_sim.truth import Truth

PAGE = 2048


@dataclass(frozen=True, kw_only=True)
class Scenario(World):
    """One world from its start to its end. Building it checks it and raises WrongFormat with every mistake."""

    def __post_init__(self) -> None:
        found = [mistake.text for mistake in mistakes(self)]
        if found:
            raise WrongFormat(found)

    @classmethod
    def load(cls, path: Path) -> "Scenario":
        """The scenario in a TOML file. Raises WrongFormat with every mistake, its line and the nearest right name."""
        from firmware_sim.scenario_file import read

        return read(path)

    @classmethod
    def demo(cls, devices: int = 200, seconds: int = 60, seed: int = 7) -> "Scenario":
        """A fleet in daily life with about 5 % crash loops, all decided at least 2 s before the end.

        Raises WrongFormat under 18 seconds: three crashes with the rule's min_gap between them take their time.
        """
        from firmware_sim.ready_made import demo

        return demo(devices, seconds, seed)

    @classmethod
    def load_test(
        cls,
        *,
        devices: int = 1000,
        readings: int = 1,
        rate: float = 2000.0,
        seconds: int = 60,
        seed: int = 7,
        loops: int = 0,
    ) -> "Scenario":
        """A steady stream of `rate` telemetry messages a second with so many crash loops in it and a quiet network."""
        from firmware_sim.ready_made import load_test

        return load_test(devices=devices, readings=readings, rate=rate, seconds=seconds, seed=seed, loops=loops)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Every device's life, laid out. Raises WrongFormat where the faults find no room."""
        chance = Random(f"{self.seed}/plan")
        planner = Planner(
            fleet=self.fleet, network=self.network, judge=self.rule, duration=self.duration, chance=chance
        )
        fleet = devices(self.fleet, self.models, self.clocks, Random(f"{self.seed}/fleet"))
        return tuple(planner.plans(fleet, self.releases, self.faults))

    @cached_property
    def dice(self) -> Dice:
        """The network's luck."""
        return Dice.rolled(self.seed)

    @property
    def devices(self) -> list[Device]:
        """The fleet in order of number."""
        return [plan.device for plan in self.plans]

    def publications(
        self, *, start: Instant | None = None, only: Collection[str] | None = None
    ) -> Iterator[Publication]:
        """What the broker gets, in order of time; moved to another start, or of some devices only, if asked."""
        plans = self.plans if only is None else [plan for plan in self.plans if plan.device.name in only]
        beginning = self.start if start is None else start
        return in_order((self.way(plan, beginning) for plan in plans), beginning, self.window(plans))

    def window(self, plans: Collection[Plan]) -> Duration:
        """In this time the devices send a page of messages, or about one each where they are many."""
        models = [plan.device.model for plan in plans]
        a_second = sum(SECOND / model.telemetry for model in models if model.telemetry)
        return min(self.duration, int(max(PAGE, len(plans)) * SECOND / a_second)) if a_second else self.duration

    def way(self, plan: Plan, start: Instant) -> Iterator[Publication]:
        """What the broker gets from one device, in order of time."""
        life = Life(plan, start, self.duration, self.fleet.reboot, self.gauges(plan))
        key = key_of(plan, self.rule)
        network = self.weather or self.network
        way = Way(plan, network, key=key, start=start, end=start + self.duration, dice=self.dice)
        return way.publications(life.messages())

    def gauges(self, plan: Plan) -> tuple[Gauge, ...]:
        """What a device measures where that is more than its model's daily life; else nothing."""
        model = plan.device.model
        gauges = self.own_gauges(model)
        if gauges or not any(condition.metric for condition in plan.conditions):
            return gauges
        return tuple(ready_made(model))

    def own_gauges(self, model: Model) -> tuple[Gauge, ...]:
        """The model's metrics as the scenario's file says them; none where it does not."""
        return tuple(own([metric for metric in self.metrics if fnmatchcase(model.name, metric.models)], self.seed))

    def key(self, device: Device) -> Key:
        """What a ticket about the device is about."""
        return device.asset, device.component, self.rule.failure_mode

    def truth(self) -> Truth:
        """What the devices deserve, from what befell them."""
        return truth_of_plans(self, self.plans, self.first_decision)

    def first_decision(self, plan: Plan) -> Instant:
        """When the message was published with which a ticket of the device became due."""
        return next(p.at for p in self.way(plan, self.start) if p.decides)

    def controls(self) -> Iterator[tuple[Instant, bytes]]:
        """The registry's entries for a journal: the fleet at the start, then each change of places at its time."""
        everybody = [(plan.device, plan.device) for plan in self.plans]
        yield self.start, control(everybody, self.start, self.start, self.seed, self.fleet.spread)
        moves = [(at, plan.device, place) for plan in self.plans for at, place in plan.moves]
        for at in sorted({at for at, _, _ in moves}):
            swapped = [(device, place) for when, device, place in moves if when == at]
            yield self.start + at, control(swapped, self.start + at, self.start, self.seed, self.fleet.spread)

    def through(self, weather: Network) -> "Scenario":
        """The same lives over another network; the truth stays, only the times at which it is known may move."""
        return replace(self, weather=weather)

    def top_speed(self) -> float:
        """How many times faster than real this may run over a broker with the truth still holding.

        Crashes that are dated by arrival must stay further apart than the rule's min_gap.
        """
        gaps = [self.closest_crashes(plan) for plan in self.plans if not plan.device.is_believed]
        return min(gaps, default=float("inf")) / max(1, self.rule.min_gap + SECOND // 5)

    def closest_crashes(self, plan: Plan) -> float:
        """The shortest time from crash to crash of a device."""
        crashes = [happening.at for happening in plan.script if happening.event == "crash"]
        return min((b - a for a, b in pairwise(crashes)), default=float("inf"))

    def registry_csv(self) -> str:
        """The fleet as a registry file, for `truckroll device import`."""
        return registry_csv(self.devices, self.start, self.seed, self.fleet.spread)
