"""A device's life: its messages in its own order, as it writes them."""

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from domain.instants import SECOND, Duration, Instant
from firmware_sim.conditions import Shape
from firmware_sim.episodes import Happening
from firmware_sim.fleet import Clock, Device
from firmware_sim.gauges import Gauge, own_sampler
from firmware_sim.metrics import sampler
from firmware_sim.plan import Plan
from firmware_sim.settings import START

MS = SECOND // 1000
BOOTS_SINCE: Instant = START
"""From there on one boot a second is added, so that a later run of the same scenario never repeats a boot's number."""


class Message(NamedTuple):
    """What a device wants to send."""

    at: Instant
    channel: str
    """`telemetry`, `events` or `status`."""
    objects: tuple[str, ...]
    """JSON; more than one travel as a list."""
    cause: Happening | None = None
    """The happening it tells of."""


class Life:
    """Lives one plan from `start` on for `duration`."""

    def __init__(
        self, plan: Plan, start: Instant, duration: Duration, reboot: Duration, gauges: Sequence[Gauge] = ()
    ) -> None:
        self.plan = plan
        self.device: Device = plan.device
        self.start, self.duration, self.reboot = start, duration, reboot
        self.boot = 1 + plan.device.number * 7 % 60 + max(0, start - BOOTS_SINCE) // SECOND
        self.seq = 0
        self.fw = plan.fw
        self.updates = list(plan.updates)
        self.unset_since: Instant | None = None
        model, number = plan.device.model, plan.device.number
        troubled = [condition for condition in plan.conditions if condition.shape is not Shape.SILENT]
        self.measure = own_sampler(model, gauges, troubled, number, start) if gauges else sampler(model, number)
        self.silences = [condition for condition in plan.conditions if condition.shape is Shape.SILENT]
        self.samples = 0
        self.kept: list[str] = []
        self.booted = start

    def messages(self) -> Iterator[Message]:
        """Everything that leaves it, in order; what it writes in a silence is lost."""
        if not self.silences:
            return self.written()
        return (message for message in self.written() if not self.is_silent(message.at - self.start))

    def is_silent(self, at: Duration) -> bool:
        """Nothing of it arrives at this time since the start."""
        return any(silence.holds(at) for silence in self.silences)

    def written(self) -> Iterator[Message]:
        """Everything it writes, in order."""
        model, end = self.device.model, self.start + self.duration
        telemetry = self.first_time(model.telemetry, end)
        heartbeat = self.first_time(model.heartbeat, end)
        for happening in self.plan.script:
            told_at = self.start + happening.at
            silent_from = told_at - self.reboot if happening.restarts else told_at
            telemetry, heartbeat = yield from self.routine(telemetry, heartbeat, silent_from)
            yield from self.handed_over(silent_from)
            telemetry = later(telemetry, told_at, model.telemetry)
            heartbeat = later(heartbeat, told_at, model.heartbeat)
            yield self.told(happening, told_at)
        yield from self.routine(telemetry, heartbeat, end)

    def first_time(self, every: Duration, end: Instant) -> Instant:
        """The fleet's devices are spread evenly over the period; after the end = never."""
        if not every:
            return end
        on = self.start if self.plan.powers_on is None else self.start + self.plan.powers_on + 1
        return later(self.start + self.device.number * 0x9E3779B1 % 4096 * every // 4096, on, every)

    def routine(
        self, telemetry: Instant, heartbeat: Instant, until: Instant
    ) -> Generator[Message, None, tuple[Instant, Instant]]:
        """Daily life before `until`; returns when it would go on."""
        model = self.device.model
        while min(telemetry, heartbeat) < until:
            if telemetry <= heartbeat:
                yield from self.sample(telemetry)
                telemetry += model.telemetry
            else:
                yield from self.handed_over(heartbeat)
                uptime = (heartbeat - self.booted) // SECOND
                yield Message(heartbeat, "telemetry", (f'{self.stamp(heartbeat)},"values":{{"uptime_s":{uptime}}}}}',))
                heartbeat += model.heartbeat
        return telemetry, heartbeat

    def sample(self, at: Instant) -> Iterator[Message]:
        """One telemetry object; those that travel together wait for the last of them."""
        self.kept.append(f'{self.stamp(at)},"values":{{{self.measure(at - self.start, self.samples)}}}}}')
        self.samples += 1
        if len(self.kept) == self.device.model.list_of:
            yield from self.handed_over(at)

    def handed_over(self, at: Instant) -> Iterator[Message]:
        """The samples that wait to travel together; they leave before anything that was written later."""
        if self.kept:
            yield Message(at, "telemetry", tuple(self.kept))
            self.kept.clear()

    def told(self, happening: Happening, at: Instant) -> Message:
        """The message of an event."""
        if happening.restarts:
            self.restart(happening, at)
        if happening.will:
            return self.willed(happening, at)
        code = f',"code":"{happening.code}"' if happening.code else ""
        details = f',"details":{{"reason":"{happening.reason}"}}' if happening.reason else ""
        message = Message(at, "events", (f'{self.stamp(at)},"event":"{happening.event}"{code}{details}}}',), happening)
        if happening.event == "boot_ok":
            self.unset_since = None
        return message

    def willed(self, happening: Happening, at: Instant) -> Message:
        """The last will, which bears no stamp, or its opposite."""
        written = f'{self.stamp(at)},"status":"online"}}' if happening.event == "online" else '{"status":"offline"}'
        return Message(at, "status", (written,), happening)

    def restart(self, happening: Happening, at: Instant) -> None:
        """A new boot, seq from 0; some clocks forget the time."""
        self.boot, self.seq, self.booted = self.boot + 1, 0, at - self.reboot
        if self.updates and self.start + self.updates[0][0] <= at:
            self.fw = self.updates.pop(0)[1]
        if self.device.clock is Clock.UNSET and happening.event == "crash":
            self.unset_since = self.booted

    def stamp(self, at: Instant) -> str:
        """The beginning of every object: time, boot, seq, firmware."""
        if self.device.clock is Clock.NONE:
            return f'{{"fw":"{self.fw}"'
        reads = at + self.device.skew if self.unset_since is None else at - self.unset_since
        if not self.device.numbered:
            return f'{{"ts":{reads // MS},"fw":"{self.fw}"'
        seq, self.seq = self.seq, self.seq + 1
        return f'{{"ts":{reads // MS},"boot":{self.boot},"seq":{seq},"fw":"{self.fw}"'


def later(due: Instant, at: Instant, every: Duration) -> Instant:
    """The first of the times `due + n × every` that is not before `at`."""
    return due if due >= at or not every else due - (due - at) // every * every
