"""The review and campaigns over HTTP."""

from typing import Any

import httpx

from tests.api.serving import Served
from tests.api.test_orders import decide


def post(api: Served, path: str, etag: str = "*", key: str = "", **said: Any) -> httpx.Response:
    """A person does something."""
    headers = {"If-Match": etag} | ({"Idempotency-Key": key} if key else {})
    return api.ask("POST", f"/api/v1/{path}", json={"by": "bo", **said}, headers=headers)


def in_review(api: Served, device: str) -> str:
    """An order that waits for review."""
    api.crash(device)
    ticket = api.ticket_of(device)["number"]
    post(api, f"tickets/{ticket}/edit", set={"priority": "low"})
    api.settle()
    order = decide(api, ticket, "yes").json()["order"]
    assert "in_review" == order["state"], order
    api.settle()
    return str(order["number"])


def test_an_order_is_changed_by_who_has_seen_it_and_twice_is_once(api: Served) -> None:
    """The timeline has the values before and after; another revision is a 412, none a 428."""
    order = in_review(api, "tv-change")
    etag = f'"{api.get(f"/orders/{order}")["revision"]}"'
    first, second = (post(api, f"orders/{order}/change", etag, "c-1", hours=4, tasks=[{"en": "Look"}]) for _ in "ab")

    assert (200, 4.0, [{"en": "Look"}]) == (first.status_code, first.json()["hours"], first.json()["tasks"])
    assert first.json() == second.json()
    assert 412 == post(api, f"orders/{order}/change", etag, hours=5).status_code
    assert 428 == api.ask("POST", f"/api/v1/orders/{order}/change", json={"hours": 5}).status_code
    assert 422 == post(api, f"orders/{order}/change", asset="tv-2").status_code
    line = api.get(f"/orders/{order}/timeline")["items"][-1]
    assert ("order_changed", {"before": 1.0, "after": 4}) == (line["kind"], line["details"]["changed"]["hours"])


def test_many_are_decided_about_after_a_rehearsal(api: Served) -> None:
    """What waits is listed page by page; a key makes it safe to send the decision again."""
    one, two = in_review(api, "tv-many-1"), in_review(api, "tv-many-2")
    listed, cursor = [], {}
    while True:
        page = api.get("/review", limit=1, **cursor)
        listed += [each["number"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert {one, two} <= set(listed)
    assert len(listed) == len(set(listed))

    said = {"act": "approve", "orders": [{"order": one}, {"order": two, "revision": 99}]}
    rehearsed = post(api, "review", **said).json()
    made = [post(api, "review", key="r-1", dry_run=False, **said).json() for _ in "ab"]
    assert [(True, "done"), (False, "done"), (False, "same")] == [
        (each["dry_run"], each["items"][0]["fate"]) for each in (rehearsed, *made)
    ]
    assert {"left"} == {each["items"][1]["fate"] for each in (rehearsed, *made)}
    assert "was changed since you saw it" in made[0]["items"][1]["said"]
    assert 422 == post(api, "review", act="approve", orders=[{"order": one}] * 201).status_code


def test_a_file_goes_out_and_comes_back_and_pages_print(api: Served) -> None:
    """CSV with a byte order mark; pages that may not run anything."""
    order = in_review(api, "tv-file")
    answer = api.ask("GET", "/api/v1/review/export", params={"asset": "tv-file", "language": "zh"})
    head, row, _ = answer.content.decode("utf-8-sig").split("\r\n")
    cells = row.split(",")
    content = "\n".join([head, ",".join([*cells[:-4], "refuse", "'=no", "", cells[-1]])])

    assert answer.headers["content-type"].startswith("text/csv")
    assert ["done", "done", "same"] == [
        post(api, "review/import", content=content, dry_run=dry_run).json()["items"][0]["fate"]
        for dry_run in (True, False, False)
    ]
    after = api.get(f"/orders/{order}")
    assert ("rejected", "=no") == (after["state"], after["reason"])
    assert 422 == post(api, "review/import", content="a,b\n1,2\n").status_code
    for path in (f"orders/{order}/sheet", "review/weeks/2026-W48"):
        page = api.ask("GET", f"/api/v1/{path}", params={"language": "zh"})
        assert (200, True) == (page.status_code, "default-src 'none'" in page.headers["content-security-policy"])
    assert 422 == api.ask("GET", "/api/v1/review/weeks/2026-W77").status_code
    assert [] == api.get("/review/feedback")
    assert 404 == api.ask("GET", "/api/v1/review/feedback", params={"plan": "none"}).status_code


def test_a_campaign_is_started_looked_at_and_ended(api: Served) -> None:
    """Its job plan must be there; the units are those that the registry knows."""
    jobs = '[[job_plan]]\nid = "recall-fan"\nname = "Swap"\n'
    assert 200 == post(api, "plans/import", content=jobs).status_code
    said = {"id": "recall", "name": {"en": "Recall"}, "reason": {"en": "L7"}, "where": {"tag.lot": ["L7"]}}
    assert 422 == post(api, "campaigns", job_plan="recall-fam", **said).status_code
    first = post(api, "campaigns", job_plan="recall-fan", **said)
    second = post(api, "campaigns", job_plan="recall-fan", **said)

    assert (200, "running", 0) == (first.status_code, first.json()["state"], first.json()["progress"]["total"])
    assert first.json() == second.json()
    assert {"items": [], "next": None} == api.get("/campaigns/recall/units")
    assert ["recall"] == [each["id"] for each in api.get("/campaigns")]
    states = [post(api, f"campaigns/recall/{word}").json()["state"] for word in ("pause", "resume", "stop")]
    assert ["paused", "running", "stopped"] == states
    assert 409 == post(api, "campaigns/recall/resume").status_code
    assert 404 == post(api, "campaigns/none/stop").status_code
