"""People's reports find the right ticket."""

from dataclasses import replace

import pytest

from domain.errors import WrongFormat
from domain.finding import Severity
from domain.incident import Incident
from domain.instants import HOUR
from domain.registry import Facts
from domain.report import Channel, Reading, Report, Surroundings, Taken, report_id
from domain.ticket import Priority, Ticket, TicketState
from domain.ticket_class import JobPlan, TicketClass
from tests.ticketing.cases import START, finding
from ticketing.classes import Classes
from ticketing.intake import Intake
from ticketing.opening import opened

CRASH = TicketClass(
    id="tv-crash", name={"en": "Crash"}, required=("scope", "steps"), job_plan="swap", remedies={"replaced": "true"}
)
SWAP = JobPlan(id="swap", name={"en": "Swap"}, kit={"board": 1, "screws": 4})
INTAKE = Intake(Classes({"tv-crash": CRASH}, {"swap": SWAP}), {"tv-crash": ("crash-loop",)})
TV = Facts(device="tv-17", asset="TV-17", component="panel", model="TV-55", site="berlin", criticality="high")
FOUND: Ticket = replace(
    opened(finding(), ("TV-17", "panel", "crash-loop"), START, recent=(), follows=None), number="T-2026-000001"
)
NOW = START + HOUR


def report(**said) -> Report:
    """A report by form."""
    named = {"id": report_id(Channel.FORM, "1"), "channel": Channel.FORM, "at": NOW, "text": "it keeps crashing"}
    return Report(**named | said)


def kinds(answer) -> list[str]:
    """The lines that it writes."""
    return [event.kind for event in answer.response.events]


def test_a_report_of_the_same_failure_mode_joins_and_has_a_clock_of_its_own() -> None:
    """`reported` with the report's id starts it; the ticket stays one."""
    around = Surroundings(facts=TV, open_tickets=[FOUND])
    answer = INTAKE.take(report(failure_mode="crash-loop"), Reading(), around, NOW)

    assert (Taken.JOINED, ["reported"]) == (answer.taken, kinds(answer))
    assert report().id == answer.response.events[0].details["report"]
    assert FOUND.number == answer.response.tickets[0].number
    assert FOUND.revision == answer.response.tickets[0].revision


def test_the_class_stands_for_its_failure_modes() -> None:
    """A class read off the words joins as the failure mode would."""
    around = Surroundings(facts=TV, open_tickets=[FOUND])

    assert Taken.JOINED is INTAKE.take(report(), Reading(ticket_class="tv-crash"), around, NOW).taken


@pytest.mark.parametrize("reading", [Reading(), Reading(ticket_class="pump-leak")])
def test_a_report_of_another_or_an_unknown_failure_mode_gets_a_ticket_of_its_own(reading) -> None:
    """What nobody knows yet is the same as nothing else."""
    answer = INTAKE.take(report(), reading, Surroundings(facts=TV, open_tickets=[FOUND]), NOW)

    assert (Taken.OPENED, ["opened"]) == (answer.taken, kinds(answer))
    assert FOUND.open_key != answer.response.tickets[0].open_key


def test_a_report_without_a_known_device_is_a_ticket_all_the_same() -> None:
    """Two of them are two tickets: no part of the key is empty that tells them apart."""
    one = INTAKE.take(report(), Reading(), Surroundings(), NOW).response.tickets[0]
    other = INTAKE.take(report(id="R-2"), Reading(), Surroundings(), NOW).response.tickets[0]

    assert one.open_key != other.open_key
    assert TicketState.NEW is one.state


def test_the_dossier_has_the_device_the_parts_and_what_is_still_to_be_asked() -> None:
    """From the registry, the job plan of the class, and the mandatory fields that the report leaves empty."""
    said = report(fields={"scope": "one screen"})
    ticket = INTAKE.take(said, Reading(ticket_class="tv-crash"), Surroundings(facts=TV, recent=[FOUND]), NOW)
    dossier = ticket.response.tickets[0].dossier

    assert ("TV-55", ["steps"], {"board": 1, "screws": 4}) == (
        dossier["facts"]["model"],
        dossier["missing"],
        dossier["parts"],
    )
    assert [FOUND.number] == [earlier["number"] for earlier in dossier["recent"]]
    assert "2.4.1" == dossier["firmware"]


def test_a_class_that_its_sender_chose_must_have_its_fields() -> None:
    """Every field that is missing is named; one that only the words suggest is asked for later."""
    INTAKE.check(report())
    with pytest.raises(WrongFormat) as refused:
        INTAKE.check(report(ticket_class="tv-crash", fields={"scope": " "}))

    assert 2 == len(refused.value.mistakes)


def test_an_empty_report_is_refused() -> None:
    """There is nothing to do about it."""
    with pytest.raises(WrongFormat, match="says nothing"):
        INTAKE.check(report(text=" "))


def test_what_its_sender_set_no_reading_replaces() -> None:
    """And it is held, so that no evidence replaces it either."""
    said = report(ticket_class="tv-crash", severity=Severity.S2, fields={"device": "mine"})
    reading = Reading(ticket_class="pump-leak", severity=Severity.S1, fields={"device": "other"})
    ticket = INTAKE.take(said, reading, Surroundings(facts=TV), NOW).response.tickets[0]

    assert ("tv-crash", Severity.S2) == (ticket.ticket_class, ticket.severity)
    assert {"ticket_class", "severity"} == ticket.held
    assert "mine" == ticket.dossier["reports"][0]["fields"]["device"]


def test_danger_makes_it_urgent() -> None:
    """Smoke is S1, whatever the class."""
    ticket = INTAKE.take(report(), Reading(severity=Severity.S1), Surroundings(facts=TV), NOW).response.tickets[0]

    assert (Severity.S1, Priority.URGENT) == (ticket.severity, ticket.priority)


def test_a_worse_report_raises_the_ticket_that_it_joins() -> None:
    """Unless a person holds its severity."""
    around = Surroundings(facts=TV, open_tickets=[FOUND])
    said = report(failure_mode="crash-loop", severity=Severity.S1)
    held = replace(FOUND, held=frozenset({"severity"}))

    assert ["reported", "severity"] == kinds(INTAKE.take(said, Reading(), around, NOW))
    assert ["reported"] == kinds(INTAKE.take(said, Reading(), replace(around, open_tickets=[held]), NOW))


INCIDENT = Incident(
    id="F-1", ticket="T-2026-000009", rule="fleet", scope={"model": "TV-55"}, failure_mode="crash-loop", opened_at=START
)


def test_a_report_lets_a_member_out_of_its_incident() -> None:
    """Its ticket is linked to the incident's and takes over what was held back."""
    template = replace(FOUND, number=INCIDENT.ticket)
    around = Surroundings(facts=TV, home=INCIDENT, template=template, held=[finding()])
    answer = INTAKE.take(report(), Reading(), around, NOW)
    (ticket,) = answer.response.tickets

    assert (Taken.LET_OUT, INCIDENT.ticket, (finding().id,)) == (answer.taken, ticket.linked_to, ticket.findings)
    assert (finding().id,) == answer.response.freed
    assert report().id == answer.response.events[0].details["report"]


def test_a_reply_goes_on_with_its_open_ticket_and_follows_an_ended_one() -> None:
    """No second clock for a reply; an ended ticket is followed by a new one."""
    ended = replace(FOUND, state=TicketState.CLOSED, closed_at=NOW)
    reply = report(continues=FOUND.number)

    assert ["replied"] == kinds(INTAKE.take(reply, Reading(), Surroundings(continued=FOUND), NOW))
    anew = INTAKE.take(reply, Reading(), Surroundings(facts=TV, continued=ended), NOW)
    assert (Taken.OPENED, ended.number) == (anew.taken, anew.response.tickets[0].linked_to)


@pytest.mark.parametrize("state", [TicketState.RESOLVED, TicketState.VERIFYING])
def test_a_report_takes_up_again_what_was_thought_repaired(state: TicketState) -> None:
    """A healthy device would have closed the ticket over a person who says that it is not."""
    around = Surroundings(facts=TV, open_tickets=[replace(FOUND, state=state)])
    answer = INTAKE.take(report(failure_mode="crash-loop"), Reading(), around, NOW)
    ticket = answer.response.tickets[0]

    assert (Taken.JOINED, ["reopened", "reported"]) == (answer.taken, kinds(answer))
    assert (TicketState.TRIAGED, 1, True) == (ticket.state, ticket.reopened, ticket.touched)
