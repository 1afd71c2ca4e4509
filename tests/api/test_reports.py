"""Reports of people over HTTP."""

from tests.api.serving import Served


def said(api: Served, headers=None, **what) -> dict:
    """A report that is taken."""
    answer = api.ask("POST", "/api/v1/reports", json=what, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_report_about_a_device_joins_its_ticket_and_waits_for_an_answer(api: Served) -> None:
    """One number for both; the answer to the report stands in the timeline."""
    api.crash("tv-60")
    ticket = api.ticket_of("tv-60")
    report = said(api, device="tv-60", failure_mode=ticket["failure_mode"], text="it keeps crashing", reporter="shop")

    assert ("joined", ticket["number"]) == (report["taken"], report["ticket"])
    answered = api.ask(
        "POST",
        f"/api/v1/tickets/{ticket['number']}/answer",
        json={"report": report["id"], "by": "operator"},
        headers={"If-Match": "*"},
    )
    assert answered.status_code == 200, answered.text
    timeline = api.get(f"/tickets/{ticket['number']}/timeline")["items"]
    assert ["reported", "answered"] == [line["kind"] for line in timeline][-2:]
    assert [report["id"]] == [each["id"] for each in api.get(f"/tickets/{ticket['number']}/reports")["items"]]


def test_the_same_key_again_is_the_same_report(api: Served) -> None:
    """One ticket."""
    key = {"Idempotency-Key": "form-1"}
    one = said(api, key, text="Our screen is black, order SO-4711, 12 Harbour Street")
    again = said(api, key, text="Our screen is black, order SO-4711, 12 Harbour Street")

    assert one == again
    assert {"order": "SO-4711", "address": "12 Harbour Street"} == one["fields"]
    assert "opened" == one["taken"]
    assert one == api.get(f"/reports/{one['id']}")
    assert one["id"] in [each["id"] for each in api.get("/reports")["items"]]


def test_a_report_of_a_device_in_the_words_finds_it(api: Served) -> None:
    """`TV-61` in a sentence is the device tv-61."""
    api.hear([("devices/tv-61/telemetry", {"values": {"temp": 20.0}})])
    report = said(api, text="please look at TV-61, it is loud")

    assert "tv-61" == api.get(f"/tickets/{report['ticket']}")["asset"]


def test_an_empty_report_is_refused(api: Served) -> None:
    """With a sentence."""
    answer = api.ask("POST", "/api/v1/reports", json={})

    assert 422 == answer.status_code
    assert "says nothing" in answer.text


def test_answering_a_report_of_another_ticket_is_refused(api: Served) -> None:
    """There is no such report of that ticket."""
    one, other = said(api, text="a first thing"), said(api, text="a second thing")
    answer = api.ask(
        "POST", f"/api/v1/tickets/{one['ticket']}/answer", json={"report": other["id"]}, headers={"If-Match": "*"}
    )

    assert 404 == answer.status_code
