"""Work orders over HTTP."""

from typing import Any

import httpx

from tests.api.serving import Served


def decide(api: Served, number: str, decision: str, key: str = "") -> httpx.Response:
    """A person decides whether a ticket is visited."""
    headers = {"If-Match": "*"} | ({"Idempotency-Key": key} if key else {})
    return api.ask("POST", f"/api/v1/tickets/{number}/visit", json={"decision": decision, "by": "bo"}, headers=headers)


def move(api: Served, number: str, to: str, etag: str = "*", key: str = "", **said: Any) -> httpx.Response:
    """A person moves an order."""
    headers = {"If-Match": etag} | ({"Idempotency-Key": key} if key else {})
    return api.ask("POST", f"/api/v1/orders/{number}/move", json={"to": to, "by": "bo", **said}, headers=headers)


def visited(api: Served, device: str) -> tuple[str, str]:
    """A ticket and its order."""
    api.crash(device)
    ticket = api.ticket_of(device)["number"]
    api.settle()
    order = decide(api, ticket, "yes").json()["order"]["number"]
    api.settle()
    return ticket, order


def test_a_decision_makes_the_order_once_and_moves_take_the_ticket_along(api: Served) -> None:
    """The order says why it exists and what it can become; its timeline has the ticket's moves in it."""
    ticket, order = visited(api, "tv-visit")
    assert order == decide(api, ticket, "yes").json()["order"]["number"]
    if api.get(f"/orders/{order}")["state"] == "in_review":
        assert [200, 200] == [move(api, order, to).status_code for to in ("approved", "released")]
    assert [200, 200] == [move(api, order, to).status_code for to in ("dispatched", "in_progress")]

    told = api.get(f"/orders/{order}")
    assert ("in_progress", ["on_hold", "work_done"], [ticket]) == (told["state"], told["moves"], told["tickets"])
    assert "in_progress" == api.get(f"/tickets/{ticket}")["state"]
    kinds = [line["kind"] for line in api.get(f"/orders/{order}/timeline")["items"]]
    assert {"visit_decided", "order_made", "order_moved", "moved"} == set(kinds)


def test_a_move_that_is_not_possible_names_those_that_are(api: Served) -> None:
    """409; and 412 for a revision that is gone, 428 for none, 422 for what the move lacks."""
    _, order = visited(api, "tv-moves")
    answer = move(api, order, "closed")

    assert 409 == answer.status_code
    assert api.get(f"/orders/{order}")["moves"] == answer.json()["allowed"]
    assert 412 == move(api, order, "cancelled", etag='"99"').status_code
    assert 428 == api.ask("POST", f"/api/v1/orders/{order}/move", json={"to": "cancelled"}).status_code
    assert 422 == move(api, order, "deferred").status_code


def test_the_same_request_again_changes_nothing(api: Served) -> None:
    """And its key is for no other request."""
    ticket, order = visited(api, "tv-again")
    first, second = (move(api, order, "cancelled", key="k-1") for _ in range(2))

    assert first.json() == second.json()
    assert first.headers["ETag"] == second.headers["ETag"]
    assert 422 == move(api, order, "cancelled", key="k-1", why="other").status_code
    assert decide(api, ticket, "yes", key="k-2").json() == decide(api, ticket, "yes", key="k-2").json()


def test_orders_are_listed_by_what_they_are(api: Served) -> None:
    """Newest first, page by page."""
    orders = [visited(api, f"tv-list-{n}")[1] for n in range(3)]
    first = api.get("/orders", limit=2)
    second = api.get("/orders", limit=2, cursor=first["next"])

    assert orders[:0:-1] == [each["number"] for each in first["items"]]
    assert orders[0] == second["items"][0]["number"]
    assert [orders[1]] == [each["number"] for each in api.get("/orders", asset="tv-list-1")["items"]]
    assert [] == api.get("/orders", asset="tv-list-1", open=False)["items"]
    assert 404 == api.ask("GET", "/api/v1/orders/W-2026-999999").status_code
