"""Orders in review over a real ledger: by hand, many at once, and by a spreadsheet that goes out and comes back."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters import ledger_orders, ledger_parts, ledger_review
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.errors import PartsMissing
from domain.instants import DAY
from domain.part import Location, LocationKind, Part
from domain.work_order import OrderState, WorkOrder
from maintenance.feedback import feedback, sentence
from maintenance.review import First
from maintenance.review_csv import read, written
from tests.ledgers import ENGINES
from tests.maintenance.plans import at, plan
from tests.orders import Office
from tests.truckroll.plant import Plant
from ticketing.classes import NO_CLASSES
from ticketing.order_review import Changes
from truckroll.cli import app_for
from truckroll.order_deeds import Request
from truckroll.review import Act, Decision, Fate, Outcome, decide, decide_many, decisions_of, to_review

S = OrderState
NOW = at("2026-01-10")


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


def waiting(ledger: SqlLedger, assets: int = 4) -> list[WorkOrder]:
    """Orders of the plan `oil` that wait for review."""
    return Plant(ledger, plan(start="2026-01-10"), assets=assets).comes("2026-01-08")


def made(ledger: SqlLedger, *decisions: Decision, dry_run: bool = False) -> list[Outcome]:
    """What becomes of decisions."""
    return decide_many(ledger, NO_CLASSES, decisions, NOW, zone="UTC", dry_run=dry_run)


def said(order: WorkOrder, act: Act, **more: Any) -> Decision:
    """A decision about an order as it was seen."""
    return Decision(order=order.number, act=act, by="lee", revision=order.revision, **more)


def order_of(ledger: SqlLedger, number: str) -> WorkOrder:
    """As it stands."""
    with ledger.reading() as connection:
        return ledger_orders.order(connection, number)


def states(ledger: SqlLedger, orders: list[WorkOrder]) -> list[str]:
    """How they stand."""
    return [order_of(ledger, each.number).state.value for each in orders]


def test_orders_are_approved_changed_refused_deferred_and_merged_and_the_plan_learns_it(any_ledger):
    """Each by a move that the order allows; what people made of them stands in a sentence."""
    orders = waiting(any_ledger, 5)
    later = Changes(ideal_at=at("2026-01-12"), due_at=at("2026-01-18"), hours=3.0)
    found = made(
        any_ledger,
        said(orders[0], Act.APPROVE),
        said(orders[1], Act.CHANGE, changes=later),
        said(orders[2], Act.REFUSE, reason="asset is being replaced"),
        said(orders[3], Act.DEFER, until=at("2026-01-15")),
        said(orders[4], Act.MERGE, into=orders[0].number),
    )

    assert [Fate.DONE] * 4 == [each.fate for each in found[:4]]
    assert "another order on P-5" in found[4].said
    assert ["approved", "in_review", "rejected", "deferred", "in_review"] == states(any_ledger, orders)
    with any_ledger.reading() as connection:
        (learned,) = feedback(ledger_review.reviewed(connection, "oil"))
        assert [] == list(ledger_review.reviewed(connection, "Oil"))
        assert [] == list(ledger_review.reviewed(connection, "oil", since=NOW + DAY))
    assert (
        "Of 5 orders of plan oil: 1 approved as they were, 1 refused: 'asset is being replaced', 3 not decided yet, "
        "1 moved later by 2 days in the median, 1 deferral by 5 days in the median, "
        "hours of 1 changed from 2 to 3 in the median."
    ) == sentence(learned)["en"]


def test_a_rehearsal_says_the_same_and_changes_nothing(ledger):
    """Whatever was decided."""
    orders = waiting(ledger)
    wanted = [said(orders[0], Act.RELEASE), said(orders[1], Act.CHANGE, day=date(2026, 1, 12))]
    wanted += [said(orders[2], Act.REFUSE), Decision(order="W-2026-000099", act=Act.APPROVE, by="lee")]
    before = [order_of(ledger, each.number) for each in orders]
    rehearsed = made(ledger, *wanted, dry_run=True)

    assert before == [order_of(ledger, each.number) for each in orders]
    assert rehearsed == made(ledger, *wanted)
    assert ["done", "done", "left", "left"] == [each.fate for each in rehearsed]
    assert ["released", "in_review", "in_review", "in_review"] == states(ledger, orders)


def test_the_same_request_again_changes_nothing_and_an_older_sight_is_told(ledger):
    """By its key, whatever became of the order since; without one the revision must be right."""
    (order,) = waiting(ledger, 1)
    once = said(order, Act.APPROVE, request=Request("k-1", "d"))

    assert [Fate.DONE, Fate.SAME] == [made(ledger, once)[0].fate for _ in range(2)]
    (late,) = made(ledger, said(order, Act.REFUSE, reason="no"))
    assert (Fate.LEFT, "approved") == (late.fate, late.state)
    assert "was changed since you saw it and is approved now" in late.said


def test_releasing_reserves_the_kit_or_says_what_is_missing(ledger):
    """The order is approved and released in one change, or neither."""
    (order,) = waiting(ledger, 1)
    with ledger.begin() as transaction:
        ledger_parts.save_parts(transaction.connection, [Part(id="fan", name={"en": "Fan"})])
        ledger_parts.save_locations(
            transaction.connection, [Location(id="hub", kind=LocationKind.DEPOT, name={"en": "Hub"})]
        )
    made(ledger, said(order, Act.CHANGE, changes=Changes(kit={"fan": 2})))
    with pytest.raises(PartsMissing, match="2 × fan"):
        decide(ledger, NO_CLASSES, Decision(order=order.number, act=Act.RELEASE, by="lee"), NOW, zone="UTC")
    assert ["in_review"] == states(ledger, [order])
    (unknown,) = made(ledger, Decision(order=order.number, act=Act.CHANGE, by="lee", changes=Changes(kit={"fam": 1})))
    assert "There is no part fam; did you mean fan?" == unknown.said

    bold = Decision(order=order.number, act=Act.RELEASE, by="lee", without_parts=True, why="the customer has them")
    assert [Fate.DONE] == [each.fate for each in made(ledger, bold)]


def test_visits_for_tickets_stand_in_the_same_list_and_file(ledger):
    """Beside the orders of plans; the failure that is there comes before costs to come."""
    office = Office(ledger)
    ticket = office.opens("tv-9")
    office.settles()
    waiting(ledger, 1)
    with ledger.reading() as connection:
        found = to_review(connection, First.COST)
        here = to_review(connection, First.DUE, asset="tv-9")
        text = written(found, lambda _: "UTC", "en")

    assert [ticket, ""] == [order.ticket for order in found]
    assert [ticket] == [order.ticket for order in here]
    assert f",tv-9,{ticket},Ticket {ticket} is of a kind that always needs a visit." in text


def decided_file(ledger: SqlLedger, *decisions: str) -> str:
    """The export, with so many decisions written into its last columns."""
    with ledger.reading() as connection:
        lines = written(to_review(connection, First.DUE), lambda _: "UTC", "en").split("\r\n")
    rows = [
        ",".join([*line.split(",")[:-4], decision, line.split(",")[-1]])
        for line, decision in zip(lines[1:], decisions, strict=False)
    ]
    return "\r\n".join([lines[0], *rows])


def test_a_file_is_taken_in_once_and_a_row_whose_order_changed_is_left(any_ledger):
    """The others pass; the same file again changes nothing at all."""
    orders = waiting(any_ledger)
    text = decided_file(any_ledger, "approve,fine,", "refuse,'=gone,", "change,holiday,2026-01-13", "defer,,2026-01-14")
    made(any_ledger, said(orders[1], Act.APPROVE))
    wanted = decisions_of(read("review.csv", text), "lee")
    rehearsed, first = made(any_ledger, *wanted, dry_run=True), made(any_ledger, *wanted)
    after = [order_of(any_ledger, each.number) for each in orders]
    second = made(any_ledger, *wanted)

    assert rehearsed == first
    assert ["done", "left", "done", "done"] == [each.fate for each in first]
    assert "was changed since you saw it" in first[1].said
    assert ["same", "left", "same", "same"] == [each.fate for each in second]
    assert after == [order_of(any_ledger, each.number) for each in orders]
    assert ["approved", "approved", "in_review", "deferred"] == [each.state for each in after]
    assert (at("2026-01-13"), at("2026-01-17")) == (after[2].ideal_at, after[2].due_at)
    assert "=gone" == wanted[1].reason


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("day", ["0001-01-01", "1677-01-01", "2262-12-01", "9999-12-31"])
def test_a_day_beyond_all_calendars_leaves_the_order_and_says_so(ledger, day, zone):
    """Whether it is deferred or changed."""
    (order,) = Plant(ledger, plan(start="2026-01-10", zone=zone)).comes("2026-01-08")
    rows = [f"{order.number},{act},,{day},{order.revision}" for act in ("defer", "change")]
    header = "order,decision,reason,date,revision"
    wanted = [one for row in rows for one in decisions_of(read("review.csv", f"{header}\n{row}"), "lee")]

    found = decide_many(ledger, NO_CLASSES, wanted, NOW, zone=zone)

    assert ["left", "left"] == [each.fate for each in found]
    assert all(each.said for each in found)


# -- on the command line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration whose ledger has two orders of a plan to review."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    with DataDirectory(tmp_path / "data") as data, SqlLedger(data.ledger) as ledger:
        Plant(ledger, plan(start="2100-01-10"), assets=2, since="2100-01-01").comes("2100-01-08")
    return tmp_path


def run(home: Path, *words: str, code: int = 0, as_json: bool = True) -> Any:
    """What a command prints."""
    options = ["--config", str(home / "truckroll.toml"), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app_for(words), [*words, *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if as_json and code == 0 else done.output


def test_a_planner_reviews_on_the_command_line(home: Path) -> None:
    """Look, change, rehearse, decide, and read what was learned."""
    first, second = (each["number"] for each in run(home, "orders", "review")["orders"])
    run(home, "orders", "change", first, "--hours", "3", "--kit", "oil:2", "--task", "Oil it well", "--why", "big")
    assert 2 == run(home, "orders", "decide", "approve", "--plan", "oil", "--dry-run")["done"]
    assert 2 == run(home, "orders", "decide", "approve", first, second)["done"]

    assert [] == run(home, "orders", "review")["orders"]
    (told,) = run(home, "orders", "feedback", "oil")["plans"]
    assert (2, 1, 1) == (told["orders"], told["as_they_were"], told["changed"])
    assert "Of 2 orders of plan oil" in run(home, "orders", "feedback", as_json=False)
    assert "个作业单" in run(home, "orders", "feedback", "--language", "zh", as_json=False)
    run(home, "orders", "decide", "approve", code=2)
    run(home, "orders", "change", first, "--to", "tomorrow", code=2)


def test_a_spreadsheet_goes_out_and_comes_back(home: Path) -> None:
    """Rehearsed first; the second time it changes nothing; pages are written beside it."""
    file = home / "review.csv"
    assert 2 == run(home, "orders", "export", str(file))["orders"]
    head, first, second, _ = file.read_bytes().decode("utf-8-sig").split("\r\n")
    decided = [head, first.replace(",,,,", ",approve,,,"), second.replace(",,,,", ",refuse,泵已更换,,")]
    file.write_text("\ufeff" + "\r\n".join(decided), encoding="utf-8")

    assert [2, 2] == [run(home, "orders", "import", str(file), "--dry-run")["done"] for _ in range(2)]
    assert 2 == run(home, "orders", "import", str(file))["done"]
    assert (0, 2) == tuple(run(home, "orders", "import", str(file))[name] for name in ("done", "same"))
    assert "2 were so already" in run(home, "orders", "import", str(file), as_json=False)

    run(home, "orders", "week", "2100-W01", "--out", str(home / "week.html"))
    run(home, "orders", "sheet", "W-2100-000001", "--out", str(home / "sheet.html"), "--language", "zh")
    assert "W-2100-000001" in (home / "week.html").read_text()
    assert "任务" in (home / "sheet.html").read_text()
    assert "<h1>Orders of week 2100-W01</h1>" in run(home, "orders", "week", "2100-W01", as_json=False)
