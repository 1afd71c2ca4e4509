"""Closing at work: what there is to show for a ticket, and pictures and codes that people add to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from adapters import ledger_closing
from adapters.attachments import Attachments
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.closing import SLOTS, Attachment, Codes, Improvement, Readiness, Shown
from domain.errors import Conflict, GiveUp, Unknown, WrongFormat
from domain.instants import Instant
from domain.text import is_blank
from domain.ticket import Response, Ticket
from ticketing.classes import Classes
from ticketing.closing import readiness, shown_of, written
from ticketing.moves import line


def shown_for(connection: Connection, ticket: Ticket) -> Shown:
    """What there is to show for a ticket."""
    attached = ledger_closing.attachments_of(connection, ticket.number)
    slots = {one.slot for one in attached if one.removed_at is None}
    return shown_of(ticket, slots, ledger_closing.record_of(connection, ticket.number))


def ready_for(connection: Connection, classes: Classes, ticket: Ticket) -> Readiness:
    """Whether a ticket may be closed, and what its closing says."""
    return readiness(ticket, classes.classes.get(ticket.ticket_class), shown_for(connection, ticket))


def write_down(
    transaction: SqlTransaction,
    classes: Classes,
    ticket: Ticket,
    *,
    codes: Codes | None,
    fields: Mapping[str, str],
    by: str,
    now: Instant,
) -> Response:
    """Keep codes and fields for its closing; returns what else to record. Raises WrongFormat."""
    record, response = written(
        ticket,
        ledger_closing.record_of(transaction.connection, ticket.number),
        codes=codes,
        fields=fields,
        kind=classes.classes.get(ticket.ticket_class),
        by=by,
        now=now,
        revision=ticket.revision,
    )
    ledger_closing.save_record(transaction.connection, record)
    return response


def finish_task(ledger: SqlLedger, number: str, closing: int, *, by: str, lesson: str, now: Instant) -> Improvement:
    """Close an improvement task with what was learnt. Raises Unknown, WrongFormat, Conflict."""
    if is_blank(lesson):
        raise WrongFormat(["Say what is done differently from now on; that is what the task is for."])
    with ledger.begin() as transaction:
        task = ledger_closing.task(transaction.connection, number, closing)
        if task.closed_at is not None:
            raise Conflict(f"The improvement task of {number}")
        done = replace(task, closed_at=now, closed_by=by, lesson=lesson)
        ledger_closing.save_task(transaction.connection, done)
        event = line("improved", transaction.ticket(number), now, by, lesson, closing=closing)
        transaction.record(Response(events=(event,)))
    return done


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of tickets: their files, and what the ledger says of them. The file is durable before its row is,

    and goes only after its row says who removed it; tidying that began before the row was there takes nothing away.
    """

    ledger: SqlLedger
    store: Attachments

    def add(self, number: str, slot: str, content: bytes, *, by: str, now: Instant) -> Attachment:
        """Attach a picture; the same one again is the one that is there. Raises Unknown, WrongFormat, GiveUp."""
        if slot not in SLOTS:
            raise Unknown("place for a picture called", slot)
        self.check_room(number)
        picture, drawn = self.store.draw(content, slot)
        self.store.keep(picture, drawn)
        wanted = Attachment(ticket=number, slot=slot, picture=picture, at=now, by=by)
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            kept, is_new = ledger_closing.attach(transaction.connection, wanted)
            if is_new:
                transaction.record(about(ticket, kept, "attached", by=by, now=now))
        self.store.keep(picture, drawn)
        return kept

    def check_room(self, number: str) -> None:
        """Nothing, or GiveUp where the ticket, or the folder, has as much as it may have. Raises Unknown."""
        settings = self.store.settings
        with self.ledger.reading() as connection:
            there = ledger_closing.attachments_of(connection, number)
            taken = ledger_closing.bytes_kept(connection)
        self.ledger.ticket(number)
        if sum(one.removed_at is None for one in there) >= settings.most_a_ticket:
            raise GiveUp(f"Ticket {number} has {settings.most_a_ticket} pictures already; remove one first.")
        if taken >= settings.quota:
            raise GiveUp(
                f"All pictures together take {settings.most_gib:g} GiB already; let [attachments] most_gib be more."
            )

    def remove(self, number: str, name: int, *, by: str, why: str, now: Instant) -> Attachment:
        """Remove a picture for a reason; row and line in the log stay. Raises Unknown, WrongFormat, Conflict."""
        if is_blank(why):
            raise WrongFormat(["Say why the picture is removed; it stands in the ticket's history."])
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            there = ledger_closing.attachment(transaction.connection, number, name)
            if there.removed_at is not None:
                raise Conflict(f"Attachment {name} of ticket {number}")
            gone = replace(there, removed_at=now, removed_by=by, removed_why=why)
            ledger_closing.remove(transaction.connection, gone)
            transaction.record(about(ticket, gone, "attachment_removed", by=by, now=now, why=why))
        return gone

    def content(self, number: str, name: int) -> tuple[Attachment, bytes]:
        """An attachment with its bytes. Raises Unknown, also for one that was removed."""
        with self.ledger.reading() as connection:
            one = ledger_closing.attachment(connection, number, name)
        if one.removed_at is not None:
            raise Unknown(f"attachment of ticket {number} any more numbered", str(name))
        return one, self.store.read(one.picture)

    def tidy(self, now: Instant) -> int:
        """Delete the files of pictures that were removed, or whose upload was cut off; returns how many."""

        def is_needed(digest: str) -> bool:
            with self.ledger.reading() as connection:
                return ledger_closing.is_needed(connection, digest)

        return self.store.sweep(is_needed, now / 1e9)


def about(ticket: Ticket, one: Attachment, kind: str, *, by: str, now: Instant, why: str = "") -> Response:
    """A line of the ticket's history about a picture."""
    told = {"attachment": one.id, "slot": one.slot, "digest": one.picture.digest, "size": one.picture.size}
    return Response(tickets=(replace(ticket, touched=True),), events=(line(kind, ticket, now, by, why, **told),))
