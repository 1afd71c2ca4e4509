"""Owners: what people decide about who has a ticket, and what the log says of it afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import Conflict, IllegalMove, Unknown, WrongFormat
from domain.instants import DAY, HOUR
from domain.person import Choice, Record, Route, Waiting
from domain.text import LANGUAGES
from domain.ticket import LedgerEvent, Response, Ticket, TicketState
from domain.ticket_class import TicketClass
from tests.ticketing.people import person, staff
from tests.ticketing.promises import MONDAY, TICKET
from ticketing import catalogue_routing as catalogue
from ticketing import owners, people
from ticketing.experts import compared, suggested
from ticketing.routes import asks_for_experts, counted, followed, frees, may_want_owner, wants_owner
from ticketing.words_of_routing import why_waiting

NEEDS = TicketClass(id="tv", name={"en": "TV"}, skills=("display",), certificates=("lift",))
EVERYBODY = staff(
    person("anna", team="displays", skills=("display",), certificates={"lift": MONDAY + DAY}),
    person("ben", team="displays", skills=("display",), certificates={"lift": MONDAY + DAY}),
    person("chris", team="field"),
    person("gone", team="field", active=False, skills=("display",), certificates={"lift": MONDAY + DAY}),
)
STATES = list(TicketState)


def ticket(state: str = "new", assignee: str = "", **said: Any) -> Ticket:
    """A ticket in a state."""
    return replace(TICKET, state=TicketState(state), assignee=assignee, **said)


def take(before: Ticket, by: str = "anna") -> Response:
    """Somebody takes it."""
    return owners.take(before, EVERYBODY, NEEDS, by=by, now=MONDAY, revision=0)


def transfer(before: Ticket, to: str, why: str = "not ours") -> Response:
    """Somebody hands it on."""
    return owners.transfer(before, to, EVERYBODY, NEEDS, by="anna", now=MONDAY, revision=0, why=why)


def refuse(before: Ticket, by: str = "anna", why: str = "no time") -> Response:
    """Somebody gives it back."""
    return owners.refuse(before, by=by, now=MONDAY, revision=0, why=why)


def kinds(response: Response) -> list[str]:
    """The kinds of its lines."""
    return [event.kind for event in response.events]


@pytest.mark.parametrize(
    ("state", "assignee", "lines"),
    [
        ("new", "", ["moved", "moved", "taken"]),
        ("triaged", "", ["moved", "taken"]),
        ("triaged", "@displays", ["moved", "taken"]),
        ("assigned", "anna", ["taken"]),
    ],
)
def test_a_person_takes_what_nobody_has(state: str, assignee: str, lines: list[str]) -> None:
    """It is theirs until released, and every state on the way stands in the log."""
    response = take(ticket(state, assignee))
    after = response.tickets[0]

    assert lines == kinds(response)
    assert (TicketState.ASSIGNED, "anna", True) == (after.state, after.owner, after.touched)
    assert not wants_owner(after)
    assert {"from": assignee, "to": "anna", "group": "displays"} == response.events[-1].details


@pytest.mark.parametrize(
    ("before", "by"),
    [
        (ticket("in_progress", "@displays"), "anna"),
        (ticket("closed"), "anna"),
        (ticket("assigned", "ben"), "anna"),
        (ticket(), "chris"),
        (ticket(), "gone"),
    ],
)
def test_nobody_takes_what_is_under_way_somebodys_or_beyond_them(before: Ticket, by: str) -> None:
    """Skills, certificates and being active hold for people too."""
    with pytest.raises(IllegalMove):
        take(before, by)


def test_a_refusal_wants_a_reason_and_frees_the_ticket() -> None:
    """Routing looks for somebody else, even where a person had chosen the owner."""
    response = refuse(ticket("assigned", "anna", held=frozenset({"assignee", "title"})))
    after = response.tickets[0]

    assert (["moved", "refused"], TicketState.TRIAGED, "") == (kinds(response), after.state, after.assignee)
    assert (wants_owner(after), frozenset({"title"})) == (True, after.held)
    with pytest.raises(WrongFormat, match="why is missing"):
        refuse(ticket("assigned", "anna"), why=" ")
    for before in (ticket("assigned", "ben"), ticket("in_progress", "anna"), ticket("assigned", "@displays")):
        with pytest.raises(IllegalMove):
            refuse(before)


@pytest.mark.parametrize(
    ("state", "to", "after"),
    [
        ("new", "ben", "assigned"),
        ("new", "@field", "triaged"),
        ("triaged", "@field", "triaged"),
        ("assigned", "ben", "assigned"),
        ("assigned", "@field", "triaged"),
        ("in_progress", "ben", "in_progress"),
        ("waiting", "ben", "waiting"),
    ],
)
def test_a_ticket_is_handed_on_to_a_person_or_into_a_pool(state: str, to: str, after: str) -> None:
    """Work that is under way goes on; a pool waits for somebody to take it, and routing leaves it alone."""
    response = transfer(ticket(state, "anna"), to)
    found = response.tickets[0]

    assert (TicketState(after), to) == (found.state, found.assignee)
    assert ("" if to.startswith("@") else to) == found.owner
    assert not wants_owner(found)
    assert ("transferred", "not ours") == (response.events[-1].kind, response.events[-1].why)


@pytest.mark.parametrize(
    ("before", "to", "error"),
    [
        (ticket("in_progress", "anna"), "@field", IllegalMove),
        (ticket("resolved", "anna"), "ben", IllegalMove),
        (ticket("assigned", "anna"), "anna", IllegalMove),
        (ticket("assigned", "anna"), "chris", IllegalMove),
        (ticket("assigned", "anna"), "bem", Unknown),
        (ticket("assigned", "anna"), "@display", Unknown),
        (ticket("assigned", "anna", revision=1), "ben", Conflict),
    ],
)
def test_what_cannot_be_handed_on_says_why(before: Ticket, to: str, error: type[Exception]) -> None:
    """Work under way has no pool; a wrong name is answered with the nearest right one."""
    with pytest.raises(error) as told:
        transfer(before, to)
    if error is Unknown:
        assert "did you mean" in str(told.value)
    with pytest.raises(WrongFormat):
        transfer(replace(before, revision=0), to, why="")


# -- the log


def said(kind: str, actor: str = "operator", **details: Any) -> LedgerEvent:
    """A line about the ticket."""
    return LedgerEvent(at=MONDAY, kind=kind, ticket="T", actor=actor, details=details)


def told(*lines: LedgerEvent) -> Route:
    """The route after these lines."""
    route = Route(ticket="T")
    for line in lines:
        route = followed(route, line)
    return route


def to(group: str, kind: str = "transferred") -> LedgerEvent:
    """It goes to somebody of a group."""
    return said(kind, to=f"somebody of {group}", group=group)


@pytest.mark.parametrize(
    ("lines", "asks"),
    [
        ([to("a", "assigned"), to("b"), to("c")], False),
        ([to("a", "assigned"), to("b"), to("c"), to("d")], True),
        ([to("a", "assigned"), to("a"), to("a"), to("a")], True),
        ([to("a", "assigned"), to("a"), to("a")], False),
        ([to("a", "assigned"), to("b"), to("a")], True),
        ([to("a", "assigned"), to("b"), to("b"), to("a", "taken")], True),
        ([to("a", "assigned"), to("b"), to("a"), said("suggested", "routing")], False),
    ],
)
def test_three_transfers_or_a_return_ask_for_experts(lines: list[LedgerEvent], asks: bool) -> None:
    """Once a ticket; changing hands within a group is a transfer but no return."""
    assert asks is asks_for_experts(told(*lines))


OWNED = to("a", "assigned")
RESOLVED, CLOSED = said("moved", state="resolved"), said("moved", state="closed")
REOPENED = said("reopened", "desk")


@pytest.mark.parametrize(
    ("lines", "record"),
    [
        ([OWNED, RESOLVED], Record()),
        ([OWNED, RESOLVED, CLOSED], Record(1, 1)),
        ([OWNED, RESOLVED, REOPENED], Record(1, 0)),
        ([OWNED, RESOLVED, CLOSED, REOPENED], Record(1, 0)),
        ([OWNED, RESOLVED, CLOSED, REOPENED, RESOLVED, CLOSED], Record(1, 0)),
        ([OWNED, RESOLVED, REOPENED, REOPENED], Record(1, 0)),
        ([OWNED, said("moved", state="cancelled"), REOPENED], Record()),
        ([RESOLVED, CLOSED], Record()),
        ([said("transferred", to="@a", group="a"), RESOLVED, CLOSED], Record()),
        ([OWNED, said("withdrawn", "desk", ticket_state="cancelled")], Record()),
    ],
)
def test_a_first_time_fix_is_a_first_repair_that_holds(lines: list[LedgerEvent], record: Record) -> None:
    """Resolved by its owner, closed, never reopened; what was nobody's counts for nobody."""
    route, total = Route(ticket="T"), Record()
    for line in lines:
        after = followed(route, line)
        route, total = after, total + counted(route, after)

    assert record == total


@pytest.mark.parametrize(
    ("line", "is_freeing"),
    [
        (said("moved", state="resolved"), True),
        (said("moved", state="waiting", reason="part"), True),
        (said("moved", state="in_progress"), False),
        (said("moved", "routing", state="assigned"), False),
        (said("reopened"), True),
        (said("withdrawn", "desk", ticket_state="cancelled"), True),
        (said("withdrawn", "desk", ticket_state="assigned"), False),
        (said("refused", who="anna"), True),
        (said("taken_in", "desk", to="T-2"), True),
        (said("retracted", rule="r@1"), True),
        (said("people"), True),
        (said("edited", set={"assignee": "ben"}), True),
        (said("edited", set={"note": "so"}), False),
        (said("evidence", "desk"), False),
    ],
)
def test_routing_looks_again_when_somebody_may_be_free(line: LedgerEvent, is_freeing: bool) -> None:
    """And not at every line of the log."""
    assert is_freeing is frees(line)


def test_only_lines_about_owners_make_a_ticket_be_looked_at() -> None:
    """Those of people and the desk; growing evidence and routing's own do not."""
    assert {"T"} == may_want_owner([said("opened", "desk")])
    assert set() == may_want_owner([said("evidence", "desk"), said("moved", "routing", state="triaged")])


def test_the_expert_group_is_the_one_whose_first_repairs_hold() -> None:
    """Among teams that have somebody for the work; it is said in both languages."""
    records = {("ben", "crash-loop"): Record(10, 9), ("chris", "crash-loop"): Record(10, 10)}
    (team,) = compared("crash-loop", EVERYBODY, NEEDS, records, MONDAY)
    assert {"team": "displays", "people": 2, "tried": 10, "fixed": 9} == {k: team[k] for k in team if k != "share"}
    route = Route(ticket=TICKET.number, groups=("field", "displays"), transfers=3)
    line = suggested(TICKET, route, EVERYBODY, needs=NEEDS, records=records, now=MONDAY)

    assert line is not None
    assert ("routing", "displays", ["field", "displays"]) == (line.actor, line.details["group"], line.details["went"])
    assert "Give it to displays: 9 of 10 first repairs of crash-loop held." in line.why
    assert "建议转交 displays" in line.details["text"]["zh"]
    nobody = replace(NEEDS, skills=("magic",))
    assert suggested(TICKET, route, EVERYBODY, needs=nobody, records=records, now=MONDAY) is None


def test_every_reason_has_its_words_in_both_languages() -> None:
    """With how many people stand behind each obstacle."""
    for reason in catalogue.WAITS:
        wait = Waiting(ticket="T", since=MONDAY, reason=reason, excluded={"full": 2, "shift": 1})
        assert set(LANGUAGES) == set(why_waiting(wait))
    text = why_waiting(Waiting(ticket="T", since=MONDAY, reason="full", excluded={"skill": 1, "full": 2}))

    assert "everybody who could have it is full (without the skills 1, full 2)" == text["en"]
    assert "能处理的人在办工单均已达上限（缺少技能 1, 已满 2）" == text["zh"]


def test_a_person_who_moved_it_on_without_an_owner_leaves_the_choice_to_routing() -> None:
    """It is assigned already; only the owner is missing."""
    before = ticket("assigned")
    response = owners.assigned(before, Choice(ticket=before.number, chosen="anna"), EVERYBODY, MONDAY)

    assert wants_owner(before)
    assert (["assigned"], "anna", 1) == (kinds(response), response.tickets[0].owner, response.tickets[0].revision)


def test_routing_passes_triage_and_leaves_no_trace_of_a_person() -> None:
    """Assignment by machine is no answer of a person."""
    response = owners.assigned(TICKET, Choice(ticket=TICKET.number, chosen="anna"), EVERYBODY, MONDAY + HOUR)
    after = response.tickets[0]

    assert (["moved", "moved", "assigned"], False) == (kinds(response), after.touched)
    assert {"routing"} == {event.actor for event in response.events}
    released = people.release(
        transfer(ticket(), "ben").tickets[0], ["assignee"], by="anna", now=MONDAY, revision=2
    ).tickets[0]
    assert (TicketState.ASSIGNED, "ben") == (released.state, released.assignee)
