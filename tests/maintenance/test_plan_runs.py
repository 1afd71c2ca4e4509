"""Random lives of a plan: kills, second planners, jumping clocks and new settings double no round, and lose none."""

import os
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from domain.instants import DAY, HOUR, Instant
from domain.plan import Cycle, Plan, Shift, Track, Unit
from maintenance.plan_dates import midnight
from maintenance.plan_orders import Made, generate
from maintenance.plan_tracks import worked
from tests.maintenance.plans import ROOM, asset, plan

RUNS = int(os.environ.get("PLAN_RUNS", "100"))
ASSETS = [asset(f"P-{nth}") for nth in range(2)]
Key = tuple[str, str, str]


class Store:
    """A ledger in small: what is recorded is recorded whole, once for each plan, asset and cycle."""

    def __init__(self) -> None:
        self.orders: dict[Key, Made] = {}
        self.tracks: dict[tuple[str, str], Track] = {}
        self.done: dict[Key, Instant] = {}

    def commit(self, seen: dict[tuple[str, str], Track], made: list[Made]) -> None:
        """What a planner saw some time ago is compared with what is there now."""
        for each in made:
            key = each.order.cycle_key
            assert key is not None
            if self.tracks.get(key[:2]) != seen.get(key[:2]):
                continue
            assert key not in self.orders
            self.orders[key] = each
            self.tracks[key[:2]] = replace(each.after, order="/".join(key))

    def work(self, of: Plan, key: Key, now: Instant) -> None:
        """A round's work is done."""
        self.done[key] = now
        self.tracks[key[:2]] = worked(of, self.tracks[key[:2]], now, "/".join(key), own=True)


def looked(of: Plan, store: Store, now: Instant) -> tuple[dict[tuple[str, str], Track], list[Made]]:
    """What one planner sees and would make."""
    seen = dict(store.tracks)
    return seen, list(generate(now, [of], ASSETS, seen, ROOM))


def live(of: Plan, days: int, chance: Random | None) -> Store:
    """Some years, day by day; with `chance` there are two planners, which are killed, and clocks that jump."""
    store = Store()
    begin = date.fromisoformat("2026-01-01")
    for nth in range(days):
        today = midnight(begin + timedelta(days=nth), of.zone) + 6 * HOUR
        looks = [today]
        if chance is not None:
            looks = [today + chance.choice([0, 0, HOUR, -DAY, -40 * DAY, 40 * DAY]) for _ in range(chance.randrange(3))]
        pending = [looked(of, store, at) for at in looks]
        for seen, made in pending:
            cut = len(made) if chance is None else chance.randrange(len(made) + 1)
            store.commit(seen, made[:cut])
        if chance is None or chance.random() < 0.9:
            store.commit(*looked(of, store, today))
        for key, made_one in list(store.orders.items()):
            ideal = made_one.order.ideal_at
            if key not in store.done and ideal is not None and today >= ideal + 3 * DAY:
                store.work(of, key, ideal + 12 * HOUR)
    return store


def of_chance(chance: Random) -> Plan:
    """Some calendar plan."""
    every = chance.choice([Cycle(1, Unit.MONTH), Cycle(2, Unit.WEEK), Cycle(30, Unit.DAY), Cycle(3, Unit.MONTH)])
    return plan(
        every=every,
        start=(date(2025, 12, 1) + timedelta(days=chance.randrange(60))).isoformat(),
        zone=chance.choice(["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
        call_horizon=chance.choice([0, 50, 80, 100]),
        after_completion=chance.random() < 0.3,
        shift_late=chance.choice([0, 0, 50, 100]),
        adjust=Shift.NONE,
    )


def dates(store: Store, name: str) -> list[tuple[int, str]]:
    """The rounds of an asset by number, with their dates."""
    rows = ((key, str(made.order.grounds["planned"])) for key, made in store.orders.items())
    return sorted((int(key[2]), day) for key, day in rows if key[1] == name)


@pytest.mark.parametrize("block", range(4))
def test_killed_doubled_and_with_jumping_clocks_the_same_rounds_are_made(block):
    """As many and on the same dates as when nothing goes wrong; only the last may still be to come."""
    for run in range(block, RUNS, 4):
        chance = Random(run)
        of = of_chance(chance)
        wanted, found = live(of, 150, None), live(of, 150, chance)

        for name in (each.facts.asset for each in ASSETS):
            plain, wild = dates(wanted, name), dates(found, name)
            both = min(len(plain), len(wild))
            assert plain[:both] == wild[:both], (run, of)
            assert abs(len(plain) - len(wild)) <= 1, (run, of, plain, wild)


def test_a_horizon_that_changes_and_a_start_that_moves_double_and_lose_nothing():
    """Between two rounds of an asset lie half a cycle at least and one and a half at most; numbers have no gap."""
    for run in range(RUNS):
        chance = Random(run)
        of, store = plan(start="2026-01-10", adjust=Shift.NONE), Store()
        for nth in range(0, 300, 3):
            today = midnight(date(2026, 1, 1) + timedelta(days=nth), "UTC")
            if chance.random() < 0.03:
                start = date(2026, 1, 1) + timedelta(days=chance.randrange(28))
                of = replace(of, start=start.isoformat(), call_horizon=chance.choice([0, 30, 80, 100]))
            store.commit(*looked(of, store, today))
            for key in [key for key in store.orders if key not in store.done]:
                ideal = store.orders[key].order.ideal_at
                if ideal is not None and today >= ideal:
                    store.work(of, key, ideal + HOUR)
        for each in ASSETS:
            rows = dates(store, each.facts.asset)
            gaps = [(date.fromisoformat(b) - date.fromisoformat(a)).days for (_, a), (_, b) in pairwise(rows)]
            assert list(range(1, len(rows) + 1)) == [number for number, _ in rows]
            assert all(14 <= gap <= 47 for gap in gaps), (run, gaps)


def test_a_clock_far_ahead_makes_one_round_and_no_more():
    """A year too late, and back: the round that is open is the only one."""
    of, store = plan(start="2026-01-10"), Store()
    for today in ("2026-01-10", "2027-06-01", "2031-01-01", "2026-01-11"):
        store.commit(*looked(of, store, midnight(date.fromisoformat(today), "UTC")))

    assert [[(1, "2026-01-10")]] * len(ASSETS) == [dates(store, each.facts.asset) for each in ASSETS]
