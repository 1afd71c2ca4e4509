"""The plan: what each device of a fleet will live through, laid out before the first message is sent.

It keeps the truth free of doubt. Two episodes of one device never overlap; crashes of one row stand further apart than
the rule's min_gap and closer than a healthy run; what is dated by its arrival (a clock unset, absent or too far ahead)
is never kept back on a device that was offline, and such a device has no other trouble with its clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random

from domain.errors import WrongFormat
from domain.instants import SECOND, Duration, duration_text
from firmware_sim.episodes import KINDS, Happening, Telling
from firmware_sim.fleet import Device
from firmware_sim.readers import Span
from firmware_sim.settings import Fault, Fleet, Judge, Network, Release

APART = SECOND // 2
"""Between two episodes of one device."""


@dataclass(slots=True)
class Plan:
    """One device's life: `script` is in order of time once the plan is made."""

    device: Device
    fw: str
    powers_on: Duration | None = None
    """Before it the device is off; None = it has been running all the time."""
    script: list[Happening] = field(default_factory=list)
    offline: Span | None = None
    told: list[tuple[Fault, Duration]] = field(default_factory=list)
    """Its faults and when they begin."""
    busy: list[Span] = field(default_factory=list)
    updates: list[tuple[Duration, str]] = field(default_factory=list)

    def occupy(self, start: Duration, episode: Iterable[Happening]) -> None:
        """Put an episode at its place, where there is room."""
        moved = [happening._replace(at=start + happening.at) for happening in episode]
        self.script += moved
        self.busy.append((start, moved[-1].at))

    def runs(self, fw: str, since: Duration) -> Duration | None:
        """From when on, not before `since`, the device runs a firmware like `fw`; None = never."""
        steps = [(0, self.fw), *self.updates]
        return next((max(at, since) for at, name in steps if fnmatchcase(name, fw)), None)


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Lays out the lives of a fleet's devices."""

    fleet: Fleet
    network: Network
    judge: Judge
    duration: Duration
    chance: Random

    @property
    def last(self) -> Duration:
        """Nothing begins to matter after it, so that late messages still arrive before the end."""
        return self.duration - self.network.disorder_by - 2 * SECOND

    def plans(self, devices: Iterable[Device], releases: Sequence[Release], faults: Sequence[Fault]) -> list[Plan]:
        """Everything that will happen. Raises WrongFormat where a fault finds no room on enough devices."""
        plans = [Plan(device, releases[0].fw) for device in devices]
        for plan in plans:
            self.power_on(plan)
        for release in releases[1:]:
            self.roll_out(release, plans)
        self.cut_links(plans)
        for fault in faults:
            self.befall(fault, plans)
        for plan in plans:
            plan.script = with_calm(sorted(plan.script), plan.device)
        return plans

    def power_on(self, plan: Plan) -> None:
        """The first boot, unless the fleet is running already."""
        if self.fleet.power_on:
            healthy = Happening(self.chance.randint(*self.fleet.boot_ok_after), "boot_ok")
            first = (Happening(0, "boot", reason="power", restarts=True), healthy)
            plan.powers_on = self.chance.randrange(self.fleet.power_on)
            plan.occupy(plan.powers_on, first)

    def roll_out(self, release: Release, plans: Sequence[Plan]) -> None:
        """Devices restart with the new release; those that would be too late for it keep the old one."""
        fitting = [plan for plan in plans if fnmatchcase(plan.device.model.name, release.models)]
        for plan in self.chance.sample(fitting, round(release.share * len(fitting))):
            healthy = Happening(self.chance.randint(*self.fleet.boot_ok_after), "boot_ok")
            back = Happening(0, "boot", reason="update", restarts=True)
            episode = (back, Happening(SECOND // 10, "update_ok"), healthy)
            wanted = release.at + self.chance.randint(0, release.over)
            rooms = self.rooms(plan, healthy.at, (wanted, self.last))
            if rooms:
                plan.occupy(rooms[0][0], episode)
                plan.updates.append((rooms[0][0], release.fw))

    def cut_links(self, plans: Sequence[Plan]) -> None:
        """Some devices whose clock is believed are offline once."""
        fitting = [plan for plan in plans if plan.device.is_believed]
        for plan in self.chance.sample(fitting, min(len(fitting), round(self.network.offline * len(plans)))):
            away = self.chance.randint(*self.network.offline_for)
            room = self.last - SECOND - away
            if room > 0:
                start = self.chance.randrange(room)
                plan.offline = (start, start + away)

    def befall(self, fault: Fault, plans: Sequence[Plan]) -> None:
        """The fault, on as many devices as asked for; first on those that have the fewest troubles already."""
        fitting = [plan for plan in plans if self.can_befall(fault, plan)]
        wanted = fault.devices or round(fault.share * len(fitting))
        order = {plan.device.number: self.chance.random() for plan in fitting}
        hit = 0
        for plan in sorted(fitting, key=lambda plan: (len(plan.told), order[plan.device.number])):
            if hit == wanted:
                return
            hit += self.happened(fault, plan)
        if hit < wanted:
            raise WrongFormat([no_room(fault, wanted, hit, self.duration)])

    def can_befall(self, fault: Fault, plan: Plan) -> bool:
        """The device is of the sort that the fault is for."""
        kind, device = KINDS[fault.kind], plan.device
        return (
            fnmatchcase(device.model.name, fault.models)
            and fnmatchcase(device.site, fault.sites)
            and plan.runs(fault.fw, 0) is not None
            and not (kind.believed and not device.is_believed)
            and not (kind.online and plan.offline)
        )

    def happened(self, fault: Fault, plan: Plan) -> bool:
        """The fault has got a place in the device's life."""
        episode = KINDS[fault.kind].tell(Telling(self.chance, fault, self.fleet, self.judge))
        first, last = fault.between or (0, self.last)
        since = plan.runs(fault.fw, first)
        if since is None:
            return False
        start = self.place(plan, episode[-1].at, (since, min(last, self.last)))
        if start is None:
            return False
        plan.occupy(start, episode)
        plan.told.append((fault, start))
        return True

    def place(self, plan: Plan, length: Duration, window: Span) -> Duration | None:
        """When to begin so that all of it lies in the window and beside everything else; None = no room."""
        rooms = self.rooms(plan, length, window)
        if not rooms:
            return None
        at = self.chance.randint(0, sum(high - low for low, high in rooms))
        for low, high in rooms:
            if at <= high - low:
                return low + at
            at -= high - low
        return rooms[-1][1]

    def rooms(self, plan: Plan, length: Duration, window: Span) -> list[Span]:
        """From when to when something of this length may begin."""
        return [(low, high - length) for low, high in self.gaps(plan, window) if high - length >= low]

    def gaps(self, plan: Plan, window: Span) -> Iterator[Span]:
        """The free stretches of a device's life within the window."""
        margin = APART + self.fleet.reboot
        low = max(window[0], self.fleet.reboot)
        for start, end in sorted(plan.busy):
            yield low, min(window[1], start - margin)
            low = max(low, end + margin)
        yield low, window[1]


def with_calm(script: Sequence[Happening], device: Device) -> list[Happening]:
    """Each happening with the time by which it may be late: none where arrival dates it, else half-way to the next."""
    if not device.is_believed:
        return list(script)
    told: list[Happening] = []
    following: Duration | None = None
    for happening in reversed(script):
        if happening.event == "boot":
            told.append(happening)
            continue
        calm = 3600 * SECOND if following is None else (following - happening.at) // 2
        told.append(happening._replace(calm=calm))
        following = happening.at
    return told[::-1]


def no_room(fault: Fault, wanted: int, found: int, duration: Duration) -> str:
    """What to do about a fault that does not fit."""
    return (
        f'"{fault.kind}" shall befall {wanted} devices, but only {found} have room for it within '
        f"{duration_text(duration)}; lengthen the scenario or its `between`, shorten its spacing or lower its share."
    )
