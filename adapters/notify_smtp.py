"""Mail: notices by SMTP, encrypted, all of one ticket in one thread."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from adapters.mail_message import OURS
from adapters.mqtt_settings import is_loopback, reason_of
from domain.counts import Counts
from domain.errors import GiveUp, TryLater, WrongFormat
from domain.instants import SECOND
from domain.outgoing import Letter

ENCRYPTIONS = ("starttls", "implicit", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Mail to people; none without a host. Building it checks everything and connects nowhere."""

    host: str = ""
    """Name or address of the mail server; empty = no mail."""
    port: int = 587
    """465 is usual with implicit TLS."""
    encryption: str = "starttls"
    """"starttls", "implicit", or "none" on this machine only."""
    username: str = ""
    """Empty = none."""
    password: str = field(default="", repr=False)
    """Better: password_file."""
    password_file: str = ""
    """Read at every connection, so that a password can be changed without a restart."""
    ca_file: str = ""
    """Who may vouch for the server (PEM); empty = whom this machine trusts."""
    sender: str = "truckroll@localhost"
    """The address that letters come from."""
    timeout_seconds: float = 15.0
    """How long the server may take to answer each word."""

    def __post_init__(self) -> None:
        if mistakes := list(self._mistakes()):
            raise WrongFormat(mistakes)

    def read_password(self) -> str:
        """The password to present now. Raises OSError when its file has gone."""
        if not self.password_file:
            return self.password
        return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")

    def tls_context(self) -> ssl.SSLContext:
        """Who may vouch for the server. Raises OSError."""
        return ssl.create_default_context(cafile=self.ca_file or None)

    @property
    def domain(self) -> str:
        """What comes behind the @ of our ids."""
        return self.sender.rpartition("@")[2]

    def _mistakes(self) -> Iterator[str]:
        if self.encryption not in ENCRYPTIONS:
            yield f"encryption must be one of {', '.join(ENCRYPTIONS)}"
        if self.encryption == "none" and self.host and not is_loopback(self.host):
            yield f'letters would travel readably to {self.host}; write encryption = "starttls" or "implicit"'
        if not 1 <= self.port <= 65_535 or not 1 <= self.timeout_seconds <= 60:
            yield "port must be from 1 to 65535, timeout_seconds from 1 to 60"
        if "@" not in self.sender or not self.sender.isprintable() or not self.domain or " " in self.sender:
            yield "sender must be an address such as truckroll@example.com"
        if self.password and self.password_file:
            yield "password and password_file are both given; keep password_file"
        if (self.password or self.password_file) and not self.username:
            yield "a password is given without a username; add username"
        try:
            self.read_password()
            self.tls_context()
        except (OSError, ValueError) as error:
            yield f"password_file or ca_file cannot be used ({reason_of(error)}); correct path and rights"


@dataclass(slots=True)
class SmtpNotifier:
    """The port `domain.ports.Notifier` over SMTP; a connection for each letter."""

    settings: MailSettings
    counts: Counts = field(default_factory=Counts)

    async def send(self, letter: Letter) -> str:
        """Hand the letter to the server. Raises TryLater, GiveUp."""
        self.counts.received += 1
        try:
            said = await asyncio.to_thread(self.deliver, letter)
        except (TryLater, GiveUp):
            self.counts.failed += 1
            raise
        self.counts.kept += 1
        return said

    def deliver(self, letter: Letter) -> str:
        """The same, waiting for it."""
        where = f"The mail server {self.settings.host}"
        try:
            with self.session() as server:
                server.send_message(message_of(letter, self.settings), self.settings.sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            raise trouble(code, f"{where} refuses {letter.to}: {code} {text(words)}") from None
        except smtplib.SMTPResponseException as answer:
            said = f"{where} answered {answer.smtp_code} {text(answer.smtp_error)}"
            is_about_us = isinstance(answer, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)
            raise (TryLater(said) if is_about_us else trouble(answer.smtp_code, said)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(f"{where} cannot be used ({error}); check [mail].") from None
        return f"{where} took it."

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A session; how it ends does not matter any more."""
        server = self.connected()
        try:
            yield server
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def connected(self) -> smtplib.SMTP:
        """A session that is encrypted and logged in. Raises OSError, SMTPException."""
        known, seconds = self.settings, self.settings.timeout_seconds
        server: smtplib.SMTP
        if known.encryption == "implicit":
            server = smtplib.SMTP_SSL(known.host, known.port, timeout=seconds, context=known.tls_context())
        else:
            server = smtplib.SMTP(known.host, known.port, timeout=seconds)
        try:
            if known.encryption == "starttls":
                server.starttls(context=known.tls_context())
            if known.username:
                server.login(known.username, known.read_password())
        except BaseException:
            server.close()
            raise
        return server


def trouble(code: int, said: str) -> TryLater | GiveUp:
    """4xx passes, 5xx does not."""
    return TryLater(said) if 400 <= code < 500 else GiveUp(said)


def text(words: bytes | str) -> str:
    """What a server said."""
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def message_of(letter: Letter, settings: MailSettings) -> EmailMessage:
    """The letter as mail: its id comes from its key, so that a mailbox knows a second copy; its thread is its ticket's.

    Machines that answer by themselves are asked not to.
    """
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.at // SECOND, UTC))
    message["Message-ID"] = f"<{sha256(letter.key.encode()).hexdigest()[:32]}@{settings.domain}>"
    if letter.ticket:
        thread = f"<{letter.ticket}@{settings.domain}>"
        message["In-Reply-To"] = thread
        message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message[OURS] = letter.ticket or "notice"
    message.set_content(letter.text)
    return message
