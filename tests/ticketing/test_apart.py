"""Splitting and reopening: whatever people do, a key has at most one open ticket."""

from dataclasses import replace

import pytest

from domain.errors import Conflict, IllegalMove, Unknown
from domain.finding import Severity
from domain.instants import DAY
from domain.ticket import Response, TicketState
from tests.ticketing.cases import START, OneKey, finding, kinds, one_key
from ticketing.apart import reopen, split
from ticketing.people import close, mark_noise

NOW = START + DAY
BY = {"by": "ada", "now": NOW}
BOARD = {"component": "board", "failure_mode": "crash-loop"}
FIRST, SECOND = finding(), finding(11, id="F-other", count=2)


def two_findings() -> OneKey:
    """One ticket that rests on two findings."""
    key = one_key()
    key.hear(FIRST, SECOND)
    return key


def apart() -> OneKey:
    """The second finding was split off to the board."""
    key = two_findings()
    key.record(split(key.ticket, [SECOND], **BOARD, occupant=None, **BY, revision=0, why="another part"))
    return key


def test_a_split_makes_a_linked_ticket_of_another_key():
    """Evidence goes with its findings; both tickets are touched."""
    key = two_findings()
    response = split(key.ticket, [SECOND], **BOARD, occupant=None, **BY, revision=0)

    assert ["split", "opened"] == kinds(response)
    rest, fresh = response.tickets
    assert ((FIRST.id,), 3, 1, True) == (rest.findings, rest.evidence_count, rest.revision, rest.touched)
    assert (("F-other",), ("F-other",), 2) == (fresh.findings, fresh.active, fresh.evidence_count)
    assert (("TV-17", "board", "crash-loop"), rest.number, True) == (fresh.open_key, fresh.linked_to, fresh.touched)
    assert "TV keeps crashing: TV-17, board" == fresh.title["en"]


def test_later_evidence_follows_the_finding_that_was_split_off():
    """Each ticket grows by its own findings."""
    key = apart()
    key.hear(replace(SECOND, position=12, count=7, last_at=NOW), finding(13, count=4))

    assert [4, 7] == [ticket.evidence_count for ticket in key.tickets.values()]


def test_a_relapse_of_a_split_finding_reopens_the_ticket_that_it_was_split_to():
    """Also when its own key is free."""
    key = apart()
    key.hear(replace(SECOND, position=12, state=finding(state="resolved").state))
    for ticket in list(key.tickets.values()):
        key.record(close(ticket, **BY, revision=ticket.revision))
    response = key.hear(replace(SECOND, position=13, count=8, last_at=NOW))

    assert (["reopened"], "board") == (kinds(response), key.ticket.component)
    assert not key.tickets["T-2026-000001"].is_open


def test_a_split_into_an_occupied_key_joins_the_ticket_there():
    """The two are linked in the log, and there is no third."""
    key = two_findings()
    key.hear(finding(12, id="F-board", component="board"))
    first, occupant = key.tickets.values()
    response = split(first, [SECOND], **BOARD, occupant=occupant, **BY, revision=0)

    assert (["split", "linked"], occupant.number) == (kinds(response), response.tickets[1].number)
    assert (("F-board", "F-other"), 5, 1) == (
        response.tickets[1].findings,
        response.tickets[1].evidence_count,
        response.tickets[1].revision,
    )


@pytest.mark.parametrize(
    ("changes", "findings", "target", "error"),
    [
        ({}, [SECOND], {"component": "panel", "failure_mode": "crash-loop"}, IllegalMove),
        ({}, [], BOARD, IllegalMove),
        ({"state": TicketState.CLOSED}, [SECOND], BOARD, IllegalMove),
        ({}, [finding(id="F-strange")], BOARD, Unknown),
        ({"revision": 4}, [SECOND], BOARD, Conflict),
    ],
    ids=["same key", "nothing", "ended", "not its finding", "not the latest"],
)
def test_a_split_that_makes_no_sense_is_refused(changes, findings, target, error):
    """With a sentence, before anything changes."""
    key = two_findings()
    with pytest.raises(error):
        split(replace(key.ticket, **changes), findings, **target, occupant=None, **BY, revision=0)


@pytest.mark.parametrize("end", [close, mark_noise])
def test_an_ended_ticket_comes_back_to_a_free_key(end):
    """Triaged, counted, with its reason and its end gone."""
    key = two_findings()
    key.record(end(key.ticket, **BY, revision=0))
    key.record(reopen(key.ticket, None, [FIRST, SECOND], **BY, revision=key.ticket.revision))

    again = key.ticket
    assert (TicketState.TRIAGED, "", None, 1) == (again.state, again.reason, again.closed_at, again.reopened)


def test_reopening_into_an_occupied_key_links_instead():
    """The open ticket takes over the findings, so that what was silent is heard again."""
    key = one_key()
    key.hear(FIRST)
    key.record(mark_noise(key.ticket, **BY, revision=0))
    key.hear(SECOND)
    noise, occupant = key.tickets.values()
    response = reopen(noise, occupant, [FIRST], **BY, revision=noise.revision)
    key.record(response)

    assert ["linked", "linked"] == kinds(response)
    assert not key.tickets[noise.number].is_open
    assert ({SECOND.id, FIRST.id}, noise.number) == (set(key.ticket.findings), key.ticket.linked_to)
    assert ["evidence"] == kinds(key.hear(finding(12, count=4)))


def test_a_reopened_ticket_rests_on_what_is_still_its_own():
    """A finding that another open ticket has taken over stays there; what has resolved is listed and not active."""
    key = two_findings()
    key.record(close(key.ticket, **BY, revision=0))
    resolved = replace(FIRST, position=12, state=finding(state="resolved").state)
    key.record(reopen(key.ticket, None, [resolved], **BY, revision=key.ticket.revision))

    assert ((FIRST.id,), (), 3) == (key.ticket.findings, key.ticket.active, key.ticket.evidence_count)


def test_a_repaired_ticket_is_reopened_where_it_stands():
    """It occupies its key itself."""
    key = two_findings()
    repaired = replace(key.ticket, state=TicketState.VERIFYING)
    response = reopen(repaired, repaired, [FIRST, SECOND], **BY, revision=0)

    assert (["reopened"], TicketState.TRIAGED) == (kinds(response), response.tickets[0].state)


def test_what_is_in_work_is_not_reopened():
    """The refusal says what is possible; a stale view is refused first."""
    key = two_findings()
    with pytest.raises(IllegalMove, match="cannot become reopened"):
        reopen(key.ticket, key.ticket, [FIRST, SECOND], **BY, revision=0)
    with pytest.raises(Conflict):
        reopen(key.ticket, key.ticket, [FIRST, SECOND], **BY, revision=3)
    assert Response() == key.hear(SECOND)


WORST = finding(11, id="F-worst", severity=Severity.S1)


def mixed() -> OneKey:
    """One ticket that is as bad as the worse of its two findings."""
    key = one_key()
    key.hear(finding(severity=Severity.S3), WORST)
    return key


def test_after_a_split_each_ticket_is_as_bad_as_what_it_still_rests_on():
    """The one without the worst finding is not, whichever of them is the new one; priority follows."""
    worst_goes = split(mixed().ticket, [WORST], **BOARD, occupant=None, **BY, revision=1)
    worst_stays = split(mixed().ticket, [finding(severity=Severity.S3)], **BOARD, occupant=None, **BY, revision=1)
    both_go = split(mixed().ticket, [finding(severity=Severity.S3), WORST], **BOARD, occupant=None, **BY, revision=1)

    assert Severity.S1 is mixed().ticket.severity
    assert ["S3", "S1"] == [ticket.severity for ticket in worst_goes.tickets]
    assert ["medium", "urgent"] == [ticket.priority for ticket in worst_goes.tickets]
    assert ["split", "opened", "severity"] == kinds(worst_goes)
    assert ["S1", "S3"] == [ticket.severity for ticket in worst_stays.tickets]
    assert "S1" == both_go.tickets[1].severity


def test_a_ticket_that_takes_the_worst_finding_in_is_as_bad():
    """Its clocks run for that from then on, and not only from the next evidence."""
    key = mixed()
    key.hear(finding(12, id="F-board", component="board", severity=Severity.S3))
    first, occupant = key.tickets.values()
    response = split(first, [WORST], **BOARD, occupant=occupant, **BY, revision=1)

    assert ["S3", "S1"] == [ticket.severity for ticket in response.tickets]
    assert ["split", "linked", "severity", "severity"] == kinds(response)


def test_a_severity_that_a_person_holds_stays_through_a_split():
    """On both sides of it."""
    held = replace(mixed().ticket, held=frozenset({"severity"}))

    assert "S1" == split(held, [WORST], **BOARD, occupant=None, **BY, revision=1).tickets[0].severity
