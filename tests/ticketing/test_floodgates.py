"""Suppressions, incidents and people at the same findings, in any order: nothing leaks, nothing is lost or doubled."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adapters.ledger_sql import SqlLedger
from domain.errors import IllegalMove
from domain.finding import ACTIVE, Finding, FindingState
from domain.finding import MOVES as FINDING_MOVES
from domain.incident import HoldKind
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.registry import Facts, Installation, Registry, registry_entry
from domain.suppression import TOPIC, Suppression, Whom, suppressions_entry
from ingest.holding import AFTER_THE_PARENT, Holding
from tests import postgres
from tests.ledgers import ENGINES, empty_ledger
from tests.ticketing.cases import START, finding
from ticketing.desk import ServiceDesk
from ticketing.people import acknowledge, close, mark_noise
from ticketing.suppression import Suppressions

EXAMPLES = int(os.environ.get("FLOODGATES", "12"))
ASSETS = ("TV-1", "TV-2", "TV-3")
HUB = "HUB"
FLEET = "F-fleet"
GOES = {"life": "live", "version": "v1"}
RULES = json.dumps({"rules": [GOES | {"table": {"id": "hub-down", "kind": "count", "suppresses": "children"}}]})
PARENT = {"TV-1": "hub", "TV-2": "", "TV-3": ""}
FIRMWARE = {"TV-1": "1", "TV-2": "2", "TV-3": "2"}


class Floodgates(RuleBasedStateMachine):
    """Three devices, one of them behind a hub; two of them of a firmware that may be bad."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.ledger = SqlLedger(self.place())
        self.controls: list[bytes] = []
        self.known: dict[str, Finding] = {}
        self.shelved: dict[str, Instant] = {}
        self.position, self.now = 0, START
        self.restart()

    def place(self) -> str | Path:
        """Where an empty ledger lives."""
        return empty_ledger(Path(self.folder.name))

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()

    @rule()
    def restart(self) -> None:
        """All that is remembered is what the journal and the ledger say."""
        registry = Registry()
        facts = [Facts(device=a.lower(), asset=a, parent=PARENT.get(a, "")) for a in (*ASSETS, HUB)]
        registry.apply(registry_entry([Installation(0, each) for each in facts]))
        self.holding = Holding(ServiceDesk(), Suppressions(), registry)
        self.holding.suppressing.control("rules", RULES.encode())
        for payload in self.controls:
            self.holding.suppressing.control(TOPIC, payload)

    # -- findings and time

    @rule(asset=st.sampled_from(ASSETS), turn=st.integers(0, 5), more=st.integers(0, 1))
    def device(self, asset: str, turn: int, more: int) -> None:
        """A device's finding moves as findings may."""
        facts = {"device": asset.lower(), "parent": PARENT[asset], "firmware": FIRMWARE[asset]}
        before = self.tickets_of(asset)
        self.move(f"F-{asset}", turn, more, asset=asset, component="", facts=facts)
        self.check_held(asset, before)

    @rule(turn=st.integers(0, 5))
    def hub(self, turn: int) -> None:
        """The hub of one of them is down, or well again."""
        said = {"rule": "hub-down", "failure_mode": "down", "asset": HUB, "component": "", "facts": {"device": "hub"}}
        self.move("F-hub", turn, 1, **said)

    @rule(turn=st.integers(0, 5))
    def fleet(self, turn: int) -> None:
        """A firmware is bad, or well again."""
        said = {"rule": "bad-release", "asset": "", "component": "", "facts": {}, "scope": {"firmware": "2"}}
        self.move(FLEET, turn, 1, **said)

    def move(self, name: str, turn: int, more: int, **said: object) -> None:
        """A finding begins, or takes one of the turns that it may take."""
        before = self.known.get(name)
        turns = [FindingState.OPEN] if before is None else [before.state, *sorted(FINDING_MOVES[before.state])]
        state = turns[turn % len(turns)]
        self.pass_time(MINUTE)
        last_at = self.now if more or before is None else before.last_at
        count = (before.count if before else 3) + more
        self.known[name] = finding(
            self.position, state, count, id=name, last_at=last_at, changed_at=self.now, started_at=START, **said
        )
        with self.ledger.begin() as transaction:
            recorded, response = self.holding.respond(transaction, self.known[name], self.now)
            transaction.save_finding(recorded, [])
            transaction.record(response)

    @rule(after=st.sampled_from([SECOND, 10 * MINUTE, HOUR, 2 * DAY]))
    def tick(self, after: int) -> None:
        self.pass_time(after)
        before = {asset: self.tickets_of(asset) for asset in ASSETS}
        with self.ledger.begin() as transaction:
            self.holding.pass_time(transaction, self.now, self.now)
        for asset in ASSETS:
            self.check_held(asset, before[asset])
        self.nothing_is_held_without_a_reason()

    def pass_time(self, duration: int) -> None:
        self.position, self.now = self.position + 1, self.now + duration

    # -- people

    @rule(asset=st.sampled_from(ASSETS), hours=st.integers(1, 5))
    def shelve(self, asset: str, hours: int) -> None:
        until = self.now + hours * HOUR
        self.shelved[asset] = until
        shelf = Suppression(id=f"S-{asset}", kind=HoldKind.SHELVE, whom=Whom(asset=asset), since=self.now, until=until)
        self.decide(suppressions_entry([shelf]))

    @rule(asset=st.sampled_from(ASSETS))
    def take_back(self, asset: str) -> None:
        self.shelved.pop(asset, None)
        self.decide(suppressions_entry(remove=[f"S-{asset}"]))

    def decide(self, payload: bytes) -> None:
        self.controls.append(payload)
        self.holding.suppressing.control(TOPIC, payload)

    @rule(asset=st.sampled_from((*ASSETS, "fleet:firmware=2")), deed=st.sampled_from([acknowledge, close, mark_noise]))
    def act(self, asset: str, deed: Callable[..., object]) -> None:
        """A person does something to an open ticket."""
        for ticket in self.ledger.tickets(open_only=True):
            if ticket.asset == asset:
                self.pass_time(MINUTE)
                try:
                    with self.ledger.begin() as transaction:
                        done = deed(ticket, by="operator", now=self.now, revision=ticket.revision)
                        transaction.record(done)  # type: ignore[arg-type]
                except IllegalMove:
                    return

    # -- what always holds

    def tickets_of(self, asset: str) -> tuple[int, int]:
        """How many tickets an asset ever had, and how often they were reopened."""
        its = [ticket for ticket in self.ledger.tickets() if ticket.asset == asset]
        return len(its), sum(ticket.reopened for ticket in its if ticket.is_open)

    def is_suppressed(self, asset: str) -> bool:
        """By what was done in this test, and by nothing that the code under test says."""
        hub = self.known.get("F-hub")
        is_behind = bool(PARENT[asset]) and hub is not None and hub.state in ACTIVE
        return self.now < self.shelved.get(asset, 0) or is_behind

    def check_held(self, asset: str, before: tuple[int, int]) -> None:
        """What is suppressed opened nothing, whatever else happened."""
        if self.is_suppressed(asset):
            assert self.tickets_of(asset)[0] <= before[0]

    def holds(self) -> dict[str, HoldKind]:
        """What is held back, and by what."""
        with self.ledger.begin() as transaction:
            return {found.id: kind for kind, by in transaction.holders() for found in transaction.held_by(kind, by)}

    def nothing_is_held_without_a_reason(self) -> None:
        """After a tick."""
        hub, fleet = self.known.get("F-hub"), self.known.get(FLEET)
        for name, kind in self.holds().items():
            asset = self.known[name].asset
            if kind is HoldKind.SHELVE:
                assert self.now < self.shelved[asset]
            if kind is HoldKind.PARENT:
                assert hub is not None
                assert hub.state in ACTIVE or self.now - hub.changed_at < AFTER_THE_PARENT
            if kind is HoldKind.INCIDENT:
                assert fleet is not None
                assert fleet.state in ACTIVE or self.now - fleet.changed_at < DAY

    @invariant()
    def a_key_has_one_open_ticket(self) -> None:
        keys = [ticket.open_key for ticket in self.ledger.tickets(open_only=True)]
        assert len(set(keys)) == len(keys)

    @invariant()
    def resolution_always_passes(self) -> None:
        """What is over is held back by nothing, and active on no ticket."""
        over = {name for name, found in self.known.items() if found.state not in ACTIVE}
        assert set() == over & self.holds().keys()
        assert set() == over & {name for ticket in self.ledger.tickets() for name in ticket.active}

    @invariant()
    def what_holds_is_on_a_ticket_or_held_back(self) -> None:
        """Or a person ended its ticket."""
        held = self.holds()
        for name, found in self.known.items():
            if found.state not in ACTIVE or name in held:
                continue
            with self.ledger.begin() as transaction:
                (recorded,) = transaction.findings([name])
                owner = transaction.situation(recorded).owner
            assert owner is not None
            assert name in owner.active if owner.is_open else owner.touched


class OnPostgres(Floodgates):
    """The same on PostgreSQL."""

    def place(self) -> str | Path:
        return postgres.empty_ledger()


def often(examples: int) -> settings:
    """How many stories are told."""
    return settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )


Floodgates.TestCase.settings = often(EXAMPLES)
TestFloodgates = Floodgates.TestCase
OnPostgres.TestCase.settings = often(max(1, EXAMPLES // 8))
TestFloodgatesOnPostgres = OnPostgres.TestCase


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_at_once_open_no_more_than_the_rule_may(engine, tmp_path):
    """Twenty tickets an hour and one incident with the other eighty, however they meet."""
    limit = json.dumps({"rules": [GOES | {"table": {"id": "tv-crash-loop", "kind": "count", "max_tickets": "20/h"}}]})
    start = Barrier(100)
    with SqlLedger(ENGINES[engine](tmp_path)) as ledger:
        ledger.open()

        def hear(asset: str) -> None:
            holding = Holding(ServiceDesk(), Suppressions(), Registry())
            holding.suppressing.control("rules", limit.encode())
            state = finding(10, id=f"F-{asset}", asset=asset)
            start.wait()
            with ledger.begin() as transaction:
                recorded, response = holding.respond(transaction, state, START)
                transaction.save_finding(recorded, [])
                transaction.record(response)

        threads = [Thread(target=hear, args=(f"TV-{n}",)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tickets = ledger.tickets()
        with ledger.begin() as transaction:
            (incident,) = transaction.open_incidents()
            held = transaction.held_by(HoldKind.INCIDENT, incident.id)

    assert (21, 80) == (len(tickets), len(held))
    assert ["flood:rule=tv-crash-loop"] == [ticket.asset for ticket in tickets if ticket.asset.startswith("flood:")]
