"""The ten scenarios: each is the same for the same seed, and an independent reading of its messages finds its truth."""

import json
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from domain.instants import HOUR, MINUTE, SECOND, parse_instant
from domain.registry import Registry
from firmware_sim.kinds import KINDS
from firmware_sim.publication import Key
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Fault, Fleet, Metric, Model, Network, Release
from firmware_sim.truth import truth_of
from firmware_sim.weather import WEATHERS
from tests.firmware_sim.reference import objects

PATHS = sorted(path for path in Path("examples/scenarios").glob("*.toml") if path.stem != "judge")
TEN = {
    *("storm", "bad-firmware", "slow-wear", "flapping-link", "gateway-outage"),
    *("clock-trouble", "device-swap", "seasonal-load", "silent-death", "sensor-stuck"),
}


def example(name: str) -> Scenario:
    """A scenario of the examples."""
    return Scenario.load(Path(f"examples/scenarios/{name}.toml"))


def seldom(scenario: Scenario, every: int) -> Scenario:
    """The same lives, told of less often."""
    return replace(scenario, models=tuple(replace(model, telemetry=every) for model in scenario.models))


def arrivals(scenario: Scenario) -> dict[str, list[int]]:
    """When each device was heard, in order, with the start and the end."""
    heard = {device.name: [scenario.start] for device in scenario.devices}
    for publication in scenario.publications():
        if publication.payload != b'{"status":"offline"}':
            heard[publication.device].append(publication.at)
    return {device: [*times, scenario.start + scenario.duration] for device, times in heard.items()}


def test_the_ten_scenarios_are_there():
    """One a trouble that a fleet can have."""
    assert TEN <= {path.stem for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_example_has_the_same_truth_for_the_same_seed_and_another_for_another(path):
    """Who is befallen, and when, is drawn from the seed."""
    first, again, other = Scenario.load(path), Scenario.load(path), replace(Scenario.load(path), seed=4)

    assert first.truth() == again.truth()
    assert first.truth() != other.truth()


def test_an_example_sends_the_same_bytes_for_the_same_seed():
    """Down to the last one."""
    assert list(example("device-swap").publications()) == list(example("device-swap").publications())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_truth_of_an_example_can_be_written_and_read(path):
    """Incidents and windows of time included."""
    truth = Scenario.load(path).truth()

    assert truth == truth_of(json.loads(json.dumps(truth.as_dict())))


@pytest.mark.parametrize("weather", WEATHERS)
def test_no_network_changes_who_deserves_what(weather):
    """Only the moment at which it can be known may move."""
    scenario = Scenario.demo(devices=60, seconds=40, seed=3)
    carried = scenario.through(WEATHERS[weather]).truth()

    assert scenario.truth().expected.keys() == carried.expected.keys()
    assert scenario.truth().near_misses == carried.near_misses


@pytest.mark.parametrize("name", ["storm", "gateway-outage", "sensor-stuck"])
def test_a_lossy_and_slow_network_changes_no_truth_of_silences_and_readings(name):
    """These are known from what befell the devices, not from what arrived."""
    scenario = example(name)

    assert scenario.truth() == scenario.through(WEATHERS["all"]).truth()


def test_loss_takes_readings_and_no_events():
    """Devices keep events until they are through."""
    scenario = Scenario.demo(devices=60, seconds=40, seed=3)
    calm, lossy = scenario.through(Network()), scenario.through(Network(loss=0.3))
    told = [[p for p in world.publications() if p.topic.endswith("events")] for world in (calm, lossy)]
    count = [sum(1 for _ in world.publications()) for world in (calm, lossy)]

    assert [p.payload for p in told[0]] == [p.payload for p in told[1]]
    assert 0.6 < count[1] / count[0] < 0.85


# -- independent definitions


def test_in_a_storm_most_of_one_site_boots_at_once_and_no_other_site_ever_does():
    """By the boots after a power cut within a quarter of an hour of each other."""
    scenario = seldom(example("storm"), 2 * HOUR)
    truth = scenario.truth()
    sites = {device.name: device.site for device in scenario.devices}
    assets = {device.name: device.asset for device in scenario.devices}
    boots = defaultdict(list)
    for publication in scenario.publications():
        for written in objects(publication):
            if written.get("event") == "boot" and written["details"]["reason"] == "power":
                boots[sites[publication.device]].append((publication.at, assets[publication.device]))
    most = {
        site: max(({who for when, who in told if at <= when < at + 15 * MINUTE} for at, _ in told), key=len)
        for site, told in boots.items()
    }
    (incident,) = truth.incidents

    assert {"site": "coast"} == incident.scope
    assert set(incident.members) <= most["coast"]
    assert len(most["coast"]) <= len(incident.members) + 1
    assert max(len(most[site]) for site in ("hills", "plain")) <= 3


def test_behind_a_gateway_that_is_silent_everybody_is_and_only_the_gateway_deserves_a_ticket():
    """By what arrives: who is silent for 20 minutes while his gateway speaks, or is a gateway."""
    scenario = seldom(example("gateway-outage"), 5 * MINUTE)
    parents = {device.name: device.parent for device in scenario.devices}
    gaps = {
        device: [(a, b) for a, b in pairwise(times) if b - a > 20 * MINUTE]
        for device, times in arrivals(scenario).items()
    }
    blamed = {
        device
        for device, silences in gaps.items()
        for a, b in silences
        if not any(x < b and a < y for x, y in gaps.get(parents[device], []))
    }

    assert {e.device for e in scenario.truth().expected.values()} == blamed
    assert len(scenario.truth().near_misses) == 2 * 11 + 8


def test_crashes_belong_to_the_place_where_the_device_hung_when_they_happened():
    """By the registry of the journal: three crashes in one place without a healthy boot, and nowhere else."""
    scenario = example("device-swap")
    registry, rows, due = Registry(), defaultdict(list), set[Key]()
    for _, payload in scenario.controls():
        registry.apply(payload)
    told = {
        (p.device, o["boot"], o["seq"]): o
        for p in scenario.publications()
        for o in objects(p)
        if o.get("event") in ("crash", "boot_ok")
    }
    for (device, _, _), written in sorted(told.items(), key=lambda item: item[1]["ts"]):
        facts = registry.facts(device, written["ts"] * 1_000_000)
        place = facts.asset, facts.component, "crash-loop"
        rows[place] = [] if written["event"] == "boot_ok" else [*rows[place], device]
        if len(rows[place]) == 3:
            due.add(place)

    assert scenario.truth().expected.keys() == due
    assert len(due) == 8
    assert all(len(set(row)) < 2 for place, row in rows.items() if place in due)


def test_a_stuck_sensor_says_the_same_number_for_hours_and_a_healthy_one_never_does():
    """By what arrives: 30 equal readings in a row."""
    scenario = example("sensor-stuck")
    runs, last, stuck = defaultdict(int), {}, set()
    due = {e.device for e in scenario.truth().expected.values() if e.kind == "stuck"}
    some = due | {device.name for device in scenario.devices[:12]}
    for publication in scenario.publications(only=some):
        for written in objects(publication):
            temp = written["values"].get("temp")
            if temp is not None:
                device = publication.device
                runs[device] = runs[device] + 1 if last.get(device) == temp else 1
                last[device] = temp
                stuck |= {device} if runs[device] >= 30 else set()

    assert due == stuck


def test_a_metric_that_wears_moves_by_what_was_asked_and_stays():
    """Against the same device without the fault."""
    parts = {
        "duration": 10 * HOUR,
        "fleet": Fleet(devices=2, power_on=0),
        "models": (Model(telemetry=10 * MINUTE, heartbeat=0, wear_per_day=0.0),),
        "metrics": (Metric(name="flow", base=10.0, noise=0.2, decimals=6),),
    }
    fault = Fault(kind="wear", metric="flow", by=-3.0, lasts=(2 * HOUR, 2 * HOUR), devices=2, between=(0, 5 * HOUR))
    shown = [
        [o["values"]["flow"] for p in world.publications(only={"tv-00001"}) for o in objects(p)]
        for world in (Scenario(**parts), Scenario(**parts, faults=(fault,)))
    ]
    moved = [round(b - a, 3) for a, b in zip(*shown, strict=True)]

    assert moved == sorted(moved, reverse=True)
    assert (moved[0], moved[-1]) == (0.0, -3.0)


def test_the_load_follows_the_hour_and_is_lower_at_weekends():
    """A Monday afternoon against its night and the Saturday."""
    start = parse_instant("2026-01-05T00:00:00Z")
    scenario = Scenario(
        start=start,
        duration=6 * 24 * HOUR,
        fleet=Fleet(devices=1, power_on=0),
        models=(Model(telemetry=HOUR, heartbeat=0),),
        metrics=(Metric(name="load", base=20.0, daily=60.0, weekend=0.5, noise=0.0),),
    )
    load = {
        (o["ts"] * 1_000_000 - start) // HOUR: o["values"]["load"] for p in scenario.publications() for o in objects(p)
    }

    assert load[13] > 75
    assert load[1] < 25
    assert load[5 * 24 + 13] < 52


def test_an_incident_of_a_release_names_it_and_its_members_need_no_tickets():
    """Their own tickets are neither due nor wrong."""
    scenario = Scenario(
        duration=4 * HOUR,
        fleet=Fleet(devices=20, power_on=0),
        models=(Model(telemetry=HOUR, heartbeat=0),),
        releases=(Release(), Release(fw="2.5.0", at=HOUR, share=0.5)),
        faults=(Fault(fw="2.5.0", devices=8, incident=("firmware",), spacing=(MINUTE, 2 * MINUTE)),),
    )
    truth = scenario.truth()

    assert {"firmware": "2.5.0"} == truth.incidents[0].scope
    assert (len(truth.incidents[0].members), len(truth.optional), len(truth.expected)) == (8, 8, 0)


def test_every_kind_of_fault_can_befall_a_small_fleet():
    """Those of gateways where there are some."""
    for kind in KINDS.keys() - {"gateway-outage", "healed-by-time"}:
        scenario = Scenario(
            duration=4 * HOUR,
            fleet=Fleet(devices=6, power_on=0),
            models=(Model(telemetry=10 * MINUTE, heartbeat=0),),
            faults=(Fault(kind=kind, devices=2, by=5.0, spacing=(10 * SECOND, MINUTE)),),
        )
        assert {kind} == {told.fault.kind for plan in scenario.plans for told in plan.told}
        assert sum(1 for _ in scenario.publications())
