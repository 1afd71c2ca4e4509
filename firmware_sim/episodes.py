"""Episodes: what can befall a device, as a row of happenings.

An episode that breaks off a row of crashes does so with a healthy boot, so that the next one begins anew.
"""

from random import Random
from typing import NamedTuple

from domain.instants import SECOND, Duration
from firmware_sim.settings import Fault, Fleet, Judge

CODES = ("0xDEAD", "0xBEEF", "0xC0DE", "0x0BAD")
ERRORS = ("E-101", "E-204", "E-317", "E-411")
REASONS = ("power", "user", "watchdog")
BOOT_AFTER = SECOND // 20
"""The boot is told right after what made the device restart."""


class Happening(NamedTuple):
    """One event of a device's life, at a time since the scenario's start."""

    at: Duration
    event: str
    code: str = ""
    reason: str = ""
    restarts: bool = False
    """The device comes back with it: silence before, a new boot, seq from 0."""
    decides: bool = False
    """With it a ticket is due."""
    repeats: bool = False
    """The network certainly delivers it twice."""
    will: bool = False
    """It is told on the status topic: by the broker, or by the device when it connects."""
    calm: Duration = 0
    """It may be late by so much without overtaking or being overtaken by what changes its meaning."""


class Telling(NamedTuple):
    """What an episode is told with."""

    chance: Random
    fault: Fault
    fleet: Fleet
    judge: Judge

    def spacing(self) -> Duration:
        """From crash to crash."""
        return self.chance.randint(*self.fault.spacing)

    def lasts(self) -> Duration:
        """How long it goes on."""
        return self.chance.randint(*self.fault.lasts)

    def healthy_run(self) -> Duration:
        """From boot to boot_ok."""
        return self.chance.randint(*self.fleet.boot_ok_after)


Episode = tuple[Happening, ...]
"""Times count from the episode's beginning."""


def crash(telling: Telling, at: Duration, *, decides: bool = False, repeats: bool = False) -> Episode:
    """A crash, told after the restart that it caused."""
    return (
        Happening(at, "crash", telling.chance.choice(CODES), restarts=True, decides=decides, repeats=repeats),
        Happening(at + BOOT_AFTER, "boot", reason="crash"),
    )


def healthy(telling: Telling, after: Duration) -> Happening:
    """The boot_ok of a boot at `after`."""
    return Happening(after + telling.healthy_run(), "boot_ok")


def crash_loop(telling: Telling) -> Episode:
    """Crash after crash with no healthy boot between; a ticket is due with the last one that the rule waits for."""
    told: Episode = ()
    at = 0
    for nth in range(telling.chance.randint(*telling.fault.crashes)):
        told += crash(telling, at, decides=nth == telling.judge.count - 1)
        at += telling.spacing()
    if telling.chance.random() < telling.fault.recovers:
        told += (healthy(telling, told[-1].at),)
    return told


def one_crash(telling: Telling) -> Episode:
    """A crash and a healthy boot."""
    told = crash(telling, 0)
    return (*told, healthy(telling, told[-1].at))


def almost(telling: Telling, *, repeats: bool = False) -> Episode:
    """One crash less than the rule waits for, and a healthy boot."""
    told: Episode = ()
    for nth in range(telling.judge.count - 1):
        told += crash(telling, nth * telling.fault.spacing[0], repeats=repeats)
    return (*told, healthy(telling, told[-1].at))


def almost_repeated(telling: Telling) -> Episode:
    """The same, with every crash delivered twice."""
    return almost(telling, repeats=True)


def forgiven(telling: Telling) -> Episode:
    """Almost a loop, a healthy boot, and one crash more."""
    told = almost(telling)
    again = crash(telling, max(told[-1].at + SECOND, told[-3].at + telling.fault.spacing[0]))
    return (*told, *again, healthy(telling, again[-1].at))


def healed_by_time(telling: Telling) -> Episode:
    """Almost a loop, a run without a crash that is long enough to be healthy though nobody said so, one crash more."""
    told = almost(telling)[:-1]
    again = crash(telling, told[-1].at + telling.judge.healthy_for * 5 // 4)
    return (*told, *again, healthy(telling, again[-1].at))


def stutter(telling: Telling) -> Episode:
    """One crash, reported again and again under new numbers before the rule's min_gap has passed."""
    told = crash(telling, 0)
    step = telling.judge.min_gap // (2 * telling.judge.count)
    again = tuple(Happening(step * nth, "crash", told[0].code) for nth in range(1, telling.judge.count))
    return (told[0], told[1], *again, healthy(telling, again[-1].at if again else told[1].at))


def fault_and_cleared(telling: Telling) -> Episode:
    """A fault that goes away by itself."""
    return (
        Happening(0, "fault", telling.chance.choice(ERRORS)),
        Happening(telling.spacing(), "fault_cleared"),
    )


def error(telling: Telling) -> Episode:
    """An error with its code."""
    return (Happening(0, "error", telling.chance.choice(ERRORS)),)


def errors(telling: Telling) -> Episode:
    """Error after error, with the codes in turn."""
    codes, at = telling.fault.codes or ERRORS, 0
    told: Episode = ()
    for nth in range(telling.chance.randint(*telling.fault.times)):
        told += (Happening(at, "error", codes[nth % len(codes)]),)
        at += telling.spacing()
    return told


def fault_that_stays(telling: Telling) -> Episode:
    """A fault that nothing clears."""
    return (Happening(0, "fault", telling.chance.choice(telling.fault.codes or ERRORS)),)


def reboot(telling: Telling) -> Episode:
    """A restart that is no crash."""
    back = Happening(0, "boot", reason=telling.chance.choice(REASONS), restarts=True)
    return (back, healthy(telling, 0))
