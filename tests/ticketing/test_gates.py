"""Gates: nothing is resolved or closed while something that its class asks for is missing."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.closing import SLOTS, Codes, Readiness, Shown
from domain.errors import GatesOpen, WrongFormat
from domain.instants import MINUTE
from domain.ticket import CANCEL_REASONS, Ticket, TicketState
from domain.ticket_class import GATES, LABELS, TicketClass
from tests.ticketing.promises import MONDAY, TICKET
from ticketing import people
from ticketing.classes import read_classes
from ticketing.closing import readiness, shown_of, written
from ticketing.codes import label_of, said_at_the_end, strange_codes
from ticketing.gates import missing

CODES = Codes(problem="no_picture", cause="worn", remedy="replaced")
STRICT = TicketClass(
    id="tv-crash",
    name={"en": "Display crash"},
    gates=GATES,
    required=("scope", "steps"),
    problems={"no_picture": {"en": "No picture"}, "hangs": {"en": "Hangs"}},
    causes={"worn": {"en": "Worn out"}},
    remedies={"replaced": "true", "none_found": "nff"},
)
COMPLETE = Shown(slots=frozenset(SLOTS), codes=CODES, fields={"scope": "panel", "steps": "swapped"})
REPAIRED = replace(TICKET, state=TicketState.IN_PROGRESS)


def shown(slots: Iterable[str] = (), codes: Codes | None = None, **fields: str) -> Shown:
    """What there is to show."""
    return Shown(slots=frozenset(slots), codes=codes, fields=fields)


def closed(ticket: Ticket, ready: Readiness, why: str = "the customer said so") -> Ticket:
    """The ticket after a person closed it."""
    return people.close(ticket, by="anna", now=MONDAY + MINUTE, revision=ticket.revision, why=why, ready=ready).tickets[
        0
    ]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (shown(), ("photo_before", "photo_after", "signature", "codes", "scope", "steps")),
        (shown(["photo_before"]), ("photo_after", "signature", "codes", "scope", "steps")),
        (shown(["photo"]), ("photo_before", "photo_after", "signature", "codes", "scope", "steps")),
        (shown(SLOTS, scope="panel", steps=" \n"), ("codes", "steps")),
        (shown(SLOTS, replace(CODES, cause="magic"), scope="a", steps="b"), ("codes",)),
        (shown(SLOTS, CODES), ("scope", "steps")),
        (COMPLETE, ()),
    ],
)
def test_what_is_missing_is_named(what: Shown, expected: tuple[str, ...]) -> None:
    """Gates in the class's order, then required fields; codes that the class does not have are none."""
    assert expected == missing(STRICT, what)


def test_a_work_order_is_held_to_its_own_gates_too() -> None:
    """The plan's evidence stands beside the class's gates, each once; without a class it stands alone."""
    lax = replace(STRICT, gates=("photo_after",), required=())
    assert ("photo_after", "signature") == missing(lax, shown(), ("signature", "photo_after"))
    assert ("signature",) == missing(None, shown(), ("signature",))
    assert () == missing(None, shown())


@given(
    gates=st.sets(st.sampled_from(GATES)),
    slots=st.sets(st.sampled_from(SLOTS)),
    more=st.sets(st.sampled_from(SLOTS)),
    has_codes=st.booleans(),
)
def test_more_to_show_never_closes_a_gate(gates: set[str], slots: set[str], more: set[str], has_codes: bool) -> None:
    """Whatever is added, nothing that was there is missing then; and what is missing was asked for."""
    kind = replace(STRICT, gates=tuple(sorted(gates)), required=())
    before = missing(kind, shown(slots, CODES if has_codes else None))
    after = missing(kind, shown(slots | more, CODES))
    assert set(after) <= set(before) <= gates
    assert not set(after) & (slots | more)


@pytest.mark.parametrize("to", [TicketState.RESOLVED, TicketState.CLOSED])
def test_an_open_gate_refuses_with_a_sentence(to: TicketState) -> None:
    """It names what is missing in words, and by name for programs."""
    ticket = replace(TICKET, state=TicketState.IN_PROGRESS if to is TicketState.RESOLVED else TicketState.VERIFYING)
    ready = readiness(ticket, STRICT, shown(["photo_before", "photo_after"], CODES, scope="panel"))
    with pytest.raises(GatesOpen, match=r"add the customer's signature, the field steps, or cancel") as refused:
        people.move(ticket, to, by="anna", now=MONDAY, revision=0, why="so", ready=ready)
    assert ("signature", "steps") == refused.value.missing


def test_closing_in_one_go_is_refused_as_a_whole() -> None:
    """No state is passed when the last one is out of reach."""
    with pytest.raises(GatesOpen):
        closed(TICKET, readiness(TICKET, STRICT, shown()))


@pytest.mark.parametrize("reason", CANCEL_REASONS)
def test_cancelling_needs_no_gate(reason: str) -> None:
    """What is noise or withdrawn was never repaired."""
    ready = readiness(REPAIRED, STRICT, shown())
    response = people.move(
        REPAIRED, TicketState.CANCELLED, reason=reason, by="anna", now=MONDAY, revision=0, ready=ready
    )
    assert TicketState.CANCELLED is response.tickets[0].state


@pytest.mark.parametrize("kind", [None, TicketClass(id="plain", name={"en": "Plain"}, soak=0)])
def test_without_gates_everything_is_as_ever(kind: TicketClass | None) -> None:
    """A class that nobody knows, or that asks for nothing, closes without a word."""
    assert TicketState.CLOSED is closed(TICKET, readiness(TICKET, kind, shown()), why="").state


def test_who_does_not_wait_for_the_device_says_why() -> None:
    """A repair that the device would confirm is confirmed by hand only with a reason; resolving needs none."""
    ready = readiness(REPAIRED, STRICT, COMPLETE)
    with pytest.raises(WrongFormat, match="before the device has confirmed"):
        closed(REPAIRED, ready, why="  ")
    assert TicketState.CLOSED is closed(REPAIRED, ready).state
    resolved = people.move(REPAIRED, TicketState.RESOLVED, by="anna", now=MONDAY, revision=0, ready=ready)
    assert TicketState.RESOLVED is resolved.tickets[0].state


def test_the_last_line_says_what_was_found() -> None:
    """The codes and their label stand in the line that closes the ticket, and in no other."""
    response = people.close(
        REPAIRED, by="anna", now=MONDAY, revision=0, why="so", ready=readiness(REPAIRED, STRICT, COMPLETE)
    )
    *others, last = response.events
    expected = {"problem": "no_picture", "cause": "worn", "remedy": "replaced", "code": "replaced", "label": "true"}
    assert expected == {name: last.details.get(name) for name in expected}
    assert not any("code" in event.details for event in others)


@pytest.mark.parametrize(
    ("remedy", "expected"), [("replaced", "true"), ("none_found", "nff"), ("planned", "planned"), ("prayed", "")]
)
def test_a_remedy_says_something_about_the_detection(remedy: str, expected: str) -> None:
    """As the class has it, else as the code itself is called, else nothing."""
    assert expected == label_of(remedy, STRICT)
    assert ("label" in said_at_the_end(replace(CODES, remedy=remedy), STRICT)) == bool(expected)


def test_strange_codes_are_told_with_the_nearest_right_one() -> None:
    """All at once; a class that lists none of a kind takes any word."""
    sentences = strange_codes(Codes(problem="no_pictur", cause="magic", remedy="replaced"), STRICT)
    assert ["did you mean no_picture?", "there are: worn."] == [sentence.split("; ")[1] for sentence in sentences]
    free = replace(STRICT, problems={}, causes={}, remedies={})
    assert [] == strange_codes(CODES, free)
    assert ["problem"] == [said.split()[0] for said in strange_codes(replace(CODES, problem="not a word"), free)]


def test_what_is_written_down_adds_up() -> None:
    """Codes replace codes, fields join fields; every label is one that there is."""
    first, response = written(REPAIRED, None, fields={"scope": "panel"}, kind=STRICT, by="anna", now=MONDAY, revision=0)
    second, _ = written(REPAIRED, first, codes=CODES, fields={"steps": "x"}, kind=STRICT, by="bo", now=1, revision=0)

    assert ("recorded", "anna", ["scope"]) == (
        response.events[0].kind,
        response.events[0].actor,
        response.events[0].details["fields"],
    )
    assert response.tickets[0].touched
    assert (CODES, {"scope": "panel", "steps": "x"}, "bo") == (second.codes, second.fields, second.by)
    assert set(STRICT.remedies.values()) <= set(LABELS)


@pytest.mark.parametrize("wrong", [{"no name": "x"}, {"scope": "x" * 10_001}, {f"f{n}": "x" for n in range(51)}])
def test_fields_are_bounded(wrong: dict[str, str]) -> None:
    """Names are words, texts and their number have an end."""
    with pytest.raises(WrongFormat):
        written(REPAIRED, None, fields=wrong, kind=STRICT, by="anna", now=MONDAY, revision=0)


def test_a_tickets_own_note_is_a_field() -> None:
    """A class may require the note that stands on the ticket anyway."""
    kind = replace(STRICT, gates=(), required=("note",))
    assert ("note",) == missing(kind, shown_of(REPAIRED, (), None))
    assert () == missing(kind, shown_of(replace(REPAIRED, note="was dusty"), (), None))


def test_a_class_file_lists_its_codes() -> None:
    """Problems and causes by code with a text for people; what is wrong names its line."""
    text = """
[[class]]
id = "tv-crash"
problems = { no_picture = { en = "No picture", zh = "无图像" }, hangs = "Hangs" }
causes = { worn = "Worn out" }
remedies = { replaced = "true" }
"""
    kind = read_classes([("tv.toml", text)]).classes["tv-crash"]
    assert {"no_picture": {"en": "No picture", "zh": "无图像"}, "hangs": {"en": "Hangs"}} == kind.problems
    with pytest.raises(WrongFormat, match=r"tv.toml:5: class tv-crash: causes must be a table"):
        read_classes([("tv.toml", text.replace('{ worn = "Worn out" }', '["worn"]'))])
