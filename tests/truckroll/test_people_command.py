"""`truckroll people` and what people do with tickets on the command line."""

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters import ledger_people
from adapters.ledger_sql import SqlLedger
from domain.errors import IllegalMove, Unknown, WrongFormat
from tests.ticketing.promises import MONDAY
from tests.truckroll.routing_world import CLASSES, opened
from truckroll.cli import app_for
from truckroll.desk_files import load_classes
from truckroll.routing import Routing
from truckroll.settings import load
from truckroll.stores import ledger_of

PEOPLE = """
[[shift]]
id = "never-on-monday"
zone = "Europe/Berlin"
hours = { "tue-sun" = ["22:00-06:00"] }

[[person]]
id = "anna"
team = "displays"
skills = ["display"]
certificates = { lift = "2027-03-31", gas = "" }

[[person]]
id = "ben"
team = "displays"
skills = ["display"]
leave = ["2026-11-23/2026-11-30"]
"""
RULES = '[[class]]\nid = "tv-crash"\nskills = ["display"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration with a class and a file of people."""
    (tmp_path / "truckroll.toml").write_text('data = "data"\nclasses = ["classes.toml"]\n')
    (tmp_path / "classes.toml").write_text(RULES)
    (tmp_path / "people.toml").write_text(PEOPLE)
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def ledger(home: Path) -> Iterator[SqlLedger]:
    """Its ledger."""
    with ledger_of(load(home / "truckroll.toml")) as found:
        yield found


def run(home: Path, *words: str, code: int = 0) -> Any:
    """A command's JSON."""
    done = CliRunner().invoke(app_for(words), [*words, "--config", str(home / "truckroll.toml"), "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert code == done.exit_code, done.output
    return json.loads(done.stdout) if code == 0 else {}


def hired(home: Path, *words: str) -> Any:
    """The file is taken in."""
    return run(home, "people", "import", str(home / "people.toml"), *words)


def test_a_dry_run_says_what_would_change_and_changes_nothing(home: Path, ledger: SqlLedger) -> None:
    """Then the import does it, and the same again nothing; each change is one line of the log."""
    expected = {"added": 2, "changed": 0, "unchanged": 0, "shifts": 1}
    assert expected | {"dry_run": True} == hired(home, "--dry-run")
    assert [] == run(home, "people", "list")["people"]
    assert expected | {"dry_run": False} == hired(home)
    assert {"added": 0, "changed": 0, "unchanged": 2, "shifts": 0, "dry_run": False} == hired(home)

    assert ["anna", "ben"] == [one["id"] for one in run(home, "people", "list")["people"]]
    (line,) = ledger.events(0, 10)
    assert ("people", getpass.getuser(), expected) == (line.kind, line.actor, line.details)


def test_one_person_is_shown_with_all_that_routing_knows(home: Path) -> None:
    """Or the nearest name."""
    hired(home)
    anna = run(home, "people", "show", "anna")

    assert {"lift": "until 2027-04-01T00:00:00.000Z", "gas": "never expires"} == anna["certificates"]
    assert (0, {}, "at work") == (anna["load"], anna["first_time_fixes"], anna["now"])
    with pytest.raises(Unknown, match="did you mean anna"):
        run(home, "people", "show", "ana")


def test_a_file_with_mistakes_is_refused_as_a_whole(home: Path) -> None:
    """With the line of each."""
    (home / "people.toml").write_text(PEOPLE.replace('id = "ben"', 'id = "ben"\nlimit = 0\nshift = "late"'))
    with pytest.raises(WrongFormat) as told:
        hired(home)

    assert [15, 16] == [int(line.removeprefix(str(home / "people.toml")).split(":")[1]) for line in told.value.mistakes]
    assert [] == run(home, "people", "list")["people"]


def test_tickets_are_taken_refused_and_handed_on(home: Path, ledger: SqlLedger) -> None:
    """Each needs its reason; the table of every choice can be seen."""
    hired(home)
    (number,) = opened(ledger)
    routing = Routing(ledger, load_classes(load(home / "truckroll.toml")))
    routing.route(MONDAY)
    (row,) = run(home, "tickets", "routing", number)["candidates"]
    assert ("anna", 0, None) == (row["person"], row["ring"], row["km"])

    (refused,) = run(home, "tickets", "refuse", number, "--as", "anna", "--why", "no time")["tickets"]
    assert ("triaged", "") == (refused["state"], refused["assignee"])
    routing.route(MONDAY)
    (wait,) = run(home, "people", "queue")["queue"]
    assert (number, "everybody who could have it is on leave (refused it 1, on leave 1)") == (
        wait["ticket"],
        wait["why"],
    )
    assert wait["why"] == run(home, "tickets", "routing", number)["waits"]

    (pooled,) = run(home, "tickets", "transfer", number, "@displays", "--why", "anybody")["tickets"]
    assert "@displays" == pooled["assignee"]
    with pytest.raises(Unknown):
        run(home, "tickets", "take", number, "--as", "chris")
    (taken,) = run(home, "tickets", "take", number, "--as", "ben")["tickets"]
    assert ("assigned", "ben") == (taken["state"], taken["assignee"])
    with pytest.raises(IllegalMove):
        run(home, "tickets", "take", number, "--as", "anna")
    run(home, "tickets", "refuse", number, "--as", "ben", code=2)


def test_the_queue_is_in_turn(home: Path, ledger: SqlLedger) -> None:
    """And as long as asked."""
    hired(home)
    with ledger.begin() as transaction:
        known = ledger_people.staff(transaction.connection)
        people = [one for one in known.people.values() if one.id == "ben"]
        transaction.connection.execute(ledger_people.tables.person.delete())
        ledger_people.save_staff(transaction.connection, people, [])
    numbers = opened(ledger, 3)
    Routing(ledger, CLASSES).route(MONDAY)

    assert numbers[:2] == [wait["ticket"] for wait in run(home, "people", "queue", "--most", "2")["queue"]]
