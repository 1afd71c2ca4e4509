"""Planting: faults with known truth on recorded traffic, which stays as it is everywhere else."""

import json

import pytest

from domain.entries import Entry, Kind
from domain.errors import WrongFormat
from domain.instants import HOUR, MINUTE, SECOND
from domain.registry import Facts, Installation, registry_entry
from firmware_sim.planting import Planter
from firmware_sim.planting_file import Planted, PlantingPlan, read_plan
from firmware_sim.recorded import entry, line_of

START = 1_767_600_000 * SECOND


def traffic(hours=4):
    """Two devices, a reading every ten minutes each, and a healthy boot every hour."""
    for minute in range(0, hours * 60, 10):
        at = START + minute * MINUTE
        for device in ("tv-1", "tv-2"):
            said = {"ts": at // 1_000_000, "values": {"temp": 40 + minute / 100}}
            yield Entry(Kind.MESSAGE, at, f"devices/{device}/telemetry", json.dumps(said).encode())
            if minute % 60 == 0:
                told = {"ts": at // 1_000_000, "event": "boot_ok"}
                yield Entry(Kind.MESSAGE, at, f"devices/{device}/events", json.dumps(told).encode())


def planted(*faults, **settings):
    """What becomes of the traffic, and its truth."""
    planter = Planter(PlantingPlan(faults=faults, **settings))
    entries = list(planter.plant(traffic()))
    return entries, planter.truth()


def temps(entries, device):
    """(minutes since the start, temperature) of a device's readings."""
    told = [(e.received_at, json.loads(e.payload)) for e in entries if e.topic == f"devices/{device}/telemetry"]
    return [((at - START) // MINUTE, said["values"].get("temp")) for at, said in told]


def test_a_planted_loop_is_three_crashes_without_the_healthy_boot_that_was_recorded_between():
    """The truth says when it is decided."""
    fault = Planted(kind="crash-loop", devices=("tv-1",), at=50 * MINUTE, spacing=10 * MINUTE)
    entries, truth = planted(fault)
    told = [json.loads(e.payload) for e in entries if e.topic == "devices/tv-1/events"]

    assert ["boot_ok", "crash", "crash", "crash", "boot_ok", "boot_ok"] == [said["event"] for said in told]
    assert [(("tv-1", "", "crash-loop"), START + 70 * MINUTE)] == [
        (key, e.decided_at) for key, e in truth.expected.items()
    ]


def test_what_is_not_befallen_stays_byte_for_byte():
    """The other device, and the same device before the fault."""
    fault = Planted(kind="shift", devices=("tv-1",), at=HOUR, by=9.0)
    entries, _ = planted(fault)
    before, after = list(traffic()), entries

    assert [e for e in before if "tv-2" in e.topic] == [e for e in after if "tv-2" in e.topic]
    assert [e for e in before if e.received_at < START + HOUR] == [e for e in after if e.received_at < START + HOUR]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("shift", [40.6 + 6, 40.7 + 6, 40.8 + 6, 40.9]),
        ("wear", [40.6, 40.7 + 2, 40.8 + 4, 40.9 + 6]),
        ("stuck", [40.5, 40.5, 40.5, 40.9]),
        ("missing", [None, None, None, 40.9]),
    ],
)
def test_a_metric_says_what_the_fault_makes_of_it(kind, shown):
    """From an hour on, for half an hour."""
    fault = Planted(kind=kind, devices=("tv-1",), at=HOUR, lasts=30 * MINUTE, by=6.0)
    entries, _ = planted(fault)

    assert [value for at, value in temps(entries, "tv-1") if 60 <= at < 100] == pytest.approx(shown)


def test_a_silence_takes_messages_out_and_a_death_all_that_follow():
    """Of the device only."""
    silence = Planted(kind="silence", devices=("tv-1",), at=HOUR, lasts=HOUR)
    death = Planted(kind="silent-death", devices=("tv-2",), at=2 * HOUR)
    entries, truth = planted(silence, death)

    assert [at for at, _ in temps(entries, "tv-1")] == [*range(0, 60, 10), *range(120, 240, 10)]
    assert [at for at, _ in temps(entries, "tv-2")] == [*range(0, 120, 10)]
    assert {key[0] for key in truth.expected} == {"tv-1", "tv-2"}


def test_duplicates_and_delays_deserve_nothing_and_keep_the_order_of_arrival():
    """The same bytes again, or later."""
    twice = Planted(kind="duplicates", devices=("tv-1",), lasts=2 * HOUR, spacing=MINUTE)
    late = Planted(kind="delay", devices=("tv-2",), lasts=2 * HOUR, spacing=15 * MINUTE)
    entries, truth = planted(twice, late)
    times = [e.received_at for e in entries]

    assert sorted(times) == times
    assert not truth.expected
    assert not truth.near_misses
    assert len(entries) == len(list(traffic())) + 14


def test_the_truth_names_the_asset_that_the_journal_says():
    """By the registry entries among what was recorded."""
    place = Facts(device="tv-1", asset="LOBBY", component="panel")
    control = Entry(Kind.CONTROL, START, "registry", registry_entry([Installation(START, place)]))
    planter = Planter(PlantingPlan(faults=(Planted(kind="silent-death", devices=("tv-1",), at=HOUR),)))
    passed = list(planter.plant([control, *traffic()]))

    assert passed[0] == control
    assert [("LOBBY", "panel", "silent")] == list(planter.truth().expected)


def test_a_fault_that_finds_nothing_to_be_planted_on_is_said():
    """Instead of a truth that nobody can meet."""
    with pytest.raises(WrongFormat, match="tv-9: the traffic has nothing of it from then on that measures temp"):
        planted(Planted(kind="stuck", devices=("tv-9",)))


def test_a_line_of_recorded_traffic_says_the_same_again():
    """Bytes that are no text included."""
    entries = [
        Entry(Kind.MESSAGE, START, "a/b", b'{"x": "\xc3\xa4"}'),
        Entry(Kind.MESSAGE, START, "a/b", b"\xff\x00", True),
        Entry(Kind.CONTROL, START, "registry", b"{}"),
    ]

    assert entries == [entry(line_of(one), "here") for one in entries]


def test_recorded_lines_may_say_times_as_text_and_payloads_as_json():
    """As other tools write them."""
    line = '{"topic": "t", "payload": {"event": "crash"}, "at": "2026-01-05T08:00:00Z"}'

    assert Entry(Kind.MESSAGE, START, "t", b'{"event": "crash"}') == entry(line, "here")
    with pytest.raises(WrongFormat, match="here: write"):
        entry('{"topic": "t"}', "here")


def test_all_mistakes_of_a_planting_file_are_told_at_once(tmp_path):
    """Unknown names, missing devices, faults that change nothing."""
    path = tmp_path / "plan.toml"
    path.write_text('[[fault]]\nkind = "stuk"\n[[fault]]\nkind = "shift"\ndevises = ["a"]\n')

    with pytest.raises(WrongFormat) as caught:
        read_plan(path)
    assert [mistake.removeprefix(f"{path}: ").split(";")[0] for mistake in caught.value.mistakes] == [
        "fault number 2: there is no devises",
        'fault number 1: there is no kind "stuk"',
        'fault number 2: devices: name them, such as ["tv-00003"].',
        "fault number 2: by: write by how much the metric changes.",
    ]
