"""Every router says the same kind of thing: a way from each place to each, nothing to itself."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import router_osrm
from adapters.router_matrix import MatrixFile
from adapters.router_osrm import OsrmServer
from domain.crew import Place
from domain.errors import GiveUp, TryLater
from domain.instants import MINUTE
from maintenance.crew_ways import StraightLine

PLACES = [Place(52.5, 13.4), Place(52.51, 13.4), Place(52.52, 13.45)]
KM = [[0, 1, 4], [1, 0, 3], [5, 3, 0]]


class Roads(BaseHTTPRequestHandler):
    """A routing server whose map is `KM` at a minute a kilometre."""

    broken = ""
    asked: ClassVar[list[tuple[int, int]]] = []

    def do_GET(self) -> None:
        """Answer a table request."""
        url = urlsplit(self.path)
        points = [point.split(",") for point in url.path.rsplit("/", 1)[1].split(";")]
        known = [PLACES.index(Place(float(lat), float(lon))) for lon, lat in points]
        chosen = parse_qs(url.query)
        rows, columns = ([known[int(k)] for k in chosen[key][0].split(";")] for key in ("sources", "destinations"))
        self.asked.append((len(rows), len(columns)))
        km: list[list[int | None]] = [[KM[a][b] for b in columns] for a in rows]
        if self.broken == "no road":
            km[0][-1] = None
        metres = [[None if way is None else way * 1_000 for way in row] for row in km]
        said = {"code": "Ok", "durations": [[way and way * 60 for way in row] for row in km], "distances": metres}
        body = {
            "": json.dumps(said),
            "no road": json.dumps(said),
            "nonsense": "<html>",
            "refusal": '{"code": "NoTable"}',
        }
        text = body.get(self.broken, "{}").encode()
        self.send_response({"busy": 503, "refusal": 400}.get(self.broken, 200))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a routing server."""
    Roads.broken, Roads.asked = "", []
    with ThreadingHTTPServer(("127.0.0.1", 0), Roads) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), name="roads")
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def table(folder: Path, **changes: object) -> Path:
    """A file of ways."""
    path = folder / "ways.json"
    path.write_text(json.dumps({"places": PLACES, "minutes": KM, "km": KM, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["straight", "file", "server"])
def test_a_router_says_how_long_each_way_is(kind: str, tmp_path: Path, server: str):
    """A way from each to each, in the order asked; to itself nothing; a place asked twice is answered twice."""
    router = {
        "straight": StraightLine(),
        "file": MatrixFile(table(tmp_path)),
        "server": OsrmServer(server),
    }
    asked = [PLACES[2], PLACES[0], PLACES[1], PLACES[0]]

    legs = router[kind].legs(asked)

    assert [4] * 4 == [len(row) for row in legs]
    assert all((0, 0.0) == legs[a][b] for a in range(4) for b in range(4) if asked[a] == asked[b])
    assert all(
        legs[a][b].duration > 0 and legs[a][b].km > 0 for a in range(4) for b in range(4) if asked[a] != asked[b]
    )
    if kind != "straight":
        assert (5 * MINUTE, 5.0) == legs[0][1]
        assert (4 * MINUTE, 4.0) == legs[1][0]


def test_a_large_table_is_asked_for_in_blocks(server: str, monkeypatch: pytest.MonkeyPatch):
    """No request names more places than a server takes, and the blocks stand where they belong."""
    monkeypatch.setattr(router_osrm, "SIDE", 2)

    legs = OsrmServer(server).legs(PLACES)

    assert [(2, 2), (2, 1), (1, 2), (1, 1)] == Roads.asked
    assert KM == [[leg.km for leg in row] for row in legs]


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        ("busy", TryLater, "busy or broken"),
        ("no road", GiveUp, "No road leads from 52.5, 13.4 to 52.52, 13.45"),
        ("nonsense", GiveUp, "does not answer as a routing server"),
        ("refusal", GiveUp, "refuses: NoTable"),
        ("empty", GiveUp, "does not answer as a routing server"),
    ],
)
def test_what_a_server_cannot_say_is_told(server: str, broken: str, error: type[Exception], words: str):
    """A busy server is asked again later; a place without a road, or another kind of server, is for people."""
    Roads.broken = broken

    with pytest.raises(error, match=words):
        OsrmServer(server).legs(PLACES)


def test_a_server_that_is_not_there_is_asked_later(server: str):
    """Nobody listens at port 9 of this machine."""
    with pytest.raises(TryLater, match="does not answer"):
        OsrmServer("http://127.0.0.1:9").legs(PLACES)


def test_an_endless_answer_is_not_read_to_its_end(server: str, monkeypatch: pytest.MonkeyPatch):
    """What is larger than any table is refused."""
    monkeypatch.setattr(router_osrm, "MOST_BYTES", 20)

    with pytest.raises(GiveUp, match="larger than"):
        OsrmServer(server).legs(PLACES)


def test_an_address_without_http_is_refused():
    """Files and other schemes are not asked."""
    with pytest.raises(GiveUp, match="http"):
        OsrmServer("file:///etc/hosts")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"km": [[0]]}, "`km` must have 3 rows of 3"),
        ({"minutes": "none"}, "cannot be read"),
        ({"km": [[-1]]}, "cannot be"),
    ],
)
def test_a_table_with_holes_is_refused(tmp_path: Path, changes: dict[str, object], words: str):
    """The sentence says what is missing."""
    with pytest.raises(GiveUp, match=words):
        MatrixFile(table(tmp_path, **changes))


def test_a_place_that_the_table_does_not_know_is_named(tmp_path: Path):
    """It is not guessed."""
    with pytest.raises(GiveUp, match="no place at 1"):
        MatrixFile(table(tmp_path)).legs([Place(1, 1)])
