"""People and evidence at the same tickets, in any order: nothing is lost, nothing doubled, nothing breaks."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import Conflict, IllegalMove
from domain.finding import ACTIVE, Finding, FindingState, Severity
from domain.finding import MOVES as FINDING_MOVES
from domain.instants import DAY, HOUR
from domain.ticket import CANCEL_REASONS, WAITING_REASONS, Response, Ticket, TicketState
from tests import postgres
from tests.ledgers import empty_ledger
from tests.ticketing.cases import START, finding
from ticketing.apart import reopen, split
from ticketing.desk import ServiceDesk
from ticketing.moves import key_of
from ticketing.people import acknowledge, close, edit, mark_noise, move, release

EXAMPLES = int(os.environ.get("RACES", "25"))
COMPONENTS = ("panel", "board")
NAMES = ("F-1", "F-2", "F-3", "F-4")
AT_HOME = dict(zip(NAMES, ("panel", "panel", "panel", "board"), strict=True))
EDITS = {
    "note": st.sampled_from(["called", "waits for a ladder"]),
    "assignee": st.sampled_from(["grace", "ada"]),
    "priority": st.sampled_from(["urgent", "low"]),
    "severity": st.sampled_from(["S1", "S3"]),
}


class DeskAndPeople(RuleBasedStateMachine):
    """One asset, two components, four findings, and people who never look where they go."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.ledger = SqlLedger(self.place())
        self.known: dict[str, Finding] = {}
        self.set_by_people: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, Ticket] = {}
        """What a person saw some time ago."""
        self.position, self.now = 0, START
        self.log_length = 0

    def place(self) -> str | Path:
        """Where an empty ledger lives."""
        return empty_ledger(Path(self.folder.name))

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()

    # -- the machine's side

    @rule(
        name=st.sampled_from(NAMES),
        state=st.sampled_from(FindingState),
        severity=st.sampled_from(Severity),
        more=st.integers(0, 2),
    )
    def find(self, name: str, state: FindingState, severity: Severity, more: int) -> None:
        """A finding moves as findings may, with more evidence or none."""
        before = self.known.get(name)
        if before is None and state not in (FindingState.PENDING, FindingState.OPEN):
            return
        if before is not None and state is not before.state and state not in FINDING_MOVES[before.state]:
            return
        self.pass_time(HOUR)
        self.position += 1
        count = (before.count if before else 3) + more
        last_at = self.now if more or before is None else before.last_at
        new = finding(
            self.position,
            state,
            count,
            id=name,
            component=AT_HOME[name],
            severity=severity,
            last_at=last_at,
            changed_at=self.now,
        )
        self.known[name] = new
        self.hear(new)
        assert Response() == self.hear(new)

    def hear(self, state: Finding) -> Response:
        """What watch does with a finding."""
        with self.ledger.begin() as transaction:
            response = ServiceDesk().respond(state, transaction.situation(state), self.now)
            transaction.save_finding(state, [])
            transaction.record(response)
        return response

    @precondition(lambda self: self.seen)
    @rule(days=st.sampled_from([1, 31]))
    def wait(self, days: int) -> None:
        self.pass_time(days * DAY)

    def pass_time(self, duration: int) -> None:
        self.now += duration

    # -- the people's side

    @precondition(lambda self: self.known)
    @rule()
    def look(self) -> None:
        """Remember the tickets as they are; later acts may rely on this old view."""
        self.seen = {ticket.number: ticket for ticket in self.ledger.tickets()}

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), field=st.sampled_from(sorted(EDITS)))
    def edit(self, data: st.DataObject, field: str) -> None:
        number, revision = self.some_ticket(data)
        value = data.draw(EDITS[field])
        if self.act(number, lambda _, t: edit(t, {field: value}, **self.person(revision))):
            self.set_by_people.setdefault(number, {})[field] = value

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), field=st.sampled_from(sorted(EDITS)))
    def release(self, data: st.DataObject, field: str) -> None:
        number, revision = self.some_ticket(data)
        if self.act(number, lambda _, t: release(t, [field], **self.person(revision))):
            self.set_by_people.get(number, {}).pop(field, None)

    @precondition(lambda self: self.seen)
    @rule(
        data=st.data(), to=st.sampled_from(TicketState), reason=st.sampled_from(["", *CANCEL_REASONS, *WAITING_REASONS])
    )
    def move(self, data: st.DataObject, to: TicketState, reason: str) -> None:
        number, revision = self.some_ticket(data)
        self.act(number, lambda _, t: move(t, to, reason=reason, **self.person(revision)))

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), deed=st.sampled_from([close, mark_noise, acknowledge]))
    def do(self, data: st.DataObject, deed: Any) -> None:
        number, revision = self.some_ticket(data)
        self.act(number, lambda _, t: deed(t, **self.person(revision)))

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        number, revision = self.some_ticket(data)

        def take_up(transaction: SqlTransaction, ticket: Ticket) -> Response:
            occupant, findings = transaction.open_ticket(key_of(ticket)), transaction.free_findings(ticket)
            return reopen(ticket, occupant, findings, **self.person(revision))

        self.act(number, take_up)

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), component=st.sampled_from(COMPONENTS), how_many=st.integers(1, 2))
    def split(self, data: st.DataObject, component: str, how_many: int) -> None:
        number, revision = self.some_ticket(data)

        def take_apart(transaction: SqlTransaction, ticket: Ticket) -> Response:
            return split(
                ticket,
                transaction.findings(ticket.findings[:how_many]),
                component=component,
                failure_mode="crash-loop",
                occupant=transaction.open_ticket(("TV-17", component, "crash-loop")),
                **self.person(revision),
            )

        self.act(number, take_apart)

    def some_ticket(self, data: st.DataObject) -> tuple[str, int]:
        """A ticket by number, with the revision that the person saw: the latest, or an old one."""
        number = data.draw(st.sampled_from(sorted(self.seen)))
        latest = data.draw(st.booleans())
        return number, (self.ledger.ticket(number) if latest else self.seen[number]).revision

    def person(self, revision: int) -> dict[str, Any]:
        return {"by": "ada", "now": self.now, "revision": revision, "why": "so"}

    def act(self, number: str, deed: Any) -> bool:
        """In one transaction, decided on what is read under its lock; False when it was refused."""
        try:
            with self.ledger.begin() as transaction:
                transaction.record(deed(transaction, transaction.ticket(number)))
        except (Conflict, IllegalMove):
            return False
        return True

    # -- what always holds

    @invariant()
    def all_is_well(self) -> None:
        tickets = {ticket.number: ticket for ticket in self.ledger.tickets()}
        self.a_key_has_one_open_ticket(tickets)
        self.what_people_set_is_still_there(tickets)
        self.numbers_and_positions_have_no_gap(tickets)
        self.tickets_make_sense(tickets)
        self.what_holds_is_on_a_ticket()

    def a_key_has_one_open_ticket(self, tickets: Mapping[str, Ticket]) -> None:
        keys = [ticket.open_key for ticket in tickets.values() if ticket.is_open]
        assert len(set(keys)) == len(keys)

    def what_people_set_is_still_there(self, tickets: Mapping[str, Ticket]) -> None:
        for number, fields in self.set_by_people.items():
            assert fields == {field: getattr(tickets[number], field) for field in fields}
            assert tickets[number].held >= set(fields)

    def numbers_and_positions_have_no_gap(self, tickets: Mapping[str, Ticket]) -> None:
        for year in {number[:7] for number in tickets}:
            numbers = [number for number in tickets if number.startswith(year)]
            assert [f"{year}{i:06d}" for i in range(1, len(numbers) + 1)] == numbers
        new = self.ledger.events(self.log_length, 1000)
        assert list(range(self.log_length + 1, self.log_length + len(new) + 1)) == [event.position for event in new]
        self.log_length += len(new)

    def tickets_make_sense(self, tickets: Mapping[str, Ticket]) -> None:
        for ticket in tickets.values():
            assert set(ticket.active) <= set(ticket.findings)
            assert [] == [name for name in ticket.active if self.known[name].state not in ACTIVE]
            assert (ticket.closed_at is not None) == (not ticket.is_open)
            if ticket.is_open and len(ticket.findings) == 1 and ticket.active == ticket.findings:
                assert self.known[ticket.findings[0]].count == ticket.evidence_count
        listed = [name for ticket in tickets.values() if ticket.is_open for name in ticket.findings]
        assert len(set(listed)) == len(listed)

    def what_holds_is_on_a_ticket(self) -> None:
        """A finding that holds is active on the open ticket that lists it, or a person ended that ticket."""
        with self.ledger.begin() as transaction:
            for state in self.known.values():
                if state.state in ACTIVE:
                    owner = transaction.situation(state).owner
                    assert owner is not None
                    assert state.id in owner.active if owner.is_open else owner.touched


class OnPostgres(DeskAndPeople):
    """The same on PostgreSQL."""

    def place(self) -> str | Path:
        return postgres.empty_ledger()


def often(examples: int) -> settings:
    """How many stories are told."""
    return settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )


DeskAndPeople.TestCase.settings = often(EXAMPLES)
TestDeskAndPeople = DeskAndPeople.TestCase
OnPostgres.TestCase.settings = often(max(1, EXAMPLES // 5))
TestDeskAndPeopleOnPostgres = OnPostgres.TestCase
