"""MTBF, MTTR and availability of a fleet, from its registry and tickets."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.errors import GiveUp
from domain.finding import Severity
from domain.instants import DAY, HOUR, instant_text
from domain.registry import Facts
from domain.ticket import LedgerEvent, Response, TicketState
from tests.maintenance.plans import at
from tests.ticketing.promises import TICKET
from ticketing.classes import NO_CLASSES
from truckroll.cli import app_for
from truckroll.dependable import By, Wanted, groups

BEGIN = at("2026-01-01")
YEAR = Wanted(since=BEGIN, until=BEGIN + 100 * DAY)


def fleet(ledger: SqlLedger) -> None:
    """Three pumps for 100 days, one of them stored half way; two failures, one of them not repaired yet, and a fan."""
    with ledger.begin() as transaction:
        for name in ("P-1", "P-2", "P-3"):
            transaction.install([Facts(device=f"d-{name}", asset=name, model="pump", site="BER")], BEGIN - DAY)
        transaction.install([Facts(device="d-F", asset="F-1", model="fan", site="HAM")], BEGIN - DAY)
        stored = Facts(device="d-P-3", asset="P-3", model="pump", site="BER", expected_state="stored")
        transaction.install([stored], BEGIN + 50 * DAY)
    fails(ledger, "P-1", BEGIN + 10 * DAY, until=BEGIN + 10 * DAY + 12 * HOUR)
    fails(ledger, "P-2", BEGIN + 90 * DAY)
    fails(ledger, "P-1", BEGIN + 20 * DAY, severity=Severity.S3)
    fails(ledger, "P-1", BEGIN + 30 * DAY, rule="life-pump")


def fails(ledger: SqlLedger, asset: str, begin: int, until: int = 0, **said) -> None:
    """A ticket of a fault, which somebody has resolved by then."""
    state = TicketState.RESOLVED if until else TicketState.NEW
    common = {"severity": Severity.S1, "state": state, "fault_at": begin, "opened_at": begin}
    ticket = replace(TICKET, number="", asset=asset, failure_mode=f"m{begin}", **{**common, **said})
    events = [LedgerEvent(at=begin, kind="opened", actor="desk")]
    if until:
        events.append(LedgerEvent(at=until, kind="moved", actor="anna", details={"state": "resolved", "was": "new"}))
    with ledger.begin() as transaction:
        transaction.record(Response(tickets=(ticket,), events=tuple(events)))


@pytest.fixture
def ledger(tmp_path):
    """The fleet's ledger, in a data directory with a configuration beside it."""
    data = DataDirectory(tmp_path / "data")
    with data, SqlLedger(data.ledger) as ledger:
        fleet(ledger)
        (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n', encoding="utf-8")
        yield ledger


def asked(ledger: SqlLedger, wanted: Wanted):
    """The groups by name."""
    with ledger.reading() as connection:
        return {each.name: each for each in groups(connection, NO_CLASSES, wanted)}


def test_a_model_has_its_failures_and_its_time_in_service(ledger):
    """What is still down counts until the end; a stored pump until then; mild and foretold ones do not."""
    found = asked(ledger, YEAR)
    pumps = found["pump"].found

    assert (3, 2, 1) == (found["pump"].assets, pumps.failures, pumps.restored)
    assert (int(10.5 * DAY), int(239.5 * DAY)) == (pumps.down, pumps.up)
    assert pytest.approx(119.75) == pumps.mtbf_days.value
    assert (0, None) == (found["fan"].found.failures, found["fan"].found.mtbf_days.value)
    assert found["fan"].found.mtbf_days.low > 20


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (replace(YEAR, by=By.ALL), {"": 2}),
        (replace(YEAR, by=By.SITE), {"BER": 2, "HAM": 0}),
        (replace(YEAR, by=By.ASSET, model="pump"), {"P-1": 1, "P-2": 1, "P-3": 0}),
        (replace(YEAR, severity=Severity.S3), {"pump": 3, "fan": 0}),
        (replace(YEAR, since=BEGIN + 60 * DAY), {"pump": 1, "fan": 0}),
    ],
    ids=["all", "site", "asset", "milder", "later"],
)
def test_assets_are_taken_together_as_asked(ledger, wanted, expected):
    """Failures by group."""
    assert expected == {name: each.found.failures for name, each in asked(ledger, wanted).items()}


def test_a_span_without_time_is_refused(ledger):
    """It says what to do."""
    with pytest.raises(GiveUp, match="give a later --until"):
        asked(ledger, replace(YEAR, until=BEGIN))


def test_the_command_line_says_it(ledger, tmp_path):
    """In sentences and as JSON."""
    words = ["life", "availability", "--config", str(tmp_path / "truckroll.toml"),
             "--since", instant_text(YEAR.since), "--until", instant_text(YEAR.until)]  # fmt: skip
    plain, told = (CliRunner().invoke(app_for(["life"]), [*words, *more]) for more in ([], ["--json"]))
    by_name = {each["group"]: each for each in json.loads(told.stdout)["groups"]}

    assert "pump: 3 assets, 2 failures; MTBF 119.8 days" in plain.stdout
    assert "fan: 1 asset, 0 failures; MTBF more than" in plain.stdout
    assert (None, 252.0) == (by_name["fan"]["mtbf_days"]["high"], by_name["pump"]["mttr_hours"]["value"])
