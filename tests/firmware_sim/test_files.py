"""A scenario as files: the registry, the messages, the truth."""

import csv
import io
import json

from domain.registry import STATES
from firmware_sim.jsonl import write_jsonl
from firmware_sim.scenario import Scenario
from firmware_sim.truth import truth_of

DEMO = Scenario.demo(devices=50, seconds=20, seed=5)
COLUMNS = (
    "device asset model site component parent owner tier criticality lat lon installed warranty_until expected_state"
)


def test_the_registry_file_covers_every_device_with_the_formats_columns():
    """So that what the devices say falls on claimed assets."""
    rows = list(csv.DictReader(io.StringIO(DEMO.registry_csv())))

    assert [*COLUMNS.split(), "tag:batch"] == list(rows[0])
    assert [(d.name, d.asset, d.component) for d in DEMO.devices] == [
        (row["device"], row["asset"], row["component"]) for row in rows
    ]
    assert {row["expected_state"] for row in rows} <= set(STATES)


def test_every_expected_ticket_is_about_a_registered_asset():
    """Truth and registry speak of the same things."""
    rows = csv.DictReader(io.StringIO(DEMO.registry_csv()))

    assert DEMO.truth().expected.keys() <= {(row["asset"], row["component"], "crash-loop") for row in rows}


def test_devices_of_one_asset_share_its_place_but_not_its_component():
    """Two tickets of one asset are about different components."""
    scenario = Scenario.load_test(devices=4)
    pairs = Scenario(fleet=type(scenario.fleet)(devices=4, components=("panel", "player")))
    rows = list(csv.DictReader(io.StringIO(pairs.registry_csv())))

    assert rows[0]["asset"] == rows[1]["asset"] != rows[2]["asset"]
    assert [rows[0]["component"], rows[1]["component"]] == ["panel", "player"]
    assert {"lat": rows[0]["lat"], "owner": rows[0]["owner"]} == {"lat": rows[1]["lat"], "owner": rows[1]["owner"]}


def test_the_written_lines_are_the_publications(tmp_path):
    """One JSON object a line, the payload as its own text."""
    written = write_jsonl(DEMO, tmp_path / "messages.jsonl", tmp_path / "truth.json")
    rows = [json.loads(line) for line in (tmp_path / "messages.jsonl").read_text().splitlines()]

    assert written == len(rows)
    assert [(p.at, p.device, p.topic, p.payload.decode(), 1, False) for p in DEMO.publications()] == [
        (r["at"], r["device"], r["topic"], r["payload"], r["qos"], r["retain"]) for r in rows
    ]


def test_the_written_truth_can_be_read_again(tmp_path):
    """Nothing of it is lost."""
    write_jsonl(DEMO, tmp_path / "messages.jsonl", tmp_path / "truth.json")

    assert DEMO.truth() == truth_of(json.loads((tmp_path / "truth.json").read_text()))
