"""A mailbox, read over IMAP: messages after the last one that was filed, each as it came."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.errors import GiveUp, TryLater

SECONDS = 20.0
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
MOST_HEAD = 65_536


class Letter(NamedTuple):
    """One message."""

    uid: int
    raw: bytes
    is_whole: bool
    """False: it is too large, and this is its head alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where it is. It is only read: what has been filed is known by a bookmark, not by marks on the server."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    tls: bool = True
    most_bytes: int = 1 << 20

    @property
    def name(self) -> str:
        """What its bookmark is called."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @contextmanager
    def opened(self) -> Iterator["Reading"]:
        """Within it, the mailbox can be read. Raises TryLater, GiveUp for a password that is not taken."""
        try:
            server = self.connect()
        except (OSError, imaplib.IMAP4.error) as trouble:
            raise TryLater(f"The mailbox {self.name} cannot be reached ({trouble}); it is tried again.") from None
        try:
            yield Reading(server, self.most_bytes, self.enter(server))
        except (OSError, imaplib.IMAP4.abort, imaplib.IMAP4.error) as trouble:
            raise TryLater(f"The mailbox {self.name} broke off ({trouble}); it is tried again.") from None
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()

    def connect(self) -> imaplib.IMAP4:
        """A connection, encrypted and checked where the settings say so."""
        if not self.tls:
            return imaplib.IMAP4(self.host, self.port, SECONDS)
        return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)

    def enter(self, server: imaplib.IMAP4) -> int:
        """Log in and open the folder to read; returns its validity."""
        try:
            server.login(self.user, self.password)
        except imaplib.IMAP4.error:
            raise GiveUp(
                f"The mailbox {self.name} refuses the password; correct [intake] mail_password_file."
            ) from None
        kind, _ = server.select(f'"{self.folder}"', readonly=True)
        if kind != "OK":
            raise GiveUp(f"There is no folder {self.folder} in {self.name}; correct [intake] mail_folder.")
        said = server.response("UIDVALIDITY")[1]
        return int(said[0] or 1) if said and said[0] else 1


@dataclass(frozen=True, slots=True)
class Reading:
    """An open mailbox."""

    server: imaplib.IMAP4
    most_bytes: int
    validity: int
    """Another value: its numbers mean other messages than before."""

    def after(self, uid: int, most: int) -> Iterator[Letter]:
        """The messages after a number, in order. Raises TryLater."""
        found = self.asked("SEARCH", f"UID {uid + 1}:*")
        numbers = sorted(int(word) for word in flat(found[0] if found else b"").split())
        for number in [number for number in numbers if number > uid][:most]:
            if (letter := self.letter(number)) is not None:
                yield letter

    def letter(self, uid: int) -> Letter | None:
        """One message, or its head where it is too large or nobody says how large; None where it has gone."""
        said = self.asked("FETCH", str(uid), "(RFC822.SIZE)")
        size = next((int(m[1]) for part in said for m in [SIZE.search(flat(part))] if m), None)
        is_whole = size is not None and size <= self.most_bytes
        wanted = "(BODY.PEEK[])" if is_whole else f"(BODY.PEEK[HEADER]<0.{MOST_HEAD}>)"
        parts = self.asked("FETCH", str(uid), wanted)
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        return None if raw is None else Letter(uid, bytes(raw), is_whole)

    def asked(self, command: str, *words: str) -> list[Any]:
        """What the server answers. Raises TryLater where it does not: what it keeps back now must not count as read."""
        kind, said = self.server.uid(command, *words)
        if kind != "OK":
            words = flat(said[0]).decode("utf-8", "replace")
            raise TryLater(f"The mail server does not hand out letters now ({words}); it is asked again.")
        return list(said)


def flat(part: object) -> bytes:
    """A part of an answer as bytes."""
    if isinstance(part, tuple):
        return b" ".join(piece for piece in part if isinstance(piece, bytes))
    return part if isinstance(part, bytes) else b""
