"""The models are asked: what they say makes findings, orders or tickets, each once, whoever asks and however often."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import ledger_foretold
from adapters.ledger_sql import SqlLedger
from domain.errors import GiveUp
from domain.finding import FindingState
from domain.instants import DAY, HOUR, Instant
from domain.plan import Plan, Strategy
from domain.work_order import OrderKind, OrderState
from maintenance.foretold import VERSION, Lines, Told
from tests.ledgers import ENGINES
from tests.maintenance.plans import at, plan
from tests.truckroll.plant import Plant
from tests.truckroll.test_life_left import BEGIN, filled, run
from ticketing.classes import NO_CLASSES
from ticketing.desk import ServiceDesk
from truckroll.foretelling import RETRY, Foreteller, hear, renewals
from truckroll.foretold_asked import Asked
from truckroll.plan_world import assets_in
from truckroll.proof import NOT_JUDGED, prove
from truckroll.settings import Settings, load
from truckroll.stock_files import FileOf, import_parts

S = OrderState
LINES = Lines(horizon=14 * DAY, chance=0.3, health=0.2)
PUMPS: Plan = replace(
    plan(start="2026-01-10"),
    id="pumps",
    strategy=Strategy.FORECAST,
    every=None,
    start="",
    rules=("life-pump",),
    lead_days=2.0,
    where={"model": ("pump",)},
)


@pytest.fixture(params=ENGINES)
def any_ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger of each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield ledger


@pytest.fixture
def ledger(tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        yield ledger


def says(chance: float, asset: str = "P-1", model: str = "one") -> Told:
    """A life model's word."""
    by_day = {f"{day}": round(chance * day / 14, 4) for day in (1, 3, 7, 14)}
    details = {"probability": chance, "horizon": "14d", "chance_by_day": by_day, "low": 4.0, "high": 20.0}
    title = {"en": f"fails within 14 days with {chance:.0%}"}
    return Told(
        rule="life-pump",
        asset=asset,
        failure_mode="pump worn",
        level=chance,
        line=0.3,
        title=title,
        details={**details, "model": model},
    )


class Rules(Asked):
    """What is asked, with rules by name and no models."""

    rules = frozenset({"life-pump"})  # type: ignore[assignment]


def hears(plant: Plant, *told: Told) -> tuple[int, int, int, int]:
    """What became of these words, in a new process as it were."""
    with plant.ledger.reading() as connection:
        known = [each.facts for each in assets_in(connection)]
        asked = Rules(
            settings=Settings(home=Path()),
            now=plant.now,
            lines=LINES,
            assets=tuple(each for each in known if each.expected_state == "active"),
            renewed=renewals(connection, NO_CLASSES, ["pump"], known),
            held=frozenset(ledger_foretold.episodes(connection, VERSION)),
        )
    heard = hear(plant.ledger, NO_CLASSES, asked, told, plant.now)
    return heard.begun, heard.changed, heard.over, heard.holding


def pumps(ledger: SqlLedger, *plans: Plan) -> Plant:
    """Two pumps."""
    plant = Plant(ledger, *plans, assets=0)
    for name in ("P-1", "P-2"):
        plant.registers(name, model="pump")
    return plant


def test_a_foretold_failure_makes_one_order_with_its_interval_and_price(any_ledger):
    """And no ticket: the plan's order is the visit."""
    plant = pumps(any_ledger, PUMPS)
    heard = hears(plant, says(0.9), says(0.1, "P-2"))
    (order,) = plant.comes("2026-01-02")

    assert (1, 0, 0, 1) == heard
    assert (OrderKind.PREDICTIVE, "P-1", S.IN_REVIEW) == (order.kind, order.asset, order.state)
    assert [4.0, 20.0] == order.grounds["fails_between_days"]
    assert (0.9, pytest.approx(0.9 * 2 / 14, abs=1e-3)) == (
        order.grounds["chance"],
        order.grounds["chance_before_work"],
    )
    assert "fails within 14 days with 90%" in order.why["en"]
    extra = order.grounds["failure_cost"] - order.grounds["planned_cost"]
    assert [pytest.approx(0.9 * each.days / 14 * extra, rel=1e-3) for each in order.waiting] == [
        each.cost for each in order.waiting
    ]
    assert [] == list(any_ledger.tickets())


def test_asked_again_by_another_or_by_another_model_nothing_is_doubled(ledger):
    """The episode goes on under its id."""
    plant = pumps(ledger, PUMPS)
    hears(plant, says(0.9))
    plant.comes("2026-01-02")
    again = hears(plant, says(0.9))
    other = hears(plant, says(0.7, model="two"))
    (found,) = ledger.findings()

    assert ((0, 0, 0, 1), (0, 1, 0, 1)) == (again, other)
    assert (0.7, "two", 2) == (found.score, found.details["model"], found.position)
    assert 1 == len(plant.comes("2026-01-03"))


def test_two_that_asked_at_once_begin_one_episode(any_ledger):
    """The second to write meets what the first wrote."""
    plant = pumps(any_ledger, PUMPS)
    with any_ledger.reading() as connection:
        facts = tuple(each.facts for each in assets_in(connection))
    slow = Rules(settings=Settings(home=Path()), now=plant.now, lines=LINES, assets=facts)
    hears(plant, says(0.9))
    late = hear(any_ledger, NO_CLASSES, slow, [says(0.8)], plant.now + HOUR)

    assert (0, 1, 1) == (late.begun, late.changed, late.holding)
    assert 1 == len(plant.comes("2026-01-02"))


def test_a_chance_that_falls_takes_back_an_order_that_nobody_approved(ledger):
    """Just below the line it goes on: 0.3 × 0.8 ends it."""
    plant = pumps(ledger, PUMPS)
    hears(plant, says(0.9))
    plant.comes("2026-01-02")

    assert (0, 1, 0, 1) == hears(plant, says(0.25))
    assert (0, 0, 1, 0) == hears(plant, says(0.2))
    assert [S.CANCELLED] == [order.state for order in plant.comes("2026-01-03")]
    assert (FindingState.RESOLVED, "it has fallen") == (
        ledger.findings()[0].state,
        ledger.findings()[0].details["over"],
    )


def test_work_that_was_done_ends_the_episode_and_wear_begins_another(ledger):
    """Also where nothing can be said of the renewed one yet."""
    plant = pumps(ledger, PUMPS)
    hears(plant, says(0.9))
    (order,) = plant.comes("2026-01-02")
    plant.does(order.number)
    plant.now += HOUR
    silent = hears(plant)
    plant.now = at("2026-03-01")
    heard = hears(plant, says(0.9))

    assert ((0, 0, 1, 0), (1, 0, 0, 1)) == (silent, heard)
    assert [S.CLOSED, S.IN_REVIEW] == [order.state for order in plant.comes("2026-03-02")]


def test_where_no_plan_listens_people_get_a_ticket(ledger):
    """One, however often it is asked."""
    plant = pumps(ledger)
    hears(plant, says(0.9))
    hears(plant, says(0.8))
    (ticket,) = ledger.tickets()
    hears(plant, says(0.1))

    assert ("P-1", "pump worn", "life-pump") == (ticket.asset, ticket.failure_mode, ticket.rule)
    assert [ticket.number] == [each.number for each in ledger.tickets()]
    assert [[NOT_JUDGED]] == [list(proof.objections) for proof in prove(ledger, ServiceDesk(), ticket)]


def test_what_nobody_speaks_of_any_more_is_withdrawn_and_a_stored_asset_is_over(ledger):
    """An asset of which nothing is said keeps what was said."""
    plant = pumps(ledger, PUMPS)
    hears(plant, says(0.9), says(0.9, "P-2"))
    quiet = hears(plant)
    plant.registers("P-2", model="pump", expected_state="stored")
    stored = hears(plant)
    with ledger.reading() as connection:
        held = frozenset(ledger_foretold.episodes(connection, VERSION))
    hear(
        ledger, NO_CLASSES, Asked(settings=Settings(home=Path()), now=plant.now, lines=LINES, held=held), (), plant.now
    )

    assert ((0, 0, 0, 2), (0, 0, 1, 1)) == (quiet, stored)
    assert {"P-1": "withdrawn", "P-2": "resolved"} == {each.asset: each.state.value for each in ledger.findings()}


# -- the whole way, with a model and readings


@pytest.fixture(scope="module")
def fans(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Instant]:
    """A data directory with worn fans, and a model of them that the configuration names."""
    pytest.importorskip("sklearn")
    home = tmp_path_factory.mktemp("fans")
    config, failures = filled(home, 11)
    model = str(home / "fan.json")
    run("life", "train", "--family", "fan", "--setting", "speed", "--step", "1h", "--model", model,
        "--failures", failures, "--config", config, "--json")  # fmt: skip
    said = Path(config).read_text(encoding="utf-8")
    lines = '[maintenance]\nlife_models = ["fan*.json"]\nlife_horizon = "2d"\nlife_chance = 0.01\n'
    Path(config).write_text(said + lines, encoding="utf-8")
    return config, BEGIN + 60 * HOUR


def test_the_service_asks_in_a_process_of_its_own_and_goes_on_where_it_was_killed(fans, monkeypatch):
    """Killed while it asks, nothing was told; asked again, each fan has its findings once, and the pace is kept."""
    config, now = fans
    settings = load(Path(config))
    with SqlLedger(settings.data / "ledger.db") as ledger:
        first = Foreteller(ledger, settings, NO_CLASSES)
        first.keep(now)
        first.stop()
        second = Foreteller(ledger, settings, NO_CLASSES)
        second.keep(now)
        assert second.job is not None
        second.job.result(lambda done: None)
        second.keep(now)
        found = ledger.findings()
        third = Foreteller(ledger, settings, NO_CLASSES)
        due = [third.is_due(now + hours * HOUR) for hours in (1, 5, 6, 7)]

    assert found
    assert {VERSION} == {each.version for each in found}
    assert {"life-fan", "health-fan"} >= {each.rule for each in found}
    assert len(found) == len({(each.rule, each.asset) for each in found})
    assert [False, False, True, True] == due


def test_a_process_that_is_killed_is_told_and_nothing_of_it_is_believed(fans):
    """The ledger is as it was; it is asked again after a while."""
    config, _ = fans
    now = BEGIN + 500 * HOUR
    settings = load(Path(config))
    with SqlLedger(settings.data / "ledger.db") as ledger:
        before, chore = ledger.findings(), Foreteller(ledger, settings, NO_CLASSES)
        chore.keep(now)
        assert chore.job is not None
        chore.job.process.kill()
        chore.job.process.join()
        with pytest.raises(GiveUp, match=r"The forecast ended by itself \(signal SIGKILL\)"):
            chore.keep(now)

        assert (before, None) == (ledger.findings(), chore.job)
        assert [False, True] == [chore.is_due(now + RETRY - 1), chore.is_due(now + RETRY)]


def test_the_command_line_asks_and_says_what_it_heard(fans):
    """Told for the clock on the wall: the fans ran long ago, so there is nothing to say of today but who is silent."""
    config, _ = fans
    told = json.loads(run("life", "ask", "--dry-run", "--config", config, "--json"))

    assert (["health-fan", "life-fan"], None) == (told["rules"], told["recorded"])
    assert 11 == len({each["asset"] for each in (*told["told"], *told["unsaid"])})


def test_models_that_cannot_be_asked_are_told_until_they_can(fans, tmp_path):
    """The chore gives up with the file's name, and does not try again at once."""
    config, now = fans
    settings = load(Path(config))
    twice = replace(settings.maintenance, life_models=("fan*.json", "more/*.json"))
    (settings.home / "more").mkdir()
    (settings.home / "more" / "fan.json").write_bytes((settings.home / "fan.json").read_bytes())
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        chore = Foreteller(ledger, replace(settings, maintenance=twice), NO_CLASSES)
        for moment in (now, now + 1):
            with pytest.raises(GiveUp, match="are both of fan"):
                chore.keep(moment)

        assert [False, True] == [chore.is_due(now + RETRY - 1), chore.is_due(now + RETRY)]


def test_a_forecast_plan_waits_no_longer_for_its_part_than_the_stock_says(ledger):
    """Bought, it would come after the failure: no order. On the shelf: an order. A plan's own number goes before."""
    plant = pumps(ledger, replace(PUMPS, lead_days=None))
    job = replace(plant.planner.around.jobs["oil"], kit={"belt": 1}, skills=())
    plant.planner.around = replace(plant.planner.around, jobs={"oil": job})
    for kind, text in ((FileOf.PARTS, "id,lead_days\nbelt,40\n"), (FileOf.DEPOTS, "id,kind\nmain,depot\n")):
        import_parts(ledger, kind, text, "file.csv", by="lee", now=plant.now, dry_run=False)
    hears(plant, says(0.9))
    none = plant.comes("2026-01-02")
    import_parts(ledger, FileOf.STOCK, "part,location,pieces\nbelt,main,1\n", "stock.csv", by="lee", now=plant.now,
                 dry_run=False)  # fmt: skip
    (order,) = plant.comes("2026-01-03")

    assert [] == none
    assert (0.0, 0.0) == (order.grounds["part_days"], order.grounds["lead_days"])
