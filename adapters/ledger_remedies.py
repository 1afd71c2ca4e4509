"""Commands to devices, in the ledger."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from adapters.ledger_statements import replacing
from adapters.ledger_tables import installation
from adapters.remedy_tables import remedy
from domain.errors import Conflict, Unknown
from domain.instants import Instant
from domain.remedy import OPEN, Command, RemedyState

R = remedy.c
COMMAND = msgspec.json.Decoder(Command)


def save(connection: Connection, command: Command) -> None:
    """How a command stands now. Raises Conflict where the device has another one under way."""
    try:
        connection.execute(replacing(connection.dialect.name, "remedy"), row_of(command))
    except IntegrityError as trouble:
        raise Conflict(f"The command for {command.device}") from trouble


def row_of(command: Command) -> dict[str, Any]:
    """The columns of a command; `asked_at` is when it left, once it has."""
    return {
        "id": command.id,
        "ticket": command.ticket,
        "device": command.device,
        "open_device": command.device if command.state in OPEN else None,
        "name": command.remedy.id,
        "state": command.state.value,
        "asked_at": command.sent_at or command.asked_at,
        "due_at": command.due_at,
        "position": command.position,
        "body": msgspec.json.encode(command).decode(),
    }


def command(connection: Connection, name: str) -> Command:
    """One command. Raises Unknown."""
    body = connection.execute(select(R.body).where(R.id == name)).scalar_one_or_none()
    if body is None:
        raise Unknown("remote remedy", name)
    return COMMAND.decode(body)


def of_ticket(connection: Connection, number: str) -> Sequence[Command]:
    """A ticket's commands, oldest first."""
    found = [COMMAND.decode(body) for body in connection.execute(select(R.body).where(R.ticket == number)).scalars()]
    return sorted(found, key=lambda command: (command.asked_at, command.id))


def open_on(connection: Connection, device: str) -> Command | None:
    """The device's command that is not over."""
    body = connection.execute(select(R.body).where(R.open_device == device)).scalar_one_or_none()
    return None if body is None else COMMAND.decode(body)


def in_states(connection: Connection, states: Iterable[RemedyState], most: int = 1_000) -> Sequence[Command]:
    """Commands in some states, in the order in which they were asked for."""
    chosen = R.state.in_([state.value for state in states])
    question = select(R.body).where(chosen).order_by(R.asked_at, R.id).limit(most)
    return [COMMAND.decode(body) for body in connection.execute(question).scalars()]


def overdue(connection: Connection, now: Instant) -> Sequence[Command]:
    """Open commands whose time is over."""
    chosen = (R.state.in_([state.value for state in OPEN]), R.due_at <= now)
    question = select(R.body).where(*chosen).order_by(R.due_at, R.id)
    return [COMMAND.decode(body) for body in connection.execute(question).scalars()]


def asked_since(connection: Connection, name: str, device: str, at: Instant) -> Sequence[Instant]:
    """When a device had a remedy after an instant, or is to have it, unless that was refused; oldest first."""
    chosen = (R.device == device, R.name == name, R.asked_at > at, R.state != RemedyState.REFUSED.value)
    return list(connection.execute(select(R.asked_at).where(*chosen).order_by(R.asked_at)).scalars())


def sent_since(connection: Connection, name: str, at: Instant) -> int:
    """How many devices were sent a remedy after an instant."""
    left = [state.value for state in RemedyState if state not in (RemedyState.ASKED, RemedyState.APPROVED)]
    chosen = (R.name == name, R.asked_at > at, R.position >= 0, R.state.in_(left))
    return connection.execute(select(func.count()).where(*chosen)).scalar_one()


def devices_on(connection: Connection, asset: str) -> list[str]:
    """Devices that hang on an asset."""
    i = installation.c
    return list(connection.execute(select(i.device).where(i.asset == asset).distinct().order_by(i.device)).scalars())
