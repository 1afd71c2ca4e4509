"""Campaigns over a real ledger: waves, progress, parts, what comes back and stops them, and every unit's one order."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from adapters import desk_tables, ledger_campaigns, ledger_fitted, ledger_orders, ledger_parts, ledger_plans
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.asset_value import Fitted
from domain.campaign import Campaign, CampaignState
from domain.errors import Conflict, IllegalMove, Unknown, WrongFormat
from domain.instants import DAY, HOUR
from domain.part import Location, LocationKind, Movement, MovementKind, Part
from domain.ticket import Response
from domain.ticket_class import JobPlan
from domain.work_order import OrderKind, OrderState, WorkOrder
from tests.ledgers import ENGINES
from tests.maintenance.plans import at
from tests.ticketing.promises import TICKET
from tests.truckroll.plant import AROUND, Plant
from ticketing.moves import birth
from truckroll import campaigns
from truckroll.campaign_deeds import Standing, globs_of, standing_of, start, turn
from truckroll.campaign_needs import waves
from truckroll.campaigns import Campaigns, open_unit
from truckroll.cli import app_for
from truckroll.stock import move_stock
from truckroll.stock_keeping import StockKeeper

S = OrderState
FAN = JobPlan(id="fan", name={"en": "Swap the fan"}, hours=1.0, kit={"fan": 2})
AROUND_FAN = replace(AROUND, jobs={"oil": AROUND.jobs["oil"], "fan": FAN})
BEGIN = at("2026-01-05")


@pytest.fixture(params=ENGINES)
def any_ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger of each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield ledger


@pytest.fixture
def ledger(tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    with SqlLedger(ENGINES["sqlite"](tmp_path)) as ledger:
        yield ledger


def recall(**said: Any) -> Campaign:
    """Swap the fan of every TV-55."""
    common: dict[str, Any] = {
        "id": "recall",
        "name": {"en": "Fan recall", "zh": "风扇召回"},
        "why": {"en": "lot L7 seizes", "zh": "L7 批次卡死"},
        "where": {"model": ("TV-55",)},
        "job_plan": "fan",
        "wave": 3,
        "stop_after": 2,
        "stop_percent": 40,
        "started_at": BEGIN,
        "by": "lee",
    }
    return Campaign(**common | said)


class Field:
    """Units of one model, and a campaign on them."""

    def __init__(self, ledger: SqlLedger, units: int = 5, **said: Any) -> None:
        self.ledger = ledger
        self.plant = Plant(ledger)
        self.chore = Campaigns(ledger, AROUND_FAN)
        for nth in range(units):
            self.plant.registers(f"TV-{nth + 1}", model="TV-55")
        self.plant.registers("other", model="TV-43")
        start(ledger, AROUND_FAN, recall(**said), BEGIN)

    def comes(self, day: str) -> "Field":
        """It is that day, and the chore has looked."""
        self.plant.now = at(day)
        self.chore.keep(self.plant.now)
        self.plant.planner.keep(self.plant.now)
        self.chore.keep(self.plant.now)
        return self

    def orders(self, *states: OrderState) -> list[WorkOrder]:
        """The campaign's orders in some states, oldest first."""
        return [order for order in self.plant.orders(*states) if order.campaign == "recall"]

    def does(self, many: int) -> None:
        """The work of so many orders that wait is done now."""
        for order in self.orders(S.IN_REVIEW)[:many]:
            self.plant.does(order.number)

    def breaks(self, asset: str, **said: Any) -> str:
        """A ticket is opened for an asset; its number."""
        ticket = replace(TICKET, number="", asset=asset, opened_at=self.plant.now, **said)
        with self.ledger.begin() as transaction:
            response = Response(tickets=(ticket,), events=(birth(ticket, self.plant.now),))
            return transaction.record(response)[0].number

    def stands(self) -> Standing:
        """How far the campaign is."""
        with self.ledger.reading() as connection:
            return standing_of(connection, AROUND_FAN, ledger_campaigns.campaign(connection, "recall"))

    def counts(self) -> tuple[int, ...]:
        """Left, open, done, failed, refused."""
        how = self.stands().progress
        return (how.left, how.open, how.done, how.failed, how.refused)


def test_waves_follow_each_other_until_every_unit_had_its_one_order(any_ledger):
    """The next come as places become free; who registers late joins; then it is finished."""
    field = Field(any_ledger).comes("2026-01-05")
    (order, *_) = field.orders()
    assert (3, (2, 3, 0, 0, 0)) == (len(field.orders()), field.counts())
    assert (S.IN_REVIEW, OrderKind.PREVENTIVE, "TV-1", {"fan": 2}) == (
        order.state,
        order.kind,
        order.asset,
        order.kit,
    )
    assert {"en": "Campaign Fan recall: lot L7 seizes", "zh": "专项活动“风扇召回”：L7 批次卡死"} == order.why
    assert (BEGIN, BEGIN + 30 * DAY, [1, 3, 7, 14]) == (order.ready_at, order.due_at, [w.days for w in order.waiting])

    field.does(2)
    field.comes("2026-01-06")
    assert (0, 3, 2, 0, 0) == field.counts()
    field.plant.registers("TV-9", model="TV-55")
    field.does(3)
    field.comes("2026-01-07").does(1)
    field.comes("2026-01-20")
    assert ((0, 0, 6, 0, 0), CampaignState.RUNNING) == (field.counts(), field.stands().campaign.state)
    field.comes("2026-01-22")
    assert CampaignState.FINISHED is field.stands().campaign.state
    assert ["TV-1", "TV-2", "TV-3", "TV-4", "TV-5", "TV-9"] == sorted(order.asset for order in field.orders())
    assert {S.CLOSED} == {order.state for order in field.orders()}


def test_too_many_that_come_back_pause_it_and_a_person_resumes_it(ledger):
    """It says why, and whoever started it hears; what was there at the resumption does not count again."""
    field = Field(ledger, units=9).comes("2026-01-05")
    field.does(2)
    field.comes("2026-01-06")
    ticket = field.breaks("TV-1")
    field.comes("2026-01-07")
    stands = field.stands()

    assert ((CampaignState.PAUSED, 1, 1)) == (stands.campaign.state, stands.progress.done, stands.progress.failed)
    assert stands.campaign.reason["en"] == (
        "1 of 2 finished units had their trouble back within 14 days (50 %, allowed are 40 %): "
        f"{ticket}. Look into it, then resume or stop the campaign."
    )
    assert "已完工" in stands.campaign.reason["zh"]
    with ledger.reading() as connection:
        told = connection.execute(select(desk_tables.notice)).one()
    assert ("lee", "Campaign Fan recall has paused itself") == (told.to, json.loads(told.subject)["en"])

    before = len(field.orders())
    field.does(3)
    field.comes("2026-01-08")
    assert before == len(field.orders())
    turn(ledger, "recall", CampaignState.RUNNING, by="lee", now=field.plant.now, why="another fault")
    field.comes("2026-01-09")
    assert (before + 3, CampaignState.RUNNING) == (len(field.orders()), field.stands().campaign.state)


@pytest.mark.parametrize(
    ("asset", "day", "said"),
    [
        ("TV-4", "2026-01-06", {}),
        ("TV-1", "2026-01-25", {}),
        ("TV-1", "2026-01-06", {"failure_mode": "dark"}),
        ("other", "2026-01-06", {}),
    ],
)
def test_only_trouble_of_the_same_kind_on_a_unit_soon_after_its_work_counts(ledger, asset, day, said):
    """Not a unit that was not worked on, not what comes weeks later, not another failure mode."""
    field = Field(ledger, failure_mode=TICKET.failure_mode, watch_days=14).comes("2026-01-05")
    field.does(2)
    field.comes(day)
    field.breaks(asset, **said)
    field.comes("2026-02-01")

    assert 0 == field.stands().progress.failed


def test_refused_orders_are_not_made_again_and_merged_ones_are_done_with_the_other(ledger):
    """Each unit has one order, whatever becomes of it."""
    field = Field(ledger, units=3).comes("2026-01-05")
    first, second, third = field.orders()
    field.plant.moves(first.number, S.REJECTED, reason="sold")
    field.plant.moves(second.number, S.DEFERRED, until=at("2026-03-01"))
    repair = replace(third, number="", campaign="", revision=0)
    with ledger.begin() as transaction:
        (other,) = ledger_orders.record(transaction, ledger_orders.OrderResponse(orders=(repair,)))
    field.plant.moves(third.number, S.MERGED, into=other.number)
    field.comes("2026-01-06")
    assert (0, 2, 0, 0, 1) == field.counts()
    field.plant.does(other.number)
    field.comes("2026-01-07")

    assert (0, 1, 1, 0, 1) == field.counts()
    assert 3 == len(field.orders())


def test_stopping_takes_back_what_nobody_has_approved(ledger):
    """An order that somebody approved stays; what is stopped stays so."""
    field = Field(ledger).comes("2026-01-05")
    kept = field.orders()[0].number
    field.plant.moves(kept, S.APPROVED)
    stopped = turn(ledger, "recall", CampaignState.STOPPED, by="lee", now=field.plant.now, why="wrong fan")
    field.comes("2026-01-06")

    assert [S.APPROVED, S.CANCELLED, S.CANCELLED] == [order.state for order in field.orders()]
    assert stopped == turn(ledger, "recall", CampaignState.STOPPED, by="bo", now=field.plant.now)
    with pytest.raises(IllegalMove, match="possible from here: none"):
        turn(ledger, "recall", CampaignState.RUNNING, by="lee", now=field.plant.now)
    with pytest.raises(Unknown, match="did you mean recall"):
        turn(ledger, "recal", CampaignState.PAUSED, by="lee", now=field.plant.now)


def test_an_asset_that_is_retired_or_updated_otherwise_needs_no_visit(ledger):
    """Its order is taken back, unless somebody has approved it."""
    field = Field(ledger, units=3).comes("2026-01-05")
    field.plant.registers("TV-1", model="TV-55", expected_state="retired")
    field.plant.registers("TV-2", model="TV-56")
    field.comes("2026-01-06")

    assert {"TV-1": S.CANCELLED, "TV-2": S.CANCELLED, "TV-3": S.IN_REVIEW} == {o.asset: o.state for o in field.orders()}
    assert (0, 1, 0, 0, 0) == field.counts()


def test_an_asset_that_is_back_gets_its_order_after_all(ledger):
    """Nobody has refused the work on it: the service took the order back while it was away."""
    field = Field(ledger, units=2).comes("2026-01-05")
    field.plant.registers("TV-1", model="TV-55", expected_state="retired")
    field.comes("2026-01-06")
    field.plant.registers("TV-1", model="TV-55")
    field.comes("2026-01-07").comes("2026-01-08")

    assert ["TV-1", "TV-2"] == sorted(order.asset for order in field.orders(S.IN_REVIEW))
    assert (0, 2, 0, 0, 0) == field.counts()


def test_the_parts_plan_sets_the_kits_against_the_stock_and_automatic_orders_go_out_with_theirs(ledger):
    """What is reserved needs nothing more; who finds no parts waits for them as approved."""
    field = Field(ledger, units=5, automatic=True, wave=5)
    with ledger.begin() as transaction:
        ledger_parts.save_parts(transaction.connection, [Part(id="fan", name={"en": "Fan"})])
        ledger_parts.save_locations(
            transaction.connection, [Location(id="hub", kind=LocationKind.DEPOT, name={"en": "Hub"})]
        )
    receive(field, 5)
    (need,) = field.stands().parts
    assert (2, 10, 5, 5, 2) == (need.each, need.needed, need.available, need.missing, need.enough_for)

    field.comes("2026-01-05")
    assert [2, 3] == [len(field.orders(state)) for state in (S.RELEASED, S.APPROVED)]
    (need,) = field.stands().parts
    assert (6, 1, 5) == (need.needed, need.available, need.missing)
    receive(field, 1)
    StockKeeper(ledger).keep(field.plant.now)
    field.comes("2026-01-06")
    assert 3 == len(field.orders(S.RELEASED))


def receive(field: Field, pieces: int) -> None:
    """So many fans arrive."""
    now = field.plant.now
    said = {"id": f"in-{pieces}", "at": now, "recorded_at": now, "by": "lee", "part": "fan", "location": "hub"}
    move_stock(field.ledger, [Movement(kind=MovementKind.RECEIPT, pieces=pieces, **said)])


def test_a_lot_of_a_part_that_is_fitted_names_the_units(ledger):
    """Whatever their model."""
    field = Field(ledger, units=3, where={}, part="fan", lot="L7*")
    with ledger.begin() as transaction:
        rows = [("TV-1", "L7"), ("TV-2", "L8"), ("other", "L7b")]
        fans = [Fitted(asset=asset, position="fan", part="fan", lot=lot, since=0, by="lee") for asset, lot in rows]
        ledger_fitted.add_fitted(transaction.connection, fans)
    field.comes("2026-01-05")

    assert ["TV-1", "other"] == [order.asset for order in field.orders()]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"job_plan": "fam"}, "There is no job plan fam; did you mean fan?"),
        ({"where": {}}, "Say where"),
        ({"wave": 0}, "wave is a number from 1 to 10000"),
        ({"why": {"en": " "}}, "why must be said in English"),
        ({"lot": "L7"}, "A lot is one of a part"),
        ({"by": "campaigns"}, "write yours"),
        ({"id": "re call"}, "id is up to 64 letters"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_at_the_start(ledger, said, sentence):
    """And nothing is started; the same again changes nothing, another one with its id is refused."""
    with pytest.raises(WrongFormat) as found:
        start(ledger, AROUND_FAN, recall(**said), BEGIN)
    assert sentence in str(found.value)

    assert start(ledger, AROUND_FAN, recall(), BEGIN) == start(ledger, AROUND_FAN, recall(), BEGIN + HOUR)
    with pytest.raises(WrongFormat, match="another campaign recall"):
        start(ledger, AROUND_FAN, recall(wave=4), BEGIN)
    with pytest.raises(WrongFormat, match="names modle"):
        globs_of(["modle=TV"])


def test_the_database_itself_refuses_a_second_order_for_a_unit(any_ledger):
    """Whoever asks for it."""
    field = Field(any_ledger, units=1).comes("2026-01-05")
    again = replace(field.orders()[0], number="", revision=0)
    with pytest.raises(Conflict), any_ledger.begin() as transaction:
        open_unit(transaction, recall(), again, BEGIN)

    assert 1 == len(field.orders())


# -- killed

FORK = get_context("fork")
UNITS = 12


def made_until_killed(place: str, told: Connection) -> None:
    """A process that makes two orders at a time, and tells of each that it has written and not yet committed."""
    written = campaigns.open_unit

    def open_unit_and_tell(*given: Any) -> None:
        written(*given)
        told.send_bytes(b"made")

    campaigns.MOST_MADE = campaigns.MOST_LINES = 2
    campaigns.open_unit = open_unit_and_tell
    with SqlLedger(place) as ledger:
        Campaigns(ledger, AROUND_FAN).keep(BEGIN)
    told.close()
    Event().wait()


@pytest.mark.parametrize("engine", ENGINES)
def test_killed_again_and_again_two_makers_give_every_unit_one_order(tmp_path: Path, engine: str) -> None:
    """None is missing, none is there twice."""
    place, chance = ENGINES[engine](tmp_path), Random(3)
    with SqlLedger(place) as ledger:
        Field(ledger, units=UNITS, wave=UNITS)
    for _ in range(2):
        run_two_and_kill(str(place), [chance.randrange(0, 5) for _ in range(2)])
    with SqlLedger(place) as ledger:
        Campaigns(ledger, AROUND_FAN).keep(BEGIN)
        with ledger.reading() as connection:
            units = {unit.asset: unit.order for unit in ledger_campaigns.units(connection, "recall")}
            orders = ledger_orders.orders(connection, ledger_orders.OrdersWanted(), most=10 * UNITS)

    assert units == {order.asset: order.number for order in orders}
    assert (UNITS, UNITS) == (len(units), len(orders))


def run_two_and_kill(place: str, after: list[int]) -> None:
    """Let two processes work at once, and kill each after so many orders."""
    running = []
    for many in after:
        hears, tells = FORK.Pipe(duplex=False)
        child = FORK.Process(target=made_until_killed, args=(place, tells))
        child.start()
        tells.close()
        running.append((child, hears, many))
    for child, hears, many in running:
        with suppress(EOFError):
            for _ in range(many):
                hears.recv_bytes()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        hears.close()


# -- on the command line


def run(home: Path, *words: str, code: int = 0, as_json: bool = True) -> Any:
    """What a command prints."""
    options = ["--config", str(home / "truckroll.toml"), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app_for(words), [*words, *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if as_json and code == 0 else done.output


def test_a_campaign_is_rehearsed_started_shown_and_stopped_on_the_command_line(tmp_path: Path) -> None:
    """With the parts that it takes."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    with DataDirectory(tmp_path / "data") as data, SqlLedger(data.ledger) as ledger:
        plant = Plant(ledger)
        for nth in range(4):
            plant.registers(f"TV-{nth}", model="TV-55", tags={"lot": "L7" if nth else "L8"})
        with ledger.begin() as transaction:
            ledger_plans.save_job_plans(transaction.connection, [FAN])
    asked = ["campaigns", "start", "recall", "--job-plan", "fan", "--reason", "it seizes"]
    asked += ["--where", "model=TV-*", "--where", "tag.lot=L7|L9", "--title-zh", "召回"]
    rehearsed = run(tmp_path, *asked, "--dry-run")
    assert [] == run(tmp_path, "campaigns", "list")["campaigns"]

    how, (need,) = rehearsed["progress"], rehearsed["parts"]
    assert (3, 3, False) == (how["total"], how["left"], need["is_known"])
    assert "has 3 units" in run(tmp_path, *asked, as_json=False)
    shown = run(tmp_path, "campaigns", "show", "recall", as_json=False)
    assert "fan: 6 needed; the stock ledger does not know it." in shown
    assert [] == run(tmp_path, "campaigns", "show", "recall", "--units")["units"]
    assert "召回" in run(tmp_path, "campaigns", "list", "--language", "zh", as_json=False)
    words = ("pause", "resume", "stop")
    states = [run(tmp_path, "campaigns", word, "recall", "--why", "so")["state"] for word in words]
    assert ["paused", "running", "stopped"] == states


def test_units_without_an_order_want_parts_while_the_campaign_runs(ledger):
    """Those with an order are asked for by it; a campaign that is paused asks for nothing more."""
    field = Field(ledger).comes("2026-01-05")
    with ledger.reading() as connection:
        (wave,) = waves(connection, AROUND_FAN.jobs)
    turn(ledger, "recall", CampaignState.PAUSED, by="lee", now=field.plant.now)
    with ledger.reading() as connection:
        paused = waves(connection, AROUND_FAN.jobs)

    assert (({"fan": 2}, 2, 3, 30), ()) == ((wave.kit, wave.left, wave.units, wave.days), paused)
