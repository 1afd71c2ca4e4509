"""A run in virtual time reaches the findings and tickets that the live service reached."""

from collections.abc import Iterator
from pathlib import Path

from detectors.rules import read_rules
from domain.batch import Batch
from domain.entries import Entry, Kind
from domain.instants import HOUR, SECOND
from domain.registry import Registry
from firmware_sim.scenario import Scenario
from firmware_sim.score import score
from ingest.decode import Decoder
from ingest.feed import Feed
from ingest.inventory import plan_import
from tests.watching import RULES, START, Watching, crash, crashes, message, told
from truckroll.backtest.entries import entries
from truckroll.backtest.run import play
from truckroll.ruleset import load_rules

THE_RULES = read_rules(RULES, "rules.toml").rules
LATE_OK = message("tv-1", f'{{"ts":{(START + 25 * SECOND) // 1_000_000},"boot":1,"seq":9,"event":"boot_ok"}}', after=31)


def journaled(world: Watching, most: int = 2_000) -> Iterator[Batch]:
    """The batches of a journal."""
    feed = Feed(world.journal, Decoder(world.journal.controls()), most=most)
    position = 0
    while (batch := feed.after(position)) is not None:
        yield batch
        position = batch.upto


def test_a_simulated_fleet_in_virtual_time_gets_the_tickets_that_it_deserves() -> None:
    """Every expected ticket and no other, opened at the message that decides."""
    fleet = Scenario.demo(devices=40, seconds=60, seed=7)
    plan = plan_import(fleet.registry_csv().encode(), "fleet.csv", Registry(), fleet.start)
    rules = load_rules([Path("examples/rules/smart-tv.toml")])

    outcome = play(rules, entries(fleet.publications()), controls=[("registry", text) for text in plan.payloads])
    found = score(fleet.truth(), [(t.asset, t.component, t.failure_mode, t.opened_at) for t in outcome.tickets])

    assert found.expected > 0
    assert found.is_perfect
    assert found.delay(1.0) == 0


def test_findings_and_tickets_are_those_of_the_live_service(tmp_path: Path) -> None:
    """The same journal, once watched and once played: the same ids, states and merged tickets, withdrawn ones too."""
    with Watching(tmp_path) as world:
        world.append([*crashes("tv-1", 3), LATE_OK, *crashes("tv-2", 5), crash("tv-2", 5, after=50)])
        world.catch_up(world.begin())

        outcome = play(THE_RULES, journaled(world))

        assert world.findings() == outcome.findings
        assert told(world.tickets()) == told(outcome.tickets)
        assert [e.kind for e in world.ledger.events(0, 100)] == [e.kind for e in outcome.events]


def test_what_comes_out_does_not_depend_on_how_the_journal_is_cut(tmp_path: Path) -> None:
    """Page by page or all at once: tickets are opened at the same instants."""
    with Watching(tmp_path) as world:
        for page in (crashes("tv-1", 3), crashes("tv-2", 4), [Entry(Kind.TICK, START + HOUR)]):
            world.append(page)

        whole, cut = play(THE_RULES, journaled(world)), play(THE_RULES, journaled(world, most=1))

        assert whole.findings == cut.findings
        assert [t.opened_at for t in whole.tickets] == [t.opened_at for t in cut.tickets]


def test_time_passes_between_messages_as_the_receiver_would_have_it() -> None:
    """A tick every five seconds from the first message to the given end."""
    arrivals = [crash("tv-1", 1), crash("tv-1", 2, after=12)]
    (batch,) = entries(arrivals, until=START + 20 * SECOND)

    assert [5, 10, 15, 20] == [(mark.received_at - START) // SECOND for mark in batch.marks]
    assert [1, 4] == batch.position.tolist()


def test_a_draft_is_played_as_if_it_were_live_and_the_journals_own_rules_are_left_out(tmp_path: Path) -> None:
    """The journal's rule has another id; only the draft finds something."""
    draft = RULES.replace('id = "crash-loop"', 'id = "draft-loop"\nlife = "draft"')
    with Watching(tmp_path) as world:
        world.append(crashes("tv-1", 3))

        outcome = play(read_rules(draft, "draft.toml").rules, journaled(world))

        assert ["draft-loop"] == [finding.rule for finding in outcome.findings]
        assert {"tv-1"} == set(outcome.heard)


def test_a_devices_days_count_from_its_first_message() -> None:
    """One hour of two devices and half an hour of a third are two and a half hours of life."""
    arrivals = [crash("tv-1", 1), crash("tv-2", 1), crash("tv-3", 1, after=1800), crash("tv-1", 2, after=3600)]
    outcome = play(THE_RULES, entries(arrivals))

    assert 2.5 * HOUR / (24 * HOUR) == outcome.device_days
    assert (START, START + HOUR, 4) == (outcome.begins, outcome.ends, outcome.messages)
