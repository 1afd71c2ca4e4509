"""What people do to tickets: edits that stay, moves that are legal, and nobody's change lost."""

from dataclasses import replace

import pytest

from domain.errors import Conflict, IllegalMove, Unknown, WrongFormat
from domain.finding import Severity
from domain.instants import DAY
from domain.ticket import MOVES, Priority, Response, Ticket, TicketState
from tests.ticketing.cases import START, finding, kinds, one_key
from ticketing.people import acknowledge, close, edit, mark_noise, move, release

NOW = START + DAY
BY = {"by": "ada", "now": NOW}


def ticket(state: str = "new", **changes) -> Ticket:
    """A ticket in a state."""
    key = one_key()
    key.hear(finding())
    return replace(key.ticket, state=TicketState(state), **changes)


def only(response: Response) -> Ticket:
    """The one ticket of a response."""
    (changed,) = response.tickets
    return changed


def test_what_a_person_sets_is_theirs():
    """The field is held, the ticket touched, the revision one further, and the log says who, what and why."""
    response = edit(ticket(), {"assignee": "grace", "priority": "low"}, **BY, revision=0, why="on site")

    changed = only(response)
    assert ("grace", Priority.LOW, {"assignee", "priority"}) == (changed.assignee, changed.priority, changed.held)
    assert (True, 1, NOW) == (changed.touched, changed.revision, changed.changed_at)
    (event,) = response.events
    assert ("edited", "ada", "on site", changed.number) == (event.kind, event.actor, event.why, event.ticket)
    assert {
        "set": {"assignee": "grace", "priority": "low"},
        "was": {"assignee": "", "priority": "high"},
    } == event.details


def test_a_priority_that_nobody_holds_follows_the_severity_that_a_person_sets():
    """Down as well as up."""
    assert Priority.MEDIUM is only(edit(ticket(), {"severity": Severity.S3}, **BY, revision=0)).priority
    assert Priority.URGENT is only(edit(ticket(), {"severity": "S1"}, **BY, revision=0)).priority


def test_a_title_may_be_one_text_or_one_a_language():
    """English is always there."""
    assert {"en": "No picture"} == only(edit(ticket(), {"title": "No picture"}, **BY, revision=0)).title
    both = {"en": "No picture", "zh": "无图像"}
    assert both == only(edit(ticket(), {"title": both}, **BY, revision=0)).title


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"asignee": "x"}, Unknown, "did you mean assignee"),
        ({"state": "closed"}, Unknown, "There is no field"),
        ({"priority": "asap"}, WrongFormat, "urgent, high, medium, low"),
        ({"note": 7}, WrongFormat, "note must be a text"),
        ({"title": {"zh": "无图像"}}, WrongFormat, "title must be a text"),
    ],
)
def test_a_mistaken_edit_says_what_is_wrong(changes, error, says):
    """And changes nothing."""
    with pytest.raises(error, match=says):
        edit(ticket(), changes, **BY, revision=0)


@pytest.mark.parametrize(
    "act",
    [
        lambda t: edit(t, {"note": "x"}, **BY, revision=6),
        lambda t: release(t, ["note"], **BY, revision=6),
        lambda t: move(t, TicketState.TRIAGED, **BY, revision=6),
        lambda t: mark_noise(t, **BY, revision=6),
        lambda t: close(t, **BY, revision=6),
        lambda t: acknowledge(t, **BY, revision=6),
    ],
)
def test_whoever_saw_an_older_ticket_must_look_again(act):
    """No act overwrites what its author has not seen."""
    with pytest.raises(Conflict, match="read it again"):
        act(ticket(revision=7))


def test_an_empty_edit_is_nothing():
    """Nor is giving back what is not held."""
    assert Response() == edit(ticket(), {}, **BY, revision=0)
    assert Response() == release(ticket(), ["note"], **BY, revision=0)


def test_a_released_field_belongs_to_the_desk_again():
    """Its value stays, but a released priority follows the severity at once."""
    held = ticket(held=frozenset({"priority", "note"}), priority=Priority.LOW, note="kept")
    response = release(held, ["priority", "title"], **BY, revision=0)

    assert ["released"] == kinds(response)
    assert (frozenset({"note"}), Priority.HIGH, "kept") == (
        only(response).held,
        only(response).priority,
        only(response).note,
    )


@pytest.mark.parametrize("before", list(TicketState))
@pytest.mark.parametrize("after", list(TicketState))
def test_a_move_is_legal_exactly_when_the_state_machine_says_so(before, after):
    """What has ended comes back by reopening only, which looks at its key first."""
    reason = {TicketState.WAITING: "part", TicketState.CANCELLED: "noise"}.get(after, "")
    legal = after in MOVES[before] and before not in (TicketState.CLOSED, TicketState.CANCELLED)
    if not legal:
        with pytest.raises(IllegalMove, match="possible from here"):
            move(ticket(before), after, reason=reason, **BY, revision=0)
        return
    moved = only(move(ticket(before), after, reason=reason, **BY, revision=0))
    assert (after, reason, 1, True) == (moved.state, moved.reason, moved.revision, moved.touched)
    assert (NOW if after in (TicketState.CLOSED, TicketState.CANCELLED) else None) == moved.closed_at


@pytest.mark.parametrize(
    ("state", "to", "reason", "says"),
    [
        ("in_progress", TicketState.WAITING, "", r"waiting\(customer\), waiting\(part\)"),
        ("in_progress", TicketState.WAITING, "lunch", r"cannot become waiting\(lunch\)"),
        ("new", TicketState.CANCELLED, "", r"cancelled\(noise\)"),
        ("new", TicketState.TRIAGED, "part", r"cannot become triaged\(part\)"),
    ],
)
def test_waiting_and_cancelling_want_a_reason_and_the_others_none(state, to, reason, says):
    """The refusal lists the reasons that there are."""
    with pytest.raises(IllegalMove, match=says):
        move(ticket(state), to, reason=reason, **BY, revision=0)


def test_taking_a_repaired_ticket_up_again_counts_as_reopening():
    """By a person as by the desk."""
    response = move(ticket("verifying"), TicketState.TRIAGED, **BY, revision=0)

    assert (["reopened"], 1) == (kinds(response), only(response).reopened)


def test_noise_frees_the_key():
    """It is a cancellation with its reason."""
    noise = only(mark_noise(ticket("assigned"), **BY, revision=0, why="test bench"))

    assert (TicketState.CANCELLED, "noise", None) == (noise.state, noise.reason, noise.open_key)


@pytest.mark.parametrize(
    ("state", "steps"),
    [("new", 6), ("triaged", 5), ("in_progress", 3), ("waiting", 4), ("resolved", 2), ("verifying", 1)],
)
def test_closing_passes_every_state_on_the_way(state, steps):
    """Each with its line in the log."""
    response = close(ticket(state), **BY, revision=0)

    assert ["moved"] * steps == kinds(response)
    assert (TicketState.CLOSED, steps, NOW) == (
        only(response).state,
        only(response).revision,
        only(response).closed_at,
    )


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_what_has_ended_is_neither_closed_nor_acknowledged(state):
    """The refusal says what is possible."""
    with pytest.raises(IllegalMove, match="triaged"):
        close(ticket(state), **BY, revision=0)
    with pytest.raises(IllegalMove, match="triaged"):
        acknowledge(ticket(state), **BY, revision=0)


def test_acknowledging_triages_a_new_ticket_and_only_notes_a_later_one():
    """First acceptance."""
    new, later = (acknowledge(ticket(state), **BY, revision=0) for state in ("new", "in_progress"))

    assert (["acknowledged"], TicketState.TRIAGED) == (kinds(new), only(new).state)
    assert (["acknowledged"], TicketState.IN_PROGRESS, True) == (kinds(later), only(later).state, only(later).touched)
