"""The wire to InfluxDB: one request, one answer; nothing is tried twice here, and nothing is kept."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3

from adapters.influx_answers import NO_ANSWER, Answer, InfluxAway, seconds_asked, sentence, words_of
from adapters.influx_settings import InfluxSettings
from adapters.mqtt_settings import reason_of
from domain.errors import GiveUp

NO_SECRET = 401
"""What a server would answer if we came without the secret that has gone."""
FASTEST = 1
"""Of gzip's levels: lines shrink to a fifth; the best level makes that a seventh, for fifteen times the time."""
CHUNK = 1 << 16
ROWS = "10000"
"""Rows in one piece of an answer; it also lifts a server's limit on the rows of an answer."""
OURSELVES = {"User-Agent": "truckroll"}

Params = Mapping[str, str | int]


class Writing(Protocol):
    """The way lines go."""

    def post(self, body: bytes) -> Answer:
        """Send lines, joined by line breaks; never raises for what the server or the network does."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Wire:
    """Connections to the server, opened when they are first needed."""

    def __init__(self, settings: InfluxSettings) -> None:
        self.settings = settings
        self.timeout = urllib3.Timeout(connect=settings.timeout_seconds, read=settings.timeout_seconds)
        self.pool = urllib3.PoolManager(
            cert_reqs="CERT_REQUIRED", ca_certs=settings.ca_file or None, retries=False, timeout=self.timeout, maxsize=4
        )

    def headers(self) -> dict[str, str]:
        """Who we are and why we may. Raises OSError when a secret's file has gone."""
        if self.settings.username:
            user = f"{self.settings.username}:{self.settings.read_password()}"
            return OURSELVES | urllib3.make_headers(basic_auth=user)
        token = self.settings.read_token()
        return OURSELVES | ({"Authorization": f"Token {token}"} if token else {})

    def secret(self) -> str:
        """What must stand in no message."""
        return self.settings.read_token() or self.settings.read_password()

    def ask(self, query: str, params: Params) -> Iterator[dict[str, Any]]:
        """The series of the answer to InfluxQL, piece by piece, each with its `statement_id`.

        Raises InfluxAway, and GiveUp where the server understands the question and cannot answer it.
        """
        with self.answered(query, params) as response:
            for line in lines_in(response):
                yield from self.series_in(msgspec.json.decode(line))

    @contextmanager
    def answered(self, query: str, params: Params) -> Iterator[urllib3.BaseHTTPResponse]:
        """A good answer that is about to arrive; its connection is kept for the next one if all of it was read."""
        settings = self.settings
        fields = {"db": settings.queried, "q": query, "params": json.dumps(params), "epoch": "ns"}
        fields |= {"chunked": "true", "chunk_size": ROWS}
        if settings.retention_policy:
            fields["rp"] = settings.retention_policy
        response = None
        try:
            response = self.pool.request(
                "POST",
                f"{settings.url}/query",
                fields=fields,
                encode_multipart=False,
                headers=self.headers() | ({"Accept-Encoding": "gzip"} if settings.gzip else {}),
                preload_content=False,
                redirect=False,
            )
            if response.status != 200:
                self.refuse(answer_of(response, self.secret()))
            yield response
        except (urllib3.exceptions.HTTPError, OSError, msgspec.DecodeError) as error:
            raise InfluxAway(sentence(no_answer(error), settings)) from error
        finally:
            if response is not None:
                finish(response)

    def refuse(self, answer: Answer) -> None:
        """Raise what an answer to a question means that is no good one."""
        if answer.status == 400:
            raise GiveUp(f"{self.settings.place} cannot answer ({answer.words}); check the layout in the settings.")
        raise InfluxAway(sentence(answer, self.settings), answer.wait_seconds or 0.0)

    def series_in(self, piece: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The series in one piece of an answer."""
        for result in (piece, *piece.get("results", ())):
            if error := result.get("error"):
                self.refuse(Answer(404 if "not found" in error else 400, words_of(error.encode(), self.secret())))
            for series in result.get("series", ()):
                yield series | {"statement_id": result.get("statement_id", 0)}

    def close(self) -> None:
        """Let go of connections."""
        self.pool.clear()


class WritingV1:
    """`/write`, as InfluxDB 1 has it, and 2 and 3 too."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def post(self, body: bytes) -> Answer:
        """As `Writing` says."""
        settings = self.wire.settings
        fields = {"db": settings.database, "precision": "ns"}
        if settings.retention_policy:
            fields["rp"] = settings.retention_policy
        packed, encoding = packed_by(settings, body)
        try:
            response = self.wire.pool.request(
                "POST",
                f"{settings.url}/write?{urlencode(fields)}",
                body=packed,
                headers=self.wire.headers() | {"Content-Type": "text/plain; charset=utf-8"} | encoding,
                redirect=False,
            )
            return answer_of(response, self.wire.secret())
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return no_answer(error)

    def close(self) -> None:
        """Nothing: the connections are the wire's."""


class WritingV2:
    """`/api/v2/write` through the official client, synchronously: it keeps no queue of its own then."""

    def __init__(self, wire: Wire) -> None:
        from influxdb_client import InfluxDBClient, WriteService

        self.wire = wire
        settings = wire.settings
        milliseconds = int(settings.timeout_seconds * 1000)
        self.client = InfluxDBClient(
            url=settings.url,
            token="",
            org=settings.org,
            timeout=(milliseconds, milliseconds),
            ssl_ca_cert=settings.ca_file or None,
        )
        self.service = WriteService(self.client.api_client)

    def post(self, body: bytes) -> Answer:
        """As `Writing` says."""
        from influxdb_client.rest import ApiException

        settings = self.wire.settings
        packed, encoding = packed_by(settings, body)
        try:
            for name, value in self.wire.headers().items():
                self.client.api_client.set_default_header(name, value)
            _, status, _ = self.service.post_write_with_http_info(
                settings.org,
                settings.bucket,
                packed,
                precision="ns",
                urlopen_kw={"redirect": False},
                **({"content_encoding": "gzip"} if encoding else {}),
            )
        except ApiException as error:
            if not error.status:
                return Answer(NO_ANSWER, str(error.reason).splitlines()[-1])
            body = (error.body or "").encode()
            asked = (error.headers or {}).get("Retry-After")
            return Answer(error.status, words_of(body, self.wire.secret()), seconds_asked(asked))
        except (urllib3.exceptions.HTTPError, OSError, UnicodeDecodeError) as error:
            return no_answer(error)
        return Answer(status)

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()


def writing(wire: Wire) -> Writing:
    """The way lines go to the settings' flavour of InfluxDB."""
    return WritingV2(wire) if wire.settings.flavour == "v2" else WritingV1(wire)


def packed_by(settings: InfluxSettings, body: bytes) -> tuple[bytes, dict[str, str]]:
    """A body as it travels, and the header that says so."""
    if not settings.gzip:
        return body, {}
    return gzip.compress(body, FASTEST, mtime=0), {"Content-Encoding": "gzip"}


def answer_of(response: urllib3.BaseHTTPResponse, secret: str) -> Answer:
    """A response as an answer."""
    return Answer(response.status, words_of(response.data, secret), seconds_asked(response.headers.get("Retry-After")))


def no_answer(error: Exception) -> Answer:
    """Why there is none, in the words of the error beneath."""
    if isinstance(error, OSError) and error.filename:
        return Answer(NO_SECRET, f"{error.filename} cannot be read: {reason_of(error)}")
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    errors = urllib3.exceptions
    if isinstance(error, errors.TimeoutError) and not isinstance(error, errors.NewConnectionError):
        return Answer(NO_ANSWER, "it took too long")
    return Answer(NO_ANSWER, reason_of(cause if isinstance(cause, OSError) else error))


def lines_in(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of an answer as they arrive, without empty ones."""
    rest = b""
    for chunk in response.stream(CHUNK, decode_content=True):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(None, whole)
    if rest:
        yield rest


def finish(response: urllib3.BaseHTTPResponse) -> None:
    """Let go of a connection; one whose answer was read to its end has gone back to the pool already."""
    if not response.closed:
        response.close()
