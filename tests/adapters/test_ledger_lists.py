"""What people page through, on every engine: the right things, in order, each once, whatever arrives meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from adapters import ledger_lists, ledger_losses, ledger_places
from adapters.ledger_lists import FindingsWanted, Fired, Kept, TicketsWanted
from adapters.ledger_losses import Noticed
from adapters.ledger_sql import SqlLedger
from domain.batch import Reject
from domain.errors import Unknown
from domain.finding import finding_id
from domain.gap import Gap, Losses
from domain.registry import Facts, unclaimed
from domain.ticket import LedgerEvent, Pinned, Priority, Response, Ticket, TicketState
from tests.ledgers import ENGINES
from tests.ticketing.cases import KEY, START, finding
from ticketing.opening import opened

ASSETS = ("TV-1", "TV-2", "TV-3")
MODES = ("crash-loop", "overheating")
T = TypeVar("T")


@pytest.fixture(params=ENGINES)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlLedger]:
    """A ledger nobody has written to."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield ledger


def some_tickets(ledger: SqlLedger, count: int, seed: int = 1) -> list[Ticket]:
    """Tickets in any state and priority; at most one open a key."""
    chance, taken, tickets = Random(seed), set[Any](), []
    for _ in range(count):
        key = (chance.choice(ASSETS), str(chance.randrange(20)), chance.choice(MODES))
        state = chance.choice(list(TicketState))
        ticket = replace(
            opened(finding(), key, START, recent=(), follows=None),
            state=TicketState.CLOSED if key in taken else state,
            priority=chance.choice(list(Priority)),
            findings=(),
        )
        taken |= {ticket.open_key} - {None}
        tickets.append(ticket)
    with ledger.begin() as transaction:
        return list(transaction.record(Response(tickets=tuple(tickets))))


def paged(ask: Callable[[Any], Sequence[T]], cursor: Callable[[T], Any], start: Any = None) -> list[T]:
    """Everything, page by page."""
    seen: list[T] = []
    while page := ask(cursor(seen[-1]) if seen else start):
        seen += page
    return seen


@pytest.mark.parametrize("asset", ["", "TV-2"])
@pytest.mark.parametrize("mode", ["", "overheating"])
@pytest.mark.parametrize("priorities", [(), ("low",), ("low", "urgent", "low")])
def test_tickets_are_those_wanted_newest_first_page_by_page(
    ledger: SqlLedger, asset: str, mode: str, priorities: tuple[str, ...]
) -> None:
    """Every combination of filters says what a look at each ticket says."""
    tickets = some_tickets(ledger, 60)
    for states in ((), ("new",), ("closed", "waiting")):
        for is_open in (None, True, False):
            wanted = TicketsWanted(
                states=states, priorities=priorities, asset=asset, failure_mode=mode, is_open=is_open
            )
            expected = [
                ticket.number
                for ticket in reversed(tickets)
                if (not states or ticket.state in states)
                and (not priorities or ticket.priority in priorities)
                and asset in ("", ticket.asset)
                and mode in ("", ticket.failure_mode)
                and is_open in (None, ticket.is_open)
            ]
            found = paged(
                lambda before, wanted=wanted: ledger_lists.tickets(ledger, wanted, before=before, most=7),
                lambda ticket: ticket.number,
                "",
            )
            assert expected == [ticket.number for ticket in found]


def test_tickets_that_arrive_do_not_move_the_pages(ledger: SqlLedger) -> None:
    """They stand before the first page."""
    before = some_tickets(ledger, 10)
    first = ledger_lists.tickets(ledger, TicketsWanted(), most=4)
    with ledger.begin() as transaction:
        late = opened(finding(), ("TV-9", "", "late"), START, recent=(), follows=None)
        transaction.record(Response(tickets=(replace(late, findings=()),)))
    rest = ledger_lists.tickets(ledger, TicketsWanted(), before=first[-1].number, most=100)

    assert [t.number for t in reversed(before)] == [t.number for t in (*first, *rest)]


def test_findings_and_their_messages_come_in_order(ledger: SqlLedger) -> None:
    """All, those of a rule, of a state, of a ticket; and the raw messages of each and of a ticket."""
    found = [
        finding(
            position,
            "open" if position % 3 else "resolved",
            id=finding_id("r", "v", KEY, position, nth),
            nth=nth,
            fired_position=position,
            rule=f"rule-{position % 2}",
        )
        for position in range(1, 9)
        for nth in (0, 1)
    ]
    mine = [each.id for each in found if each.fired_position % 4 == 0]
    with ledger.begin() as transaction:
        for each in found:
            pins = [Pinned(each.id, each.fired_position + extra, START, "t", b"\xff\x00", True) for extra in (0, 1)]
            transaction.save_finding(each, pins)
        ticket = replace(opened(found[0], ("TV-1", "", "x"), START, recent=(), follows=None), findings=tuple(mine))
        number = transaction.record(Response(tickets=(ticket,)))[0].number

    def findings(wanted: FindingsWanted) -> list[str]:
        pages = paged(
            lambda before: ledger_lists.findings(ledger, wanted, before=before, most=3),
            lambda each: Fired(each.fired_position, each.nth, each.id),
        )
        return [each.id for each in pages]

    def expected(condition: Callable[[Any], bool]) -> list[str]:
        return [each.id for each in reversed(found) if condition(each)]

    assert expected(lambda each: True) == findings(FindingsWanted())
    assert expected(lambda each: each.rule == "rule-1") == findings(FindingsWanted(rule="rule-1"))
    assert expected(lambda each: each.state == "resolved") == findings(FindingsWanted(states=["resolved"]))
    assert expected(lambda each: each.id in mine) == findings(FindingsWanted(ticket=number))
    assert [] == findings(FindingsWanted(asset="TV-99"))
    of_one = paged(
        lambda after: ledger_lists.messages_of_finding(ledger, found[3].id, after=after, most=1),
        lambda pin: Kept(pin.position, pin.finding),
    )
    assert [(found[3].fired_position + extra, b"\xff\x00", True) for extra in (0, 1)] == [
        (pin.position, pin.payload, pin.retained) for pin in of_one
    ]
    of_ticket = paged(
        lambda after: ledger_lists.messages_of_ticket(ledger, number, after=after, most=3),
        lambda pin: Kept(pin.position, pin.finding),
    )
    places = [(each.fired_position + extra, each.id) for each in found if each.id in mine for extra in (0, 1)]
    assert sorted(places) == [(pin.position, pin.finding) for pin in of_ticket]


def test_a_timeline_is_a_ticket_s_part_of_the_log(ledger: SqlLedger) -> None:
    """In order, after any place; the log's end is known."""
    lines = [
        LedgerEvent(at=START, kind=str(n), ticket=f"T-2026-00000{n % 3}", actor="anna" if n % 2 else "desk")
        for n in range(12)
    ]
    assert 0 == ledger_lists.last_event(ledger)
    with ledger.begin() as transaction:
        transaction.record(Response(events=tuple(lines)))

    found = paged(
        lambda after: ledger_lists.timeline(ledger, "T-2026-000001", after=after, most=2),
        lambda line: line.position,
        0,
    )
    assert ["1", "4", "7", "10"] == [line.kind for line in found]
    assert 12 == ledger_lists.last_event(ledger)


def test_what_a_request_did_is_found_by_its_key(ledger: SqlLedger) -> None:
    """Its lines about the ticket and about others, and no one else's; a line of the desk bears no key."""
    one, other = some_tickets(ledger, 2)

    def line(ticket: str, actor: str, **details: Any) -> LedgerEvent:
        return LedgerEvent(at=START, kind="split", ticket=ticket, actor=actor, details=details)

    with ledger.begin() as transaction:
        transaction.record(Response(events=(line(one.number, "anna", idempotency_key="other"),)))
        transaction.record(
            Response(
                events=(
                    line(one.number, "anna", idempotency_key="mine"),
                    line(other.number, "anna", idempotency_key="mine"),
                    line(one.number, "desk"),
                )
            )
        )
        mine = ledger_lists.events_with_key(transaction, one.number, "mine")
        nobodys = ledger_lists.events_with_key(transaction, one.number, "never")

    assert [(2, one.number), (3, other.number)] == [(event.position, event.ticket) for event in mine]
    assert [] == nobodys


def test_devices_and_assets_come_by_name_as_they_are_last(ledger: SqlLedger) -> None:
    """Where a device is now, and where it was; what is on an asset; an unknown one says so."""
    first = [Facts(device=f"tv-{n}", asset=f"A-{n % 2}", model="TV-55", site="berlin") for n in range(6)]
    moved = replace(first[0], asset="A-9", site="paris")
    with ledger.begin() as transaction:
        transaction.install(first, START)
        transaction.install([moved], START + 5)
        transaction.install([unclaimed("zz")], START)

    def devices(**wanted: Any) -> list[tuple[str, str]]:
        found = paged(
            lambda after: ledger_places.devices(ledger, after=after, most=2, **wanted), lambda i: i.facts.device, ""
        )
        return [(i.facts.device, i.facts.asset) for i in found]

    everything = [("tv-0", "A-9"), *((f"tv-{n}", f"A-{n % 2}") for n in range(1, 6)), ("zz", "zz")]
    assert everything == devices()
    assert [("tv-2", "A-0"), ("tv-4", "A-0")] == devices(asset="A-0")
    assert everything[:-1] == devices(claimed=True)
    assert ["tv-1", "tv-3", "tv-5"] == list(ledger_places.devices_on(ledger, "A-1", most=10))
    assert [first[0], moved] == [i.facts for i in ledger_places.installations(ledger, "tv-0")]
    assert ["A-0", "A-1", "A-9", "zz"] == [
        facts.asset
        for facts in paged(lambda after: ledger_places.assets(ledger, after=after, most=3), lambda f: f.asset, "")
    ]
    assert ["A-9"] == [facts.asset for facts in ledger_places.assets(ledger, site="paris", model="TV-55", most=9)]
    assert "A-9" == ledger_places.asset(ledger, "A-9").asset
    for ask in (ledger_places.asset, ledger_places.installations):
        with pytest.raises(Unknown, match="no-such"):
            ask(ledger, "no-such")


def test_quarantine_and_gaps_come_newest_first(ledger: SqlLedger) -> None:
    """Page by page, by reason and by device; devices without numbers by name."""
    rejects = [Reject(n, START + n, "t", b"\xff", ("odd", "even")[n % 2 == 0], "why") for n in range(1, 8)]
    gaps = [Gap(device=f"tv-{n % 2}", boot=n, from_seq=1, to_seq=3, noticed_at=START + n // 3) for n in range(8)]
    with ledger.begin() as transaction:
        transaction.quarantine(rejects)
        transaction.save_gaps(Losses(gaps=tuple(gaps), unnumbered=("b", "a", "c")))

    found = paged(
        lambda before: ledger_lists.quarantined(ledger, before=before, most=3), lambda reject: reject.position
    )
    assert list(reversed(rejects)) == found
    assert [6, 4, 2] == [reject.position for reject in ledger_lists.quarantined(ledger, "even", most=9)]
    lost = paged(
        lambda before: ledger_losses.gaps(ledger, before=before, most=2),
        lambda gap: Noticed(gap.noticed_at, gap.boot, gap.from_seq, gap.device),
    )
    assert list(reversed(gaps)) == lost
    assert [7, 5, 3, 1] == [gap.boot for gap in ledger_losses.gaps(ledger, "tv-1", most=9)]
    names = paged(lambda after: ledger_losses.unnumbered(ledger, after=after, most=2), str, "")
    assert ["a", "b", "c"] == names
