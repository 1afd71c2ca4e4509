"""`truckroll meters` and `truckroll assets` on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import GiveUp, Unknown, WrongFormat
from domain.registry import Facts
from tests.ticketing.promises import MONDAY
from truckroll.cli import app_for
from truckroll.settings import load
from truckroll.stores import ledger_of

METERS = '[[meter]]\nname = "km"\nunit = "km"\nkind = "manual"\n'
FITTED = """asset,position,part,since,until,removal
van-1,brake,pad,2025-01-01,2026-01-01,failed
van-1,brake,pad,2026-01-01,,
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A configuration with a van and a file of meters."""
    (tmp_path / "truckroll.toml").write_text(
        'data = "data"\n[maintenance]\nmeters_file = "meters.toml"\ncurrency = "CNY"\n'
    )
    (tmp_path / "meters.toml").write_text(METERS)
    (tmp_path / "parts.csv").write_text(FITTED)
    (tmp_path / "data").mkdir(mode=0o700)
    with ledger_of(load(tmp_path / "truckroll.toml")) as ledger, ledger.begin() as transaction:
        transaction.install([Facts(device="van-1", asset="van-1", model="VAN", criticality="low")], MONDAY)
    return tmp_path


def told(home: Path, *words: str) -> str:
    """What a command prints; its error is raised."""
    where = words.index("--") if "--" in words else len(words)
    asked = [*words[:where], "-c", str(home / "truckroll.toml"), *words[where:]]
    return CliRunner().invoke(app_for(asked), asked, catch_exceptions=False).stdout


def said(home: Path, *words: str) -> Any:
    """The same as JSON."""
    return json.loads(told(home, *words, "--json"))


def test_a_meter_is_defined_read_corrected_and_shown(home: Path) -> None:
    """From the file of the settings; a dry run first."""
    assert "Would be: 1 added, 0 changed, 0 retired, 0 unchanged\n" == told(home, "meters", "import", "--dry-run")
    assert ["km"] == said(home, "meters", "import")["added"]
    for day, value in ((1, 100), (11, 150), (21, 200), (22, 900)):
        told(home, "meters", "read", "van-1", "km", str(value), "--at", f"2026-10-{day:02d}T08:00:00Z")
    with pytest.raises(WrongFormat, match="stood at 900 already"):
        told(home, "meters", "read", "van-1", "km", "250", "--at", "2026-10-31T08:00:00Z")
    assert "km of van-1 is 210 (reading 5).\n" == told(
        home, "meters", "read", "van-1", "km", "210", "--at", "2026-10-22T08:00:00Z", "--corrects", "4"
    )

    one = said(home, "meters", "show", "van-1", "--reaches", "400")["meters"][0]
    assert (210, 5, 5) == (one["value"], len(one["readings"]), pytest.approx(one["per_day"], rel=0.2))
    assert one["due"]["earliest"] <= one["due"]["at"]
    assert "km reaches 400 about 2026-" in told(home, "meters", "show", "van-1", "--reaches", "400")
    assert ["van-1"] == [each["asset"] for each in said(home, "meters", "list")["meters"]]
    assert "nobody can say when it reaches 1e+06" not in told(home, "meters", "show", "van-1")


def test_what_cannot_be_is_said_in_a_sentence(home: Path) -> None:
    """No file, no such asset, no such meter."""
    (home / "truckroll.toml").write_text('data = "data"\n')
    with pytest.raises(GiveUp, match="Name a file, or set meters_file"):
        told(home, "meters", "import")
    with pytest.raises(Unknown, match="no meter of asset van-1"):
        told(home, "meters", "show", "van-1")
    with pytest.raises(Unknown, match="no meter km"):
        told(home, "meters", "read", "van-1", "km", "1")


def test_an_asset_shows_its_cost_and_parts(home: Path) -> None:
    """Assumed until it is said; parts from a file and from the workshop."""
    assert (100, True, "CNY") == cost_in(said(home, "assets", "cost", "van-1"))
    assert (900, False, "CNY") == cost_in(said(home, "assets", "cost", "van-1", "900", "--why", "hire car"))
    assert "costs 900 CNY" in told(home, "assets", "cost", "van-1")
    assert (100, True, "CNY") == cost_in(said(home, "assets", "cost", "van-1", "--assume"))
    assert "Would be: 2 added, 0 unchanged\n" == told(home, "assets", "import", str(home / "parts.csv"), "--dry-run")
    told(home, "assets", "import", str(home / "parts.csv"))
    told(home, "assets", "fit", "van-1", "brake", "pad-x", "--serial", "7", "--removal", "failed")

    parts = said(home, "assets", "fitted", "van-1")["fitted"]
    assert [("pad", "failed"), ("pad", "failed"), ("pad-x", None)] == [(p["part"], p["removal"]) for p in parts]
    shown = told(home, "assets", "show", "van-1")
    assert "A failure costs 100 CNY. Assumed, because its criticality is low." in shown
    assert "pad-x" in shown
    assert 3 == len(said(home, "assets", "show", "van-1")["fitted"])


def cost_in(told: Any) -> tuple[float, bool, str]:
    """What it costs."""
    return told["amount"], told["is_assumed"], told["currency"]
