"""What every ledger promises, whichever database is under it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.ledger_quarantine import QuarantineLimits
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.batch import Reject
from domain.errors import Conflict, ForeignEpoch, Unknown
from domain.finding import Evidence, Finding, FindingState, Severity
from domain.instants import DAY
from domain.registry import Facts, unclaimed
from domain.ticket import LedgerEvent, Pinned, Priority, Response, Ticket, TicketState
from tests.ledgers import ENGINES
from tests.ticketing.cases import START, finding
from ticketing.desk import ServiceDesk
from ticketing.opening import opened

KEY = ("TV-17", "panel", "crash-loop")


@pytest.fixture(params=ENGINES)
def place(request, tmp_path) -> str | Path:
    """An empty database."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def ledger(place) -> Iterator[SqlLedger]:
    """A ledger nobody has written to."""
    with SqlLedger(place, QuarantineLimits(most_rows=4, most_bytes=1000)) as ledger:
        yield ledger


def ticket(**changes: Any) -> Ticket:
    """A new ticket for TV-17's panel."""
    return replace(opened(finding(), KEY, START, recent=(), follows=None), **changes)


def record(ledger: SqlLedger, *tickets: Ticket, events: tuple[LedgerEvent, ...] = ()) -> list[Ticket]:
    """Written in a transaction of their own."""
    with ledger.begin() as transaction:
        return list(transaction.record(Response(tickets=tickets, events=events)))


class Undone(Exception):
    """The transaction shall leave nothing behind."""


@contextmanager
def undone(ledger: SqlLedger) -> Iterator[SqlTransaction]:
    """A transaction that fails at its end."""
    with suppress(Undone), ledger.begin() as transaction:
        yield transaction
        raise Undone


def said(kind: str, ticket: str = "") -> LedgerEvent:
    """A line for the event log."""
    return LedgerEvent(at=START, kind=kind, ticket=ticket, actor="desk", why="because", details={"n": [1, 2]})


def hear(ledger: SqlLedger, state: Finding) -> None:
    """What watch does with a finding."""
    with ledger.begin() as transaction:
        response = ServiceDesk().respond(state, transaction.situation(state), state.changed_at)
        transaction.save_finding(state, [])
        transaction.record(response)


# -- tickets


def test_a_new_ticket_gets_the_next_number_of_its_year(ledger):
    """Years count by themselves, and the order is that of the numbers."""
    years = [START, START, START + 365 * DAY, START]
    keys = [("A", str(i), "m") for i in range(len(years))]
    for at, (asset, component, mode) in zip(years, keys, strict=True):
        record(ledger, ticket(opened_at=at, asset=asset, component=component, failure_mode=mode))

    assert ["T-2026-000001", "T-2026-000002", "T-2026-000003", "T-2027-000001"] == [t.number for t in ledger.tickets()]


def test_a_number_is_never_given_twice(ledger):
    """Neither after a cancellation nor after a restart; only a transaction that failed gives its number back."""
    (first,) = record(ledger, ticket())
    record(ledger, replace(first, state=TicketState.CANCELLED, reason="noise", closed_at=START))
    with undone(ledger) as transaction:
        transaction.record(Response(tickets=(ticket(),)))
    ledger.close()

    assert "T-2026-000002" == record(ledger, ticket())[0].number


def test_a_key_has_one_open_ticket(ledger):
    """The second one is a Conflict, and nothing of its transaction stays."""
    record(ledger, ticket())
    with pytest.raises(Conflict, match="TV-17/panel/crash-loop"):
        record(ledger, ticket(component="board"), ticket(), events=(said("opened"),))

    assert ["T-2026-000001"] == [t.number for t in ledger.tickets()]
    assert [] == ledger.events(0, 10)


def test_an_ended_ticket_frees_its_key(ledger):
    """And cannot take it back while another one has it."""
    (first,) = record(ledger, ticket())
    ended = replace(first, state=TicketState.CLOSED, closed_at=START, revision=1)
    record(ledger, ended, ticket())

    assert ["T-2026-000002"] == [t.number for t in ledger.tickets(open_only=True)]
    with pytest.raises(Conflict):
        record(ledger, replace(first, revision=2))


def test_empty_parts_of_a_key_are_a_key(ledger):
    """It is never partly nothing, which a database would take for different each time."""
    record(ledger, ticket(component=""))
    with pytest.raises(Conflict):
        record(ledger, ticket(component=""))


def test_a_ticket_of_an_older_revision_is_not_written(ledger):
    """Whoever read before somebody else's change must read again."""
    (first,) = record(ledger, ticket())
    record(ledger, replace(first, note="grace's", revision=1))
    with pytest.raises(Conflict, match=first.number):
        record(ledger, replace(first, evidence_count=9))

    assert "grace's" == ledger.ticket(first.number).note


def test_what_is_not_there_is_unknown(ledger):
    """With its name in the sentence."""
    with pytest.raises(Unknown, match="T-2026-000009"):
        ledger.ticket("T-2026-000009")
    with pytest.raises(Unknown), ledger.begin() as transaction:
        transaction.ticket("T-2026-000009")
    with pytest.raises(Unknown):
        record(ledger, ticket(number="T-2026-000009"))
    with pytest.raises(Unknown, match="rule:x@1"):
        ledger.text("rule:x@1")


# -- what is known of a finding's subject


def test_the_situation_of_a_finding_nobody_knows_is_empty(ledger):
    """Nothing recorded, nothing open, nothing ended."""
    with ledger.begin() as transaction:
        situation = transaction.situation(finding())

    assert (None, None, None, None, []) == (
        situation.finding,
        situation.open_ticket,
        situation.owner,
        situation.latest,
        list(situation.recent),
    )


def test_the_situation_names_owner_occupant_and_latest(ledger):
    """The finding's own ticket has ended; another one occupies the key, a third ended last."""
    end = {"state": TicketState.CLOSED, "revision": 1}
    (owner,) = record(ledger, ticket())
    record(ledger, replace(owner, closed_at=START, **end))
    (latest,) = record(ledger, ticket(findings=("F-2",)))
    record(ledger, replace(latest, closed_at=START + 1, **end))
    (occupant,) = record(ledger, ticket(findings=("F-3",)))
    record(ledger, ticket(asset="TV-18", findings=("F-4",)))
    with ledger.begin() as transaction:
        transaction.save_finding(finding(), [])
        situation = transaction.situation(finding(11))

    assert (owner.number, occupant, latest.number) == (
        situation.owner.number,
        situation.open_ticket,
        situation.latest.number,
    )
    assert (finding(), ["000003", "000002", "000001"]) == (situation.finding, [t.number[-6:] for t in situation.recent])


def test_a_finding_belongs_to_the_open_ticket_that_lists_it(ledger):
    """However many ended ones list it; and its key is that ticket's key after a split."""
    (old,) = record(ledger, ticket())
    record(ledger, replace(old, state=TicketState.CANCELLED, closed_at=START, revision=1))
    (split_off,) = record(ledger, ticket(component="board"))
    record(ledger, ticket(findings=("F-2",)))
    with ledger.begin() as transaction:
        situation = transaction.situation(finding())

    assert (split_off, split_off) == (situation.owner, situation.open_ticket)
    assert situation.latest is None


def test_a_finding_that_left_a_ticket_belongs_to_it_no_longer(ledger):
    """What a ticket lists is exactly what is recorded last."""
    (first,) = record(ledger, ticket(findings=("F-1", "F-2")))
    record(ledger, replace(first, findings=("F-2", "F-3")))
    with ledger.begin() as transaction:
        owners = [transaction.situation(finding(id=name)).owner for name in ("F-1", "F-2", "F-3")]

    assert [None, first.number, first.number] == [owner and owner.number for owner in owners]


def test_people_read_findings_and_keys_under_the_lock(ledger):
    """What a split needs."""
    hear(ledger, finding())
    with ledger.begin() as transaction:
        occupant = transaction.open_ticket(KEY)
        assert [finding()] == list(transaction.findings([finding().id, "F-strange"]))
        assert transaction.ticket(occupant.number) == occupant
        assert transaction.open_ticket(("TV-17", "", "crash-loop")) is None


# -- findings and their evidence


def test_a_later_state_of_a_finding_replaces_the_earlier_one(ledger):
    """An older position never comes back over it; the key's state before the firing stays."""
    with ledger.begin() as transaction:
        transaction.save_finding(finding(10, before=b"state"), [])
        transaction.save_finding(finding(12, count=5), [])
        transaction.save_finding(finding(11, count=4), [])
        revisions = transaction.revisions([finding().id, "F-strange"])

    assert [finding(12, count=5, before=b"state")] == list(ledger.findings())
    assert {finding().id: 12} == revisions


def test_findings_come_in_order_of_their_first_firing(ledger):
    """All or by id, also more ids than one question holds."""
    with ledger.begin() as transaction:
        for i in range(3):
            transaction.save_finding(finding(id=f"F-{i}", fired_position=9 - i), [])
    many = [f"F-{i}" for i in range(1200)]

    assert ["F-2", "F-1", "F-0"] == [f.id for f in ledger.findings()]
    assert ["F-2", "F-0"] == [f.id for f in ledger.findings(["F-0", "F-2", "F-9"])]
    assert ["F-2", "F-1", "F-0"] == [f.id for f in ledger.findings(many)]


def test_pinned_entries_stay_as_they_were_pinned_first(ledger):
    """In journal order, whatever is pinned again."""
    pins = [Pinned("F-1", i, START + i, "devices/tv/events", bytes([i, 0, 255]), i == 2) for i in (3, 2)]
    with ledger.begin() as transaction:
        transaction.save_finding(finding(id="F-1"), pins)
        transaction.save_finding(
            finding(11, id="F-1"), [replace(pins[0], payload=b"other"), replace(pins[0], position=4)]
        )

    assert [pins[1], pins[0], replace(pins[0], position=4)] == list(ledger.pinned("F-1"))
    assert [] == ledger.pinned("F-2")


def test_a_pinned_text_stays_as_it_was_pinned_first(ledger):
    """A proof reads the rule that fired, not the one of today."""
    with ledger.begin() as transaction:
        transaction.pin_texts({"rule:a@1": b"old", "sources:1": b""})
        transaction.pin_texts({"rule:a@1": b"new", "rule:b@1": b"b"})
        transaction.pin_texts({})

    assert [b"old", b"", b"b"] == [ledger.text(name) for name in ("rule:a@1", "sources:1", "rule:b@1")]


# -- the event log


def test_the_event_log_has_no_gap(ledger):
    """Positions follow the order of commit, also around a transaction that failed."""
    record(ledger, ticket(), events=(said("opened"), said("edited", "T-2026-000009")))
    with undone(ledger) as transaction:
        transaction.record(Response(events=(said("lost"),)))
    with ledger.begin() as transaction:
        transaction.record(Response(events=(said("cleared"),)))
        transaction.record(Response(events=(said("closed"),)))

    log = ledger.events(0, 10)
    assert [(1, "opened", "T-2026-000001"), (2, "edited", "T-2026-000009"), (3, "cleared", ""), (4, "closed", "")] == [
        (event.position, event.kind, event.ticket) for event in log
    ]
    assert replace(said("opened", "T-2026-000001"), position=1) == log[0]
    assert [3] == [event.position for event in ledger.events(2, 1)]


def test_an_event_without_a_ticket_is_about_the_new_one_of_its_response(ledger):
    """Also where an older ticket stands before it."""
    (old,) = record(ledger, ticket())
    record(ledger, replace(old, note="x"), ticket(component="board"), events=(said("opened"),))

    assert ["T-2026-000002"] == [event.ticket for event in ledger.events(0, 10)]


def test_the_event_log_refuses_changes(ledger):
    """Also to somebody who speaks SQL."""
    record(ledger, ticket(), events=(said("opened"),))
    for act in ("UPDATE event SET why = 'other'", "DELETE FROM event"):
        with pytest.raises(Exception, match="only ever added to"), ledger.engine.begin() as connection:
            connection.exec_driver_sql(act)

    assert ["because"] == [event.why for event in ledger.events(0, 10)]


# -- bookmarks and the epoch


def test_a_bookmark_moves_with_its_transaction_or_not_at_all(ledger):
    """0 at first."""
    with ledger.begin() as transaction:
        assert 0 == transaction.bookmark("watch")
        transaction.move_bookmark("watch", 5)
    with undone(ledger) as transaction:
        transaction.move_bookmark("watch", 9)

    with ledger.begin() as transaction:
        assert (5, 0) == (transaction.bookmark("watch"), transaction.bookmark("notices"))
    assert {"watch": 5} == ledger.bookmarks()


def test_a_ledger_belongs_to_one_journal(place):
    """Another journal's epoch is refused, also after a restart."""
    with SqlLedger(place) as ledger:
        ledger.bind("epoch-1")
        ledger.bind("epoch-1")
    with SqlLedger(place) as ledger, pytest.raises(ForeignEpoch, match="epoch-1, but the journal here is epoch-2"):
        ledger.bind("epoch-2")


# -- registry and quarantine


def test_installing_the_same_again_changes_nothing(ledger):
    """A replay may bring every entry of the registry again."""
    facts = [Facts(device=f"d{i}", asset=f"A{i}", tags={"t": "ü"}, lat=1.5) for i in range(1200)]
    for _ in range(2):
        with ledger.begin() as transaction:
            transaction.install(facts, START)

    assert sorted(facts, key=lambda f: f.asset) == list(ledger.assets())


def test_an_unclaimed_device_never_replaces_a_registered_one(ledger):
    """The other way round it does, whichever came first."""
    registered = Facts(device="d", asset="d", model="TV-55")
    with ledger.begin() as transaction:
        transaction.install([unclaimed("d"), unclaimed("e")], START)
        transaction.install([registered], START - 1)
        transaction.install([unclaimed("d")], START + 1)

    assert [registered, unclaimed("e")] == list(ledger.assets())


def test_of_two_installations_the_later_one_says_what_an_asset_is(ledger):
    """Also when the earlier one is heard of later."""
    with ledger.begin() as transaction:
        transaction.install([Facts(device="d2", asset="A", model="new")], START + 1)
        transaction.install([Facts(device="d1", asset="A", model="old")], START)

    assert ["new"] == [facts.model for facts in ledger.assets()]


def reject(position: int, reason: str = "too_deep", payload: bytes = b"\xff\x00") -> Reject:
    """A message nobody could read."""
    return Reject(position, START + position, "devices/ü/telemetry", payload, reason, "It is nested too deeply.")


def test_quarantine_keeps_the_original_bytes_once(ledger):
    """The same position again changes nothing."""
    for _ in range(2):
        with ledger.begin() as transaction:
            transaction.quarantine([reject(1), reject(2, "bad_utf8")])
            transaction.quarantine([])

    assert [reject(2, "bad_utf8"), reject(1)] == list(ledger.quarantined(10))
    assert [reject(1)] == list(ledger.quarantined(10, "too_deep"))
    assert {"too_deep": 1, "bad_utf8": 1} == ledger.quarantine_counts()


def test_a_text_that_a_database_cannot_hold_is_kept_with_escapes(ledger):
    """A message like that must not stand in the way of all others."""
    odd = reject(1)._replace(topic="a\x00b/\ud800", detail="\udfffü")
    with ledger.begin() as transaction:
        transaction.quarantine([odd])

    assert [odd._replace(topic="a\\x00b/\\ud800", detail="\\udfffü")] == list(ledger.quarantined(1))


@pytest.mark.parametrize(
    ("rejects", "kept"),
    [
        ([reject(i) for i in range(1, 8)], [7, 6, 5, 4]),
        ([reject(1, payload=bytes(400)), reject(2, payload=bytes(400)), reject(3, payload=bytes(400))], [3, 2]),
        ([reject(1), reject(2, payload=bytes(5000))], []),
    ],
    ids=["rows", "bytes", "one too big"],
)
def test_a_full_quarantine_lets_the_oldest_go_and_counts_them(ledger, rejects, kept):
    """However they come, one by one or together."""
    for some in ([rejects[0]], rejects[1:]):
        with ledger.begin() as transaction:
            transaction.quarantine(some)

    assert kept == [row.position for row in ledger.quarantined(100)]
    assert {"too_deep": len(rejects)} == ledger.quarantine_counts()


# -- round trips

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
INTS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(st.none() | st.booleans() | INTS | st.floats(allow_nan=False) | TEXTS, st.lists, max_leaves=5)
BOTH = st.fixed_dictionaries({"en": TEXTS}, optional={"zh": TEXTS})
FINDINGS = st.builds(
    Finding,
    id=st.just("F-1"),
    slot=INTS,
    nth=INTS,
    state=st.sampled_from(FindingState),
    severity=st.sampled_from(Severity),
    started_at=INTS,
    last_at=INTS,
    fired_position=INTS,
    position=INTS,
    changed_at=INTS,
    count=INTS,
    evidence=st.lists(
        st.builds(Evidence, INTS, TEXTS, INTS, TEXTS, TEXTS, st.none() | st.floats(allow_nan=False)), max_size=3
    ).map(tuple),
    score=st.floats(0, 1),
    before=st.binary(max_size=20),
    rule=TEXTS,
    version=TEXTS,
    key=st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    asset=TEXTS,
    component=TEXTS,
    failure_mode=TEXTS,
    title=st.just({}) | BOTH,
    ticket_class=TEXTS,
    facts=st.dictionaries(TEXTS, JSON, max_size=3),
    sources=TEXTS,
    shadow=st.booleans(),
    late=INTS,
)
NAMES = st.lists(TEXTS, max_size=3, unique=True).map(tuple)
TICKETS = st.builds(
    Ticket,
    asset=TEXTS,
    component=TEXTS,
    failure_mode=TEXTS,
    state=st.sampled_from(TicketState),
    reason=TEXTS,
    severity=st.sampled_from(Severity),
    priority=st.sampled_from(Priority),
    title=BOTH,
    summary=BOTH,
    ticket_class=TEXTS,
    assignee=TEXTS,
    note=TEXTS,
    opened_at=st.integers(START, START + 9000 * DAY),
    fault_at=INTS,
    changed_at=INTS,
    closed_at=st.none() | INTS,
    findings=NAMES,
    active=NAMES,
    evidence_count=INTS,
    last_evidence_at=INTS,
    dossier=st.dictionaries(TEXTS, JSON, max_size=3),
    held=st.frozensets(TEXTS, max_size=3),
    touched=st.booleans(),
    revision=INTS,
    reopened=INTS,
    linked_to=TEXTS,
)
PLENTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PLENTY
@given(state=FINDINGS)
def test_a_finding_comes_back_equal(ledger, state):
    """Every field, whatever is in it."""
    with undone(ledger) as transaction:
        transaction.save_finding(state, [])
        assert [state] == list(transaction.findings(["F-1"]))


@PLENTY
@given(new=TICKETS)
def test_a_ticket_comes_back_equal(ledger, new):
    """Every field, whatever is in it."""
    with undone(ledger) as transaction:
        (numbered,) = transaction.record(Response(tickets=(new,)))
        assert replace(new, number=numbered.number) == transaction.ticket(numbered.number)


# -- many at once


@pytest.mark.parametrize("alike", [True, False], ids=["the same finding", "findings of one key"])
def test_a_hundred_threads_with_one_fault_open_one_ticket(ledger, alike):
    """Each in a transaction of its own, all at the same time."""
    start, troubles = Barrier(100), []

    def work(i: int) -> None:
        start.wait()
        try:
            hear(ledger, finding() if alike else finding(id=f"F-{i}"))
        except Exception as trouble:  # noqa: BLE001
            troubles.append(trouble)

    threads = [Thread(target=work, args=(i,)) for i in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == troubles
    (only,) = ledger.tickets()
    assert (1 if alike else 100) == len(only.findings)
    assert (3 if alike else 300) == only.evidence_count
    log = ledger.events(0, 1000)
    assert list(range(1, len(log) + 1)) == [event.position for event in log]
    assert 1 == sum(event.kind == "opened" for event in log)


def test_readers_see_what_was_there_while_a_writer_is_at_work(ledger):
    """They neither wait nor see half of it."""
    record(ledger, ticket())
    with ledger.begin() as transaction:
        transaction.record(Response(tickets=(ticket(component="board"),), events=(said("opened"),)))
        assert (1, 0) == (len(ledger.tickets()), len(ledger.events(0, 10)))

    assert (2, 1) == (len(ledger.tickets()), len(ledger.events(0, 10)))


def test_a_reader_that_follows_the_event_log_never_passes_an_event(place):
    """However many processes write: what is committed later has a later position."""
    writers, per_writer, troubles = 4, 15, []

    def work(nth: int) -> None:
        try:
            with SqlLedger(place) as mine:
                for turn in range(per_writer):
                    record(mine, events=(said(f"{nth}"), said(f"{turn}")))
        except Exception as trouble:  # noqa: BLE001
            troubles.append(trouble)

    threads = [Thread(target=work, args=(nth,)) for nth in range(writers)]
    read: list[int] = []
    with SqlLedger(place) as follower:
        for thread in threads:
            thread.start()
        while len(read) < 2 * writers * per_writer and not troubles:
            read += [event.position for event in follower.events(read[-1] if read else 0, 1000)]
    for thread in threads:
        thread.join()

    assert [] == troubles
    assert list(range(1, 2 * writers * per_writer + 1)) == read


def test_transactions_are_counted(ledger):
    """Kept or failed."""
    before = ledger.counts.received
    record(ledger, ticket())
    with pytest.raises(Conflict):
        record(ledger, ticket())

    assert {"received": before + 2, "kept": 1, "dropped": 0, "failed": 1} == ledger.counts.as_dict()
