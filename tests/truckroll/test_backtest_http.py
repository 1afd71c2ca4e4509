"""Backtests over HTTP: started, looked at, cancelled, read; beside the service and without changing it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Unknown
from domain.instants import DAY, instant_text
from tests.api.serving import DAY_ONE, EVERY_MODEL, Served, served
from tests.brokers import until
from truckroll.backtest.runs import AT_ONCE, Going
from truckroll.backtest.shelf import MOST, Record, RunState, Shelf

TEXT = {"text": EVERY_MODEL.replace("count = 3", "count = 2")}
FILE = {"file": "rules.toml"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with a crashed television in its journal."""
    with served(tmp_path_factory.mktemp("backtests")) as running:
        running.crash("tv-1")
        yield running


def begun(here: Served, headers: Any = None, **body: Any) -> Any:
    """A backtest that was started."""
    answer = here.ask("POST", "/api/v1/backtests", json={"rules": FILE} | body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()


def ended(here: Served, id: str) -> Any:
    """The same, once it is over."""
    until(lambda: here.get(f"/backtests/{id}")["state"] != "running", 60)
    return here.get(f"/backtests/{id}")


def test_a_backtest_of_the_journal_finds_what_the_service_found(here: Served) -> None:
    """As JSON and as a page; two rule files beside each other; the service has no more tickets than before."""
    before = len(here.get("/tickets")["items"])
    run = ended(here, begun(here, against=TEXT)["id"])
    report = here.get(f"/backtests/{run['id']}/report")
    page = here.ask("GET", f"/api/v1/backtests/{run['id']}/page", params={"language": "zh"})

    assert ("done", 1.0, "") == (run["state"], run["done"], run["said"])
    assert ("journal", before) == (report["source"], report["a"]["tickets"])
    assert report["b"] is not None
    assert "回测" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    assert before == len(here.get("/tickets")["items"])
    assert run in here.get("/backtests")["items"]


def test_a_backtest_of_the_store_says_what_it_cannot_know(here: Served) -> None:
    """The configured store, between two moments."""
    days = {"from": instant_text(DAY_ONE - DAY), "to": instant_text(DAY_ONE + DAY)}
    run = ended(here, begun(here, source="store", **days)["id"])

    assert ("done", "") == (run["state"], run["said"])
    assert "arrival" in here.get(f"/backtests/{run['id']}/report")["unknown"]


def test_the_same_key_begins_it_once(here: Served) -> None:
    """Another request under it is refused."""
    headers = {"Idempotency-Key": "once-1"}
    first, second = begun(here, headers), begun(here, headers)
    other = here.ask("POST", "/api/v1/backtests", json={"rules": TEXT}, headers=headers)

    assert first["id"] == second["id"]
    assert 422 == other.status_code
    ended(here, first["id"])


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"rules": {"text": "[[rule]]\nid = 5"}}, 422, "rules.toml:"),
        ({"rules": {"text": "# nothing"}}, 422, "has no rules"),
        ({"rules": {"file": "../secret.toml"}}, 404, "There is no rule file"),
        ({"rules": {"text": "x" * 300_000}}, 422, "not as documented"),
        ({"rules": FILE, "source": "store"}, 422, "say from and to"),
        ({"rules": FILE, "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422, "not before"),
    ],
)
def test_what_cannot_be_played_is_refused_at_once(here: Served, body: Any, status: int, said: str) -> None:
    """With its sentence, and nothing is started."""
    before = here.get("/backtests")
    answer = here.ask("POST", "/api/v1/backtests", json=body)

    assert status == answer.status_code
    assert said in answer.text
    assert before == here.get("/backtests")


def test_one_more_than_may_run_at_once_is_told_to_wait(here: Served) -> None:
    """A place is free again when one is over."""
    places = {f"place-{nth}": Going() for nth in range(AT_ONCE)}
    here.parts.backtests.going |= places
    try:
        answer = here.ask("POST", "/api/v1/backtests", json={"rules": FILE})
    finally:
        for name in places:
            here.parts.backtests.forget(name)

    assert 409 == answer.status_code
    assert "cancel one" in answer.text
    ended(here, begun(here)["id"])


def test_a_cancelled_one_has_ended_when_the_answer_comes(here: Served) -> None:
    """Its place is free, and there is no report."""
    id = begun(here)["id"]
    answer = here.ask("POST", f"/api/v1/backtests/{id}/cancel").json()

    assert "cancelled" == answer["state"]
    assert {} == here.parts.backtests.going
    assert 404 == here.ask("GET", f"/api/v1/backtests/{id}/report").status_code
    assert answer == here.ask("POST", f"/api/v1/backtests/{id}/cancel").json()


def test_what_a_crash_of_the_service_ended_is_told(here: Served) -> None:
    """It says running, but nobody runs it."""
    shelf = Shelf(here.running.settings.data / "backtests")
    shelf.put(Record(id="B-00000000000000aa", state=RunState.RUNNING, started_at=DAY_ONE, request="", by="operator"))
    found = here.get("/backtests/B-00000000000000aa")

    assert ("failed", True) == (found["state"], "start it again" in found["said"])


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path) -> None:
    """With their reports; a file that is none of ours is left alone."""
    shelf = Shelf(tmp_path)
    (tmp_path / "B-notes.json").write_text(json.dumps({"mine": True}))
    for nth in range(MOST + 3):
        record = Record(id=f"B-{nth:016x}", state=RunState.DONE, started_at=nth, request="", by="operator")
        shelf.put(record, {"nth": nth})

    assert [f"B-{nth:016x}" for nth in range(MOST + 2, 2, -1)] == [record.id for record in shelf.records()]
    assert (tmp_path / "B-notes.json").is_file()
    with pytest.raises(Unknown):
        shelf.report("B-0000000000000000")
