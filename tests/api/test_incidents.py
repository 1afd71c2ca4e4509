"""Incidents and suppressions over HTTP."""

from typing import Any

from domain.finding import Evidence, Finding, FindingState, Severity
from domain.instants import MINUTE
from domain.registry import Registry
from ingest.holding import Holding
from tests.api.serving import DAY_ONE, Served
from tests.brokers import until
from ticketing.desk import ServiceDesk
from ticketing.suppression import Suppressions


def fleet(api: Served, name: str, joined: tuple[str, ...], *, minute: int, state: str = "open") -> None:
    """A fleet's finding, as watch records it."""
    at = DAY_ONE + minute * MINUTE
    found = Finding(
        id=f"F-{name:0>16}",
        rule="bad-release",
        version="v1",
        state=FindingState(state),
        severity=Severity.S2,
        started_at=DAY_ONE,
        last_at=at,
        fired_position=1,
        position=minute + 1,
        changed_at=at,
        count=len(joined),
        evidence=(Evidence(1, "tv-1", at, "crash", "0xDEAD"),),
        failure_mode=f"mode-{name}",
        title={"en": "Bad release"},
        scope={"firmware": name},
        joined=joined,
        details={"suspect": name},
    )
    holding = Holding(ServiceDesk(), Suppressions(), Registry())
    with api.running.ledger.begin() as transaction:
        recorded, response = holding.respond(transaction, found, at)
        transaction.save_finding(recorded, [])
        transaction.record(response)


def test_an_incident_tells_its_members_and_how_it_spread(api: Served) -> None:
    """In pages; its ticket says that it is the incident's."""
    fleet(api, "a1", ("m-1", "m-2"), minute=0)
    fleet(api, "a1", ("m-3",), minute=10)
    name = f"F-{'a1':0>16}"
    told = api.get(f"/incidents/{name}")

    assert ("open", "a1", 3, 3) == (told["state"], told["suspect"], told["members"], told["present"])
    assert [2, 3] == [point["joined"] for point in told["spread"]]
    first = api.get(f"/incidents/{name}/members", limit=2)
    rest = api.get(f"/incidents/{name}/members", limit=2, cursor=first["next"])
    assert ["m-1", "m-2", "m-3"] == [member["asset"] for page in (first, rest) for member in page["items"]]
    assert rest["next"] is None
    assert name == api.get(f"/tickets/{told['ticket']}")["incident"]


def test_a_member_gets_its_own_ticket_once(api: Served) -> None:
    """The same request again answers the same ticket; who is no member gets none."""
    fleet(api, "b2", ("own-1",), minute=0)
    path = f"/api/v1/incidents/F-{'b2':0>16}/tickets"
    said = {"asset": "own-1", "need": "reported", "by": "operator"}
    first, again = (api.ask("POST", path, json=said) for _ in range(2))
    other = api.ask("POST", path, json={"asset": "own-9"})

    assert (200, 200, 404) == (first.status_code, again.status_code, other.status_code)
    assert first.json()["ticket"]["number"] == again.json()["ticket"]["number"]
    member = api.get(f"/incidents/F-{'b2':0>16}/members")["items"][0]
    assert (first.json()["ticket"]["number"], "reported") == (member["ticket"], member["why"])


def test_incidents_are_listed_newest_first(api: Served) -> None:
    """By page, and by state."""
    for minute, name in ((30, "c1"), (31, "c2"), (32, "c3")):
        fleet(api, name, (), minute=minute)
    fleet(api, "c3", (), minute=40, state="resolved")
    first = api.get("/incidents", limit=2)
    rest = api.get("/incidents", limit=200, cursor=first["next"])

    assert ["c3", "c2"] == [each["suspect"] for each in first["items"]]
    assert "c1" == rest["items"][0]["suspect"]
    assert "c3" not in [each["suspect"] for each in api.get("/incidents", state="open", limit=200)["items"]]


def test_what_is_suppressed_over_http_opens_no_ticket(api: Served) -> None:
    """It is in force within a second or so; taken back it is gone from the list."""
    said = {"whom": {"device": "hush-1"}, "until": "2099-01-01T00:00:00Z", "by": "operator", "why": "new firmware"}
    made: Any = api.ask("POST", "/api/v1/suppressions", json=said, headers={"Idempotency-Key": "hush"}).json()
    again = api.ask("POST", "/api/v1/suppressions", json=said, headers={"Idempotency-Key": "hush"})
    assert (202, made["id"]) == (again.status_code, again.json()["id"])
    until(lambda: made["id"] in [each["id"] for each in api.get("/suppressions")["items"]], 30)

    api.crash("hush-1")
    assert [] == api.get("/tickets", asset="hush-1")["items"]
    (listed,) = [each for each in api.get("/suppressions")["items"] if each["id"] == made["id"]]
    assert (1, True, "new firmware") == (listed["held"], listed["in_force"], listed["why"])

    assert 202 == api.ask("DELETE", f"/api/v1/suppressions/{made['id']}").status_code
    until(lambda: made["id"] not in [each["id"] for each in api.get("/suppressions")["items"]], 30)
    assert 404 == api.ask("DELETE", f"/api/v1/suppressions/{made['id']}").status_code


def test_a_suppression_that_makes_no_sense_is_refused_with_a_sentence(api: Served) -> None:
    """Of everything, without an end, or a window on an unknown clock."""
    window = {"kind": "window", "whom": {"site": "x"}, "start": "2026-01-05T09:00", "lasts": "1h"}
    answers = [
        api.ask("POST", "/api/v1/suppressions", json=said)
        for said in (
            {"whom": {}, "until": "2099-01-01T00:00:00Z"},
            {"whom": {"device": "x"}},
            window | {"zone": "Europe/Berlinn"},
            window | {"zone": "Europe/Berlin", "rrule": "FREQ=HOURLY"},
            window | {"zone": "Europe/Berlin", "rrule": "FREQ=SOMETIMES"},
        )
    ]

    assert [422] * 5 == [answer.status_code for answer in answers]
    for answer, words in zip(
        answers, ("every ticket", "until when", "Europe/Berlin", "daily", "FREQ=WEEKLY"), strict=True
    ):
        assert words in answer.json()["detail"]
