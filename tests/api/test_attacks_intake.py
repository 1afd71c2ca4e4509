"""Attacks on the desk over HTTP: a copy is no news, a crowd passes no gate, half characters are refused."""

import time
from collections.abc import Iterator

import pytest

from tests.api.serving import Served, served
from tests.api.test_doors_of_intake import SECRET
from ticketing.classes import read_classes
from truckroll.api import acts, merging
from truckroll.api.doors import KEY, SIGNATURE, STAMP, signature_of

CLASSES = """
[[class]]
id = "tv-crash"
gates = ["photo_after"]
"""
BODY = b'{"text": "Pump WP-3 leaks"}'


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose form and webhook are open."""
    home = tmp_path_factory.mktemp("attacked")
    (home / "secret").write_text(SECRET)
    with served(home, '[intake]\nform = true\nwebhook_secret_file = "secret"\n') as here:
        yield here


def send(here: Served, stamp: str, signature: str, *, key: str = "", body: bytes = BODY) -> tuple[int, str]:
    """The status of a signed report, and its id."""
    headers = {STAMP: stamp, SIGNATURE: signature, **({KEY: key} if key else {})}
    answer = here.ask("POST", "/intake/webhook", token="", content=body, headers=headers)
    return answer.status_code, answer.json().get("id", "")


def test_a_copied_report_is_no_news_under_another_key(doors: Served) -> None:
    """Who has overheard a signed report can send that report again, and no other."""
    stamp = str(int(time.time()))
    plain = signature_of(SECRET, stamp, BODY)
    keyed = signature_of(SECRET, stamp, BODY, "order-7")
    first = send(doors, stamp, plain)

    assert 200 == first[0]
    assert first == send(doors, stamp, plain)
    assert 401 == send(doors, stamp, plain, key="order-8")[0]
    assert 200 == send(doors, stamp, keyed, key="order-7")[0]
    assert 401 == send(doors, stamp, keyed, key="order-8")[0]
    assert 401 == send(doors, stamp, keyed)[0]
    assert 401 == send(doors, stamp, signature_of(SECRET, stamp, BODY, "{}"), key="{}")[0]


def test_a_key_signed_anew_is_the_same_report(doors: Served) -> None:
    """A sender that never heard the answer asks again, later."""
    now = int(time.time())
    told = [send(doors, str(at), signature_of(SECRET, str(at), BODY, "k-9"), key="k-9") for at in (now - 60, now)]

    assert told[0] == told[1]


def test_many_at_once_pass_no_gate(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one ticket alone may not do it may not do among others; it says what is missing, and the rest goes on."""
    classes = read_classes([("classes.toml", CLASSES)])
    for module in (acts, merging):
        monkeypatch.setattr(module, "load_classes", lambda _: classes)
    numbers = []
    for device in ("tv-gate-1", "tv-gate-2"):
        api.crash(device)
        numbers.append(api.ticket_of(device)["number"])
        start = {"to": "in_progress"}
        assert 200 == api.ask("POST", f"/api/v1/tickets/{numbers[-1]}/acknowledge", json={}, headers=ANY).status_code
        assert (
            200
            == api.ask("POST", f"/api/v1/tickets/{numbers[-1]}/move", json={"to": "assigned"}, headers=ANY).status_code
        )
        assert 200 == api.ask("POST", f"/api/v1/tickets/{numbers[-1]}/move", json=start, headers=ANY).status_code
    edit = {"set": {"ticket_class": "tv-crash"}}
    assert 200 == api.ask("POST", f"/api/v1/tickets/{numbers[0]}/edit", json=edit, headers=ANY).status_code
    other = {"set": {"ticket_class": "none-such"}}
    assert 200 == api.ask("POST", f"/api/v1/tickets/{numbers[1]}/edit", json=other, headers=ANY).status_code
    said = {"tickets": numbers, "act": "move", "to": "resolved", "dry_run": False, "by": "anna"}
    done = api.ask("POST", "/api/v1/tickets/bulk", json=said).json()["items"]

    assert [False, True] == [line["changed"] for line in done], done
    assert "photo" in done[0]["why"]
    stays, goes = (api.get(f"/tickets/{number}")["state"] for number in numbers)
    assert "in_progress" == stays
    assert goes in {"resolved", "verifying"}


ANY = {"If-Match": "*"}


@pytest.mark.parametrize(
    "alert",
    [
        '{"labels": {"alertname": "a", "device": "\\ud800"}, "startsAt": "2026-11-22T08:00:00Z"}',
        '{"labels": {"alertname": "a", "device": "d"}, "startsAt": "9999-12-31T23:59:59Z"}',
        '{"labels": {"alertname": "a", "device": "d"}, "startsAt": "0001-01-01T00:00:00Z"}',
        '{"labels": {"alertname": "a", "device": "d"}, "startsAt": "2026-11-22T08:00:00+99:99"}',
        '{"labels": {"alertname": "a", "device": "d"}, "startsAt": 7}',
        '{"labels": [], "startsAt": "2026-11-22T08:00:00Z"}',
    ],
)
def test_an_alert_that_nobody_can_keep_is_refused(api: Served, alert: str) -> None:
    """With a sentence; it is the sender's mistake and not ours."""
    body = '{"alerts": [' + alert[:-1] + ', "status": "firing"}]}'
    answer = api.ask("POST", "/api/v1/alerts", content=body.encode(), headers={"Content-Type": "application/json"})

    assert 422 == answer.status_code, answer.text


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfffb"])
def test_half_a_character_is_no_report(doors: Served, text: str) -> None:
    """Nothing could be written with it."""
    body, stamp = b'{"text": "' + text.encode() + b'"}', str(int(time.time()))
    assert 422 == send(doors, stamp, signature_of(SECRET, stamp, body), body=body)[0]
    for name in ("subject", "text", "device", "failure_mode"):
        said = b'{"text": "x", "' + name.encode() + b'": "' + text.encode() + b'"}'
        answer = doors.ask("POST", "/api/v1/reports", content=said, headers={"Content-Type": "application/json"})
        assert 422 == answer.status_code, answer.text


def test_a_form_of_a_hundred_fields_is_refused(doors: Served) -> None:
    """It did not come from the page."""
    assert 422 == doors.ask("POST", "/report", token="", content=b"a=1&" * 100).status_code
