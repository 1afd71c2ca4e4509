"""Remedy: a command to a device is asked for, approved and sent; then the device confirms it, or it fails in time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import normalize

from domain import actors
from domain.actors import MACHINES
from domain.batch import DeviceEvent, Reading
from domain.errors import Conflict, Unknown
from domain.instants import MINUTE, Duration, Instant, duration_text, instant_text
from domain.remedy import UNDER_WAY, Command, Confirmation, Rate, Remedy, RemedyState
from domain.ticket import LedgerEvent, Ticket
from domain.ticket_class import TicketClass

ACTOR = actors.REMEDY
CLOCK_SLACK: Duration = MINUTE
"""A device's clock may be so much behind: what it says of an earlier time confirms nothing."""
NOT_IN_TOPICS = frozenset("/+#\0")
S = RemedyState


class Refused(Conflict):
    """It cannot be done now; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        Exception.__init__(self, sentence)


@dataclass(frozen=True, slots=True)
class Changed:
    """A command as it stands now, and the lines that say so."""

    command: Command
    lines: tuple[LedgerEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known when somebody asks."""

    open_command: Command | None = None
    """The device's one under way."""
    asked_lately: int = 0
    """How often the device got this remedy within its rate."""
    until: Instant = 0
    """When it may be had again, where that is too often."""


def ask(
    name: str,
    ticket: Ticket,
    device: str,
    remedy: Remedy,
    *,
    known: TicketClass | None,
    around: Circumstances,
    by: str,
    now: Instant,
    why: str = "",
) -> Changed:
    """A remedy for a device. Raises Unknown for what its class does not list, Refused for what cannot be done now."""
    if known is None or remedy.id not in known.remedies_remote:
        raise Unknown(f"remote remedy of the class {ticket.ticket_class or '(none)'} called", remedy.id)
    if not ticket.is_open:
        raise Refused(f"Ticket {ticket.number} is {ticket.state}; reopen it first.")
    check(device, remedy, around)
    needs_approval = remedy.id in known.approve_remote
    command = Command(
        id=name,
        ticket=ticket.number,
        device=device,
        remedy=remedy,
        state=S.ASKED if needs_approval else S.APPROVED,
        asked_at=now,
        asked_by=by,
        why=why,
        due_at=None if needs_approval else now + remedy.timeout,
    )
    return Changed(command, (line(command, "remedy_asked", by, now, why, needs_approval=needs_approval),))


def check(device: str, remedy: Remedy, around: Circumstances) -> None:
    """Nothing, or Refused: one at a time, and not too often."""
    if (other := around.open_command) is not None:
        raise Refused(f"{device} has {other.remedy.id} under way ({other.id} is {other.state}); wait until it is over.")
    rate = remedy.per_device
    if rate is not None and around.asked_lately >= rate.most:
        raise Refused(
            f"{device} may have {remedy.id} {rate.most} times in {duration_text(rate.within)}; "
            f"again from {instant_text(around.until)}."
        )


def check_still(command: Command, ticket: Ticket, known: TicketClass | None) -> None:
    """Nothing, or Refused: what was allowed when it was asked for may not be any more."""
    if not ticket.is_open:
        raise Refused(f"Ticket {ticket.number} is {ticket.state}; refuse {command.id}, or reopen the ticket first.")
    if not command.undoes and (known is None or command.remedy.id not in known.remedies_remote):
        named = ticket.ticket_class or "(none)"
        raise Refused(f"The class {named} does not list {command.remedy.id} any more; refuse {command.id}.")


def approve(command: Command, *, by: str, now: Instant, why: str = "") -> Changed:
    """Another person lets it go. Raises Refused."""
    check_waits(command, by)
    after = replace(command, state=S.APPROVED, approved_by=by, due_at=now + command.remedy.timeout)
    return Changed(after, (line(after, "remedy_approved", by, now, why),))


def refuse(command: Command, *, by: str, now: Instant, why: str = "") -> Changed:
    """A person does not. Raises Refused once it may have left."""
    if command.state not in (S.ASKED, S.APPROVED):
        raise Refused(f"{command.id} is {command.state} and cannot be refused any more.")
    after = replace(command, state=S.REFUSED, ended_at=now, due_at=None, said=why)
    return Changed(after, (line(after, "remedy_refused", by, now, why),))


def check_waits(command: Command, by: str) -> None:
    """Nothing, or Refused: it must wait for approval, and two people look at it."""
    if command.state is not S.ASKED:
        raise Refused(f"{command.id} is {command.state}; only what is asked for can be approved.")
    if name_of(by) in {name_of(who) for who in (command.asked_by, *MACHINES)}:
        raise Refused(f"{by} asked for {command.id} or is no person; somebody else must approve it.")


def name_of(who: str) -> str:
    """A person's name as people compare it: without regard to capitals, spaces and widths of letters."""
    return " ".join(normalize("NFKC", who).casefold().split())


def undo(
    name: str,
    command: Command,
    remedies: Mapping[str, Remedy],
    *,
    around: Circumstances,
    by: str,
    now: Instant,
    known: TicketClass | None = None,
) -> Changed:
    """The command that takes another one back; needs approval only where the class wants it for the way back itself.

    What takes something back is not taken back itself: that would be the first remedy again, past its approval and its
    rate. Raises Unknown, Refused.
    """
    if command.state not in (S.CONFIRMED, S.FAILED) or command.undone_by:
        raise Refused(f"{command.id} is {'undone' if command.undone_by else command.state}; there is nothing to undo.")
    if command.state is S.FAILED and not command.sent_at:
        raise Refused(f"{command.id} never left; there is nothing to undo.")
    if command.undoes:
        raise Refused(f"{command.id} took {command.undoes} back; ask for {command.remedy.undo or 'it'} anew instead.")
    if not command.remedy.undo:
        raise Refused(f"{command.remedy.id} leaves nothing behind; there is nothing to undo.")
    if (back := remedies.get(command.remedy.undo)) is None:
        raise Unknown("remedy", command.remedy.undo)
    check(command.device, replace(back, per_device=None), around)
    needs_approval = known is not None and back.id in known.approve_remote
    after = Command(
        id=name,
        ticket=command.ticket,
        device=command.device,
        remedy=back,
        state=S.ASKED if needs_approval else S.APPROVED,
        asked_at=now,
        asked_by=by,
        due_at=None if needs_approval else now + back.timeout,
        undoes=command.id,
    )
    told = line(after, "remedy_asked", by, now, "", needs_approval=needs_approval, undoes=command.id)
    return Changed(after, (told,))


# -- on its way


def sending(command: Command, position: int, now: Instant) -> Command:
    """It is about to leave: the device's word is looked for after this position of the journal."""
    return replace(command, state=S.SENDING, position=position, sent_at=now, due_at=now + command.remedy.timeout)


def sent(command: Command, now: Instant) -> Changed:
    """The broker has it."""
    after = replace(command, state=S.SENT)
    return Changed(after, (line(after, "remedy_sent", ACTOR, now),))


def confirmed(command: Command, words: str, now: Instant) -> Changed:
    """The device said so."""
    after = replace(command, state=S.CONFIRMED, ended_at=now, due_at=None, said=words)
    return Changed(after, (line(after, "remedy_confirmed", ACTOR, now, words),))


def failed(command: Command, now: Instant) -> Changed:
    """The time is over."""
    span = duration_text(command.remedy.timeout)
    if command.state in UNDER_WAY:
        words = f"The device did not confirm it within {span}."
    else:
        words = f"It could not leave within {span}: the broker was away, or the fleet's rate did not let it."
    after = replace(command, state=S.FAILED, ended_at=now, due_at=None, said=words)
    return Changed(after, (line(after, "remedy_failed", ACTOR, now, words),))


def undone(command: Command, by: Command, now: Instant) -> Changed:
    """What took it back is confirmed."""
    after = replace(command, undone_by=by.id)
    return Changed(after, (line(after, "remedy_undone", ACTOR, now, undone_by=by.id),))


def payload(command: Command) -> dict[str, Any]:
    """What the device reads; it keeps the ids that it has done, and does none of them again."""
    return {"id": command.id, "command": command.remedy.command, "arguments": dict(command.remedy.arguments)}


def line(command: Command, kind: str, actor: str, now: Instant, why: str = "", /, **more: Any) -> LedgerEvent:
    """A line of the log about a command."""
    details = {"command": command.id, "remedy": command.remedy.id, "device": command.device, **more}
    return LedgerEvent(at=now, kind=kind, ticket=command.ticket, actor=actor, why=why, details=details)


# -- the device's word


def confirms_by_event(command: Command, event: DeviceEvent) -> bool:
    """An event of the device is the one that is waited for."""
    wanted = command.remedy.confirm
    return (
        bool(wanted.event)
        and is_its_word(command, event.device, event.at)
        and event.event == wanted.event
        and all(event.details.get(name) == value for name, value in wanted.details.items())
    )


def confirms_by_reading(command: Command, reading: Reading) -> bool:
    """A reading of the device is as it is waited for."""
    wanted = command.remedy.confirm
    if not wanted.metric or reading.metric != wanted.metric or not is_its_word(command, reading.device, reading.at):
        return False
    if reading.state is not None:
        return bool(wanted.state) and reading.state == wanted.state
    return not wanted.state and within(reading.value, wanted)


def is_its_word(command: Command, device: str, at: Instant) -> bool:
    """Said by the device, and not long before the command left."""
    return device == command.device and at >= command.sent_at - CLOCK_SLACK


def within(value: float, wanted: Confirmation) -> bool:
    """Neither too low nor too high; no number is neither."""
    return (wanted.least is None or value >= wanted.least) and (wanted.most is None or value <= wanted.most)


def free_places(rate: Rate | None, lately: int) -> bool:
    """The fleet's rate lets one more go."""
    return rate is None or lately < rate.most


def check_device(devices: list[str], wanted: str, asset: str) -> str:
    """The device that is meant. Raises Unknown, Refused."""
    if wanted and wanted not in devices:
        raise Unknown(f"device on {asset} called", wanted)
    if not wanted and len(devices) != 1:
        raise Refused(f"{asset} has {len(devices)} devices; name the one that is meant.")
    device = wanted or devices[0]
    if any(letter in NOT_IN_TOPICS for letter in device):
        raise Refused(f"No command reaches {device}: its name has /, + or # in it, which stand for other devices.")
    return device
