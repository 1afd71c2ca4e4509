"""`truckroll orders`: on the command line, whether the service runs or not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.data_directory import DataDirectory
from adapters.ledger_sql import SqlLedger
from domain.errors import IllegalMove
from domain.ticket import Response
from tests.ticketing.promises import MONDAY, TICKET
from ticketing.moves import birth
from truckroll.cli import app_for


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration whose ledger has one ticket."""
    (tmp_path / "truckroll.toml").write_text(f'data = "{tmp_path / "data"}"\n')
    ticket = replace(TICKET, number="")
    with DataDirectory(tmp_path / "data") as data, SqlLedger(data.ledger) as ledger, ledger.begin() as transaction:
        transaction.record(Response(tickets=(ticket,), events=(birth(ticket, MONDAY),)))
    return tmp_path


def run(home: Path, *words: str, code: int = 0, as_json: bool = True) -> Any:
    """What a command prints."""
    options = ["--config", str(home / "truckroll.toml"), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app_for(words), [*words, *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if as_json and code == 0 else done.output


def test_a_visit_is_decided_moved_listed_and_shown(home: Path) -> None:
    """Each command says how the order stands now."""
    made = run(home, "orders", "visit", TICKET.number, "yes", "--why", "it smells")
    moved = run(home, "orders", "move", made["number"], "dispatched")
    (listed,) = run(home, "orders", "list", "--open", "--ticket", TICKET.number)["orders"]
    shown = run(home, "orders", "show", made["number"])

    assert ("released", "dispatched", moved) == (made["state"], moved["state"], listed)
    assert ["cancelled", "in_progress", "on_hold", "released"] == shown["moves"]
    assert {"visit_decided", "order_made", "order_moved", "moved"} == {line["kind"] for line in shown["history"]}
    assert [] == run(home, "orders", "list", "--state", "draft")["orders"]


def test_people_read_it_in_their_language(home: Path) -> None:
    """Why the order exists, and what it can become."""
    number = run(home, "orders", "visit", TICKET.number, "yes")["number"]

    assert "上门" in run(home, "orders", "show", number, "--language", "zh", as_json=False)
    assert "It can become: " in run(home, "orders", "show", number, as_json=False)


def test_no_visit_and_what_is_not_possible_are_said_in_a_sentence(home: Path) -> None:
    """Exit code 2 for what nobody can mean."""
    assert {"order": None} == run(home, "orders", "visit", TICKET.number, "no")
    number = run(home, "orders", "visit", TICKET.number, "yes")["number"]
    run(home, "orders", "visit", TICKET.number, "perhaps", code=2)
    run(home, "orders", "move", number, "deferred", "--until", "soon", code=2)
    with pytest.raises(IllegalMove, match="possible from here"):
        run(home, "orders", "move", number, "closed")
