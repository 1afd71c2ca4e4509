"""Who may come in, what they may bring, and how they are told that they may not."""

import json
import os
import stat
from pathlib import Path

import httpx
import pytest

from adapters.embedded_broker import free_port
from domain.errors import GiveUp, WrongFormat
from tests.api.serving import Served
from tests.api.test_contract import OPERATIONS
from tests.brokers import until
from tests.services import ServiceProcess
from truckroll.api.door import door
from truckroll.api.settings import ApiSettings
from truckroll.api.token import token_in

OPEN = ("/healthz", "/readyz")


def test_the_token_is_made_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    """The first start tells it; the file has mode 0600, whatever the umask, and does not tell it."""
    before = os.umask(0)
    try:
        token, text = token_in(tmp_path)
    finally:
        os.umask(before)
    again, nothing = token_in(tmp_path)

    assert 0o600 == stat.S_IMODE((tmp_path / "token").stat().st_mode)
    assert len(text) >= 43
    assert "" == nothing
    assert token == again
    assert token.opens(text)
    assert not token.opens(text[:-1])
    assert not token.opens("")
    assert text not in (tmp_path / "token").read_text()


@pytest.mark.parametrize("kept", ["", "sha256:", "secret\n", "sha256:" + "0" * 63])
def test_a_file_that_is_no_token_opens_nothing(tmp_path: Path, kept: str) -> None:
    """It is refused with a sentence, also when a crash left it empty."""
    (tmp_path / "token").write_text(kept)
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(GiveUp, match="delete it"):
        token_in(tmp_path)


def test_a_token_that_others_may_change_is_refused(tmp_path: Path) -> None:
    """Whoever may write the file could let himself in."""
    token_in(tmp_path)
    (tmp_path / "token").chmod(0o620)
    with pytest.raises(GiveUp, match="chmod 600"):
        token_in(tmp_path)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.org", ""])
def test_the_api_listens_on_this_machine_only(host: str) -> None:
    """Any other address is a mistake in the settings."""
    with pytest.raises(WrongFormat, match="this machine only"):
        ApiSettings(host=host)


def test_a_port_that_is_taken_is_a_sentence() -> None:
    """The second one is told what to do."""
    with door(ApiSettings(port=0)) as first:
        assert first is not None
        with pytest.raises(GiveUp, match="choose another port"), door(ApiSettings(port=first.getsockname()[1])):
            pass


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("token", ["", "wrong", "correct-hors"])
def test_without_the_token_nothing_is_told(api: Served, operation: str, token: str) -> None:
    """401 for every operation but the two that say whether it lives, before anything of the request is looked at."""
    method, path = operation.split()
    answer = api.ask(method, path, token=token, content=b"{")

    assert (path not in OPEN) == (answer.status_code == 401)
    if path not in OPEN:
        assert "application/problem+json" == answer.headers["Content-Type"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic Y29ycmVjdC1ob3JzZTo=", "Bearer", "correct-horse", "Bearer  \xff"])
def test_what_is_no_bearer_token_opens_nothing(api: Served, header: str) -> None:
    """Other schemes, half headers and bytes that are no text."""
    headers = {"Authorization": header.encode("latin-1")}
    assert 401 == api.ask("GET", "/api/v1/rules", token="", headers=headers).status_code


def test_every_answer_carries_the_headers_for_security(api: Served) -> None:
    """Successes, refusals and health alike; none lets another site in."""
    for path in ("/api/v1/rules", "/api/v1/nothing", "/healthz", "/metrics"):
        answer = api.ask("GET", path, headers={"Origin": "https://example.org"})
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "no-store" == answer.headers["Cache-Control"]
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_body_beyond_the_limit_is_refused_however_it_comes(api: Served) -> None:
    """413 by its announced length, and by what comes when nothing is announced; just below it is read."""

    async def pieces(count: int):
        for _ in range(count):
            yield b" " * 65_536

    path = "/api/v1/tickets/T-2026-000001/close"
    announced = api.ask("POST", path, content=b" " * (1 << 20) + b"{}")
    unannounced = api.ask("POST", path, content=pieces(17), headers={"Content-Type": "application/json"})
    below = api.ask("POST", path, content=b" " * 1_000_000 + b"[]", headers={"Content-Type": "application/json"})

    assert [413, 413, 422] == [announced.status_code, unannounced.status_code, below.status_code]
    assert "application/problem+json" == announced.headers["Content-Type"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"why": NaN}',
        b'{"why": Infinity}',
        b'{"why": "x", "extra": 1}',
        b'{"why": "x", "extra": NaN}',
        b'{"why": "\\ud800"}',
        b'{"\\ud800": "x"}',
        b"[" * 100_000,
        b'{"why": ' + b"9" * 5_000 + b"}",
        b"\xff\xfe",
        b"",
        b"null",
        b'"text"',
    ],
)
def test_what_is_not_as_documented_is_refused_by_name(api: Served, body: bytes) -> None:
    """NaN, extra fields, half characters, depth without end, no JSON: 422 with every mistake, never a 500."""
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    answer = api.ask("POST", "/api/v1/tickets/T-2026-000001/close", content=body, headers=headers)

    assert 422 == answer.status_code
    assert answer.json()["mistakes"]


@pytest.mark.parametrize(
    "question",
    [
        "/tickets?colour=red",
        "/tickets?limit=0",
        "/tickets?limit=201",
        "/tickets?cursor=7",
        "/tickets?state=broken",
        "/devices/tv-1/telemetry",
        "/devices/tv-1/readings?since=yesterday",
        "/devices/tv-1/readings?since=1763800000",
        "/devices/a%20b",
        "/log?cursor=-1",
        "/findings?cursor=1.2",
        "/stream?after=x",
        "/stream?after=99999999999999999999",
    ],
)
def test_parameters_that_are_not_as_documented_are_refused(api: Served, question: str) -> None:
    """Also those whose name nobody knows."""
    answer = api.ask("GET", f"/api/v1{question}")
    assert 422 == answer.status_code
    assert answer.json()["mistakes"]


def test_an_unknown_path_and_a_wrong_method_are_problems_too(api: Served) -> None:
    """404 and 405 as problem+json; 405 says what is allowed."""
    nothing, wrong = api.ask("GET", "/api/v1/nothing"), api.ask("DELETE", "/api/v1/tickets")

    assert [(404, "Not Found"), (405, "Method Not Allowed")] == [
        (answer.status_code, answer.json()["title"]) for answer in (nothing, wrong)
    ]
    assert "GET" == wrong.headers["Allow"]


def test_what_nobody_foresaw_is_a_problem_without_its_secrets(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 as problem+json with the kind of error and none of its words, and counted as failed."""

    def broken() -> None:
        raise KeyError("the secret")

    monkeypatch.setattr(type(api.running.ledger), "quarantine_counts", lambda ledger: broken())
    failed = api.parts.counts.failed
    answer = api.ask("GET", "/api/v1/quarantine/reasons")

    assert (500, "application/problem+json") == (answer.status_code, answer.headers["Content-Type"])
    assert "secret" not in answer.text
    assert failed + 1 == api.parts.counts.failed


def test_the_service_prints_the_token_once_and_answers_with_it(tmp_path: Path) -> None:
    """`truckroll serve`, twice in one data directory: the first start prints the token, the second does not."""
    service = ServiceProcess(tmp_path, free_port(), api="port = 0")

    def told() -> str:
        return (tmp_path / "log").read_text()

    def address(nth: int) -> str:
        until(lambda: told().count("the API answers at ") == nth, 60)
        return told().rsplit("the API answers at ", 1)[1].split()[0]

    service.start()
    until(lambda: "API token" in told(), 60)
    token = told().split("API token, shown this once: ", 1)[1].split()[0]
    answers = [httpx.get(f"{address(1)}/rules", headers={"Authorization": f"Bearer {t}"}) for t in (token, "x")]
    assert [200, 401] == [answer.status_code for answer in answers]
    until(lambda: bool(service.status()), 60)
    assert 0 == service.stop()

    service.start()
    assert 200 == httpx.get(f"{address(2)}/rules", headers={"Authorization": f"Bearer {token}"}).status_code
    until(lambda: bool(service.status()), 60)
    assert 0 == service.stop()
    assert 1 == told().count("API token")
    assert token not in json.dumps([path.read_text() for path in (tmp_path / "data").glob("token")])
