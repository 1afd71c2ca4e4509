"""The simulator knows what its devices deserve: an independent, slow reading of their messages agrees."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.instants import MINUTE, SECOND
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Clocks, Fault, Fleet, Model, Network
from tests.firmware_sim.reference import by_number, by_time, tickets

SEEDS = int(os.environ.get("SIMULATOR_SEEDS", "8"))
"""More of them for a long run."""
EXAMPLES = [Path(f"examples/scenarios/{name}.toml") for name in ("crash-loop", "clock-trouble", "offline-buffering")]
"""Those about crash loops; the others have truths of other sorts."""
TOLD_BY_EVENTS = [
    *("crash-loop", "crash", "almost", "almost-repeated", "forgiven", "stutter", "fault", "error", "reboot"),
]


def due(scenario: Scenario) -> dict[tuple[str, str, str], int]:
    """The truth as the reference tells it."""
    return {key: expected.decided_at for key, expected in scenario.truth().expected.items()}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_truth_of_an_example_is_what_its_messages_say(path):
    """In the order that a receiver sees, at every moment: due tickets, their times, and no other."""
    scenario = Scenario.load(path)

    assert tickets(scenario) == due(scenario)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_truth_of_a_demonstration_is_what_its_messages_say(seed):
    """Whatever the seed."""
    scenario = Scenario.demo(devices=100, seconds=20, seed=seed)

    assert tickets(scenario) == due(scenario)


@settings(max_examples=3 * SEEDS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    clocks=st.builds(
        Clocks,
        unset=st.sampled_from([0.0, 0.4]),
        skewed=st.sampled_from([0.0, 0.3]),
        slow_by=st.just((SECOND, 600 * MINUTE)),
        too_fast=st.sampled_from([0.0, 0.1]),
        none=st.sampled_from([0.0, 0.2]),
        unnumbered=st.sampled_from([0.0, 0.5]),
    ),
    slowest=st.sampled_from([8 * SECOND, 5 * MINUTE]),
    network=st.builds(
        Network,
        duplicates=st.sampled_from([0.0, 0.5]),
        duplicate_by=st.sampled_from([SECOND, 20 * SECOND]),
        disorder=st.sampled_from([0.0, 0.5, 1.0]),
        disorder_by=st.sampled_from([SECOND, 30 * SECOND]),
        offline=st.sampled_from([0.0, 0.5]),
        offline_for=st.just((MINUTE, 9 * MINUTE)),
    ),
)
def test_no_trouble_of_clocks_and_networks_leaves_the_truth_in_doubt(seed, clocks, slowest, network):
    """Any mixture of troubles; duplicates and disorder far beyond what is plausible."""
    scenario = Scenario(
        seed=seed,
        duration=200 * MINUTE,
        fleet=Fleet(devices=40),
        models=(Model(telemetry=20 * MINUTE, heartbeat=0),),
        faults=tuple(Fault(kind=kind, devices=4, spacing=(6 * SECOND, slowest)) for kind in TOLD_BY_EVENTS),
        clocks=clocks,
        network=network,
    )

    assert tickets(scenario) == due(scenario)


@pytest.mark.parametrize("trouble", ["unset", "skewed", "too_fast", "none", "unnumbered"])
def test_the_wildest_network_does_not_change_what_a_fleet_with_bad_clocks_deserves(trouble):
    """Every message late or twice, crashes close together, one trouble on every device."""
    scenario = Scenario(
        duration=30 * MINUTE,
        fleet=Fleet(devices=60, boot_ok_after=(2 * SECOND, 9 * SECOND)),
        models=(Model(telemetry=5 * MINUTE, heartbeat=0),),
        faults=tuple(
            Fault(kind=kind, devices=20, spacing=(6 * SECOND, 8 * SECOND))
            for kind in ("crash-loop", "forgiven", "almost")
        ),
        clocks=Clocks(**{trouble: 1.0}),
        network=Network(duplicates=0.5, duplicate_by=20 * SECOND, disorder=0.5, disorder_by=30 * SECOND),
    )

    assert tickets(scenario) == due(scenario)


@pytest.mark.parametrize("seed", range(4))
def test_the_devices_own_numbers_tell_the_same_truth_as_their_times(seed):
    """Sorted by boot and seq instead of time, the same devices deserve a ticket."""
    scenario = Scenario.demo(devices=100, seconds=60, seed=seed)
    numbered = {scenario.key(device) for device in scenario.devices if device.numbered}

    by_numbers = tickets(scenario, by_number).keys() & numbered

    assert tickets(scenario, by_time).keys() & numbered == by_numbers


def test_a_demonstration_has_one_loop_in_twenty_devices_and_near_misses_of_every_kind():
    """What a newcomer sees within a minute is neither nothing nor a flood."""
    truth = Scenario.demo(devices=200, seconds=60, seed=7).truth()

    assert len(truth.expected) == 10
    assert {"crash", "almost", "almost-repeated", "forgiven", "stutter"} == {n.kind for n in truth.near_misses}
    assert not {n.key for n in truth.near_misses} & truth.expected.keys()


@pytest.mark.parametrize(("devices", "seconds"), [(200, 19), (200, 20), (200, 60), (1, 20), (500, 30)])
def test_the_last_ticket_of_a_demonstration_is_due_two_seconds_before_its_end(devices, seconds):
    """So that what is found can still be counted."""
    scenario = Scenario.demo(devices=devices, seconds=seconds, seed=3)
    latest = max((expected.decided_at for expected in scenario.truth().expected.values()), default=scenario.start)

    assert latest <= scenario.start + (seconds - 2) * SECOND


def test_a_demonstration_without_an_end_brings_a_ticket_now_and_then():
    """For whoever watches until it is enough: half of the fleet within an hour."""
    truth = Scenario.demo(devices=60, seconds=0).truth()

    assert len(truth.expected) == 30


def test_crashes_of_one_row_stand_further_apart_than_the_rules_min_gap():
    """In real time, too, with a fifth of a second to spare."""
    assert Scenario.demo(seconds=20).top_speed() >= 1.0
    assert Scenario.demo(seconds=60).top_speed() >= 1.0


def test_a_load_has_exactly_the_loops_that_were_asked_for():
    """For tests that kill the service between the second and the third crash of many devices."""
    scenario = Scenario.load_test(devices=200, rate=50, seconds=30, loops=200)
    truth = scenario.truth()

    assert len(truth.expected) == 200
    assert Counter(3 for _ in truth.expected) == Counter(len(e.faults) for e in truth.expected.values())
    assert tickets(scenario) == due(scenario)
