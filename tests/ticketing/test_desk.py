"""The desk's table: what a finding that changed does to tickets."""

from dataclasses import replace

import pytest

from domain.finding import FindingState, Severity
from domain.instants import DAY, HOUR
from domain.ticket import Priority, Response, Ticket, TicketState
from tests.ticketing.cases import START, OneKey, finding, kinds, one_key
from ticketing.desk import ServiceDesk
from ticketing.people import close, edit, mark_noise, move

NOW = START + 100 * DAY


def person(key: OneKey, act, *words, **named) -> Ticket:
    """A person acts on the newest ticket."""
    key.record(act(key.ticket, *words, by="ada", now=NOW, revision=key.ticket.revision, **named))
    return key.ticket


def test_the_first_finding_of_a_key_opens_a_ticket():
    """It says what was found, on which device, how old the fault is and what it rests on."""
    key = one_key()
    response = key.hear(finding(), now=NOW)

    assert ["opened"] == kinds(response)
    ticket = key.ticket
    assert ("TV-17", "panel", "crash-loop") == ticket.open_key
    assert (TicketState.NEW, Severity.S2, Priority.HIGH) == (ticket.state, ticket.severity, ticket.priority)
    assert (NOW, START + HOUR, START + 10 * HOUR) == (ticket.opened_at, ticket.fault_at, ticket.last_evidence_at)
    assert ((finding().id,), (finding().id,), 3) == (ticket.findings, ticket.active, ticket.evidence_count)
    assert ("tv-crash", 0, False, "") == (ticket.ticket_class, ticket.revision, ticket.touched, ticket.linked_to)
    assert "2.4.1" == ticket.dossier["firmware"]
    assert {"en": "TV keeps crashing: TV-17, panel", "zh": "电视反复死机：TV-17（panel）"} == ticket.title


@pytest.mark.parametrize(
    "silent",
    [finding(shadow=True), finding(state="pending"), finding(state="resolved"), finding(state="withdrawn")],
    ids=["shadow", "pending", "resolved", "withdrawn"],
)
def test_what_is_no_fault_opens_nothing(silent):
    """Shadow rules, pending findings, and ends of findings that have no ticket."""
    assert Response() == one_key().hear(silent)


def test_the_same_state_of_a_finding_again_changes_nothing():
    """A replay may bring any recorded position again."""
    key = one_key()
    key.hear(finding(10), finding(11, count=4))

    assert [Response(), Response()] == [key.hear(finding(10)), key.hear(finding(11, count=4))]


def test_five_crashes_are_one_ticket_with_more_evidence():
    """Evidence grows and disturbs no edit: the revision stays."""
    key = one_key()
    response = key.hear(finding(10), finding(11, count=4), finding(12, count=5))

    assert ["evidence"] == kinds(response)
    assert 1 == len(key.tickets)
    assert (5, 0, START + 12 * HOUR) == (key.ticket.evidence_count, key.ticket.revision, key.ticket.last_evidence_at)
    assert "5 × crash" in key.ticket.summary["en"]


def test_a_change_that_nobody_can_see_is_not_recorded():
    """Only the count of late events differs."""
    key = one_key()

    assert Response() == key.hear(finding(10), replace(finding(10), position=11, late=1))


def test_another_finding_of_the_key_joins_its_ticket():
    """Two rules see the same fault: one ticket with the evidence of both."""
    key = one_key()
    response = key.hear(finding(), finding(12, id="F-other", rule="other", count=2))

    assert ["joined"] == kinds(response)
    assert ((finding().id, "F-other"), 5) == (key.ticket.findings, key.ticket.evidence_count)


def test_severity_rises_and_falls_with_the_finding():
    """A table by count makes it worse; a milder state of the same finding makes it better, and priority follows."""
    key = one_key()
    response = key.hear(finding(10), finding(11, count=9, severity=Severity.S1))

    assert ["evidence", "severity"] == kinds(response)
    assert (Severity.S1, Priority.URGENT, 1) == (key.ticket.severity, key.ticket.priority, key.ticket.revision)
    assert ["evidence", "severity"] == kinds(key.hear(finding(12, count=10, severity=Severity.S3)))
    assert (Severity.S3, Priority.MEDIUM) == (key.ticket.severity, key.ticket.priority)


def test_severity_follows_the_worst_of_the_findings_that_still_hold():
    """The worse one resolves: the milder one decides. Nothing holds any more: it stays as it was."""
    key = one_key()
    worse = {"id": "F-other", "rule": "other", "severity": Severity.S1}
    key.hear(finding(10, severity=Severity.S3), finding(12, **worse))
    assert Severity.S1 is key.ticket.severity
    key.hear(finding(13, "resolved", **worse))
    assert Severity.S3 is key.ticket.severity
    key.hear(finding(14, "resolved", severity=Severity.S3))
    assert Severity.S3 is key.ticket.severity


def test_the_terms_of_the_priority_stand_on_the_ticket_and_in_the_log():
    """What each reason added."""
    key = one_key()
    response = key.hear(finding(facts={"criticality": "high"}))

    wanted = {"severity": "S2", "criticality": 1, "tier": 0, "reach": 1, "blast_radius": 0}
    assert wanted == key.ticket.dossier["priority"] == response.events[0].details["terms"]


def test_a_severity_that_a_person_holds_stays():
    """And so does a priority."""
    key = one_key()
    key.hear(finding())
    person(key, edit, {"severity": "S3", "priority": "low"})
    response = key.hear(finding(11, count=9, severity=Severity.S1))

    assert ["evidence"] == kinds(response)
    assert (Severity.S3, Priority.LOW) == (key.ticket.severity, key.ticket.priority)


def test_a_held_priority_stays_while_the_severity_rises():
    """Fields are held one by one."""
    key = one_key()
    key.hear(finding())
    person(key, edit, {"priority": "low"})
    key.hear(finding(11, count=9, severity=Severity.S1))

    assert (Severity.S1, Priority.LOW) == (key.ticket.severity, key.ticket.priority)


@pytest.mark.parametrize("state", ["resolved", "verifying"])
def test_a_strike_after_the_repair_reopens_the_ticket(state):
    """It goes back to triaged and counts; what the person saw is outdated."""
    key = one_key()
    key.hear(finding())
    key.tickets[key.ticket.number] = replace(key.ticket, state=TicketState(state), revision=7, touched=True)
    response = key.hear(finding(11, count=4))

    assert ["reopened"] == kinds(response)
    assert (TicketState.TRIAGED, 1, 8) == (key.ticket.state, key.ticket.reopened, key.ticket.revision)


def test_recovering_or_late_evidence_is_no_relapse():
    """Only evidence younger than any before shows that the repair did not hold."""
    key = one_key()
    key.hear(finding())
    key.tickets[key.ticket.number] = replace(key.ticket, state=TicketState.VERIFYING)
    recovering = replace(finding(), position=11, state=FindingState.RECOVERING)
    late = replace(finding(), position=12, state=FindingState.RECOVERING, count=4)

    assert [["evidence"], ["evidence"]] == [kinds(key.hear(recovering)), kinds(key.hear(late))]
    assert TicketState.VERIFYING is key.ticket.state


def test_a_resolved_finding_clears_the_ticket_but_ends_nothing():
    """People end tickets."""
    key = one_key()
    response = key.hear(finding(), finding(11, state="resolved"))

    assert ["cleared"] == kinds(response)
    assert ((), (finding().id,), TicketState.NEW) == (key.ticket.active, key.ticket.findings, key.ticket.state)


def test_only_the_last_active_finding_clears_the_ticket():
    """While another one holds, the line in the log is only evidence."""
    key = one_key()
    response = key.hear(finding(), finding(11, id="F-other"), finding(12, state="resolved"))

    assert ["evidence"] == kinds(response)
    assert ("F-other",) == key.ticket.active


def test_a_late_ok_cancels_a_ticket_that_nobody_touched():
    """The finding is withdrawn, and with it all that the ticket rests on."""
    key = one_key()
    response = key.hear(finding(), finding(11, state="withdrawn", count=2))

    assert ["withdrawn"] == kinds(response)
    assert (TicketState.CANCELLED, "withdrawn", 0) == (key.ticket.state, key.ticket.reason, key.ticket.evidence_count)
    assert (False, None) == (key.ticket.touched, key.ticket.open_key)


def test_a_ticket_that_a_person_touched_outlives_its_finding():
    """The log says that the finding was withdrawn; what follows is the person's decision."""
    key = one_key()
    key.hear(finding())
    person(key, edit, {"note": "called the shop"})
    response = key.hear(finding(11, state="withdrawn", count=2))

    assert ["withdrawn"] == kinds(response)
    assert (TicketState.NEW, ()) == (key.ticket.state, key.ticket.active)


def test_a_ticket_with_another_finding_outlives_the_withdrawn_one():
    """Only the withdrawn one leaves."""
    key = one_key()
    key.hear(finding(), finding(11, id="F-other", count=2), finding(12, state="withdrawn", count=2))

    assert (("F-other",), 2, True) == (key.ticket.findings, key.ticket.evidence_count, key.ticket.is_open)


def test_a_finding_that_comes_back_after_its_withdrawal_gets_its_ticket_back():
    """The third crash arrives after all: the same ticket, not a second one."""
    key = one_key()
    response = key.hear(finding(), finding(11, state="withdrawn", count=2), finding(12))

    assert ["reopened"] == kinds(response)
    assert (1, TicketState.TRIAGED, 1, 3) == (
        len(key.tickets),
        key.ticket.state,
        key.ticket.reopened,
        key.ticket.evidence_count,
    )


def test_a_finding_that_comes_back_to_an_occupied_key_joins_the_ticket_there():
    """Never two open on one key."""
    key = one_key()
    key.hear(finding(), finding(11, state="withdrawn"), finding(12, id="F-other"))
    response = key.hear(finding(13))

    assert ["joined"] == kinds(response)
    assert ("F-other", finding().id) == key.ticket.findings


def test_what_a_person_cancelled_as_noise_is_silent_until_its_finding_resolves():
    """More evidence, recovery, even a withdrawal open nothing; after the end a relapse opens a linked ticket."""
    key = one_key()
    key.hear(finding())
    noise = person(key, mark_noise)

    assert Response() == key.hear(finding(11, count=4), finding(12, count=9, severity=Severity.S1))
    assert ["cleared"] == kinds(key.hear(finding(13, state="resolved", count=9)))
    response = key.hear(finding(14, count=10))
    assert ["opened"] == kinds(response)
    assert noise.number == key.ticket.linked_to
    assert ["evidence"] == kinds(key.hear(finding(15, count=11)))


def test_noise_silences_one_finding_and_not_its_key():
    """Another finding of the key opens a linked ticket, and the silent one does not join it."""
    key = one_key()
    key.hear(finding())
    noise = person(key, mark_noise)
    response = key.hear(finding(11, id="F-other"))

    assert (["opened"], noise.number) == (kinds(response), key.ticket.linked_to)
    assert Response() == key.hear(finding(12, count=4))


@pytest.mark.parametrize(("after", "kind"), [(30 * DAY, "reopened"), (30 * DAY + 1, "opened")])
def test_a_relapse_reopens_within_the_window_and_links_after_it(after, kind):
    """Thirty days from the closing."""
    key = one_key()
    key.hear(finding(), finding(11, state="resolved"))
    closed = person(key, close)
    response = key.hear(finding(12, count=4), now=NOW + after)

    assert [kind] == kinds(response)
    assert ("" if kind == "reopened" else closed.number) == key.ticket.linked_to
    assert (TicketState.TRIAGED if kind == "reopened" else TicketState.NEW) is key.ticket.state


def test_the_window_of_a_relapse_is_a_setting():
    """A desk that forgives for a day."""
    key = one_key(ServiceDesk(relapse=DAY))
    key.hear(finding(), finding(11, state="resolved"))
    person(key, close)

    assert ["opened"] == kinds(key.hear(finding(12, count=4), now=NOW + DAY + 1))


def test_a_new_finding_reopens_the_ticket_closed_a_short_while_ago():
    """The key counts, not the finding."""
    key = one_key()
    key.hear(finding(), finding(11, state="resolved"))
    person(key, close)
    response = key.hear(finding(20, id="F-other"), now=NOW + DAY)

    assert ["reopened"] == kinds(response)
    assert ((finding().id, "F-other"), ("F-other",)) == (key.ticket.findings, key.ticket.active)


def test_a_closed_ticket_is_not_reopened_by_a_finding_that_only_calms_down():
    """Closed while still active: recovery is no relapse, its end clears."""
    key = one_key()
    key.hear(finding())
    person(key, close)

    assert Response() == key.hear(replace(finding(), position=11, state=FindingState.RECOVERING))
    assert ["cleared"] == kinds(key.hear(finding(12, state="resolved")))
    assert TicketState.CLOSED is key.ticket.state


def test_a_ticket_that_takes_a_finding_over_takes_it_from_the_ended_one():
    """What holds counts as active on one ticket only."""
    key = one_key()
    key.hear(finding())
    old = person(key, close)
    key.hear(finding(12, count=4), now=NOW + 31 * DAY)

    assert ((), (finding().id,)) == (key.tickets[old.number].active, key.ticket.active)


def test_a_withdrawal_does_not_cancel_what_a_person_is_working_on():
    """Repaired and untouched cannot be: but even then the state machine is kept."""
    key = one_key()
    key.hear(finding())
    person(key, move, TicketState.TRIAGED)
    key.hear(finding(11, state="withdrawn"))

    assert TicketState.TRIAGED is key.ticket.state


def test_the_dossier_remembers_the_assets_last_tickets():
    """A second failure mode of the asset opens a ticket of its own that names the first one."""
    key = one_key()
    key.hear(finding(), finding(11, id="F-hot", failure_mode="overheating"))

    assert ["T-2026-000001"] == [earlier["number"] for earlier in key.ticket.dossier["recent"]]
    assert "T-2026-000001" in key.ticket.summary["zh"]
