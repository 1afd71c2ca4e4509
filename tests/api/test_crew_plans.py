"""Crew plans over HTTP: asked for, looked at, accepted or refused; pins, promises, and the crew's papers."""

from dataclasses import replace
from typing import Any

from icalendar import Calendar

from adapters import ledger_orders, ledger_people
from domain.instants import DAY, HOUR, instant_text
from domain.sla import Calendar as Shift
from domain.work_order import OrderResponse
from tests.api.serving import Served
from tests.maintenance.live_crews import order, person, place

ALWAYS = Shift(id="always", zone="UTC", week=(((0, 1440),),) * 7)


def fill(api: Served) -> str:
    """A technician, and an order for her; its number."""
    with api.running.ledger.begin() as transaction:
        now = api.running.watch.parts.clock.now()
        transaction.install([place(701, lat=48.02)], now)
        ledger_people.save_staff(transaction.connection, [person("ana", shift="always")], [ALWAYS])
        made = replace(
            order(701), number="", made_at=now, changed_at=now, due_at=now + 2 * DAY, hours=0.5, ready_at=None
        )
        return ledger_orders.record(transaction, OrderResponse(orders=(made,)))[0].number


def asks(api: Served, path: str, key: str = "", **said: Any) -> Any:
    """A request that changes something."""
    headers = {"If-Match": "*"} | ({"Idempotency-Key": key} if key else {})
    return api.ask("POST", f"/api/v1{path}", json=said, headers=headers)


def planned(api: Served, key: str) -> Any:
    """A plan that is ready."""
    begun = asks(api, "/crew-plans", key, days=3, rounds=3)
    assert 202 == begun.status_code
    run = begun.json()["id"]
    api.parts.crew_runs.wait(run, 60)
    done = api.get(f"/crew-plans/runs/{run}")
    assert "done" == done["state"], done
    return api.get(f"/crew-plans/{done['plan']}")


def test_a_plan_is_made_looked_at_and_accepted(api: Served) -> None:
    """The order then has its people and its time; the calendar and the sheets say so."""
    number = fill(api)
    assert 200 == asks(api, f"/orders/{number}/pin", technicians=["ana"], by="eva").status_code
    plan = planned(api, "k-crew")
    again = asks(api, "/crew-plans", "k-crew", days=3, rounds=3).json()
    other = asks(api, "/crew-plans", "k-crew", days=4, rounds=3)
    (booking,) = [one for one in plan["bookings"] if one["order"] == number]
    accepted = asks(api, f"/crew-plans/{plan['id']}/accept", by="eva").json()
    there = api.get(f"/orders/{number}")

    assert (plan["id"], 422) == (again["plan"], other.status_code)
    assert ["ana"] == booking["technicians"]
    assert "accepted" == accepted["state"]
    assert (booking["technicians"], booking["starts_at"]) == (there["technicians"], there["starts_at"])
    assert 409 == asks(api, f"/crew-plans/{plan['id']}/refuse", by="eva").status_code
    feed = api.ask("GET", "/api/v1/technicians/ana/calendar.ics")
    assert [f"{number}.ana@truckroll"] == [str(one["uid"]) for one in Calendar.from_ical(feed.content).walk("VEVENT")]
    assert number in api.ask("GET", f"/api/v1/technicians/ana/days/{booking['starts_at'][:10]}").text
    assert 404 == api.ask("GET", "/api/v1/technicians/zoe/calendar.ics").status_code
    assert 422 == api.ask("GET", "/api/v1/crew-plans/weeks/2026-W99").status_code
    assert plan["id"] in {one["id"] for one in api.get("/crew-plans")["items"]}


def test_a_plan_of_yesterday_is_refused(api: Served) -> None:
    """An order that changed since makes it stale."""
    number = fill(api)
    plan = planned(api, "k-stale")
    now = api.running.watch.parts.clock.now()
    window = {"begin": instant_text(now + 5 * HOUR), "until": instant_text(now + 9 * HOUR), "by": "eva"}
    assert 200 == asks(api, f"/orders/{number}/promise", **window).status_code
    stale = asks(api, f"/crew-plans/{plan['id']}/accept", by="eva")

    assert (409, True) == (stale.status_code, number in stale.json()["detail"])
    assert "refused" == asks(api, f"/crew-plans/{plan['id']}/refuse", by="eva").json()["state"]


def test_the_best_so_far_is_a_plan(api: Served) -> None:
    """A long search is told that it is enough."""
    fill(api)
    run = asks(api, "/crew-plans", seconds=300).json()["id"]
    assert 200 == asks(api, f"/crew-plans/runs/{run}/enough").status_code
    api.parts.crew_runs.wait(run, 60)

    assert "done" == api.get(f"/crew-plans/runs/{run}")["state"]
    assert 404 == asks(api, "/crew-plans/runs/R-0123456789abcdef/enough").status_code
    assert 404 == asks(api, "/crew-plans", ill=["zoe"]).status_code


def test_a_cancelled_plan_is_no_plan(api: Served) -> None:
    """Its process ends, nothing is proposed, and another can be asked for."""
    fill(api)
    before = [one["id"] for one in api.get("/crew-plans")["items"]]
    run = asks(api, "/crew-plans", seconds=300).json()["id"]
    assert "cancelled" == asks(api, f"/crew-plans/runs/{run}/cancel").json()["state"]
    api.parts.crew_runs.wait(run, 60)

    assert "cancelled" == asks(api, f"/crew-plans/runs/{run}/enough").json()["state"]
    assert before == [one["id"] for one in api.get("/crew-plans")["items"]]
    assert {} == api.parts.crew_runs.going
