"""Plans over HTTP."""

from typing import Any

from domain.registry import Facts
from tests.api.serving import DAY_ONE, Served

OIL = """
[[plan]]
id = "oil"
strategy = "calendar"
every = "1 month"
start = 2020-01-10
job_plan = "oil"
[[job_plan]]
id = "oil"
"""


def post(api: Served, path: str, expected: int = 200, **said: Any) -> Any:
    """The JSON of an answer."""
    answer = api.ask("POST", f"/api/v1{path}", json=said)
    assert expected == answer.status_code, answer.text
    return answer.json()


def test_plans_are_taken_in_paused_and_say_what_comes(api: Served) -> None:
    """A dry run changes nothing; the rounds page on without a gap."""
    assert ["oil"] == post(api, "/plans/import", content=OIL, dry_run=True)["added"]
    assert [] == api.get("/plans")
    post(api, "/plans/import", content=OIL, by="lee")
    with api.running.ledger.begin() as transaction:
        transaction.install([Facts(device=name, asset=name) for name in ("p/1", "p-2")], DAY_ONE)

    (one,) = api.get("/plans")
    assert ("1 month", "oil", True) == (one["packages"][0]["every"], one["id"], one["assets"] > 1)
    assert one == api.get("/plans/oil")
    assert post(api, "/plans/oil/pause", by="lee", why="spring")["is_paused"]
    assert not post(api, "/plans/oil/resume", by="lee")["is_paused"]
    post(api, "/plans/oli/pause", 404)

    every = [(each["asset"], each["day"]) for each in api.get("/plans/next", plan="oil", limit=500)["items"]]
    paged: list[tuple[str, str]] = []
    page = api.get("/plans/next", plan="oil", limit=7)
    while page["next"]:
        paged += [(each["asset"], each["day"]) for each in page["items"]]
        page = api.get("/plans/next", plan="oil", limit=7, cursor=page["next"])
    paged += [(each["asset"], each["day"]) for each in page["items"]]
    assert sorted(every) == every == paged
    assert {"p/1", "p-2"} == {asset for asset, _ in paged}
    assert 404 == api.ask("GET", "/api/v1/plans/next?asset=nobody").status_code


def test_a_file_with_mistakes_is_refused_whole(api: Served) -> None:
    """Each mistake with its line, of CSV too."""
    wrong = post(api, "/plans/import", 422, content=OIL.replace("1 month", "often"))
    assert "plans.toml:5: plan oil: every must be" in str(wrong)
    wrong = post(api, "/plans/import", 422, content="id,tsks\na,b\n", format="csv", what="job_plans")

    assert "plans.csv:1: column 'tsks' is unknown; did you mean tasks?" in str(wrong)
