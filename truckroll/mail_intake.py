"""Mail intake: every letter in the mailbox is filed once, or left aside with its reason counted."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Self

from adapters import ledger_reports
from adapters.intake_settings import secret_in
from adapters.ledger_sql import SqlLedger
from adapters.mail_in import Letter, Mailbox
from adapters.mail_message import answered_messages, named_tickets, parsed, report_of, why_ignored
from domain.counts import Counts
from domain.errors import WrongFormat
from domain.instants import SECOND, Duration, Instant
from truckroll.chores import Chore
from truckroll.intake import Reception
from truckroll.settings import Settings

MOST = 100
"""Letters that one turn reads."""


@dataclass(frozen=True, slots=True)
class MailIntake:
    """The chore. How far the mailbox was read stands in the ledger, moved in the transaction that files the letter."""

    mailbox: Mailbox
    reception: Reception
    every: Duration
    counts: Counts = field(default_factory=Counts)
    """kept = filed, dropped = left aside."""

    @classmethod
    def of(cls, ledger: SqlLedger, settings: Settings) -> Self:
        """For the configuration's mailbox. Raises WrongFormat."""
        said = settings.intake
        mailbox = Mailbox(
            host=said.mail_host,
            port=said.mail_port,
            user=said.mail_user,
            password=secret_in(settings.home, said.mail_password_file),
            folder=said.mail_folder,
            tls=said.mail_tls,
            most_bytes=said.mail_most_bytes,
        )
        return cls(mailbox, Reception.of(ledger, settings), int(said.mail_seconds * SECOND))

    def chore(self) -> Chore:
        """Read as often as the settings say."""
        return Chore("mail in", self.every, self.read)

    def read(self, now: Instant) -> None:
        """File what is new. Raises TryLater, GiveUp."""
        with self.mailbox.opened() as box:
            with self.reception.ledger.reading() as connection:
                validity, last = ledger_reports.mail_bookmark(connection, self.mailbox.name)
            for letter in box.after(last if validity == box.validity else 0, MOST):
                self.counts.received += 1
                self.file(letter, box.validity, now)

    def file(self, letter: Letter, validity: int, now: Instant) -> None:
        """One letter, and that it was read, in one transaction."""
        message = parsed(letter.raw)
        name = sha256(letter.raw).hexdigest()
        report = report_of(message, self.mailbox.name, name, now, is_whole=letter.is_whole)
        is_ignored = bool(why_ignored(message))
        with self.reception.ledger.begin() as transaction:
            connection = transaction.connection
            if not is_ignored:
                known = ledger_reports.ticket_of_messages(connection, answered_messages(message))
                named = next(iter(named_tickets(message)), "")
                whole = replace(report, continues=report.continues or named or known)
                try:
                    self.reception.intake.check(whole)
                    self.reception.take_in(transaction, whole, now)
                except WrongFormat:
                    is_ignored = True
            ledger_reports.move_mail_bookmark(connection, self.mailbox.name, validity, letter.uid)
        if is_ignored:
            self.counts.dropped += 1
        else:
            self.counts.kept += 1


def mail_chores(ledger: SqlLedger, settings: Settings) -> list[Chore]:
    """The mailbox, where the settings name one. Raises WrongFormat."""
    return [MailIntake.of(ledger, settings).chore()] if settings.intake.mail_host else []
