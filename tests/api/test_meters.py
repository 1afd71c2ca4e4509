"""Meters, fitted parts and failure costs over HTTP."""

from typing import Any

from tests.api.serving import Served

KM = '[[meter]]\nname = "km"\nunit = "km"\nkind = "manual"\n'


def post(api: Served, path: str, expected: int = 200, headers: Any = None, **said: Any) -> Any:
    """The JSON of an answer."""
    answer = api.ask("POST", f"/api/v1{path}", json=said, headers=headers)
    assert expected == answer.status_code, answer.text
    return answer.json()


def test_people_read_meters_and_correct_themselves(api: Served) -> None:
    """Sent twice it is there once; a fall needs a reason; the list pages on."""
    trial = post(api, "/meters/import", content=KM, dry_run=True)
    assert (["km"], True) == (trial["added"], trial["dry_run"])
    post(api, "/meters/import", content=KM)
    key = {"Idempotency-Key": "km-1"}
    first = post(api, "/assets/tv-0/readings", meter="km", value=5100, headers=key, by="lee")
    assert first == post(api, "/assets/tv-0/readings", meter="km", value=5100, headers=key, by="lee")
    post(api, "/assets/tv-0/readings", 422, meter="km", value=5200, headers=key, by="lee")
    wrong = post(api, "/assets/tv-0/readings", 422, meter="km", value=510)
    assert "5100 already" in str(wrong)
    post(api, "/assets/tv-0/readings", meter="km", value=510, corrects=first["id"])
    post(api, "/assets/tv-4/readings", meter="km", value=1)
    post(api, "/assets/tv-9/readings", 404, meter="km", value=1)

    one = api.get("/assets/tv-0/meters", reaches=400)["items"][0]
    assert (510, "km", [5100, 510]) == (one["value"], one["unit"], [r["value"] for r in one["readings"]])
    assert (one["at"], None) == (one["due"]["at"], one["per_day"])
    page = api.get("/meters", meter="km", limit=1)
    rest = api.get("/meters", meter="km", limit=1, cursor=page["next"])
    assert ["tv-0", "tv-4"] == [page["items"][0]["asset"], rest["items"][0]["asset"]]
    assert 404 == api.ask("GET", "/api/v1/assets/tv-1/meters").status_code


def test_a_file_of_meters_with_mistakes_is_refused_whole(api: Served) -> None:
    """Each mistake with its line."""
    wrong = post(api, "/meters/import", 422, content=KM.replace("manual", "hand"))

    assert "meters.toml:4: kind 'hand' is unknown" in str(wrong)


def test_parts_are_fitted_and_stay_in_the_history(api: Served) -> None:
    """One in a position at a time."""
    post(api, "/assets/tv-0/fitted", position="panel", part="panel-55", serial="A", at="2026-01-01T00:00:00Z")
    history = post(api, "/assets/tv-0/fitted", position="panel", part="panel-55", serial="B", removal="failed")

    assert [("A", "failed"), ("B", None)] == [(each["serial"], each["removal"]) for each in history["items"]]
    assert history == api.get("/assets/tv-0/fitted")
    post(api, "/assets/tv-0/fitted", 422, position="panel", part="panel-55", at="2026-01-02T00:00:00Z")
    post(api, "/assets/nobody/fitted", 404, position="panel", part="panel-55")


def test_a_failure_cost_is_assumed_until_it_is_said(api: Served) -> None:
    """And again after that is taken back; the log has a line for each change."""
    before = costs_told(api)
    assert (500.0, True, "EUR") == cost_in(api.get("/assets/tv-0/failure-cost"))
    assert (7000.0, False, "EUR") == cost_in(post(api, "/assets/tv-0/failure-cost", amount=7000, why="shop window"))
    assert (500.0, True, "EUR") == cost_in(post(api, "/assets/tv-0/failure-cost", amount=None))
    post(api, "/assets/tv-0/failure-cost", 422, amount=-1)
    post(api, "/assets/nobody/failure-cost", 404, amount=1)
    assert 2 == costs_told(api) - before


def costs_told(api: Served) -> int:
    """How many lines of the log set a failure cost."""
    told, after = 0, 0
    while items := api.get("/log", limit=500, cursor=after)["items"]:
        told += sum(line["kind"] == "failure_cost_set" for line in items)
        after = items[-1]["position"]
    return told


def cost_in(said: Any) -> tuple[float, bool, str]:
    """What it costs."""
    return said["amount"], said["is_assumed"], said["currency"]
