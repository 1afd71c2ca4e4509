"""Tickets together over HTTP: merged, linked, changed many at once, and the problems behind them."""

from tests.api.serving import Served

ANY = {"If-Match": "*"}


def post(api: Served, path: str, body: dict, status: int = 200) -> dict:
    """What it answers."""
    answer = api.ask("POST", f"/api/v1{path}", json=body, headers=ANY)
    assert answer.status_code == status, answer.text
    return answer.json()


def number_of(api: Served, device: str) -> str:
    """A ticket of a device that crashed."""
    api.crash(device)
    return api.ticket_of(device)["number"]


def test_duplicates_are_merged_with_their_reports(api: Served) -> None:
    """One stays open; the report is found at it."""
    number = number_of(api, "tv-70")
    report = api.ask("POST", "/api/v1/reports", json={"device": "tv-70", "text": "strange light"}).json()
    done = post(api, f"/tickets/{number}/merge", {"tickets": [report["ticket"]], "by": "anna"})

    assert ["cancelled"] == [ticket["state"] for ticket in done["also"]]
    assert [report["id"]] == [each["id"] for each in api.get(f"/tickets/{number}/reports")["items"]]
    assert (
        409 == api.ask("POST", f"/api/v1/tickets/{number}/merge", json={"tickets": [number]}, headers=ANY).status_code
    )


def test_many_are_changed_at_once_after_a_dry_run(api: Served) -> None:
    """The dry run changes nothing."""
    numbers = [number_of(api, f"tv-{n}") for n in (71, 72)]
    asked = {"tickets": numbers, "act": "edit", "set": {"note": "storm"}, "by": "anna"}

    assert [True, True] == [line["changed"] for line in post(api, "/tickets/bulk", asked)["items"]]
    assert "" == api.get(f"/tickets/{numbers[0]}")["note"]
    post(api, "/tickets/bulk", asked | {"dry_run": False})
    assert ["storm", "storm"] == [api.get(f"/tickets/{number}")["note"] for number in numbers]


def test_a_solved_ticket_of_the_same_failure_mode_is_similar(api: Served) -> None:
    """With the terms of its score."""
    solved, number = number_of(api, "tv-73"), number_of(api, "tv-74")
    post(api, f"/tickets/{solved}/close", {"by": "anna"})
    found = api.get(f"/tickets/{number}/similar")["items"]

    assert solved in [each["number"] for each in found]
    assert {"failure_mode", "model", "firmware", "text"} == found[0]["terms"].keys()


def test_a_problem_gathers_tickets_and_has_a_workaround(api: Served) -> None:
    """Linked tickets say so; without its cause it cannot be known."""
    one, other = number_of(api, "tv-75"), number_of(api, "tv-76")
    problem = post(api, "/problems", {"title": "bad boards", "tickets": [one], "by": "anna"})
    path = f"/problems/{problem['id']}/edit"

    post(api, path, {"revision": 0, "state": "known"}, 422)
    known = post(
        api, path, {"revision": 0, "state": "known", "cause": "lot 7", "workaround": "restart", "tickets": [other]}
    )
    assert ("known", "restart", [one, other]) == (known["state"], known["workaround"], known["tickets"])
    post(api, path, {"revision": 0, "cause": "x"}, 409)
    assert known == api.get(f"/problems/{problem['id']}")
    assert "problem" in [line["kind"] for line in api.get(f"/tickets/{other}/timeline")["items"]]
    assert post(api, f"/tickets/{one}/link", {"to": other, "by": "anna"})["ticket"]["linked_to"] == other
