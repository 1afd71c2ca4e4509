"""A rule's life over HTTP: silent, live with what is confirmed, and taken back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.serving import Served, served
from tests.brokers import until


class Rule:
    """The service's only rule, and what people do with it."""

    def __init__(self, api: Served) -> None:
        self.api = api
        self.version = self.seen["version"]

    @property
    def seen(self) -> Any:
        """As it stands."""
        return self.api.get("/rules")["items"][0]

    def post(self, deed: str, *, code: int = 202, seen: str = "*", key: str = "", **said: Any) -> Any:
        """Ask for a move; returns the answer's JSON."""
        headers = {"If-Match": seen, "Idempotency-Key": key} if key else {"If-Match": seen} if seen else {}
        body = {"version": self.version, **said}
        answer = self.api.ask("POST", f"/api/v1/rules/tv-crash-loop/{deed}", json=body, headers=headers)
        assert code == answer.status_code, answer.text
        return answer.json()

    def becomes(self, **what: Any) -> None:
        """Wait until detection has come to it."""
        until(lambda: what.items() <= self.seen.items(), 30)

    def is_silent(self) -> None:
        """It watches in shadow, whatever it did before."""
        if self.seen["life"] != "shadow":
            self.post("shadow")
            self.becomes(life="shadow")

    def true_already(self) -> list[Any]:
        """What it found and opened nothing for."""
        return list(self.api.get("/rules/tv-crash-loop/already-true", version=self.version)["items"])


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rule]:
    """A rule that is live, over a service of its own."""
    with served(tmp_path_factory.mktemp("rules")) as api:
        yield Rule(api)


def test_from_silent_to_live_to_retracted(rule: Rule) -> None:
    """In shadow nothing is opened; live, only what is confirmed; retracted, what nobody touched is cancelled."""
    rule.post("shadow", why="too loud")
    rule.becomes(life="shadow", why="too loud", by="operator", revision=1)
    rule.api.crash("tv-1", "tv-2")
    found = rule.true_already()
    assert (["tv-1", "tv-2"], []) == ([row["device"] for row in found], rule.api.get("/tickets")["items"])

    said = rule.post("promote", confirm=[found[0]["finding"]])
    assert ([found[0]["finding"]], found) == (said["confirmed"], said["already_true"])
    rule.becomes(life="live", revision=2)
    until(lambda: len(rule.api.get("/tickets")["items"]) == 1, 30)
    assert ["tv-2"] == [row["device"] for row in rule.true_already()]

    gone = rule.post("retract")
    assert [rule.api.ticket_of("tv-1")["number"]] == gone["cancelled"]
    assert "cancelled" == rule.api.ticket_of("tv-1")["state"]
    rule.becomes(life="retired")
    assert [] == rule.post("retract")["cancelled"]


def test_a_request_sent_twice_is_done_once(rule: Rule) -> None:
    """The same key with another request is refused."""
    rule.post("shadow", key="k-1", why="again")
    rule.becomes(life="shadow", why="again")
    revision = rule.seen["revision"]

    assert revision == rule.post("shadow", key="k-1", why="again")["rule"]["revision"]
    rule.post("shadow", key="k-1", why="another", code=422)


def test_what_is_not_possible_is_refused_with_what_is(rule: Rule) -> None:
    """An illegal move, a revision that has passed, none at all, a version and a finding that are not there."""
    rule.is_silent()

    assert ["live", "retired"] == rule.post("promote", to="backtested", code=409)["allowed"]
    rule.post("promote", seen='"0"', code=412)
    assert "the rule version that you saw" in rule.post("promote", seen="", code=428)["detail"]
    rule.post("promote", version="0" * 12, code=404)
    rule.post("promote", confirm=["F-0000000000000000"], code=404)
