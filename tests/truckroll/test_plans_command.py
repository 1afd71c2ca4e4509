"""`truckroll plans` on the command line, and the file of plans of the settings."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.system_clock import SystemClock
from domain.errors import GiveUp, Unknown, WrongFormat
from domain.instants import DAY
from domain.registry import Facts
from tests.ticketing.promises import MONDAY
from truckroll.cli import app_for
from truckroll.plan_deeds import take_in_file
from truckroll.settings import load
from truckroll.stores import ledger_of
from truckroll.wiring import planner_of

PLANS = """
[[plan]]
id = "oil"
name = { en = "Oiling", zh = "上油" }
strategy = "calendar"
every = "1 month"
start = 2020-01-10
job_plan = "oil"
where = { model = "P*" }
adjust = "none"
[[job_plan]]
id = "oil"
hours = 2
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration with two pumps and a file of plans."""
    (tmp_path / "truckroll.toml").write_text('data = "data"\n[maintenance]\nplans_file = "plans.toml"\n')
    (tmp_path / "plans.toml").write_text(PLANS)
    (tmp_path / "jobs.csv").write_text("id,tasks,hours\nbelt,Open | Change,1.5\n")
    (tmp_path / "data").mkdir(mode=0o700)
    with ledger_of(load(tmp_path / "truckroll.toml")) as ledger, ledger.begin() as transaction:
        transaction.install([Facts(device=name, asset=name, model="P9") for name in ("p-1", "p-2")], MONDAY)
    return tmp_path


def told(home: Path, *words: str) -> str:
    """What a command prints; its error is raised."""
    asked = [*words, "-c", str(home / "truckroll.toml")]
    return CliRunner().invoke(app_for(asked), asked, catch_exceptions=False).stdout


def said(home: Path, *words: str) -> Any:
    """The same as JSON."""
    return json.loads(told(home, *words, "--json"))


def test_plans_are_taken_in_looked_at_and_paused(home: Path) -> None:
    """A dry run first; the same file again changes nothing."""
    would = "Would be: 1 added, 0 changed, 0 unchanged, 1 job plans added, 0 job plans changed\n"
    assert would == told(home, "plans", "import", "--dry-run")
    assert [] == said(home, "plans", "list")["plans"]
    first, again = said(home, "plans", "import"), said(home, "plans", "import")
    assert (["oil"], ["oil"]) == (first["added"], first["job_plans_added"])
    assert ([], ["oil"], []) == (again["changed"], again["unchanged"], again["job_plans_changed"])
    assert ["belt"] == said(home, "plans", "import", str(home / "jobs.csv"), "--what", "job_plans")["job_plans_added"]

    (one,) = said(home, "plans", "list")["plans"]
    assert ("oil", 2, 0, False) == (one["id"], one["assets"], one["open"], one["is_paused"])
    assert "Plan oil is paused.\n" == told(home, "plans", "pause", "oil", "--why", "spring")
    assert said(home, "plans", "show", "oil")["is_paused"]
    assert [] == said(home, "plans", "import")["changed"]
    assert said(home, "plans", "show", "oil")["is_paused"]
    assert "Plan oil goes on.\n" == told(home, "plans", "resume", "oil")
    assert "上油" in told(home, "plans", "list", "--language", "zh")
    assert "1 month" in told(home, "plans", "show", "oil")


def test_rounds_that_come_are_listed_by_plan_and_asset(home: Path) -> None:
    """A year ahead, or as far as is asked."""
    told(home, "plans", "import")
    found = said(home, "plans", "next", "--asset", "p-2")["rounds"]
    assert {"p-2"} == {each["asset"] for each in found}
    assert 12 <= len(found) <= 13
    assert ["10"] * len(found) == [each["day"][-2:] for each in found]
    assert "is made" in told(home, "plans", "next", "--days", "40", "--plan", "oil")


def test_the_service_takes_in_the_file_and_makes_the_orders(home: Path) -> None:
    """Once it begins; what is open stands first among the rounds."""
    settings, now = load(home / "truckroll.toml"), SystemClock().now()
    with ledger_of(settings) as ledger:
        planner_of(settings, ledger, now).keep(now)
        planner_of(settings, ledger, now).keep(now + 32 * DAY)

    shown = said(home, "plans", "show", "oil")
    assert 2 == shown["open"]
    assert {"W-2026-000001", "W-2027-000001"} & {track["order"] for track in shown["tracks"]}
    first = said(home, "plans", "next", "--asset", "p-1")["rounds"][0]
    assert (None, True) == (first["planned"], first["order"].startswith("W-"))
    take_in_file(ledger, load(home / "truckroll.toml"), now)


def test_what_cannot_be_is_said_in_a_sentence(home: Path) -> None:
    """An unknown plan or asset, a file with mistakes, no file at all."""
    told(home, "plans", "import")
    with pytest.raises(Unknown, match=r"There is no plan oli; did you mean oil\?"):
        told(home, "plans", "show", "oli")
    with pytest.raises(Unknown, match="no active asset p-9"):
        told(home, "plans", "next", "--asset", "p-9")
    (home / "plans.toml").write_text(PLANS.replace("1 month", "often"))
    with pytest.raises(WrongFormat, match=r"plans.toml:6: plan oil: every must be"):
        told(home, "plans", "import")
    (home / "truckroll.toml").write_text('data = "data"\n')
    with pytest.raises(GiveUp, match="set plans_file"):
        told(home, "plans", "import")
