"""Webhooks and notices over HTTP, in a running service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters import ledger_sla
from adapters.notify_formats import signature
from domain.sla import Notice
from tests.api.serving import DAY_ONE, Served, served
from tests.brokers import until
from tests.http_server import HttpServer, Reply, scripted

ALLOWED = '[out]\nnetworks = ["127.0.0.0/8"]\nallow_http = true\nfirst_pause = "1s"\ntries = 2\n'


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose webhooks may reach this machine."""
    with served(tmp_path_factory.mktemp("out"), ALLOWED) as running:
        yield running


def made(here: Served, server: HttpServer, **words: Any) -> Any:
    """A new webhook."""
    answer = here.ask("POST", "/api/v1/webhooks", json={"url": f"{server.url}/hook", **words})
    assert 201 == answer.status_code, answer.text
    return answer.json()


def said(here: Served, path: str, **body: Any) -> Any:
    """What a POST answers."""
    answer = here.ask("POST", f"/api/v1{path}", json=body)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def test_a_crash_is_heard_outside(here: Served) -> None:
    """From the device's message to the signed request; the secret is told once."""
    with scripted() as server:
        webhook = made(here, server, kinds=["opened"], filters={"asset": ["tv-9"]})
        here.crash("tv-8", "tv-9")
        until(lambda: server.requests, 30)
        (request,) = server.requests
        until(lambda: here.get("/webhooks")["items"][0]["sent"] == 1)
        listed = here.get("/webhooks")["items"][0]
        here.ask("DELETE", f"/api/v1/webhooks/{webhook['id']}")

    stamp = int(request.headers["Truckroll-Timestamp"])
    assert signature(webhook["secret"], stamp, request.body) == request.headers["Truckroll-Signature"]
    assert here.ticket_of("tv-9")["number"] == json.loads(request.body)["ticket"]
    assert "secret" not in listed
    assert (1, 0, 0, True) == (listed["sent"], listed["waiting"], listed["parked"], listed["enabled"])
    assert [] == here.get("/webhooks")["items"]


def test_dead_letters_are_shown_and_go_again(here: Served) -> None:
    """With the receiver's words; a test message goes past the queue."""
    with scripted([Reply(422, b"no such team")]) as server:
        webhook = made(here, server, kinds=["opened"])
        path = f"/webhooks/{webhook['id']}"
        here.crash("tv-7")
        until(lambda: here.get(f"{path}/dead-letters")["items"], 30)
        (letter,) = here.get(f"{path}/dead-letters")["items"]
        assert {"ok": True, "said": "The receiver answered 204."} == said(here, f"{path}/test")
        assert 1 == said(here, f"{path}/dead-letters/retry")["retried"]
        until(lambda: len(server.requests) == 3)
        position = letter["position"]
        said(here, f"{path}/replay", position=position - 1)
        until(lambda: len(server.requests) == 4)
        switched = said(here, f"{path}/switch", enabled=False, by="lee")
        here.ask("DELETE", f"/api/v1{path}")

    assert "The receiver answered 422: no such team" == letter["said"]
    assert (False, "lee switched it off.") == (switched["enabled"], switched["why_not"])
    keys = [request.headers["Idempotency-Key"] for request in server.requests]
    assert keys[0] == keys[2] == keys[3] != keys[1]


def test_what_cannot_be_a_webhook_is_refused_with_every_mistake(here: Served) -> None:
    """An address inside, an unknown field, in one answer."""
    asked = {"url": "https://10.0.0.1/", "filters": {"colour": ["red"]}}
    answer = here.ask("POST", "/api/v1/webhooks", json=asked)
    mistakes = [mistake["what"] for mistake in answer.json()["mistakes"]]

    assert 422 == answer.status_code
    assert ["filters: colour is unknown", "url: 10.0.0.1 is at 10.0.0.1, which is not a public address"] == [
        mistakes[0][:26],
        mistakes[1][:59],
    ]
    unknown = here.ask("POST", "/api/v1/webhooks/W-0123456789ab/replay", json={"position": 0})
    assert 404 == unknown.status_code


def test_people_see_their_notices_and_mark_them_as_read(here: Served) -> None:
    """Those of the app, and what could not be sent otherwise."""
    with here.running.ledger.begin() as transaction:
        text = {"en": "an answer is due"}
        told = [
            Notice(id=f"n{nth}", at=DAY_ONE, channel=channel, to="kim", ticket="", subject=text, body=text)
            for nth, channel in enumerate(("in_app", "email"))
        ]
        ledger_sla.add_notices(transaction.connection, told)
    until(lambda: {"sent", "parked"} == {one["state"] for one in here.get("/notices", to="kim")["items"]}, 30)
    (parked,) = here.get("/notices", to="kim", state="parked")["items"]
    read = said(here, f"/notices/{parked['place']}/read", by="kim")
    unread = here.get("/notices", to="kim", unread=True)["items"]
    said(here, f"/notices/{parked['place']}/retry")

    assert "kim has no address for email" in parked["said"]
    assert (True, ["n0"]) == (bool(read["read_at"]), [one["id"] for one in unread])
