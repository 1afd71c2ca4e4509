"""Duplicates become one; related tickets are linked; many are changed at once; causes have a record."""

from dataclasses import replace

import pytest

from domain.errors import Conflict, IllegalMove, WrongFormat
from domain.finding import Severity
from domain.incident import Incident
from domain.instants import DAY, HOUR
from domain.problem import ProblemState
from domain.ticket import Ticket, TicketState
from tests.ticketing.cases import START, finding
from ticketing import merging, people, problems
from ticketing.opening import opened
from ticketing.similar import most_similar

NOW = START + HOUR
OTHER = finding(id="F-other", severity=Severity.S1, component="lamp")


def ticket(number: int = 1, found=None, **changes) -> Ticket:
    """An open ticket."""
    found = found or finding()
    fresh = opened(found, (found.asset, found.component, "crash-loop"), START, recent=(), follows=None)
    return replace(fresh, number=f"T-2026-{number:06d}", **changes)


def test_a_merge_moves_findings_and_reports_and_leaves_one_open() -> None:
    """The duplicate is cancelled and linked; its report goes on waiting for an answer at the other ticket."""
    report = {"id": "R-1", "severity": "S3"}
    two = ticket(2, OTHER)
    two = replace(two, dossier={**two.dossier, "reports": [report]})
    response = merging.merge(ticket(), [two], [OTHER], by="anna", now=NOW, revision=0)
    whole, gone = response.tickets

    assert {finding().id, "F-other"} == set(whole.findings) == set(whole.active)
    assert (TicketState.CANCELLED, "duplicate", whole.number, ()) == (
        gone.state,
        gone.reason,
        gone.linked_to,
        gone.findings,
    )
    assert ["moved", "merged", "reported", "severity"] == [event.kind for event in response.events]
    assert Severity.S1 is whole.severity
    assert [report] == whole.dossier["reports"]


def test_a_merge_wants_other_tickets_that_are_open() -> None:
    """And the revision that was seen."""
    closed = ticket(2, state=TicketState.CLOSED)
    for others in ([], [ticket()], [closed]):
        with pytest.raises(IllegalMove):
            merging.merge(ticket(), others, [], by="anna", now=NOW, revision=0)
    with pytest.raises(Conflict):
        merging.merge(ticket(), [ticket(2)], [], by="anna", now=NOW, revision=7)


def test_a_link_stands_in_both_timelines() -> None:
    """Nothing moves."""
    response = merging.link(ticket(), ticket(2), by="anna", now=NOW, revision=0)

    assert "T-2026-000002" == response.tickets[0].linked_to
    assert [("linked", "T-2026-000001"), ("linked", "T-2026-000002")] == [(e.kind, e.ticket) for e in response.events]
    with pytest.raises(IllegalMove):
        merging.link(ticket(), ticket(), by="anna", now=NOW, revision=0)


def test_a_mass_update_leaves_what_does_not_allow_it_and_says_why() -> None:
    """One by one; too many are refused."""

    def act(each: Ticket):
        return people.acknowledge(each, by="anna", now=NOW, revision=each.revision)

    done = merging.mass_update([ticket(), ticket(2, state=TicketState.CLOSED)], act)
    assert [True, False] == [bool(each.response.tickets) for each in done]
    assert "closed" in done[1].trouble
    with pytest.raises(WrongFormat, match="too many"):
        merging.mass_update([ticket()] * 201, act)


def test_the_most_similar_solved_ticket_comes_first_with_its_terms() -> None:
    """Same failure mode, model and firmware beat the same words alone."""
    near = ticket(2, state=TicketState.CLOSED, note="replaced the board")
    far = replace(ticket(3, state=TicketState.CLOSED), failure_mode="leak", dossier={})
    first, second = most_similar(ticket(), [far, near, ticket()])

    assert ["T-2026-000002", "T-2026-000003"] == [first.ticket.number, second.ticket.number]
    assert (1.0, 1.0, 1.0) == tuple(first.terms[name] for name in ("failure_mode", "model", "firmware"))
    assert first.score > second.score
    assert [] == most_similar(ticket(), [])


INCIDENT = Incident(
    id="F-1", ticket="T-2026-000009", rule="r", scope={}, failure_mode="x", suspect="2.4.1", opened_at=START
)


def test_an_incident_becomes_the_record_of_its_cause() -> None:
    """With its ticket and the release that is suspected; each new ticket hears of it once."""
    problem = problems.opened("P-000001", "crashes", [INCIDENT], ["T-2026-000001"], by="anna", now=NOW)
    grown = problems.changed(
        problem,
        by="anna",
        now=NOW,
        revision=0,
        state=ProblemState.KNOWN,
        workaround="restart",
        tickets=["T-2026-000002"],
    )

    assert ("2.4.1", ("T-2026-000009", "T-2026-000001")) == (problem.cause, problem.tickets)
    assert ["T-2026-000002"] == [event.ticket for event in problems.told(problem, grown)]
    assert (ProblemState.KNOWN, "restart", 1) == (grown.state, grown.workaround, grown.revision)


def test_a_problem_is_not_known_without_a_cause() -> None:
    """And nobody overwrites what somebody else wrote meanwhile."""
    problem = problems.opened("P-000001", "crashes", [], [], by="anna", now=NOW)
    with pytest.raises(WrongFormat, match="no cause"):
        problems.changed(problem, by="anna", now=NOW, revision=0, state=ProblemState.KNOWN)
    with pytest.raises(Conflict):
        problems.changed(problem, by="anna", now=NOW, revision=3)


def test_a_merge_neither_renews_a_reports_time_nor_asks_for_an_answer_twice() -> None:
    """What waits goes on waiting since it came, or since its ticket; what a person has answered is at rest."""
    came = {"R-1": START + HOUR, "R-2": START + HOUR, "R-3": START - 30 * DAY}
    told = [{"id": name, "severity": "S3", "at": at} for name, at in came.items()]
    two = ticket(2, OTHER)
    two = replace(two, dossier={**two.dossier, "reports": told})
    response = merging.merge(ticket(), [two], [OTHER], by="anna", now=NOW, revision=0, answered={"R-1"})
    anew = [event.details for event in response.events if event.kind == "reported"]

    assert [("R-2", START + HOUR), ("R-3", two.opened_at)] == [(said["report"], said["since"]) for said in anew]
    assert told == response.tickets[0].dossier["reports"]
