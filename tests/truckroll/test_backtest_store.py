"""A backtest of what a store keeps: the configured one where none is named, and a real InfluxDB like any other."""

from pathlib import Path
from typing import Any

import pytest

from adapters.data_directory import DataDirectory
from domain.instants import DAY, HOUR
from tests.influxd import Influxd
from tests.truckroll.test_backtest_past import HOT, kept, two_days
from tests.watching import RULES, START, Watching
from truckroll.backtest.asked import CONFIGURED, Asked
from truckroll.backtest.entries import ticked
from truckroll.backtest.trial import trial
from truckroll.cli.backtest import store_named
from truckroll.settings import load
from truckroll.stores import telemetry_in

pytest_plugins = ["tests.influx_fixtures"]


def test_a_store_that_is_not_named_is_the_configured_one(tmp_path: Path) -> None:
    """At the end, before another option, before a rule file; a folder or an address is a name."""
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    words = {
        ("--store",): ["--store", CONFIGURED],
        ("--store", "--from", "x"): ["--store", CONFIGURED, "--from", "x"],
        ("--store", str(rules)): ["--store", CONFIGURED, str(rules)],
        ("--store", str(tmp_path), str(rules)): ["--store", str(tmp_path), str(rules)],
        ("--store", "http://there:8086"): ["--store", "http://there:8086"],
        ("--", "--store"): ["--", "--store"],
    }

    assert list(words.values()) == [store_named(given) for given in words]


@pytest.mark.parametrize("named", [CONFIGURED, "address"])
def test_a_real_influxdb_gives_the_tickets_of_the_journal(
    server: Influxd, database: str, tmp_path: Path, named: str
) -> None:
    """Whether it is the configured store, or named by its address."""
    influx = f'[influx]\nurl = "{server.url}"\nflavour = "v1"\ndatabase = "{database}"\nlinger_seconds = 0\n'
    (tmp_path / "truckroll.toml").write_text(f'data = "data"\n{influx}')
    (tmp_path / "rules.toml").write_text(RULES + HOT)
    settings = load(tmp_path / "truckroll.toml")
    days: Any = {"since": START, "until": START + 2 * DAY, "tick": HOUR, "rules": (tmp_path / "rules.toml",)}
    with Watching(tmp_path / "data") as world:
        world.append(list(ticked(two_days(), HOUR, None)))
        world.catch_up(world.begin())
        with telemetry_in(settings, DataDirectory(settings.data, read_only=True)) as store:
            kept(world, store)

        address = server.url if named == "address" else CONFIGURED
        of_the_store = trial(Asked(settings=settings, store=address, **days), print)
        of_the_journal = trial(Asked(settings=settings, journal=settings.data, **days), print)

    assert 2 == of_the_journal["a"]["tickets"] == of_the_store["a"]["tickets"]
    assert of_the_journal["a"]["readings"] == of_the_store["a"]["readings"]
