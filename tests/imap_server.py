"""A small IMAP server over a real socket: one mailbox that is only read."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Box:
    """What is in the mailbox, by number."""

    letters: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    password: str = "right-password"
    fetched: list[int] = field(default_factory=list)
    port: int = 0
    refused: str = ""
    """What is said to a command with these words in it is NO."""
    deleted: set[int] = field(default_factory=set)
    """Still counted, and not there any more."""


@contextmanager
def imap_server(box: Box) -> Iterator[Box]:
    """It listens on this machine; the box knows where."""

    class Talk(socketserver.StreamRequestHandler):
        """One conversation."""

        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, said = line.decode().strip().partition(" ")
                if not self.answer(tag, said):
                    return

        def answer(self, tag: str, said: str) -> bool:
            """Answer one command; False ends the conversation."""
            word = said.upper()
            if word.startswith("LOGIN") and box.password not in said:
                self.wfile.write(f"{tag} NO wrong password\r\n".encode())
                return True
            if box.refused and box.refused in word:
                self.wfile.write(f"{tag} NO [UNAVAILABLE] not now\r\n".encode())
                return True
            if word.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif word.startswith(("SELECT", "EXAMINE")):
                self.wfile.write(f"* {len(box.letters)} EXISTS\r\n* OK [UIDVALIDITY {box.validity}] ok\r\n".encode())
            elif word.startswith("UID SEARCH"):
                first = int(re.search(r"UID (\d+):\*", said[10:])[1])
                found = [uid for uid in sorted(box.letters) if uid >= first] or sorted(box.letters)[-1:]
                self.wfile.write(f"* SEARCH {' '.join(map(str, found))}\r\n".encode())
            elif word.startswith("UID FETCH"):
                self.fetch(int(said.split()[2]), word)
            self.wfile.write(f"{tag} OK done\r\n".encode())
            return not word.startswith("LOGOUT")

        def fetch(self, uid: int, word: str) -> None:
            """A letter, its head, or its size."""
            if uid in box.deleted:
                return
            raw = box.letters[uid]
            if "RFC822.SIZE" in word:
                self.wfile.write(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)})\r\n".encode())
                return
            box.fetched.append(uid)
            body = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in word else raw
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode() + body + b")\r\n")

    class Server(socketserver.ThreadingTCPServer):
        """Its threads end with it."""

        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
