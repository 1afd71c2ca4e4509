"""Parts over HTTP."""

from typing import Any

import httpx

from tests.api.serving import Served


def imports(api: Served, what: str, content: str, **said: Any) -> httpx.Response:
    """A file is taken in."""
    return api.ask("POST", "/api/v1/parts/import", json={"what": what, "content": content, "by": "bo", **said})


def books(api: Served, kind: str, part: str, pieces: int, key: str = "", **said: Any) -> httpx.Response:
    """A movement in the one depot."""
    body = {"kind": kind, "part": part, "location": "depot-1", "pieces": pieces, "by": "bo", **said}
    headers = {"Idempotency-Key": key} if key else {}
    return api.ask("POST", "/api/v1/parts/movements", json=body, headers=headers)


def test_parts_are_imported_moved_and_shown(api: Served) -> None:
    """The same request again books nothing; more than there is, is a 409 with a sentence."""
    assert 200 == imports(api, "depots", "id,kind\ndepot-1,depot\n").status_code
    dry = imports(api, "parts", "id,cost,lead_days\nfan-1,4,3\nfan-2,5,3\n", dry_run=True).json()
    assert {"added": 2, "changed": 0, "unchanged": 0, "dry_run": True} == dry
    assert 404 == api.ask("GET", "/api/v1/parts/fan-1").status_code
    imports(api, "parts", "id,cost,lead_days\nfan-1,4,3\nfan-2,5,3\n")

    first, again = (books(api, "receipt", "fan-1", 5, key="k-1").json() for _ in range(2))
    assert first == again
    assert 422 == books(api, "receipt", "fan-1", 6, key="k-1").status_code
    assert 422 == books(api, "count", "fan-1", 6).status_code
    refused = books(api, "issue", "fan-1", 6)
    assert (409, True) == (refused.status_code, "5 are available" in refused.json()["detail"])
    assert 404 == books(api, "receipt", "fan-9", 1).status_code

    part = api.get("/parts/fan-1")
    (level,) = part["levels"]
    assert ("depot-1", 5, 5, 0) == (level["location"], level["on_hand"], level["available"], level["on_order"])
    assert ["receipt"] == [each["kind"] for each in api.get("/parts/fan-1/movements")["items"]]
    page = api.ask("GET", "/api/v1/parts", params={"limit": 1, "cursor": "fan-1"}).json()
    assert ["fan-2"] == [each["id"] for each in page["items"]]
    assert ["depot-1"] == [each["id"] for each in api.get("/locations")["items"]]
    assert [] == api.get("/parts/proposals")["items"]


def test_an_orders_kit_is_seen(api: Served) -> None:
    """It needs nothing where its class has no job plan, and what it has no use for is refused."""
    api.crash("tv-parts")
    ticket = api.ticket_of("tv-parts")["number"]
    body = {"decision": "yes", "by": "bo"}
    made = api.ask("POST", f"/api/v1/tickets/{ticket}/visit", json=body, headers={"If-Match": "*"})
    order = made.json()["order"]["number"]
    imports(api, "depots", "id,kind\ndepot-1,depot\n")
    imports(api, "parts", "id\nfan-3\n")

    assert ({}, []) == (api.get(f"/orders/{order}/kit")["needs"], api.get(f"/orders/{order}/kit")["missing"])
    wanted = {"part": "fan-3", "location": "depot-1", "pieces": 1, "by": "bo"}
    refused = api.ask("POST", f"/api/v1/orders/{order}/reserve", json=wanted)
    assert (422, True) == (refused.status_code, "has no fan-3" in refused.json()["detail"])
