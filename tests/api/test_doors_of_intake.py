"""Alerts, signed reports and the form: each door opens only as it should, and everything comes in once."""

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.api.serving import Served, served
from truckroll.api.doors import SIGNATURE, STAMP, signature_of

SECRET = "a-secret-of-many-letters"


@pytest.fixture(scope="module")
def open_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose form and webhook are open."""
    home = tmp_path_factory.mktemp("doors")
    (home / "secret").write_text(SECRET)
    with served(home, '[intake]\nform = true\nform_most = 2\nwebhook_secret_file = "secret"\n') as here:
        yield here


def alert(status: str = "firing", **labels: str) -> dict:
    """A notification with one alert."""
    said = {"alertname": "DiskFull", "device": "srv-1", "severity": "critical", **labels}
    times = {"startsAt": "2026-11-22T08:00:00Z", "endsAt": "2026-11-22T09:00:00Z"}
    return {"version": "4", "alerts": [{"status": status, "labels": said, "annotations": {}, **times}]}


def test_an_alert_is_a_finding_that_opens_and_clears_a_ticket_once(api: Served) -> None:
    """Firing, the same again, resolved, the same again: one ticket, two pieces of news."""
    news = [
        api.ask("POST", "/api/v1/alerts", json=alert(status)).json()["news"]
        for status in ("firing", "firing", "resolved", "resolved", "firing")
    ]
    ticket = api.ticket_of("srv-1")

    assert [1, 0, 1, 0, 0] == news
    assert ("S1", "DiskFull", []) == (ticket["severity"], ticket["failure_mode"], ticket["active"])
    kinds = [line["kind"] for line in api.get(f"/tickets/{ticket['number']}/timeline")["items"]]
    assert ["opened", "cleared"] == kinds


@pytest.mark.parametrize("body", [{"alerts": 7}, {"alerts": [7]}, {"alerts": [{"status": "firing", "labels": {}}]}])
def test_what_is_no_alert_is_refused_as_a_whole(api: Served, body: dict) -> None:
    """With its mistakes."""
    assert 422 == api.ask("POST", "/api/v1/alerts", json=body).status_code


def signed(api: Served, body: bytes, *, at: float | None = None, secret: str = SECRET):
    """A signed request without a token."""
    stamp = str(int(time.time() if at is None else at))
    headers = {STAMP: stamp, SIGNATURE: signature_of(secret, stamp, body), "Content-Type": "application/json"}
    return api.ask("POST", "/intake/webhook", token="", content=body, headers=headers)


def test_a_signed_report_is_taken_once(open_api: Served) -> None:
    """A copy of it is the same report."""
    body, at = json.dumps({"text": "Pump WP-3 leaks"}).encode(), time.time()
    one, again = signed(open_api, body, at=at), signed(open_api, body, at=at)

    assert 200 == one.status_code, one.text
    assert one.json() == again.json()
    assert "webhook" == one.json()["channel"]


@pytest.mark.parametrize(("late", "secret"), [(-400, SECRET), (400, SECRET), (0, "another-secret-of-letters")])
def test_an_old_or_foreign_signature_is_refused(open_api: Served, late: int, secret: str) -> None:
    """And the answer says how to sign."""
    answer = signed(open_api, b'{"text": "x"}', at=time.time() + late, secret=secret)

    assert 401 == answer.status_code


def test_a_signed_body_that_is_no_report_is_refused(open_api: Served) -> None:
    """With its mistakes."""
    for body in (b"[", b"[]", b'{"colour": "red"}', b"{}"):
        assert 422 == signed(open_api, body).status_code


def test_the_form_needs_no_token_and_is_filed_once(open_api: Served) -> None:
    """Its hidden field makes sending it twice one report; an empty one is asked for again; too many must wait."""
    page = open_api.ask("GET", "/report", token="", headers={"Accept-Language": "zh-CN,en"})
    assert "报修" in page.text
    assert "script" not in page.text
    once = re.search(r'name="once" value="([^"]+)"', page.text)[1]
    said = {"once": once, "subject": "<b>black</b> screen", "text": "屏幕黑屏"}

    first, again = (open_api.ask("POST", "/report", token="", data=said) for _ in range(2))
    assert first.status_code == 200
    assert re.findall(r"T-\d+-\d+", first.text) == re.findall(r"T-\d+-\d+", again.text)
    assert 422 == open_api.ask("POST", "/report", token="", data={"subject": " "}).status_code
    assert 429 == open_api.ask("POST", "/report", token="", data={"subject": "more"}).status_code


def test_doors_are_shut_by_default(api: Served) -> None:
    """Neither form nor webhook is there until the settings say so."""
    assert 404 == api.ask("GET", "/report", token="").status_code
    assert 404 == api.ask("POST", "/intake/webhook", token="", content=b"{}").status_code
