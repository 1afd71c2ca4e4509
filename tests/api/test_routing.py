"""Routing over HTTP: people come from a file, tickets find owners, people take, refuse and hand them on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.serving import Served, served
from tests.brokers import until
from tests.ledgers import ENGINES

PEOPLE = "id,team,skills\nanna,displays,display\nben,displays,display\nchris,field,\n"
CLASS = '[[class]]\nid = "tv-crash"\nname = "Display crash"\nskills = ["display"]\n'


@pytest.fixture(scope="module", params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose rule file describes its class, before anybody works here."""
    folder = tmp_path_factory.mktemp("desk")
    place = ENGINES[request.param](folder)
    extra = ""
    if request.param == "postgresql":
        (folder / "url").write_text(str(place))
        (folder / "url").chmod(0o600)
        extra = '[ledger]\nurl_file = "url"\n'
    (folder / "classes.toml").write_text(CLASS)
    with served(folder, extra=extra, top='classes = ["classes.toml"]\n') as here:
        yield here


def posted(desk: Served, path: str, status: int = 200, **body: Any) -> Any:
    """The JSON of the answer to a deed."""
    answer = desk.ask("POST", f"/api/v1{path}", json=body, headers={"If-Match": "*"})
    assert status == answer.status_code, answer.text
    return answer.json()


def test_from_a_crash_to_its_owner_and_on(desk: Served) -> None:
    """Findings become tickets, tickets wait until somebody works here, then find an owner within a second."""
    desk.crash("tv-7")
    number = desk.ticket_of("tv-7")["number"]
    assert ("new", "") == (desk.ticket_of("tv-7")["state"], desk.ticket_of("tv-7")["assignee"])

    imported = {"format": "csv", "content": PEOPLE}
    assert 3 == posted(desk, "/people/import", dry_run=True, **imported)["added"]
    assert [] == desk.get("/people")["items"]
    assert 3 == posted(desk, "/people/import", **imported)["added"]
    until(lambda: desk.ticket_of("tv-7")["assignee"], 10)

    (choice,) = desk.get(f"/tickets/{number}/routing")["choices"]
    assert ("assigned", "anna") == (desk.ticket_of("tv-7")["state"], desk.ticket_of("tv-7")["assignee"])
    assert (["anna", "ben"], {"skill": 1}) == ([c["person"] for c in choice["candidates"]], choice["excluded"])

    posted(desk, f"/tickets/{number}/refuse", by="anna", why="no time")
    until(lambda: desk.ticket_of("tv-7")["assignee"] == "ben", 10)
    posted(desk, f"/tickets/{number}/transfer", to="@displays", by="ben", why="anybody")
    assert 409 == posted(desk, f"/tickets/{number}/take", 409, by="chris")["status"]
    posted(desk, f"/tickets/{number}/take", by="ben")
    until(lambda: desk.get(f"/tickets/{number}/routing")["transfers"], 10)
    said = desk.get(f"/tickets/{number}/routing")

    assert ("ben", ["displays"], 1, ["anna"]) == tuple(said[k] for k in ("assignee", "went", "transfers", "refused"))
    assert 1 == desk.get("/people/ben")["load"]


def test_a_ticket_that_nobody_can_have_is_in_the_queue_with_its_reason(desk: Served) -> None:
    """In both languages."""
    posted(desk, "/people/import", format="csv", content="id,active\nanna,no\nben,no\n")
    desk.crash("tv-8")
    until(lambda: desk.get("/routing/queue")["items"], 10)
    (wait,) = desk.get("/routing/queue")["items"]

    assert (desk.ticket_of("tv-8")["number"], "skill") == (wait["ticket"], wait["reason"])
    assert {"en", "zh"} == set(wait["text"])
    assert wait == desk.get(f"/tickets/{wait['ticket']}/routing")["waiting"]


def test_every_mistake_of_a_file_is_told(desk: Served) -> None:
    """And nothing of it is taken in."""
    problem = posted(desk, "/people/import", 422, format="csv", content="id,limit\ndora,0\nemil,x\n")

    assert 2 == len(problem["mistakes"])
    assert 404 == desk.ask("GET", "/api/v1/people/dora").status_code
