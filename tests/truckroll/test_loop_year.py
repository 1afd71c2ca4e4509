"""A year of the bench's fleet in small: four policies live it, every failure gets a ticket, the bill adds up."""

from dataclasses import fields, replace

import pytest

from bench.loop_bill import Bill, Year
from bench.loop_plot import plot
from bench.loop_policy import POLICIES, policy_of
from bench.loop_records import past_of
from bench.loop_world import World, read_world
from bench.loop_year import lived


@pytest.fixture(scope="module")
def world() -> World:
    """Four machines with two parts that wear and one that fails by chance, for twenty-five days."""
    whole = read_world()
    parts = (whole.by_id["filter"], whole.by_id["belt"], replace(whole.by_id["board"], scale=200.0))
    return replace(whole, machines=4, days=25, history_days=500, burn_in_days=100, parts=parts)


@pytest.fixture(scope="module")
def years(world: World) -> list[Year]:
    """Of each policy, after the same past."""
    past = past_of(world, 3)
    return [lived(world, 3, past, name, policy_of(name, world)) for name in POLICIES]


def test_four_policies_live_through_the_year(years: list[Year]) -> None:
    """Who waits replaces nothing before it fails; who plans does."""
    assert list(POLICIES) == [year.policy for year in years]
    assert [True, False, False, False] == [year.replaced.total() == 0 for year in years]
    assert all(len(year.days) == 25 for year in years)


def test_every_failure_has_a_ticket_by_midnight(years: list[Year]) -> None:
    """The engine heard it and the desk opened one."""
    assert sum(year.failures.total() for year in years) > 0
    assert [0, 0, 0, 0] == [year.unseen for year in years]


def test_the_bill_is_the_sum_of_its_days_and_of_what_was_used(world: World, years: list[Year]) -> None:
    """Each kind of cost, and parts by their price; what failed and was not replaced yet took none."""
    for year in years:
        for each in fields(Bill):
            assert getattr(year.bill, each.name) == pytest.approx(sum(getattr(day, each.name) for day in year.days))
        assert year.bill.total == pytest.approx(sum(day.total for day in year.days))
        assert year.bill.down == pytest.approx(year.down_hours * world.down_per_hour)
        used = sum(world.by_id[part].price * count for part, count in year.used.items())
        assert year.bill.parts == pytest.approx(used)
        assert year.replaced.total() <= year.used.total() <= year.replaced.total() + year.failures.total()


def test_the_same_seed_gives_the_same_year(world: World, years: list[Year]) -> None:
    """Whatever was lived before."""
    again = lived(world, 3, past_of(world, 3), "run to failure", policy_of("run to failure", world))

    assert years[0].bill == again.bill


def test_the_year_is_drawn(world: World, years: list[Year]) -> None:
    """One SVG with every policy's name."""
    drawn = plot(world, years)

    assert drawn.startswith("<svg")
    assert all(name in drawn for name in POLICIES)
