"""Where reports come from besides the API: a form, a mailbox, other systems."""

from dataclasses import dataclass
from pathlib import Path

from adapters.mqtt_settings import is_loopback
from domain.errors import WrongFormat

SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    """Reports of people (docs/intake.md); the API takes them in any case."""

    form: bool = False
    """A page at /report where anybody who reaches it can report a fault, without a token."""
    form_most: int = 30
    """So many reports by the form a minute; beyond them it asks to try later."""
    webhook_secret_file: str = ""
    """The file with the secret that other systems sign their reports with; none: they need the token."""
    mail_host: str = ""
    """The IMAP server of a mailbox that is read; empty: none is."""
    mail_port: int = 993
    mail_user: str = ""
    mail_password_file: str = ""
    """The file with the mailbox's password."""
    mail_folder: str = "INBOX"
    mail_tls: bool = True
    """false: in the clear, to this machine only."""
    mail_seconds: float = 30.0
    """How often it is read."""
    mail_most_bytes: int = 1 << 20
    """A larger message is filed with its head alone."""

    def __post_init__(self) -> None:
        mistakes = []
        if self.mail_host and not self.mail_tls and not is_loopback(self.mail_host):
            mistakes.append(
                "mail_tls is false, but mail_host is another machine; a password must not travel in the clear"
            )
        if self.mail_host and not (self.mail_user and self.mail_password_file):
            mistakes.append("mail_host needs mail_user and mail_password_file")
        if self.form_most < 1 or self.mail_seconds <= 0 or self.mail_most_bytes < 1024:
            mistakes.append("form_most and mail_seconds must be more than 0, and mail_most_bytes at least 1024")
        if mistakes:
            raise WrongFormat([f"[intake] {mistake}" for mistake in mistakes])


def secret_in(home: Path, name: str) -> str:
    """The first line of a secret's file. Raises WrongFormat where it cannot be read or is too short to be one."""
    try:
        secret = (home / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise WrongFormat([f"[intake] {name} cannot be read ({trouble}); write the secret into it."]) from None
    if len(secret) < SHORTEST_SECRET:
        raise WrongFormat([f"[intake] the secret in {name} is too short; use at least {SHORTEST_SECRET} characters."])
    return secret
