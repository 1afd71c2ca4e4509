"""Every ticket of a seeded run is proved from what the ledger kept, whatever the kind of rule, also after a purge."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest

from detectors.kinds import kinds
from detectors.learning.draft import lines_of
from domain.entries import Entry, Kind
from domain.instants import DAY, MINUTE, SECOND
from domain.registry import Registry
from firmware_sim.scenario import Scenario
from ingest.inventory import plan_import
from tests.streams import names_of, rule_of
from tests.watching import START, Watching, message
from ticketing.desk import ServiceDesk
from truckroll.backtest.entries import entry_of, ticked
from truckroll.proof import prove

VALUES = (0.0, 20.0, 45.0, 50.0, 60.0, 99.0, 150.0)


def unproved(world: Watching) -> list[str]:
    """Findings of tickets whose proof objects, with what it objects."""
    return [
        f"{proof.rule}: {'; '.join(proof.objections)}"
        for ticket in world.tickets()
        for proof in prove(world.ledger, ServiceDesk(), ticket)
        if not proof.holds
    ]


def watched(world: Watching, entries: Iterable[Entry]) -> None:
    """Journal them and watch them."""
    world.append(list(entries))
    world.catch_up(world.begin())


def lively(kind: str) -> Iterator[Entry]:
    """Six hundred messages about what the kind looks at: stretches of trouble between stretches of calm."""
    chance = Random(f"{kind}/proof")
    events, metrics = names_of(rule_of(kind))
    at = START
    for seq in range(600):
        at += chance.choice((10, 20, 60, 60, 120)) * SECOND
        device, level = f"tv-{chance.randrange(2)}", VALUES[seq // 40 % len(VALUES)]
        said = f'"ts":{at // 1_000_000},"boot":1,"seq":{seq}'
        if events and chance.random() < 0.5:
            body, channel = f'{{{said},"event":"{events[seq // 25 % len(events)]}"}}', "events"
        else:
            values = ",".join(f'"{metric}":{level + chance.random():.3f}' for metric in metrics)
            body, channel = f'{{{said},"values":{{{values}}}}}', "telemetry"
        yield message(device, body, after=(at - START) / SECOND, channel=channel)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_what_any_kind_of_rule_found_is_proved(kind: str, tmp_path: Path) -> None:
    """Whatever tickets a lively stream brings; before and after the journal has dropped the messages."""
    table = {name: value for name, value in rule_of(kind).table.items() if name != "where"}
    rules = "[[rule]]\n" + "\n".join(lines_of(table))
    with Watching(tmp_path, rules=rules) as world:
        watched(world, ticked(lively(kind), MINUTE, None))
        assert [] == unproved(world)

        world.journal.retain(START + 60 * DAY, world.journal.last)

        assert [] == unproved(world)


def test_every_ticket_of_a_seeded_fleet_is_proved_also_after_the_purge(tmp_path: Path) -> None:
    """A fleet with crash loops, duplicates and disorder: all of its tickets, message by message."""
    fleet = Scenario.demo(devices=40, seconds=60, seed=7)
    plan = plan_import(fleet.registry_csv().encode(), "fleet.csv", Registry(), fleet.start)
    rules = Path("examples/rules/smart-tv.toml").read_text(encoding="utf-8")
    with Watching(tmp_path, rules=rules) as world:
        world.append([Entry(Kind.CONTROL, fleet.start, "registry", text) for text in plan.payloads])
        watched(world, ticked(map(entry_of, fleet.publications()), 5 * SECOND, None))

        assert len(fleet.truth().expected) == len(world.tickets()) > 0
        assert [] == unproved(world)
        world.journal.retain(fleet.start + 60 * DAY, world.journal.last)
        assert [] == unproved(world)
        assert all(
            proof.lines and any(line.is_decisive for line in proof.lines)
            for ticket in world.tickets()
            for proof in prove(world.ledger, ServiceDesk(), ticket)
        )
