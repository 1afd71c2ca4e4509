"""What people do with remote remedies: ask, approve, refuse, undo; by API and command line."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_remedies
from adapters.ledger_sql import SqlLedger
from domain.errors import Unknown, WrongFormat
from domain.instants import Instant
from domain.remedy import Command, Remedy
from ticketing import remedy
from ticketing.class_lines import meant
from ticketing.classes import Classes
from ticketing.remedy import Circumstances, Refused
from ticketing.remedy_file import read_remedies
from truckroll.desk_files import load_classes
from truckroll.remedies import write
from truckroll.settings import Settings


def load_remedies(settings: Settings, classes: Classes) -> Mapping[str, Remedy]:
    """The file of remedies, which has all that classes name. Raises WrongFormat, OSError."""
    path = settings.home / settings.out.remedies if settings.out.remedies else None
    found = read_remedies(str(path), path.read_text(encoding="utf-8")) if path else {}
    mistakes = [
        f"class {kind.id}: remedy {name} is unknown; {meant(name, found)}"
        for kind in classes.classes.values()
        for name in (*kind.remedies_remote, *kind.approve_remote)
        if name not in found
    ]
    if mistakes:
        raise WrongFormat(mistakes)
    return found


@dataclass(frozen=True, slots=True)
class Deeds:
    """Each is one transaction under the writers' lock. Raises Unknown, Refused."""

    ledger: SqlLedger
    remedies: Mapping[str, Remedy]
    classes: Classes

    @classmethod
    def of(cls, settings: Settings, ledger: SqlLedger) -> "Deeds":
        """By the configuration as it is now. Raises WrongFormat, OSError."""
        classes = load_classes(settings)
        return cls(ledger, load_remedies(settings, classes), classes)

    def ask(
        self, number: str, name: str, *, by: str, now: Instant, device: str = "", why: str = "", key: str = ""
    ) -> Command:
        """A remedy for the ticket's device. The same key again is the same command."""
        command_id = f"R-{key}" if key else new_id()
        with self.ledger.begin() as transaction:
            connection = transaction.connection
            if key and (known := find(connection, command_id)):
                if known.remedy.id != name:
                    raise Refused(f"This key was used for {known.remedy.id}; take another one for {name}.")
                return known
            ticket = transaction.ticket(number)
            wanted = self.remedies.get(name)
            if wanted is None:
                raise Unknown("remedy", name)
            its = remedy.check_device(ledger_remedies.devices_on(connection, ticket.asset), device, ticket.asset)
            asked = remedy.ask(
                command_id,
                ticket,
                its,
                wanted,
                known=self.classes.classes.get(ticket.ticket_class),
                around=circumstances(connection, its, wanted, now),
                by=by,
                now=now,
                why=why,
            )
            return write(transaction, asked)

    def approve(self, name: str, *, by: str, now: Instant, why: str = "") -> Command:
        """It leaves within seconds."""
        with self.ledger.begin() as transaction:
            command = ledger_remedies.command(transaction.connection, name)
            ticket = transaction.ticket(command.ticket)
            approved = remedy.approve(command, by=by, now=now, why=why)
            remedy.check_still(command, ticket, self.classes.classes.get(ticket.ticket_class))
            return write(transaction, approved)

    def refuse(self, name: str, *, by: str, now: Instant, why: str = "") -> Command:
        """It never leaves."""
        with self.ledger.begin() as transaction:
            command = ledger_remedies.command(transaction.connection, name)
            return write(transaction, remedy.refuse(command, by=by, now=now, why=why))

    def undo(self, name: str, *, by: str, now: Instant) -> Command:
        """The command that takes it back; it is undone once the device confirms that one."""
        with self.ledger.begin() as transaction:
            command = ledger_remedies.command(transaction.connection, name)
            around = Circumstances(open_command=ledger_remedies.open_on(transaction.connection, command.device))
            known = self.classes.classes.get(transaction.ticket(command.ticket).ticket_class)
            back = remedy.undo(new_id(), command, self.remedies, around=around, by=by, now=now, known=known)
            return write(transaction, back)


def of_ticket(ledger: SqlLedger, number: str) -> Sequence[Command]:
    """A ticket's commands, oldest first. Raises Unknown."""
    ledger.ticket(number)
    with ledger.reading() as connection:
        return ledger_remedies.of_ticket(connection, number)


def find(connection: Connection, name: str) -> Command | None:
    """A command; None where there is none."""
    try:
        return ledger_remedies.command(connection, name)
    except Unknown:
        return None


def circumstances(connection: Connection, device: str, wanted: Remedy, now: Instant) -> Circumstances:
    """What is known when somebody asks."""
    rate = wanted.per_device
    lately = ledger_remedies.asked_since(connection, wanted.id, device, now - rate.within) if rate else []
    until = lately[len(lately) - rate.most] + rate.within if rate and len(lately) >= rate.most else 0
    return Circumstances(
        open_command=ledger_remedies.open_on(connection, device), asked_lately=len(lately), until=until
    )


def new_id() -> str:
    """An id that no command had."""
    return f"R-{secrets.token_hex(8)}"
