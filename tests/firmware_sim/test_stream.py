"""What a scenario sends: the same bytes for the same seed, in order, valid, with the troubles that were asked for."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

from domain.instants import DAY, HOUR, MINUTE, SECOND
from firmware_sim.fleet import Clock
from firmware_sim.scenario import Scenario
from firmware_sim.settings import Clocks, Fault, Fleet, Model, Network, Release
from tests.firmware_sim.reference import objects

DEMO = Scenario.demo(devices=100, seconds=30, seed=5)


def test_the_same_seed_gives_the_same_bytes():
    """Down to the last one, in the same order."""
    assert list(DEMO.publications()) == list(Scenario.demo(devices=100, seconds=30, seed=5).publications())


def test_another_seed_gives_another_life():
    """Other devices crash at other times."""
    other = Scenario.demo(devices=100, seconds=30, seed=6)

    assert list(DEMO.publications()) != list(other.publications())
    assert DEMO.truth().expected.keys() != other.truth().expected.keys()


def test_messages_come_in_order_of_time_and_within_the_scenario():
    """The broker's order."""
    times = [publication.at for publication in DEMO.publications()]

    assert sorted(times) == times
    assert DEMO.start <= times[0]
    assert times[-1] < DEMO.start + DEMO.duration


def test_some_devices_alone_send_what_they_send_among_the_others():
    """So a fleet can be spread over connections."""
    some = {"tv-00003", "tv-00050"}

    assert [p for p in DEMO.publications() if p.device in some] == list(DEMO.publications(only=some))


def test_a_later_start_moves_every_time_and_repeats_no_boot():
    """Two runs over the same broker are never taken for duplicates."""
    later = list(DEMO.publications(start=DEMO.start + DAY))

    assert [p.at + DAY for p in DEMO.publications()] == [p.at for p in later]
    assert not identities(DEMO.publications()) & identities(later)


def identities(publications):
    return {(p.device, o["boot"], o["seq"]) for p in publications for o in objects(p) if "boot" in o}


def test_every_payload_is_of_the_native_form():
    """One object or a list; either values or an event in each."""
    for publication in DEMO.publications():
        root, device, channel = publication.topic.split("/")
        assert ("devices", publication.device) == (root, device)
        for written in objects(publication):
            assert channel in {"telemetry", "events"}
            assert ("event" in written) == (channel == "events")
            assert ("values" in written) == (channel != "events")
            assert isinstance(written["ts"], int)


def test_a_device_numbers_its_messages_without_a_gap_and_anew_after_each_boot():
    """What the gap ledger relies on: a hole in seq is a loss."""
    seqs: dict[tuple[str, int], set[int]] = defaultdict(set)
    for device, boot, seq in identities(DEMO.publications()):
        seqs[device, boot].add(seq)

    assert all(seen == set(range(len(seen))) for seen in seqs.values())
    assert any(len(boots) > 3 for boots in by_device(seqs).values())


def by_device(seqs):
    boots = defaultdict(set)
    for device, boot in seqs:
        boots[device].add(boot)
    return boots


def quiet(**parts):
    """A small fleet without any trouble but the given one."""
    return Scenario(
        duration=HOUR,
        fleet=Fleet(devices=10, power_on=0),
        models=(Model(telemetry=10 * SECOND, heartbeat=0),),
        **parts,
    )


def test_a_quiet_fleet_sends_each_reading_once_and_in_its_order():
    """10 devices, every 10 s, for an hour."""
    sent = list(quiet().publications())

    assert len(sent) == 3600
    assert len(set(sent)) == 3600


def test_duplicates_are_the_same_bytes_again():
    """About as many as asked for."""
    sent = [(p.topic, p.payload) for p in quiet(network=Network(duplicates=0.1)).publications()]
    repeated = [times for times in Counter(sent).values() if times > 1]

    assert {2} == set(repeated)
    assert 250 <= len(repeated) <= 450


def test_disorder_lets_messages_overtake_each_other_but_loses_none():
    """About as many as asked for, by no more than asked for."""
    calm, wild = quiet(), quiet(network=Network(disorder=0.3, disorder_by=25 * SECOND))
    arrivals = {p.payload: p.at for p in wild.publications()}
    delays = [arrivals[p.payload] - p.at for p in calm.publications()]
    seqs = defaultdict(list)
    for publication in wild.publications():
        seqs[publication.device].append(json.loads(publication.payload)["seq"])

    assert 800 <= sum(delay > 0 for delay in delays) <= 1300
    assert min(delays) >= 0
    assert max(delays) < 25 * SECOND
    assert any(later < earlier for row in seqs.values() for earlier, later in pairwise(row))


def test_a_device_that_was_offline_sends_what_it_kept_in_order_and_in_lists():
    """Nothing arrives meanwhile; nothing is missing afterwards."""
    scenario = quiet(network=Network(offline=1.0, offline_for=(5 * MINUTE, 5 * MINUTE)))
    for plan in scenario.plans:
        sent = list(scenario.publications(only={plan.device.name}))
        away, back = (scenario.start + at for at in plan.offline)
        assert not [p for p in sent if away <= p.at < back]
        assert list(range(360)) == [written["seq"] for p in sent for written in objects(p)]
        assert any(len(objects(p)) > 1 for p in sent)


def test_a_clock_that_is_unset_says_1970_from_the_crash_to_the_healthy_boot():
    """And is right before and after."""
    scenario = quiet(clocks=Clocks(unset=1.0), faults=(Fault(kind="crash", share=1.0),))
    told = [o for p in scenario.publications(only={"tv-00001"}) for o in objects(p)]
    crashed = next(n for n, written in enumerate(told) if written.get("event") == "crash")
    healthy = next(n for n, written in enumerate(told) if written.get("event") == "boot_ok")
    unset = [n for n, written in enumerate(told) if written["ts"] < 86_400_000]

    assert list(range(crashed, healthy + 1)) == unset


def test_clocks_have_their_shares_and_a_device_has_one_trouble_at_most():
    """Devices whose clock is not believed are never offline: arrival would date what they kept."""
    clocks = Clocks(unset=0.2, skewed=0.2, too_fast=0.2, none=0.2)
    scenario = replace(quiet(clocks=clocks, network=Network(offline=1.0)), duration=2 * HOUR)

    assert dict.fromkeys(Clock, 2) == Counter(device.clock for device in scenario.devices)
    assert {True} == {plan.device.is_believed for plan in scenario.plans if plan.offline}


def test_a_release_rolls_out_by_a_boot_that_names_it():
    """After update_ok the device's messages carry the new firmware."""
    scenario = quiet(releases=(Release(), Release(fw="2.5.0", at=20 * MINUTE, over=10 * MINUTE)))
    for plan in scenario.plans:
        told = [o for p in scenario.publications(only={plan.device.name}) for o in objects(p)]
        updated = next(n for n, written in enumerate(told) if written.get("event") == "update_ok")
        assert {"2.4.1"} == {written["fw"] for written in told[: updated - 1]}
        assert {"2.5.0"} == {written["fw"] for written in told[updated:]}


def test_a_fault_of_a_firmware_befalls_only_devices_that_run_it():
    """A bad release is bad from its roll-out on."""
    scenario = quiet(
        releases=(Release(), Release(fw="2.5.0", at=10 * MINUTE, share=0.5)),
        faults=(Fault(kind="crash-loop", fw="2.5.0", devices=3, spacing=(MINUTE, 2 * MINUTE)),),
    )
    crashes = [o for p in scenario.publications() for o in objects(p) if o.get("event") == "crash"]

    assert {"2.5.0"} == {written["fw"] for written in crashes}
    assert len(scenario.truth().expected) == 3


def test_devices_wear_so_that_they_run_hotter_day_by_day():
    """The drift is there beside swing and noise."""
    worn = Model(telemetry=HOUR, heartbeat=0, wear_per_day=5.0)
    scenario = Scenario(duration=10 * DAY, fleet=Fleet(devices=4, power_on=0), models=(worn,))
    temps = [json.loads(p.payload)["values"]["temp"] for p in scenario.publications()]
    first, last = temps[: len(temps) // 10], temps[-len(temps) // 10 :]

    assert sum(last) / len(last) - sum(first) / len(first) > 35
