"""`truckroll simulate play`: a fleet with known faults, over MQTT or into a file."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.mqtt import MqttSettings
from adapters.system_clock import SystemClock
from firmware_sim.jsonl import write_jsonl
from firmware_sim.mqtt_out import Broker, publish
from firmware_sim.scenario import Scenario
from truckroll.cli.options import AsJson, Config, print_json, settings_from


def play(
    scenario: Annotated[
        Path | None, typer.Argument(help="Scenario file; without one, a fleet with crash loops.")
    ] = None,
    devices: Annotated[int, typer.Option(min=1, help="Without a file: so many devices …")] = 200,
    seconds: Annotated[int, typer.Option(min=1, help="… for so long …")] = 60,
    seed: Annotated[int, typer.Option(help="… drawn from this seed.")] = 7,
    speed: Annotated[float, typer.Option(min=0.001, help="So many times faster than real time.")] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Write JSON lines here at full speed instead of publishing.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write the expected tickets here.")] = None,
    registry: Annotated[Path | None, typer.Option(help="Write the fleet's registry here, for device import.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Play a scenario against the configured broker."""
    fleet = Scenario.load(scenario) if scenario else Scenario.demo(devices=devices, seconds=seconds, seed=seed)
    if registry:
        registry.write_text(fleet.registry_csv(), encoding="utf-8")
    if truth:
        truth.write_text(json.dumps(fleet.truth().as_dict(), ensure_ascii=False, indent=2), encoding="utf-8")
    published = write_jsonl(fleet, out) if out else played(fleet, settings_from(config).mqtt, speed)
    deserved = fleet.truth()
    expected, incidents = len(deserved.expected), len(deserved.incidents)
    if as_json:
        print_json({"published": published, "expected_tickets": expected, "expected_incidents": incidents})
    else:
        also = f" and {incidents} incidents" if incidents else ""
        print(f"{published} messages; a perfect desk opens {expected} tickets{also}.")


def played(fleet: Scenario, mqtt: MqttSettings, speed: float) -> int:
    """Publish to the configured broker; returns how many messages it acknowledged."""
    broker = Broker(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username or None,
        password=mqtt.read_password() or None,
        ca=mqtt.ca_file or None,
        certificate=mqtt.cert_file or None,
        key=mqtt.key_file or None,
    )
    return asyncio.run(publish(fleet, broker, clock=SystemClock(), speed=speed)).counts.kept
