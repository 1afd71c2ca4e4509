"""The planner: lays out what each device of a fleet will live through, before the first message is sent.

It keeps the truth free of doubt. Two episodes of one device never overlap; crashes of one row stand further apart than
the rule's min_gap and closer than a healthy run; what is dated by its arrival (a clock unset, absent or too far ahead)
is never kept back on a device that was offline, and such a device has no other trouble with its clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from random import Random

from domain.errors import WrongFormat
from domain.instants import SECOND, Duration, duration_text
from firmware_sim.conditions import Shape
from firmware_sim.episodes import Happening, Telling
from firmware_sim.fleet import Device
from firmware_sim.kinds import KINDS, NONE, Story
from firmware_sim.plan import Befallen, Plan
from firmware_sim.readers import Span
from firmware_sim.settings import Fault, Fleet, Judge, Network, Release

APART = SECOND // 2
"""Between two episodes of one device."""


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
            rooms = self.rooms(plan.busy, healthy.at, (wanted, self.last))
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
        meeting = self.meeting(fault)
        hit = 0
        for plan in sorted(fitting, key=lambda plan: (len(plan.told), order[plan.device.number])):
            if hit == wanted:
                return
            hit += self.happened(fault, plan, plans, meeting)
        if hit < wanted:
            raise WrongFormat([no_room(fault, wanted, hit, self.duration)])

    def meeting(self, fault: Fault) -> Span:
        """When the fault may befall a device: any time that it allows, or close to all the others."""
        first, last = fault.between or (0, self.last)
        if fault.together is None:
            return first, min(last, self.last)
        begins = self.chance.randint(first, max(first, min(last, self.last) - fault.together - fault.lasts[1]))
        return begins, begins + fault.together

    def can_befall(self, fault: Fault, plan: Plan) -> bool:
        """The device is of the sort that the fault is for."""
        kind, device = KINDS[fault.kind], plan.device
        return (
            fnmatchcase(device.model.name, fault.models)
            and fnmatchcase(device.site, fault.sites)
            and plan.runs(fault.fw, 0) is not None
            and not (kind.believed and not device.is_believed)
            and not (kind.online and plan.offline)
            and not (kind.gateway and not device.is_gateway)
        )

    def happened(self, fault: Fault, plan: Plan, plans: Sequence[Plan], meeting: Span) -> bool:
        """The fault has got a place in the device's life."""
        story = KINDS[fault.kind].tell(Telling(self.chance, fault, self.fleet, self.judge))
        since = plan.runs(fault.fw, meeting[0])
        if (
            since is None
            or plan.moves
            or any(plan.has(condition.metric) for condition in story.conditions if condition.metric)
        ):
            return False
        last = meeting[1] if fault.together is None else min(self.last, meeting[1] + story.lasts)
        group = [plan, *(other for other in plans if other.device.parent == plan.device.name)]
        group = group if KINDS[fault.kind].gateway else [plan]
        start = self.start(group, story, (since, last))
        if start is None:
            return False
        if story.swaps is not None and not self.swapped(plan, plans, start + story.swaps):
            return False
        self.lay(fault, plan, story, start)
        for child in group[1:]:
            self.lay(replace(fault, failure_mode=NONE), child, story, start)
        return True

    def start(self, group: Sequence[Plan], story: Story, window: Span) -> Duration | None:
        """When it begins; a fault of readings disturbs nothing else and may begin at any time."""
        busy = [span for plan in group for span in plan.busy]
        if story.for_good:
            low = max([window[0], self.fleet.reboot, *(end + APART + self.fleet.reboot for _, end in busy)])
            return self.chance.randint(low, window[1]) if low <= window[1] else None
        if story.events or is_silent(story):
            return self.place(busy, story.lasts, window)
        latest = window[1] - story.lasts
        return self.chance.randint(window[0], latest) if window[0] <= latest else None

    def lay(self, fault: Fault, plan: Plan, story: Story, start: Duration) -> None:
        """Put it into the device's life."""
        until = self.duration if story.for_good else start + story.lasts
        if story.events:
            plan.occupy(start, story.events)
        elif is_silent(story):
            plan.busy.append((start, until))
        moved = [condition.moved(start) for condition in story.conditions]
        plan.conditions += [c._replace(until=until) for c in moved] if story.for_good else moved
        plan.told.append(Befallen(fault, start, start + story.decides))

    def swapped(self, plan: Plan, plans: Sequence[Plan], at: Duration) -> bool:
        """The device and one that nothing else befalls change places."""
        others = [
            other
            for other in plans
            if other.device.component == plan.device.component
            and other.device.model == plan.device.model
            and other.device.asset != plan.device.asset
            and not (other.told or other.moves)
        ]
        if not others:
            return False
        other = self.chance.choice(others)
        plan.moves.append((at, other.device))
        other.moves.append((at, plan.device))
        return True

    def place(self, busy: Sequence[Span], length: Duration, window: Span) -> Duration | None:
        """When to begin so that all of it lies in the window and beside everything else; None = no room."""
        rooms = self.rooms(busy, length, window)
        if not rooms:
            return None
        at = self.chance.randint(0, sum(high - low for low, high in rooms))
        for low, high in rooms:
            if at <= high - low:
                return low + at
            at -= high - low
        return rooms[-1][1]

    def rooms(self, busy: Sequence[Span], length: Duration, window: Span) -> list[Span]:
        """From when to when something of this length may begin."""
        return [(low, high - length) for low, high in self.gaps(busy, window) if high - length >= low]

    def gaps(self, busy: Sequence[Span], window: Span) -> Iterator[Span]:
        """The free stretches of a device's life within the window."""
        margin = APART + self.fleet.reboot
        low = max(window[0], self.fleet.reboot)
        for start, end in sorted(busy):
            yield low, min(window[1], start - margin)
            low = max(low, end + margin)
        yield low, window[1]


def is_silent(story: Story) -> bool:
    """Nothing else can be told while it lasts."""
    return any(condition.shape is Shape.SILENT for condition in story.conditions)


def with_calm(script: Sequence[Happening], device: Device) -> list[Happening]:
    """Each happening with the time by which it may be late: none where arrival dates it, else half-way to the next."""
    if not device.is_believed:
        return list(script)
    told: list[Happening] = []
    following: Duration | None = None
    for happening in reversed(script):
        if happening.event == "boot" or happening.will:
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
