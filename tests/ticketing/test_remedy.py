"""Remedies: who may have what, who must agree, and which word of the device counts."""

from dataclasses import replace
from typing import Any

import pytest

from domain.batch import DeviceEvent, Reading
from domain.errors import Unknown, WrongFormat
from domain.instants import HOUR, MINUTE, SECOND
from domain.remedy import Command, Confirmation, Rate, Remedy, RemedyState
from domain.ticket import TicketState
from domain.ticket_class import TicketClass
from tests.ticketing.promises import MONDAY, TICKET
from ticketing import remedy as deeds
from ticketing.remedy import Circumstances, Refused
from ticketing.remedy_file import read_remedies

FILE = """
[[remedy]]
id = "reboot"
name = { en = "Reboot", zh = "重启" }
command = "reboot"
arguments = { delay_seconds = 5 }
confirm = { event = "boot", details = { reason = "remote" } }
timeout = "5m"
lasting = false
per_device = "1/6h"
per_fleet = "20/1h"

[[remedy]]
id = "dim"
command = "set"
arguments = { brightness = 40 }
confirm = { metric = "brightness", most = 40 }
undo = "bright"

[[remedy]]
id = "bright"
command = "set"
arguments = { brightness = 100 }
confirm = { metric = "brightness", least = 100 }
undo = "dim"
"""
REMEDIES = read_remedies("remedies.toml", FILE)
CLASS = TicketClass(id="tv", name={"en": "TV"}, remedies_remote=("reboot", "dim"), approve_remote=("dim",))
NUMBERED = replace(TICKET, number="T-2026-000001", ticket_class="tv")


def asked(name: str = "reboot", **around: Any) -> Command:
    """A command as somebody asks for it."""
    changed = deeds.ask(
        "R-1", NUMBERED, "tv-1", REMEDIES[name], known=CLASS, around=Circumstances(**around), by="lee", now=MONDAY
    )
    return changed.command


def test_the_file_says_what_is_sent_and_what_comes_back() -> None:
    """Every key, and what it means when it is left out."""
    assert (
        Remedy(
            id="reboot",
            name={"en": "Reboot", "zh": "重启"},
            command="reboot",
            arguments={"delay_seconds": 5},
            confirm=Confirmation(event="boot", details={"reason": "remote"}),
            timeout=5 * MINUTE,
            per_device=Rate(most=1, within=6 * HOUR),
            per_fleet=Rate(most=20, within=HOUR),
        )
        == REMEDIES["reboot"]
    )
    assert ("bright", 10 * MINUTE) == (REMEDIES["dim"].undo, REMEDIES["dim"].timeout)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("undo = 'reboot'\nlasting = false", "name the remedy that takes it back"),
        ("", "name the remedy that takes it back"),
        ("undo = 'nothing'", "undo nothing is unknown"),
        ("lasting = false\nconfirm = { event = 'b', metric = 'm' }", "either an event or a metric"),
        ("lasting = false\nconfirm = { metric = 'm' }", "say what the metric must be"),
        ("lasting = false\nconfirm = { event = 'b', least = 3 }", "least is not for this kind"),
        ("lasting = false\nconfirm = { metric = 'm', least = 'x' }", "must be numbers"),
        ("lasting = false\nper_device = '0/1h'", "must be a number and a time"),
        ("lasting = false\nper_device = '1/soon'", "per_device"),
        ("lasting = false\ntimeout = '0s'", "timeout"),
        ("lasting = false\ncolour = 'red'", "colour is unknown"),
    ],
)
def test_mistakes_in_the_file_are_sentences(line: str, sentence: str) -> None:
    """Each with its remedy."""
    confirm = "" if "confirm" in line else "confirm = { event = 'boot' }\n"
    with pytest.raises(WrongFormat, match=sentence):
        read_remedies("r.toml", f"[[remedy]]\nid = 'a'\ncommand = 'c'\n{confirm}{line}\n")


def test_only_what_the_class_lists_is_had() -> None:
    """And only for an open ticket."""
    for known in (None, replace(CLASS, remedies_remote=())):
        with pytest.raises(Unknown, match="There is no remote remedy of the class tv called reboot"):
            deeds.ask(
                "R-1", NUMBERED, "tv-1", REMEDIES["reboot"], known=known, around=Circumstances(), by="lee", now=MONDAY
            )
    closed = replace(NUMBERED, state=TicketState.CLOSED)
    with pytest.raises(Refused, match="reopen it first"):
        deeds.ask("R-1", closed, "tv-1", REMEDIES["reboot"], known=CLASS, around=Circumstances(), by="lee", now=MONDAY)


def test_never_two_at_once_and_not_too_often() -> None:
    """The sentence says when it may be had again."""
    with pytest.raises(Refused, match="has reboot under way"):
        asked("dim", open_command=asked())
    with pytest.raises(Refused, match=r"1 times in 6h; again from 2026-11-23T14:00"):
        asked(asked_lately=1, until=MONDAY + 6 * HOUR)


def test_what_needs_approval_waits_for_another_person() -> None:
    """Neither who asked nor a machine; once approved it cannot be approved again."""
    command = asked("dim")
    assert (RemedyState.ASKED, None) == (command.state, command.due_at)
    for who in ("lee", "desk", "remedy"):
        with pytest.raises(Refused, match="somebody else must approve"):
            deeds.approve(command, by=who, now=MONDAY)
    approved = deeds.approve(command, by="kim", now=MONDAY + HOUR)
    assert (RemedyState.APPROVED, "kim", MONDAY + HOUR + 10 * MINUTE) == (
        approved.command.state,
        approved.command.approved_by,
        approved.command.due_at,
    )
    assert ["remedy_approved"] == [line.kind for line in approved.lines]
    with pytest.raises(Refused):
        deeds.approve(approved.command, by="kim", now=MONDAY)
    assert RemedyState.REFUSED is deeds.refuse(approved.command, by="max", now=MONDAY).command.state
    with pytest.raises(Refused):
        deeds.refuse(deeds.sending(approved.command, 1, MONDAY), by="max", now=MONDAY)


def test_what_was_done_can_be_taken_back_once() -> None:
    """By the remedy that was known beforehand; what leaves nothing behind has none."""
    done = deeds.confirmed(asked("dim"), "so", MONDAY).command
    back = deeds.undo("R-2", done, REMEDIES, around=Circumstances(), by="lee", now=MONDAY).command
    after = deeds.undone(done, back, MONDAY)

    assert ("bright", RemedyState.APPROVED, "R-1") == (back.remedy.id, back.state, back.undoes)
    assert ("R-2", "remedy_undone") == (after.command.undone_by, after.lines[0].kind)
    for command in (after.command, asked("dim"), deeds.confirmed(asked(), "so", MONDAY).command):
        with pytest.raises(Refused):
            deeds.undo("R-3", command, REMEDIES, around=Circumstances(), by="lee", now=MONDAY)


def event(name: str = "boot", device: str = "tv-1", at: int = MONDAY + SECOND, **details: Any) -> DeviceEvent:
    """What a device says."""
    return DeviceEvent(0, device, name, "", details, at, at, 2, 1, 1, 0)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (event(reason="remote"), True),
        (event(reason="remote", more=1), True),
        (event(reason="power"), False),
        (event(), False),
        (event("crash", reason="remote"), False),
        (event(device="tv-2", reason="remote"), False),
        (event(at=MONDAY - 30 * SECOND, reason="remote"), True),
        (event(at=MONDAY - HOUR, reason="remote"), False),
    ],
)
def test_only_the_devices_own_word_about_now_counts(said: DeviceEvent, counts: bool) -> None:
    """A boot from before, told late, confirms nothing."""
    assert counts is deeds.confirms_by_event(deeds.sending(asked(), 1, MONDAY), said)


@pytest.mark.parametrize(
    ("metric", "value", "state", "counts"),
    [
        ("brightness", 40.0, None, True),
        ("brightness", 40.1, None, False),
        ("brightness", float("nan"), None, False),
        ("volume", 40.0, None, False),
        ("brightness", float("nan"), "40", False),
    ],
)
def test_a_reading_confirms_where_it_is_as_it_shall_be(
    metric: str, value: float, state: str | None, counts: bool
) -> None:
    """Numbers by their bounds."""
    command = deeds.sending(asked("dim"), 1, MONDAY)
    assert counts is deeds.confirms_by_reading(command, Reading("tv-1", metric, MONDAY + SECOND, value, state))


def test_a_text_confirms_by_being_equal() -> None:
    """As a reading says it."""
    wanted = replace(REMEDIES["dim"], confirm=Confirmation(metric="mode", state="eco"))
    command = replace(deeds.sending(asked("dim"), 1, MONDAY), remedy=wanted)
    said = [Reading("tv-1", "mode", MONDAY, float("nan"), state) for state in ("eco", "full")]

    assert [True, False] == [deeds.confirms_by_reading(command, one) for one in said]


@pytest.mark.parametrize("who", ["lee", "Lee", " lee ", "ＬＥＥ", "DESK", "Remedy"])
def test_nobody_approves_under_another_spelling_of_the_same_name(who: str) -> None:
    """Two people look at it, and no part of the service is one."""
    with pytest.raises(Refused, match="somebody else must approve"):
        deeds.approve(asked("dim"), by=who, now=MONDAY)


def test_what_takes_back_is_not_taken_back_itself() -> None:
    """It would be the first remedy again, without approval and as often as anybody likes."""
    done = deeds.confirmed(asked("dim"), "so", MONDAY).command
    back = deeds.undo("R-2", done, REMEDIES, around=Circumstances(), by="lee", now=MONDAY).command
    for over in (
        deeds.confirmed(back, "so", MONDAY).command,
        deeds.failed(deeds.sending(back, 1, MONDAY), MONDAY).command,
    ):
        with pytest.raises(Refused, match="ask for dim anew"):
            deeds.undo("R-3", over, REMEDIES, around=Circumstances(), by="lee", now=MONDAY)


def test_what_never_left_is_not_taken_back() -> None:
    """The way back would be a remedy that nobody has allowed; what may have left can be taken back."""
    allowed = deeds.approve(asked("dim"), by="kim", now=MONDAY).command
    with pytest.raises(Refused, match="never left"):
        deeds.undo("R-2", deeds.failed(allowed, MONDAY).command, REMEDIES, around=Circumstances(), by="lee", now=MONDAY)
    left = deeds.failed(deeds.sending(allowed, 1, MONDAY), MONDAY).command
    assert "R-1" == deeds.undo("R-2", left, REMEDIES, around=Circumstances(), by="lee", now=MONDAY).command.undoes


def test_a_way_back_that_the_class_wants_approved_waits_for_a_person() -> None:
    """Which way it is asked for makes no difference."""
    strict = replace(CLASS, approve_remote=("bright",))
    done = deeds.confirmed(asked("dim"), "so", MONDAY).command
    back = deeds.undo("R-2", done, REMEDIES, around=Circumstances(), by="lee", now=MONDAY, known=strict).command

    assert (RemedyState.ASKED, None) == (back.state, back.due_at)


@pytest.mark.parametrize("device", ["tv/1", "tv-1/commands/wipe", "+", "tv-#"])
def test_a_name_that_stands_for_other_devices_gets_no_command(device: str) -> None:
    """Whoever writes the registry sends nothing to somebody else's device, and holds no other command up."""
    with pytest.raises(Refused, match="stand for other devices"):
        deeds.check_device([device], "", "asset")
