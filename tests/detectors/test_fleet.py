"""A fleet's finding: which trouble becomes one incident, who is a member, and which release is named."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fleet_cases import bad_release as a_bad_release
from bench.fleet_cases import gateway_outage, season, storm
from bench.fleet_world import BEGIN, Faults, World, batches, in_order, together, usual_faults, world_of
from detectors.engine import Engine
from detectors.fleet import Fleet
from detectors.fleet_buckets import Bucket, Hit, Row, decode, encode
from detectors.fleet_judge import chance
from detectors.fleet_runs import Runs
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import Finding, FindingState
from domain.instants import DAY, HOUR, SECOND

SEEDS = int(os.environ.get("FLEET_SEEDS", "1"))
"""Worlds with a bad release; the measurement at length is `python -m bench.fleet`."""
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
    return [f for b in batches(world, faults, BEGIN, BEGIN + int(days * DAY), tick=HOUR) for f in engine.observe(b)]


def burst(dice: np.random.Generator, devices: np.ndarray, at: int) -> Faults:
    """All of these crash within a minute."""
    return in_order(at + dice.integers(0, 60 * SECOND, len(devices)), devices)


def bad_release(seed: int = 1, devices: int = 400) -> tuple[World, Faults, np.ndarray]:
    """Two quiet days, then all devices on one of three releases crash within a minute; and who they are."""
    dice = np.random.default_rng(seed)
    world = world_of(dice, devices, releases=3)
    usual = usual_faults(dice, world, BEGIN, BEGIN + 3 * DAY, lambda w, at: np.ones(len(w)))
    crashed = np.flatnonzero(world.firmware == 1)
    return world, together(usual, burst(dice, crashed, BEGIN + 2 * DAY)), crashed


def test_a_release_whose_devices_all_crash_is_one_finding_with_all_of_them():
    """One id, the release in its scope and as the suspect, every device a member once; it ends when it is quiet."""
    world, faults, crashed = bad_release()

    found = found_in(world, faults, 4)

    assert 1 == len({f.id for f in found})
    assert {"firmware": "1.1.0"} == found[0].scope
    assert (("firmware", "1.1.0"),) == found[0].key
    assert "1.1.0" == found[0].details["suspect"]
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
    world, faults, _ = bad_release(seed=3, devices=200)
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
    world = world_of(np.random.default_rng(5), 60, releases=2)
    at = np.arange(BEGIN + DAY, BEGIN + 4 * DAY, HOUR // 2)

    found = found_in(world, Faults(at, np.zeros(len(at), np.int64)), 4)

    assert [] == found


def test_a_member_that_fails_in_another_way_is_let_out():
    """Once ten codes show what it is about, who has another one leaves or never joins."""
    world, faults, crashed = bad_release(devices=200)
    odd = {world.names[crashed[n]] for n in (0, -1)}

    found = [f for said in coded(world, faults, odd) for f in said]

    members = {asset for f in found for asset in f.joined} - {asset for f in found for asset in f.left}
    assert "0xDEAD" == found[-1].details["code"]
    assert set() == members & {f"A-{name}" for name in odd}


def coded(world: World, faults: Faults, odd: set[str]) -> Iterator[Sequence[Finding]]:
    """What is said where some devices crash with a code of their own."""
    engine = engine_of(world)
    for each in batches(world, faults, BEGIN, BEGIN + int(2.2 * DAY)):
        events = [event._replace(code="0xBEEF") if event.device in odd else event for event in each.events]
        yield engine.observe(replace(each, events=events))


def test_early_members_of_another_sort_leave_once_the_code_is_known():
    """They joined while nothing showed what the incident is about; then they are named among those that left."""
    world, faults, crashed = bad_release(devices=200)
    begun = np.flatnonzero((faults.at >= BEGIN + 2 * DAY) & np.isin(faults.device, crashed))[:5]
    odd = {world.names[n] for n in faults.device[begun].tolist()}

    found = [f for said in coded(world, faults, odd) for f in said]

    assert {f"A-{name}" for name in odd} <= set(found[0].joined)
    assert sorted(f"A-{name}" for name in odd) == sorted(asset for f in found for asset in f.left)


@pytest.mark.parametrize(
    ("made", "level"),
    [(storm, "region"), (gateway_outage, "gateway"), (season, None)],
    ids=["storm", "gateway", "season"],
)
def test_a_storm_an_outage_of_a_gateway_and_a_season_are_told_apart(made, level):
    """By its region, by its gateway, and not at all."""
    case = made(2, devices=500)

    first = firings(found_in(case.world, case.faults, (case.end - BEGIN) / DAY, parent="gateway"))

    assert ([] if level is None else [level]) == [f.details["level"] for f in first]
    assert all(case.truth in f.scope.values() for f in first)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_bad_one_of_ten_releases_is_named(seed):
    """Staggered, of different sizes, half of them of one model only: no other release is blamed.

    The details, plain JSON, compare its devices with themselves before the update, and with other releases.
    """
    case = a_bad_release(seed, devices=500)

    first = firings(found_in(case.world, case.faults, (case.end - BEGIN) / DAY, warm_up="3d"))

    assert [case.truth] == [f.scope.get("firmware") for f in first]
    details = json.loads(json.dumps(first[0].details))
    assert case.truth == details["suspect"]
    assert details["after_update"]["rate"] > 3 * details["before_update"]["rate"]
    assert case.truth in {version["name"] for version in details["versions"]}
    assert details["ratio"] >= 3
    assert details["log10_p"] < -3


def firings(found: Sequence[Finding]) -> list[Finding]:
    """The first state of each finding."""
    return [f for f in found if f.position == f.fired_position]


@pytest.mark.parametrize(("hits", "of", "share", "tail"), [(3, 4, 2.0, 5 / 16), (1, 1, 0.25, 0.25), (0, 9, 3.0, 1.0)])
def test_the_chance_of_so_many_faults_is_the_binomial_tail(hits, of, share, tail):
    """By hand: three or four of four at one half are 5 in 16."""
    assert math.log10(tail) == pytest.approx(chance(hits, of, share))


@given(share=st.floats(0.001, 0.999), total=st.integers(1, 6), ratio=st.floats(1.1, 20.0))
def test_a_run_is_a_fair_bet_while_nothing_is_wrong(share, total, ratio):
    """The mean likelihood ratio over all outcomes is one, so that evidence by chance stays as rare as promised."""
    runs = Runs(ratio)
    outcomes = np.arange(total + 1)
    weights = [math.comb(total, n) * share**n * (1 - share) ** (total - n) for n in outcomes.tolist()]

    gains = runs.gain(outcomes[:, None].astype(np.float64), float(total), np.array([[share]]))

    assert np.ones(gains.shape[1]) == pytest.approx((np.exp(gains) * np.array(weights)[:, None]).sum(axis=0))


def test_a_wrong_setting_is_a_sentence():
    """What ends an incident must be less than what begins one; a ratio is above one."""
    said: list[str] = []
    for settings in ({"clear": 3.5}, {"ratio": 1}, {"patience": 0}):
        read_rule({**SETTINGS, **settings}, lambda sentence, *path: said.append(sentence))

    assert [
        "clear must be less than ratio, which is 3.",
        "ratio must be a number above 1, such as 3.",
        "patience must be a whole number from 1 to 1000000000.",
    ] == said
