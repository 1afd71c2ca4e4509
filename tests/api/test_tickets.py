"""People and their tickets over HTTP."""

from threading import Barrier, Thread
from typing import Any

import httpx

from domain.instants import MINUTE
from tests.api.serving import Served


def act(api: Served, number: str, deed: str, said: Any, *, etag: str | None = None, key: str = "") -> httpx.Response:
    """A person does something to a ticket; with the `ETag` that it has now, unless told otherwise."""
    tag = api.ask("GET", f"/api/v1/tickets/{number}").headers["ETag"] if etag is None else etag
    headers = {name: value for name, value in (("If-Match", tag), ("Idempotency-Key", key)) if value}
    return api.ask("POST", f"/api/v1/tickets/{number}/{deed}", json=said, headers=headers)


def fresh(api: Served, device: str) -> Any:
    """A ticket of its own."""
    api.crash(device)
    return api.ticket_of(device)


def test_of_two_editors_who_saw_the_same_ticket_one_is_told_to_look_again(api: Served) -> None:
    """Both send at once with the same ETag: one edit is kept, the other gets 412, and nothing is lost in silence."""
    number, answers, start = fresh(api, "tv-race")["number"], dict[str, httpx.Response](), Barrier(2)
    etag = api.ask("GET", f"/api/v1/tickets/{number}").headers["ETag"]

    def edit(who: str) -> None:
        start.wait()
        answers[who] = act(api, number, "edit", {"set": {"assignee": who}, "by": who}, etag=etag)

    threads = [Thread(target=edit, args=(who,)) for who in ("anna", "bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [200, 412] == sorted(answer.status_code for answer in answers.values())
    winner = next(who for who, answer in answers.items() if answer.status_code == 200)
    assert winner == api.get(f"/tickets/{number}")["assignee"]
    assert answers[winner].headers["ETag"] == api.ask("GET", f"/api/v1/tickets/{number}").headers["ETag"]


def test_growing_evidence_disturbs_no_edit(api: Served) -> None:
    """The ETag that was seen before the fourth crash still holds after it."""
    ticket = fresh(api, "tv-grows")
    etag = api.ask("GET", f"/api/v1/tickets/{ticket['number']}").headers["ETag"]
    api.moment += MINUTE
    api.crash("tv-grows")

    assert ticket["evidence_count"] < api.get(f"/tickets/{ticket['number']}")["evidence_count"]
    assert 200 == act(api, ticket["number"], "edit", {"set": {"note": "seen"}}, etag=etag).status_code


def test_a_change_without_a_revision_is_refused(api: Served) -> None:
    """428 without If-Match; 412 for what is no revision of it; the ticket stays as it is."""
    ticket = fresh(api, "tv-blind")
    number = ticket["number"]

    missing = api.ask("POST", f"/api/v1/tickets/{number}/close", json={})
    others = [act(api, number, "close", {}, etag=tag) for tag in ('"99"', 'W/"0"', "0", '"0x"', "nonsense")]

    assert 428 == missing.status_code
    assert [412] * 5 == [answer.status_code for answer in others]
    assert ticket["state"] == api.get(f"/tickets/{number}")["state"]
    assert 200 == act(api, number, "acknowledge", {}, etag='"7", "0"').status_code


def test_an_illegal_move_names_the_legal_ones(api: Served) -> None:
    """409 with `allowed`, which is what the ticket itself lists under `moves`."""
    ticket = fresh(api, "tv-illegal")
    answer = act(api, ticket["number"], "move", {"to": "resolved"})

    assert 409 == answer.status_code
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert ticket["moves"] == answer.json()["allowed"] == ["cancelled", "triaged"]
    waiting = act(api, ticket["number"], "move", {"to": "cancelled"}).json()
    assert ["cancelled(duplicate)", "cancelled(noise)", "cancelled(withdrawn)"] == waiting["allowed"]


def test_a_ticket_goes_its_way_and_every_step_stands_in_its_timeline(api: Served) -> None:
    """Acknowledge, edit, move, close, reopen: each with who and why, in order."""
    number = fresh(api, "tv-way")["number"]
    steps = [
        ("acknowledge", {"by": "anna", "why": "on it"}),
        ("edit", {"set": {"priority": "low", "title": "Loose cable"}, "by": "anna"}),
        ("release", {"fields": ["priority"], "by": "anna"}),
        ("move", {"to": "assigned", "by": "bo"}),
        ("close", {"by": "bo", "why": "replaced"}),
        ("reopen", {"by": "cem", "why": "again"}),
    ]
    answers = [act(api, number, deed, said) for deed, said in steps]

    assert [200] * len(steps) == [answer.status_code for answer in answers]
    ticket = answers[-1].json()["ticket"]
    assert ("triaged", 1, {"en": "Loose cable"}, ["title"]) == (
        ticket["state"],
        ticket["reopened"],
        ticket["title"],
        ticket["held"],
    )
    lines = api.get(f"/tickets/{number}/timeline")["items"]
    log = [line for line in api.get("/log", limit=1000)["items"] if line["ticket"] == number]
    assert lines == log[: len(lines)]
    by_people = [line for line in lines if line["actor"] in {"anna", "bo", "cem"}]
    assert ["anna", "anna", "anna", "bo"] == [line["actor"] for line in by_people[:4]]
    assert ("reopened", "cem", "again") == tuple(by_people[-1][each] for each in ("kind", "actor", "why"))


def test_a_repeated_request_is_done_once(api: Served) -> None:
    """The same Idempotency-Key after a lost answer: the same split, not a second one; with other words: 422."""
    ticket = fresh(api, "tv-twice")
    number, etag = ticket["number"], f'"{ticket["revision"]}"'
    said = {"findings": ticket["findings"], "component": "cable", "failure_mode": "loose"}

    first = act(api, number, "split", said, etag=etag, key="k-1")
    again = act(api, number, "split", said, etag=etag, key="k-1")
    other = act(api, number, "split", said | {"component": "panel"}, etag=etag, key="k-1")

    assert [200, 200, 422] == [first.status_code, again.status_code, other.status_code], first.text
    assert first.json() == again.json()
    assert [("cable", "loose")] == [(t["component"], t["failure_mode"]) for t in first.json()["also"]]
    assert 2 == len(api.get("/tickets", asset="tv-twice")["items"])


def test_a_finding_of_another_ticket_cannot_be_split_off(api: Served) -> None:
    """404, and both tickets stay as they are."""
    mine, theirs = fresh(api, "tv-mine"), fresh(api, "tv-theirs")
    said = {"findings": theirs["findings"], "component": "x", "failure_mode": "y"}

    assert 404 == act(api, mine["number"], "split", said).status_code
    assert mine == api.get(f"/tickets/{mine['number']}")


def test_nobody_acts_in_the_name_of_the_desk(api: Served) -> None:
    """`by` may be anybody but the desk."""
    number = fresh(api, "tv-desk")["number"]
    assert 422 == act(api, number, "close", {"by": "desk"}).status_code


def test_pages_stay_where_they_are_while_tickets_arrive(api: Served) -> None:
    """Paging through the list while new tickets come meets every ticket that was there once, none twice."""
    api.crash(*(f"tv-page-{n}" for n in range(7)))
    before = {ticket["number"] for ticket in api.get("/tickets", limit=200)["items"]}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for n in range(1000):
        page = api.get("/tickets", limit=2, **cursor)
        seen += [ticket["number"] for ticket in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
        if n < 4:
            api.crash(f"tv-page-late-{n}")

    assert sorted(before, reverse=True) == seen


def test_filters_say_what_they_say(api: Served) -> None:
    """State, priority, asset, failure mode and openness, alone and together."""
    tickets = [fresh(api, f"tv-filter-{n}") for n in range(3)]
    act(api, tickets[0]["number"], "close", {})
    act(api, tickets[1]["number"], "edit", {"set": {"priority": "low"}})
    everything = api.get("/tickets", limit=200)["items"]

    def numbers(**wanted: Any) -> list[str]:
        return [ticket["number"] for ticket in api.get("/tickets", limit=200, **wanted)["items"]]

    def expected(condition: Any) -> list[str]:
        return [ticket["number"] for ticket in everything if condition(ticket)]

    assert expected(lambda t: t["state"] == "closed") == numbers(state="closed")
    assert expected(lambda t: t["state"] in ("new", "closed")) == numbers(state=["new", "closed"])
    assert expected(lambda t: t["priority"] == "low") == numbers(priority="low")
    assert expected(lambda t: t["is_open"]) == numbers(open=True)
    assert expected(lambda t: not t["is_open"]) == numbers(open=False)
    assert expected(lambda t: t["is_open"] and t["priority"] == "low") == numbers(open=True, priority="low")
    assert [] == numbers(open=True, state="closed")
    assert [tickets[2]["number"]] == numbers(asset="tv-filter-2", failure_mode="crash-loop", state="new")
    assert [] == numbers(failure_mode="no-such")


def test_evidence_and_raw_messages_say_why_there_is_a_ticket(api: Served) -> None:
    """The finding's evidence, and each message behind it byte for byte, page by page."""
    ticket = fresh(api, "tv-why")
    (finding,) = api.get(f"/tickets/{ticket['number']}/evidence")["items"]
    whole = api.get(f"/tickets/{ticket['number']}/messages")["items"]
    one = api.get(f"/tickets/{ticket['number']}/messages", limit=2)
    rest = api.get(f"/tickets/{ticket['number']}/messages", limit=2, cursor=one["next"])

    assert ticket["findings"] == [finding["id"]]
    assert [e["position"] for e in finding["evidence"]] == [message["position"] for message in whole]
    assert whole == one["items"] + rest["items"]
    assert whole == api.get(f"/findings/{finding['id']}/messages")["items"]
    assert '"crash"' in whole[0]["payload"]["text"]
