"""What a transaction expects is written together, and nobody can tell from the ledger."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from adapters import ledger_ahead
from adapters import ledger_tables as tables
from adapters.ledger_sql import SqlLedger
from domain.errors import Conflict
from domain.finding import Finding, FindingState
from domain.incident import Hold, HoldKind, Incident
from domain.instants import HOUR
from domain.ticket import Pinned, Response, Ticket, TicketState
from tests.contracts.test_ledger import record, ticket
from tests.ledgers import ENGINES
from tests.ticketing.cases import START, finding
from ticketing.desk import ServiceDesk

KEPT = (
    tables.finding,
    tables.pinned,
    tables.ticket,
    tables.ticket_finding,
    tables.event,
    tables.counter,
    tables.incident,
    tables.incident_member,
    tables.hold,
)

OUTBREAK = Incident(
    id="F-9", ticket="T-1", rule="fleet", scope={"firmware": "2.4.1"}, failure_mode="crash-loop", opened_at=START
)


@pytest.fixture(params=ENGINES)
def ledgers(request, tmp_path) -> Iterator[tuple[SqlLedger, SqlLedger]]:
    """Two ledgers that nobody has written to."""
    (tmp_path / "other").mkdir()
    places = [ENGINES[request.param](folder) for folder in (tmp_path, tmp_path / "other")]
    with SqlLedger(places[0]) as one, SqlLedger(places[1]) as other:
        yield one, other


def story(seed: int, many: int) -> Sequence[Finding]:
    """Findings that come, grow, resolve and are withdrawn, on few assets, some of a whole fleet."""
    chance = random.Random(seed)
    states: dict[str, Finding] = {}
    told = []
    for position in range(10, 10 + many):
        name = f"F-{chance.randrange(many // 2)}"
        asset, mode = f"TV-{chance.randrange(many // 3)}", chance.choice(("crash-loop", "no-signal"))
        fresh = finding(position, id=name, asset=asset, failure_mode=mode, rule=mode, fired_position=position)
        if chance.random() < 0.08:
            fresh = replace(
                fresh, scope={"by": "firmware", "value": "2.4.1"}, joined=tuple(f"TV-{n}" for n in range(many // 3))
            )
        before = states.get(name, fresh)
        state = FindingState(chance.choices(("open", "resolved", "withdrawn"), (8, 2, 1))[0])
        states[name] = replace(before, position=position, changed_at=START + position * HOUR, state=state)
        told.append(states[name])
    return told


def hear(ledger: SqlLedger, findings: Sequence[Finding], *, ahead: bool) -> None:
    """One transaction of watch; every seventh finding is held back by a person, every fifth ticket waits."""
    with ledger.begin() as transaction:
        if ahead:
            transaction.expect(findings)
        for state in findings:
            known = transaction.situation(state)
            if state.position % 7 == 0:
                by_a_person = Hold(
                    finding=state.id, asset=state.asset, kind=HoldKind.SHELVE, by="S-1", since=START, why="shelved"
                )
                known = replace(known, suppressed=by_a_person)
            response = ServiceDesk().respond(state, known, state.changed_at)
            pin = Pinned(state.id, state.position, START, "devices/tv/events", b"x")
            transaction.save_finding(state, [pin])
            for written in transaction.record(response):
                if written.is_open and state.position % 5 == 0:
                    ended = replace(written, state=TicketState.CLOSED, closed_at=state.changed_at, touched=True)
                    transaction.record(Response(tickets=(ended,)))


def expecting(ledger: SqlLedger, findings: Sequence[Finding], *tickets: Ticket) -> None:
    """One transaction that expects findings and records tickets one by one."""
    with ledger.begin() as transaction:
        transaction.expect(findings)
        for new in tickets:
            transaction.record(Response(tickets=(new,)))


def content(ledger: SqlLedger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that findings write."""
    with ledger.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr) for table in KEPT
        }


@pytest.mark.parametrize("seed", [1])
def test_what_is_expected_is_recorded_as_if_it_had_not_been(ledgers, seed):
    """Two ledgers hear the same story in the same pieces; one of them sees each piece coming."""
    findings = story(seed, 120)
    for ledger, ahead in zip(ledgers, (True, False), strict=True):
        for start in range(0, len(findings), 40):
            hear(ledger, findings[start : start + 40], ahead=ahead)

    expected, found = content(ledgers[1]), content(ledgers[0])
    assert all(expected[name] for name in ("ticket", "hold", "incident", "counter", "pinned"))
    assert expected == found


def test_strangers_are_written_in_few_statements(ledgers, monkeypatch):
    """A table is written once for all of them, and nothing is asked of one alone."""
    ledger = ledgers[0]
    said: list[str] = []
    findings = [finding(id=f"F-{n}", asset=f"TV-{n}") for n in range(200)]
    with ledger.begin() as transaction:
        counted = transaction.direct.execute
        monkeypatch.setattr(
            transaction.direct, "execute", lambda what, *rows: said.append(str(what)) or counted(what, *rows)
        )
        transaction.expect(findings)
        for state in findings:
            response = ServiceDesk().respond(state, transaction.situation(state), START)
            transaction.save_finding(state, [])
            transaction.record(response)

    assert 200 == len(ledger.tickets())
    assert 12 >= len(said)


def test_what_was_expected_goes_with_its_transaction_or_not_at_all(ledgers):
    """A second open ticket of a key is a Conflict, also where the first one waits to be written."""
    ledger = ledgers[0]
    findings = [finding(id=f"F-{n}", asset=f"TV-{n}") for n in range(ledger_ahead.FEW)]
    first = ticket(asset="TV-1", findings=("F-1",))
    with pytest.raises(Conflict, match="TV-1/panel/crash-loop"):
        expecting(ledger, findings, first, first)

    assert [] == ledger.tickets()


def test_a_ticket_that_comes_to_an_expected_asset_has_its_key(ledgers):
    """No other one can have it from then on."""
    ledger = ledgers[0]
    (old,) = record(ledger, ticket(asset="TV-old"))
    findings = [finding(id=f"F-{n}", asset=f"TV-{n}") for n in range(ledger_ahead.FEW)]
    with pytest.raises(Conflict, match="TV-1/panel/crash-loop"):
        expecting(ledger, findings, replace(old, asset="TV-1"), ticket(asset="TV-1"))

    assert [old] == list(ledger.tickets())


def test_a_transaction_sees_what_it_expected_and_wrote(ledgers):
    """However it asks: by number, by key, by finding, or with a question of its own."""
    ledger = ledgers[0]
    findings = [finding(id=f"F-{n}", asset=f"TV-{n}") for n in range(ledger_ahead.FEW)]
    with ledger.begin() as transaction:
        transaction.expect(findings)
        transaction.save_finding(findings[1], [])
        (written,) = transaction.record(Response(tickets=(ticket(asset="TV-1", findings=("F-1",)),)))

        assert written == transaction.situation(findings[1]).owner
        assert written == transaction.situation(replace(findings[1], id="F-2")).open_ticket
        assert written == transaction.ticket(written.number)
        assert [written.number] == list(transaction.connection.execute(select(tables.ticket.c.number)).scalars())
        assert [findings[1]] == list(transaction.findings(["F-1"]))
        transaction.save_finding(findings[3], [])
        assert findings[3] == transaction.situation(replace(findings[3], position=11)).finding
        transaction.record(Response(incidents=(OUTBREAK,)))
        assert [OUTBREAK] == list(transaction.situation(findings[4]).incidents)
