"""Ways by road: a server that answers table requests as OSRM does."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import httpx
import msgspec

from domain.crew import Leg, Legs, Place
from domain.errors import GiveUp, TryLater
from domain.instants import SECOND

SIDE = 50
"""Places in a row or a column of one request; servers answer a hundred at once unless told otherwise."""
MOST_BYTES = 16 * 2**20
SECONDS = 20.0

Number = Annotated[float, msgspec.Meta(ge=0)]


class Answer(msgspec.Struct):
    """What a server says; null where no road leads."""

    code: str
    durations: list[list[Number | None]] = []
    distances: list[list[Number | None]] = []


class OsrmServer:
    """A `Router` over HTTP: no redirects, no proxies from the environment, bounded time and size."""

    def __init__(self, url: str, profile: str = "driving") -> None:
        """`url` such as https://routes.example.org; checked, not connected. Raises GiveUp."""
        parts = httpx.URL(url)
        if parts.scheme not in ("http", "https") or not parts.host:
            raise GiveUp(f"{url} is no address of a routing server; write it with http:// or https://.")
        self.base, self.profile = url.rstrip("/"), profile

    def legs(self, places: Sequence[Place]) -> Legs:
        """From each to each, block by block. Raises TryLater, GiveUp."""
        legs = [[Leg(0, 0.0)] * len(places) for _ in places]
        with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
            for rows in blocks(len(places)):
                for columns in blocks(len(places)):
                    answer = self.asked(client, [places[k] for k in rows], [places[k] for k in columns])
                    for a, durations, distances in zip(rows, answer.durations, answer.distances, strict=True):
                        for b, took, metres in zip(columns, durations, distances, strict=True):
                            legs[a][b] = leg(places[a], places[b], took, metres)
        return legs

    def asked(self, client: httpx.Client, rows: Sequence[Place], columns: Sequence[Place]) -> Answer:
        """One request."""
        points = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in (*rows, *columns))
        both = len(rows) + len(columns)
        chosen = {
            "sources": ";".join(map(str, range(len(rows)))),
            "destinations": ";".join(map(str, range(len(rows), both))),
            "annotations": "duration,distance",
        }
        try:
            with client.stream("GET", f"{self.base}/table/v1/{self.profile}/{points}", params=chosen) as reply:
                body = limited(reply)
        except httpx.HTTPError as trouble:
            raise TryLater(f"The routing server {self.base} does not answer: {trouble}") from trouble
        if reply.status_code >= 500 or reply.status_code == 429:
            raise TryLater(f"The routing server {self.base} is busy or broken (status {reply.status_code}).")
        return read(self.base, body, len(rows), len(columns))


def limited(reply: httpx.Response) -> bytes:
    """The body, which may not be endless."""
    body = bytearray()
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise GiveUp(f"The routing server's answer is larger than {MOST_BYTES // 2**20} MB.")
    return bytes(body)


def read(base: str, body: bytes, rows: int, columns: int) -> Answer:
    """An answer that is complete. Raises GiveUp."""
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except msgspec.DecodeError as error:
        raise GiveUp(f"{base} does not answer as a routing server does: {error}") from error
    if answer.code != "Ok":
        raise GiveUp(f"The routing server {base} refuses: {answer.code}. Look whether its map covers every place.")
    for table in (answer.durations, answer.distances):
        if [len(row) for row in table] != [columns] * rows:
            raise GiveUp(f"{base} left ways out; it must offer durations and distances.")
    return answer


def leg(here: Place, there: Place, took: float | None, metres: float | None) -> Leg:
    """One way. Raises GiveUp where no road leads."""
    if here == there:
        return Leg(0, 0.0)
    if took is None or metres is None:
        raise GiveUp(f"No road leads from {here.lat}, {here.lon} to {there.lat}, {there.lon}; correct the place.")
    return Leg(round(took * SECOND), metres / 1_000)


def blocks(count: int) -> Iterator[range]:
    """Rows or columns of one request."""
    for first in range(0, count, SIDE):
        yield range(first, min(first + SIDE, count))
