"""`truckroll orders schedule`, `replan`, `accept` and the crew's papers, on the command line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from adapters import ledger_orders, ledger_people
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.instants import DAY, HOUR, instant_text
from domain.sla import Calendar as Shift
from domain.work_order import OrderResponse
from tests.maintenance.live_crews import order, person, place
from truckroll.cli import app_for

ALWAYS = Shift(id="always", zone="UTC", week=(((0, 1440),),) * 7)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration whose ledger has two orders for people who work round the clock."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    now = SystemClock().now()
    with DataDirectory(tmp_path / "data") as data, SqlLedger(data.ledger) as ledger, ledger.begin() as transaction:
        transaction.install([place(1), place(2)], now)
        people = [person(name, shift="always") for name in ("ana", "ben")]
        ledger_people.save_staff(transaction.connection, people, [ALWAYS])
        for nth in (1, 2):
            made = replace(order(nth), number="", made_at=now, changed_at=now, due_at=now + 2 * DAY)
            ledger_orders.record(transaction, OrderResponse(orders=(made,)))
    return tmp_path


def run(home: Path, *words: str, code: int = 0, as_json: bool = True, said: str = "") -> Any:
    """What a command prints."""
    options = ["--config", str(home / "truckroll.toml"), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app_for(words), [*words, *options], input=said)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if as_json else done.output


def test_a_plan_is_shown_accepted_printed_and_subscribed_to(home: Path) -> None:
    """What the calendar and the sheet say is what was accepted."""
    dry = run(home, "orders", "schedule", "--rounds", "5", "--dry-run")
    shown = run(home, "orders", "schedule", "--rounds", "5", as_json=False, said="n\n")
    first = run(home, "orders", "accept", "C-000001")
    who = first["bookings"][0]["technicians"][0]
    again = run(home, "orders", "schedule", "--rounds", "5", "--yes")

    assert ("", "proposed") == (dry["id"], dry["state"])
    assert "Accept C-000001 with 2 changes?" in shown
    assert "accepted" == first["state"]
    assert [] == again["changes"]
    run(home, "orders", "calendar", who, "--out", str(home / "a.ics"))
    events = Calendar.from_ical((home / "a.ics").read_bytes()).walk("VEVENT")
    booked = [one for one in first["bookings"] if who in one["technicians"]]
    begins = {round(event.decoded("dtstart").timestamp()) for event in events}
    assert {one["starts_at"] // 1_000_000_000 for one in booked} == begins
    assert all(event.decoded("dtend") > event.decoded("dtstart") for event in events)
    day = instant_text(booked[0]["starts_at"])[:10]
    assert booked[0]["order"] in run(home, "orders", "day", who, day)["page"]


def test_who_is_ill_is_replanned_and_what_if_writes_nothing(home: Path) -> None:
    """From the time of day that is said."""
    run(home, "orders", "schedule", "--rounds", "5", "--yes")
    tried = run(home, "orders", "what-if", "--ill", "ana", "--rounds", "5")
    done = run(home, "orders", "replan", "--ill", "ana", "--from", instant_text(0), "--rounds", "5", "--yes")

    assert {"cost", "left", "moved_promises", "regained"} == set(tried["difference"])
    assert "accepted" == done["state"]
    assert all(("ben",) == tuple(one["technicians"]) for one in done["bookings"])


def test_who_alone_may_come_and_what_was_promised_is_written_down(home: Path) -> None:
    """Both are taken back and changed the same way."""
    now = SystemClock().now()
    begin, until = now // HOUR * HOUR + 5 * HOUR, now // HOUR * HOUR + 9 * HOUR
    pinned = run(home, "orders", "pin", "W-2026-000001", "ana")
    told = run(home, "orders", "promise", "W-2026-000001", instant_text(begin), instant_text(until))

    assert ["ana"] == pinned["pins"]
    assert (begin, until) == (told["promised_from"], told["promised_until"])
    assert [] == run(home, "orders", "pin", "W-2026-000001")["pins"]
