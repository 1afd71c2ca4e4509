"""A small mail server for tests: speaks SMTP as real ones do, keeps what it takes, and answers what it is told to."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from adapters.embedded_broker import LOOPBACK


@dataclass(slots=True)
class Mailbox:
    """What the server knows, and what it took."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """By command, an answer instead of the usual one; `silence` says nothing any more."""
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    messages: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free loopback port."""

    daemon_threads = True
    allow_reuse_address = True
    box: Mailbox

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests."""


class Session(socketserver.StreamRequestHandler):
    """One client."""

    server: Server

    def setup(self) -> None:
        if self.server.box.implicit and self.server.box.tls:
            self.request = self.server.box.tls.wrap_socket(self.request, server_side=True)
        self.is_encrypted = self.server.box.implicit
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def say(self, words: str) -> None:
        """One answer."""
        self.wfile.write(words.encode() + b"\r\n")
        self.wfile.flush()

    def handle(self) -> None:
        """Until the client goes."""
        self.say("220 mail.test ready")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].split(":")[0].upper()
            if (answer := self.server.box.answers.get(word)) == "silence":
                self.server.box.closing.wait(30)
                return
            if answer:
                self.say(answer)
            elif not getattr(self, f"on_{word.lower()}")(line):
                return

    def on_ehlo(self, line: str) -> bool:
        """What we can do."""
        box = self.server.box
        self.say("250-mail.test")
        if box.tls and not self.is_encrypted:
            self.say("250-STARTTLS")
        if box.login:
            self.say("250-AUTH PLAIN")
        self.say("250 SMTPUTF8")
        return True

    def on_starttls(self, line: str) -> bool:
        """From here on in secret."""
        self.say("220 go ahead")
        assert self.server.box.tls
        self.request = self.server.box.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb")
        self.is_encrypted = True
        return True

    def on_auth(self, line: str) -> bool:
        """Who it is."""
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.server.box.logins.append((user, password))
        self.say("235 welcome" if (user, password) == self.server.box.login else "535 wrong password")
        return True

    def on_mail(self, line: str) -> bool:
        """From whom."""
        self.say("250 ok")
        return True

    on_rcpt = on_rset = on_noop = on_mail

    def on_data(self, line: str) -> bool:
        """The letter."""
        self.say("354 write")
        lines = []
        while (row := self.rfile.readline()) != b".\r\n":
            lines.append(row[1:] if row.startswith(b"..") else row)
        self.server.box.messages.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))
        self.server.box.encrypted.append(self.is_encrypted)
        self.say("250 queued")
        return True

    def on_quit(self, line: str) -> bool:
        """It goes."""
        self.say("221 bye")
        return False


@contextmanager
def mail_server(box: Mailbox) -> Iterator[int]:
    """A running server; yields its port."""
    with Server((LOOPBACK, 0), Session) as server:
        server.box = box
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="smtp", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            box.closing.set()
            server.shutdown()
            thread.join()
