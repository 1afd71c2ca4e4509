"""A fleet's finding: which trouble becomes one incident, who is a member, and which release is named."""

import numpy as np
import pytest

from bench.fleet_world import BEGIN, Faults, World, batches, in_order, together, usual_faults, world_of
from detectors.engine import Engine
from detectors.fleet import Fleet
from detectors.fleet_buckets import Bucket, Hit, Row, decode, encode
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import Finding, FindingState
from domain.instants import DAY, HOUR, SECOND

SETTINGS = {"id": "fleet-crash", "kind": "fleet", "event": "crash", "failure_mode": "crash", "warm_up": "1d"}


def engine_of(world: World, **settings: object) -> Engine:
    """An engine that watches the world."""
    rule = read_rule({**SETTINGS, **settings}, pytest.fail)
    engine = Engine()
    engine.control(0, "registry", world.registry())
    engine.control(0, "rules", rules_entry([rule]))
    return engine


def found_in(world: World, faults: Faults, days: float, **settings: object) -> list[Finding]:
    """What is said of a world."""
    engine = engine_of(world, **settings)
    return [f for b in batches(world, faults, BEGIN, BEGIN + int(days * DAY)) for f in engine.observe(b)]


def burst(chance: np.random.Generator, devices: np.ndarray, at: int) -> Faults:
    """All of these crash within a minute."""
    return in_order(at + chance.integers(0, 60 * SECOND, len(devices)), devices)


def bad_release(seed: int = 1, devices: int = 800) -> tuple[World, Faults, np.ndarray]:
    """Two quiet days, then all devices on one of three releases crash within a minute; and who they are."""
    chance = np.random.default_rng(seed)
    world = world_of(chance, devices, releases=3)
    usual = usual_faults(chance, world, BEGIN, BEGIN + 3 * DAY, lambda w, at: np.ones(len(w)))
    crashed = np.flatnonzero(world.firmware == 1)
    return world, together(usual, burst(chance, crashed, BEGIN + 2 * DAY)), crashed


def test_a_release_whose_devices_all_crash_is_one_finding_with_all_of_them():
    """One id, the release in its scope and as the suspect, every device a member once; it ends when it is quiet."""
    world, faults, crashed = bad_release()

    found = found_in(world, faults, 3)

    assert 1 == len({f.id for f in found})
    assert {"firmware": "1.1.0"} == found[0].scope
    assert (("firmware", "1.1.0"),) == found[0].key
    assert "1.1.0" == found[0].details["suspect"]["firmware"]
    members = [asset for f in found for asset in f.joined]
    assert len(members) == len(set(members))
    assert {f"A-{world.names[n]}" for n in crashed} <= set(members)
    assert FindingState.RESOLVED is found[-1].state


def test_it_is_found_within_seconds():
    """The first of a minute's crashes are enough."""
    world, faults, _ = bad_release()

    first = found_in(world, faults, 2.1)[0]

    assert first.changed_at - (BEGIN + 2 * DAY) < 10 * SECOND


def test_what_is_found_does_not_depend_on_how_devices_are_shared_out(monkeypatch):
    """One partition or four: the same findings, to the last field."""
    world, faults, _ = bad_release(seed=3, devices=400)
    one = found_in(world, faults, 2.3)
    monkeypatch.setattr(Fleet, "partitions", 4)

    four = found_in(world, faults, 2.3)

    assert one
    assert one == four


def test_a_bucket_is_the_same_after_the_journal():
    """What a partition counted can be written and read back."""
    cell = ("TV-55", "2.4.1", "S-1", "", "")
    hit = Hit(7, 5 * SECOND, 6 * SECOND, "TV-1", "A-1", "crash", "0xDEAD", cell)
    bucket = Bucket(12, 3, (Row(cell, 1, 40, 2),), (hit,))

    assert bucket == decode(encode(bucket))


def test_one_device_that_crashes_all_the_time_is_no_fleet():
    """However often: a device counts once a day, and one is not five."""
    chance = np.random.default_rng(5)
    world = world_of(chance, 200, releases=2)
    at = np.arange(BEGIN + DAY, BEGIN + 5 * DAY, HOUR // 4)

    found = found_in(world, Faults(at, np.zeros(len(at), np.int64)), 5)

    assert [] == found
