"""Ready-made scenarios: the demonstration, and a steady load for crash tests and benches."""

from domain.errors import WrongFormat
from domain.instants import HOUR, SECOND, Duration
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Clocks, Fault, Fleet, Model, Network, Release

MS = SECOND // 1000
LEAST_SPACING = 5400 * MS
SETTLED = 2 * SECOND
"""By then a demonstration's devices have powered on."""
MODELS = (
    Model(name="TV-55A", weight=5, telemetry=2 * SECOND, heartbeat=15 * SECOND),
    Model(name="TV-65B", weight=3, telemetry=2 * SECOND, heartbeat=15 * SECOND, readings=5),
    Model(name="TV-43C", weight=2, telemetry=1 * SECOND, heartbeat=15 * SECOND, readings=3, list_of=2),
)


WORN = 10
"""So many devices of a demonstration wear faster than the others, at most half of those that tell their fan's speed."""
FULL_SPEED = 4200.0
"""Their fans turn so much faster."""


def demo(devices: int, seconds: int, seed: int) -> Scenario:
    """A fleet's life in a minute or so; `seconds` 0 = an hour of it, for whoever watches until it is enough."""
    lasts = seconds * SECOND if seconds else HOUR
    longest = (lasts - SETTLED - 4 * SECOND) // 2 - SECOND
    if longest < LEAST_SPACING:
        raise WrongFormat(["A demonstration takes at least 19 seconds; three crashes need their time."])
    spacing = (LEAST_SPACING, min(longest, 8 * SECOND))
    network = Network(
        duplicates=0.02,
        duplicate_by=2 * SECOND,
        disorder=0.05,
        disorder_by=SECOND,
        offline=0.05,
        offline_for=(3 * SECOND, 6 * SECOND),
    )
    return Scenario(
        name="demo",
        seed=seed,
        duration=lasts,
        fleet=Fleet(
            devices=devices,
            power_on=SECOND,
            boot_ok_after=(500 * MS, 900 * MS),
            reboot=500 * MS,
            prefix="tv",
            spread=0.01,
        ),
        models=MODELS,
        releases=(Release(fw="2.4.1"), Release(fw="2.5.0", at=lasts // 2, over=lasts // 4, share=0.2)),
        faults=(
            *demo_faults(spacing, endless=not seconds),
            worn_fans(devices, lasts - network.disorder_by - SETTLED),
        ),
        network=network,
        clocks=Clocks(unset=0.2, skewed=0.1, too_fast=0.03, unnumbered=0.1),
    )


def demo_faults(spacing: tuple[Duration, Duration], *, endless: bool) -> tuple[Fault, ...]:
    """Crash loops, what only looks like them, and daily trouble."""
    loops = 0.5 if endless else 0.05
    return (
        Fault(kind="crash-loop", share=loops, spacing=spacing, crashes=(3, 3)),
        Fault(kind="forgiven", share=0.03, spacing=spacing),
        Fault(kind="almost", share=0.03, spacing=spacing),
        Fault(kind="almost-repeated", share=0.02, spacing=spacing),
        Fault(kind="stutter", share=0.02, spacing=spacing),
        Fault(kind="crash", share=0.05, spacing=spacing),
        Fault(kind="fault", share=0.05, spacing=(SECOND, 4 * SECOND)),
        Fault(kind="error", share=0.05),
        Fault(kind="reboot", share=0.02),
    )


def worn_fans(devices: int, lasts: Duration) -> Fault:
    """Some fans run at full speed all the time, which deserves no ticket: their bearings wear out sooner. It stands

    last, so that everything else befalls the fleet as it would without it.
    """
    with_fan = devices * 3 / sum(model.weight for model in MODELS)
    share = min(0.5, WORN / with_fan)
    return Fault(kind="overuse", models="TV-65B", metric="fan_rpm", by=FULL_SPEED, share=share, lasts=(lasts, lasts))


def load_test(*, devices: int, readings: int, rate: float, seconds: int, seed: int, loops: int) -> Scenario:
    """Running devices that only measure, and some that crash.

    No clock is unset: a service that is killed takes in what waited for it in one go, and crashes that are dated by
    arrival would then stand closer than they were.
    """
    longest = (seconds - 5) * SECOND // 2
    if loops and longest < LEAST_SPACING:
        raise WrongFormat(["A load with crash loops takes at least 16 seconds; three crashes need their time."])
    return Scenario(
        name="load",
        seed=seed,
        duration=seconds * SECOND,
        fleet=Fleet(devices=devices, power_on=0, reboot=500 * MS, boot_ok_after=(SECOND, 2 * SECOND)),
        models=(Model(telemetry=max(1, int(devices * SECOND / rate)), heartbeat=0, readings=readings),),
        faults=(
            Fault(
                devices=loops,
                spacing=(LEAST_SPACING, max(LEAST_SPACING, min(longest, 8 * SECOND))),
                crashes=(3, 3),
                recovers=0.0,
            ),
        )
        if loops
        else (),
        network=Network(disorder_by=SECOND),
    )
