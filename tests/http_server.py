"""A server for tests that answers what it is told to, and remembers what it was asked."""

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from adapters.embedded_broker import LOOPBACK


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    """As it travelled."""

    @property
    def lines(self) -> list[bytes]:
        """The lines of a write."""
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).split(b"\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answers."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpServer(ThreadingHTTPServer):
    """Answers what a function says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        super().__init__((LOOPBACK, 0), Handler)
        self.answer = answer
        self.requests: list[Request] = []
        self.connections = 0
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests."""

    @property
    def writes(self) -> list[list[bytes]]:
        """The lines of each write so far."""
        return [request.lines for request in self.requests if request.path.endswith("/write")]


class Handler(BaseHTTPRequestHandler):
    """HTTP on one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        """One request."""
        parts = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(parts.path, params, dict(self.headers.items()), body)
        self.server.requests.append(request)
        reply = self.server.answer(request)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def do_GET(self) -> None:
        """One request."""
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Iterator[HttpServer]:
    """A server on a free loopback port."""
    server = HttpServer(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="http", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def scripted(replies: Sequence[Reply] = (), *, bad: bytes = b"") -> Iterator[HttpServer]:
    """A server that gives these replies in turn; after them 204, or 400 while a line with `bad` in it is there."""
    script = iter(replies)

    def answer(request: Request) -> Reply:
        if (reply := next(script, None)) is not None:
            return reply
        if bad and any(bad in line for line in request.lines):
            return Reply(400, b'{"code":"invalid","message":"unable to parse: bad line"}')
        return Reply()

    with serving(answer) as server:
        yield server
