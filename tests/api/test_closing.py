"""Closing over HTTP: gates, pictures, codes, surveys; what a customer reaches without a token."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.api.serving import Served
from ticketing.classes import read_classes
from truckroll.api import acts, closing, replies

CLASSES = """
[[class]]
id = "tv-crash"
gates = ["photo_after", "codes"]
required = ["steps"]
remedies = { replaced = "true" }
help = { en = "Unplug it for {30} s." }
"""
CODES = {"problem": "hangs", "cause": "worn", "remedy": "replaced"}


@pytest.fixture
def number(api: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ticket of a class with gates."""
    classes = read_classes([("classes.toml", CLASSES)])
    for module in (acts, closing, replies):
        monkeypatch.setattr(module, "load_classes", lambda _: classes)
    device = f"tv-close-{len(api.get('/devices', limit=200)['items'])}"
    api.crash(device)
    ticket: str = api.ticket_of(device)["number"]
    post(api, f"/tickets/{ticket}/edit", {"set": {"ticket_class": "tv-crash"}})
    return ticket


def photo(size: tuple[int, int] = (40, 30)) -> bytes:
    """A small photo."""
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


def post(api: Served, path: str, said: Any, **how: Any) -> Any:
    """One deed on whatever is there."""
    return api.ask("POST", f"/api/v1{path}", json=said, headers={"If-Match": "*"}, **how)


def attached(api: Served, number: str, content: bytes, slot: str = "photo_after") -> Any:
    """The answer to an upload."""
    return api.ask("POST", f"/api/v1/tickets/{number}/attachments/{slot}", content=content)


def test_a_ticket_passes_its_gates_one_by_one(api: Served, number: str) -> None:
    """409 with what is missing, until it is there; then the codes stand in the last line."""
    refused = post(api, f"/tickets/{number}/close", {"why": "so"})
    assert (409, ["photo_after", "codes", "steps"]) == (refused.status_code, refused.json()["missing"])
    assert "a photo taken after the work" in refused.json()["detail"]

    assert 200 == attached(api, number, photo()).status_code
    written = post(api, f"/tickets/{number}/record", {"codes": CODES, "fields": {"steps": "swapped"}})
    assert 200 == written.status_code, written.text
    assert [] == api.get(f"/tickets/{number}/closing")["missing"]
    assert 422 == post(api, f"/tickets/{number}/close", {}).status_code
    assert 200 == post(api, f"/tickets/{number}/close", {"why": "seen to work"}).status_code
    last = api.get(f"/tickets/{number}/timeline", limit=1000)["items"][-1]
    assert ("replaced", "true") == (last["details"]["code"], last["details"]["label"])


def test_a_picture_is_given_out_to_be_saved_only(api: Served, number: str) -> None:
    """As an attachment of a known type, never sniffed, never run; sent twice it is there once."""
    first, second = (attached(api, number, photo()).json() for _ in range(2))
    found = api.ask("GET", f"/api/v1/tickets/{number}/attachments/{first['id']}/content")
    assert first == second
    assert ("image/jpeg", "nosniff") == (found.headers["content-type"], found.headers["x-content-type-options"])
    assert found.headers["content-disposition"].startswith("attachment; ")
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert first["size"] == len(found.content)


def test_a_picture_is_removed_with_a_reason_and_leaves_a_trace(api: Served, number: str) -> None:
    """Who, when and why stay; the gate is open again; the picture is not given out any more."""
    name = attached(api, number, photo()).json()["id"]
    path = f"/tickets/{number}/attachments/{name}/remove"
    assert 422 == post(api, path, {"why": " "}).status_code
    assert 200 == post(api, path, {"by": "anna", "why": "a face is on it"}).status_code
    assert 409 == post(api, path, {"why": "again"}).status_code
    (kept,) = api.get(f"/tickets/{number}/attachments")["items"]
    assert ("anna", "a face is on it") == (kept["removed_by"], kept["removed_why"])
    assert 404 == api.ask("GET", f"/api/v1/tickets/{number}/attachments/{name}/content").status_code
    assert "photo_after" in [one["name"] for one in api.get(f"/tickets/{number}/closing")["missing"]]


def test_a_photo_may_be_larger_than_any_other_body(api: Served, number: str) -> None:
    """Up to its own limit, which says so; everything else keeps the general one; no text is a picture."""
    junk = b"x" * (2 << 20)
    assert 422 == attached(api, number, junk).status_code
    assert 413 == attached(api, number, b"x" * (13 << 20)).status_code
    assert 413 == api.ask("POST", f"/api/v1/tickets/{number}/record", content=junk).status_code
    assert 422 == attached(api, number, b"<svg onload=alert(1)>").status_code


def test_a_customer_rates_without_a_token_once(api: Served, number: str) -> None:
    """By the link alone; a bad rating reopens; the link is no use after that, nor for anything else."""
    assert 409 == post(api, f"/tickets/{number}/survey", None).status_code
    attached(api, number, photo())
    post(api, f"/tickets/{number}/record", {"codes": CODES, "fields": {"steps": "x"}})
    post(api, f"/tickets/{number}/close", {"why": "so"})
    unused, link = (post(api, f"/tickets/{number}/survey", None).json() for _ in range(2))
    assert 404 == api.ask("GET", unused["path"], token="").status_code
    assert {"en", "zh"} == set(api.ask("GET", link["path"], token="").json()["title"])
    rated = api.ask("POST", link["path"], json={"rating": 2, "comment": "hums"}, token="")
    assert {"rating": 2, "reopened": True} == rated.json()
    assert 404 == api.ask("POST", link["path"], json={"rating": 5}, token="").status_code
    assert 401 == api.ask("GET", f"/api/v1/tickets/{number}", token=link["token"]).status_code
    assert "triaged" == api.get(f"/tickets/{number}")["state"]


def test_guessing_links_is_slow(api: Served, number: str) -> None:
    """After so many requests a minute a client has to wait."""
    path = f"/api/v1/survey/{'x' * 43}"
    statuses = {api.ask("GET", path, token="").status_code for _ in range(130)}
    assert {404, 429} >= statuses
    assert 429 in statuses


def test_replies_are_shown_before_they_are_sent(api: Served, number: str) -> None:
    """Those that suit the state, with the device's facts; braces in the class's advice are no blanks."""
    found = {one["id"]: one["text"] for one in api.get(f"/tickets/{number}/replies")["items"]}
    assert {"received", "try_this"} == set(found)
    assert "Unplug it for {30} s." in found["try_this"]["en"]
    assert number in found["received"]["zh"]
    assert [] == [e for e in api.get(f"/tickets/{number}/timeline", limit=1000)["items"] if e["kind"] == "answered"]
