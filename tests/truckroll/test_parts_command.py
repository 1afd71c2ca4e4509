"""`truckroll parts`: from an empty ledger to a purchase, on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters import ledger_orders
from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.errors import NotInStock, PartsMissing, Unknown, WrongFormat
from domain.work_order import OrderKind, OrderResponse, OrderState
from tests.ledgers import empty_ledger
from tests.orders import an_order
from ticketing.orders import order_line
from truckroll.cli import app_for

PARTS = "id,name,name_zh,cost,lead_days,substitutes\nboard,Board,主板,80,10,board-b\nboard-b,Board B,,95,20,\n"
DEPOTS = "id,kind,technician\ncentral,depot,\nvan-1,van,anna\n"
STOCK = "part,location,pieces\nboard,central,3\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration, files, and a ledger that has one approved order for two boards."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    with DataDirectory(tmp_path / "data") as data:
        Path(data.ledger).write_bytes(empty_ledger(tmp_path).read_bytes())
        with SqlLedger(data.ledger) as ledger, ledger.begin() as transaction:
            order = an_order(
                OrderState.APPROVED, number="", ticket="", kind=OrderKind.PREVENTIVE, kit={"board": 2, "glue": 1}
            )
            line = order_line("order_made", order, order.made_at, "planner", state=order.state.value)
            ledger_orders.record(transaction, OrderResponse(orders=(order,), events=(line,)))
    for name, text in (("parts", PARTS), ("depots", DEPOTS), ("stock", STOCK)):
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def run(home: Path, *words: str, code: int = 0, as_json: bool = True) -> Any:
    """What a command prints."""
    options = ["--config", str(home / "truckroll.toml"), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app_for(words), [*words, *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if as_json and code == 0 else done.output


def imported(home: Path) -> None:
    """All three files."""
    for what in ("parts", "depots", "stock"):
        run(home, "parts", "import", str(home / f"{what}.csv"), "--what", what)


def test_files_are_taken_in_once_and_a_dry_run_changes_nothing(home: Path) -> None:
    """Said beforehand, done, and then unchanged."""
    path = str(home / "parts.csv")
    assert {"added": 2, "changed": 0, "unchanged": 0, "dry_run": True} == run(
        home, "parts", "import", path, "--dry-run"
    )
    assert [] == run(home, "parts", "list")["parts"]
    imported(home)
    assert 2 == run(home, "parts", "import", path)["unchanged"]
    assert 1 == run(home, "parts", "import", str(home / "stock.csv"), "--what", "stock")["unchanged"]
    (home / "parts.csv").write_bytes(b"id\n\xff\n")
    with pytest.raises(WrongFormat, match="no UTF-8"):
        run(home, "parts", "import", path)

    board, _ = run(home, "parts", "list")["parts"]
    assert ("board", 3, 3, 0) == (board["id"], board["on_hand"], board["available"], board["on_order"])


def test_parts_are_received_moved_counted_and_issued(home: Path) -> None:
    """Each movement stands in the part's history with its reason; a key makes it once."""
    imported(home)
    for _ in range(2):
        run(home, "parts", "receive", "board", "central", "4", "--key", "delivery-7")
    run(home, "parts", "transfer", "board", "central", "van-1", "2")
    run(home, "parts", "issue", "board", "van-1", "1", "--why", "sample", "--at", "2026-11-21T08:00:00Z")
    run(home, "parts", "order", "board", "central", "9")
    run(home, "parts", "call-off", "board", "central", "4")
    run(home, "parts", "count", "board", "central", "6", "--why", "one more in the drawer")
    run(home, "parts", "count", "board", "central", "6", code=2)

    shown = run(home, "parts", "show", "board")
    assert (7, 5) == (shown["on_hand"], shown["on_order"])
    assert ["count", "called_off", "ordered", "issue", "transfer", "receipt", "count"] == [
        one["kind"] for one in shown["movements"]
    ]
    assert (1, "one more in the drawer") == (shown["movements"][0]["difference"], shown["movements"][0]["why"])
    assert "Movements" in run(home, "parts", "show", "board", as_json=False)
    with pytest.raises(NotInStock, match="receive, transfer or count it first"):
        run(home, "parts", "issue", "board", "van-1", "2")
    with pytest.raises(Unknown, match="There is no location nowhere"):
        run(home, "parts", "receive", "board", "nowhere", "1")


def test_an_orders_kit_is_shown_and_reserved_before_its_release(home: Path) -> None:
    """Also by a substitute; without it only knowingly."""
    imported(home)
    run(home, "parts", "count", "board", "central", "1", "--why", "two are broken")
    run(home, "parts", "receive", "board-b", "van-1", "1")
    said = run(home, "parts", "kit", "W-2026-000001", as_json=False)
    assert "1 × board (Board) is missing; 1 × board-b at van-1 can stand in" in said
    assert "Not in the parts file: glue." in said
    assert "缺少 1 件 board（主板）" in run(home, "parts", "kit", "W-2026-000001", "--language", "zh", as_json=False)
    with pytest.raises(PartsMissing, match="release it without them and say why"):
        run(home, "orders", "move", "W-2026-000001", "released")

    run(home, "parts", "reserve", "W-2026-000001", "board-b", "van-1", "1", "--instead-of", "board")
    run(home, "orders", "move", "W-2026-000001", "released")

    kit = run(home, "parts", "kit", "W-2026-000001")
    assert [("board", 1), ("board-b", 1)] == [(one["part"], one["pieces"]) for one in kit["reserved"]]


def test_purchases_are_proposed_for_what_is_planned(home: Path) -> None:
    """The order wants two, none is there."""
    imported(home)
    run(home, "parts", "count", "board", "central", "0", "--why", "flood")
    (proposal,) = run(home, "parts", "proposals")["proposals"]

    assert ("board", 2, 160.0) == (proposal["part"], proposal["pieces"], proposal["cost"])
    assert "board" in run(home, "parts", "proposals", as_json=False)
