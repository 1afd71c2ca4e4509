"""Incidents: however many devices fail, there is one ticket, and who is different gets one of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from adapters import ledger_incident_lists
from adapters.ledger_sql import SqlLedger
from domain.finding import Evidence, Finding
from domain.incident import HoldKind, IncidentState, scope_text
from domain.instants import DAY, HOUR, MINUTE, Instant
from domain.registry import Registry
from domain.ticket import TicketState
from ingest.holding import Holding
from tests.ledgers import ENGINES
from tests.ticketing.cases import START, finding
from ticketing.desk import ServiceDesk
from ticketing.people import acknowledge
from ticketing.suppression import Suppressions
from ticketing.visits import Need, ticket_for_member
from truckroll.retraction import retract

SCOPE = {"model": "TV-55", "firmware": "2.4.1"}
FLEET = "fleet:model=TV-55,firmware=2.4.1"
T0 = START + 10 * HOUR


class Desk:
    """A ledger, and what watch does with findings and ticks."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger = ledger
        self.holding = Holding(ServiceDesk(), Suppressions(), Registry())

    def hear(self, *states: Finding) -> None:
        """Findings that changed, all in one transaction."""
        with self.ledger.begin() as transaction:
            for state in states:
                recorded, response = self.holding.respond(transaction, state, state.changed_at)
                transaction.save_finding(recorded, [])
                transaction.record(response)

    def tick(self, at: Instant) -> None:
        """Time passes."""
        with self.ledger.begin() as transaction:
            self.holding.pass_time(transaction, at, at)

    def tickets(self, *, open_only: bool = True) -> dict[str, str]:
        """Assets of tickets, and how they stand."""
        return {t.asset: t.state.value for t in self.ledger.tickets(open_only=open_only)}

    def members(self) -> dict[str, tuple[bool, str]]:
        """Who is a member, or was, and why."""
        with self.ledger.reading() as connection:
            rows = connection.exec_driver_sql("SELECT asset, left_at IS NULL, why FROM incident_member ORDER BY asset")
            return {asset: (bool(is_in), why) for asset, is_in, why in rows}


@pytest.fixture(params=ENGINES)
def desk(request, tmp_path) -> Iterator[Desk]:
    """Nothing is recorded yet."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield Desk(ledger)


def crash(asset: str, position: int = 10, state: str = "open", code: str = "0xDEAD", **changes: Any) -> Finding:
    """A crash loop of one device."""
    at = T0 + position * MINUTE
    evidence = (Evidence(position, asset.lower(), at, "crash", code),)
    said = {"asset": asset, "component": "", "id": f"F-{asset}", "last_at": at, "changed_at": at, "evidence": evidence}
    return finding(position, state, **said | changes)


def fleet(position: int = 20, state: str = "open", **changes: Any) -> Finding:
    """Crash loops are frequent on one firmware."""
    at = T0 + position * MINUTE
    said = {
        "id": "F-fleet",
        "rule": "bad-release",
        "asset": "",
        "component": "",
        "started_at": T0,
        "last_at": at,
        "changed_at": at,
        "fired_position": 20,
        "facts": {},
        "scope": SCOPE,
        "evidence": (Evidence(position, "tv-1", at, "crash", "0xDEAD"),),
        "details": {"suspect": "2.4.1"},
    }
    return finding(position, state, **said | changes)


def test_a_fleet_finding_is_one_incident_with_one_ticket(desk):
    """The release is named in both languages, and the key has no empty asset."""
    desk.hear(fleet(joined=("TV-1", "TV-2")))
    (ticket,) = desk.ledger.tickets()

    assert (FLEET, "", "crash-loop") == ticket.open_key
    assert "Suspected: 2.4.1." in ticket.summary["en"]
    assert "疑似原因：2.4.1。" in ticket.summary["zh"]
    with desk.ledger.begin() as transaction:
        (incident,) = transaction.open_incidents()
    assert (ticket.number, "2.4.1", SCOPE) == (incident.ticket, incident.suspect, incident.scope)
    assert {"TV-1": (True, "found by the fleet's rule"), "TV-2": (True, "found by the fleet's rule")} == desk.members()


def test_a_device_in_scope_is_a_member_without_a_ticket(desk):
    """Its finding is recorded and grows; another failure mode, firmware or model gets its ticket as always."""
    desk.hear(fleet(), crash("TV-1", 21))
    desk.hear(crash("TV-1", 22, count=4))
    desk.hear(crash("TV-2", 21, failure_mode="overheating"))
    desk.hear(crash("TV-3", 21, facts={"model": "TV-55", "firmware": "2.4.0"}))

    assert {FLEET: "new", "TV-2": "new", "TV-3": "new"} == desk.tickets()
    assert {"TV-1": (True, "the same failure mode in the incident's scope")} == desk.members()
    assert [4] == [state.count for state in desk.ledger.findings(["F-TV-1"])]


def test_untouched_tickets_of_just_before_are_taken_in_and_touched_ones_are_linked(desk):
    """Those of another failure mode stay as they are."""
    desk.hear(crash("TV-1"), crash("TV-2"), crash("TV-3", failure_mode="overheating"))
    touched = desk.ledger.ticket("T-2026-000002")
    with desk.ledger.begin() as transaction:
        transaction.record(acknowledge(touched, by="operator", now=T0, revision=0))
    desk.hear(fleet())

    one, two, three, own = desk.ledger.tickets()
    assert (TicketState.CANCELLED, "duplicate", own.number, ()) == (one.state, one.reason, one.linked_to, one.active)
    assert (TicketState.TRIAGED, own.number, 1) == (two.state, two.linked_to, two.revision)
    assert (TicketState.NEW, "") == (three.state, three.linked_to)
    assert {"TV-1", "TV-2"} == desk.members().keys()
    lines = [e for e in desk.ledger.events(0, 99) if e.kind in ("taken_in", "linked")]
    assert [(one.number, own.number), (two.number, own.number)] == [(e.ticket, e.details["to"]) for e in lines]

    desk.hear(crash("TV-1", 25, count=5), crash("TV-2", 25, count=5))
    assert [3, 5] == [ticket.evidence_count for ticket in desk.ledger.tickets()[:2]]


def test_a_ticket_of_long_before_stays(desk):
    """It is not the incident's doing."""
    desk.hear(crash("TV-1", 10))
    desk.hear(fleet(300, started_at=T0 + 5 * HOUR, fired_position=300))

    assert {"TV-1": "new", FLEET: "new"} == desk.tickets()


def test_a_device_that_differs_is_let_out(desk):
    """Its code is another one; why is written down with the ticket and with the incident."""
    desk.hear(fleet(joined=("TV-1",)), crash("TV-1", 21, code="0xBEEF"))

    assert {FLEET: "new", "TV-1": "new"} == desk.tickets()
    assert {"TV-1": (False, "differs: code 0xBEEF instead of 0xDEAD")} == desk.members()
    assert "differs: code 0xBEEF instead of 0xDEAD" == desk.ledger.events(0, 99)[-1].why


def test_a_member_that_recovers_leaves(desk):
    """And is one again when it crashes again."""
    desk.hear(fleet(), crash("TV-1", 21))
    desk.hear(crash("TV-1", 22, "resolved"))
    assert {"TV-1": (False, "recovered")} == desk.members()
    desk.hear(crash("TV-1", 23))

    assert {"TV-1": (True, "the same failure mode in the incident's scope")} == desk.members()
    assert {FLEET: "new"} == desk.tickets()


def test_members_end_with_the_incident(desk):
    """One that crashes afterwards differs; one whose finding just still holds has a day to recover."""
    desk.hear(fleet(), crash("TV-1", 21), crash("TV-2", 21), crash("TV-3", 21))
    desk.hear(fleet(30, "resolved"))
    assert {"TV-1", "TV-2", "TV-3"} == {asset for asset, (is_in, _) in desk.members().items() if not is_in}

    desk.hear(crash("TV-1", 31))
    desk.hear(crash("TV-2", 32, "resolved"))
    desk.tick(T0 + 30 * MINUTE + DAY - 1)
    assert {FLEET: "new", "TV-1": "new"} == desk.tickets()
    desk.tick(T0 + 30 * MINUTE + DAY)
    assert {FLEET: "new", "TV-1": "new", "TV-3": "new"} == desk.tickets()
    assert (False, "differs: it still holds after the incident") == desk.members()["TV-3"]


def test_an_incident_that_comes_back_takes_its_members_again(desk):
    """A relapse of the fleet's finding is the same incident."""
    desk.hear(fleet(), crash("TV-1", 21), fleet(30, "resolved"))
    desk.hear(fleet(40))
    desk.hear(crash("TV-1", 41))

    assert {FLEET: "new"} == desk.tickets()
    assert (True, "the same failure mode in the incident's scope") == desk.members()["TV-1"]


def test_an_incident_taken_in_again_finds_its_cancelled_ticket(desk):
    """A ticket that was taken in comes back when its device alone goes on after the incident."""
    desk.hear(crash("TV-1"), fleet(), fleet(30, "resolved"))
    desk.hear(crash("TV-1", 31))

    assert {FLEET: "new", "TV-1": "triaged"} == desk.tickets()
    assert [1, 0] == [ticket.reopened for ticket in desk.ledger.tickets()]


@pytest.mark.parametrize("need", Need)
def test_a_member_gets_a_ticket_of_its_own_when_it_is_needed(desk, need):
    """With its finding, which grows it from then on, and linked to the incident's; it stays a member."""
    desk.hear(fleet(joined=("TV-2",)), crash("TV-1", 21))
    for asset in ("TV-1", "TV-2"):
        with desk.ledger.begin() as transaction:
            (incident,) = transaction.open_incidents()
            held = transaction.held_by(HoldKind.INCIDENT, incident.id, asset)
            own = transaction.ticket(incident.ticket)
            transaction.record(ticket_for_member(incident, own, asset, held, None, need=need, by="operator", now=T0))
    desk.hear(crash("TV-1", 22, count=7))

    _, one, two = desk.ledger.tickets()
    assert (("F-TV-1",), 7, True) == (one.findings, one.evidence_count, one.touched)
    assert ("TV-2", (), "T-2026-000001") == (two.asset, two.findings, two.linked_to)
    assert {(True, need.value)} == set(desk.members().values())


def test_withdrawn_with_its_evidence_the_incident_is_over(desk):
    """Late data took the fleet's finding back: its untouched ticket goes, and nobody is a member."""
    desk.hear(fleet(joined=("TV-1",)), fleet(25, "withdrawn"))

    assert {FLEET: "cancelled"} == desk.tickets(open_only=False)
    with desk.ledger.begin() as transaction:
        assert IncidentState.RESOLVED is transaction.incident("F-fleet").state
    assert {"TV-1": (False, "the incident is over")} == desk.members()


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ({"firmware": "2.4.1", "model": "TV-55"}, FLEET),
        ({"site": "berlin", "area": "a,b=c%"}, "fleet:site=berlin,area=a%2Cb%3Dc%25"),
        ({"rule": "tv-crash"}, "flood:rule=tv-crash"),
        ({"model": "电视 55"}, "fleet:model=电视 55"),
    ],
)
def test_a_scope_has_one_text(scope, text):
    """In whatever order it is said, and never that of another scope."""
    assert text == scope_text(scope)


def test_ten_thousand_members_are_cheap(desk):
    """They join, grow and end in batches: an update that adds nobody writes as much as it does with one member."""
    names = tuple(f"TV-{n}" for n in range(10_000))
    desk.hear(fleet(joined=names))
    writes = statements_of(desk, lambda: desk.hear(fleet(21, count=50)))
    few = statements_of(desk, lambda: desk.hear(fleet(22, "resolved")))

    assert writes <= 20
    assert few <= 20
    assert not any(is_in for is_in, _ in desk.members().values())


def statements_of(desk: Desk, deed: Any) -> int:
    """How many statements a deed runs."""
    counted = []

    def count(*_: Any) -> None:
        counted.append(1)

    event.listen(desk.ledger.engine, "before_cursor_execute", count)
    deed()
    event.remove(desk.ledger.engine, "before_cursor_execute", count)
    return len(counted)


def test_an_incident_is_told_with_its_members_tickets_and_spread(desk):
    """In pages of members in order of name, and by minute."""
    desk.hear(fleet(joined=("TV-1", "TV-2")), fleet(30, joined=("TV-3",)), crash("TV-4", 31, code="0xBEEF"))
    (found,) = ledger_incident_lists.incidents(desk.ledger, states=("open",), most=9)
    (first, second), (third, fourth) = (
        ledger_incident_lists.members(desk.ledger, "F-fleet", after=after, most=2) for after in ("", "TV-2")
    )

    assert (4, 3) == (found.members, found.present)
    assert ["TV-1", "TV-2", "TV-3", "TV-4"] == [part.member.asset for part in (first, second, third, fourth)]
    assert ["", "", "", "T-2026-000002"] == [part.ticket for part in (first, second, third, fourth)]
    assert [(2, 0), (3, 0), (4, 1)] == [
        (p.joined, p.left) for p in ledger_incident_lists.spread(desk.ledger, "F-fleet")
    ]
    assert {} == ledger_incident_lists.held(desk.ledger)
    tickets = desk.ledger.tickets()
    assert {tickets[0].number: "F-fleet"} == ledger_incident_lists.incidents_of(desk.ledger, tickets)
    before = ledger_incident_lists.Begun(found.incident.opened_at, found.incident.id)
    assert [] == list(ledger_incident_lists.incidents(desk.ledger, before=before, most=9))


def test_a_retracted_fleet_rule_ends_its_incident(desk):
    """Nobody is a member any more; who crashes again gets its own ticket."""
    desk.hear(fleet(joined=("TV-1",)), crash("TV-1", 21))
    assert ("T-2026-000001",) == retract(desk.ledger, "bad-release@v1", "operator", T0 + HOUR).cancelled
    assert {"TV-1": (False, "the incident is over")} == desk.members()
    desk.hear(crash("TV-1", 90))

    assert {"TV-1": "new"} == desk.tickets()
