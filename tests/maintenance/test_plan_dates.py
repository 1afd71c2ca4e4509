"""Dates of plans: the published example, cycles by the calendar, seasons, days off and changes of clocks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instants import DAY, HOUR
from domain.meter import Forecast
from domain.plan import Cycle, Package, Shift, Strategy, Track, Unit
from maintenance.plan_dates import called_on, day_of, in_season, midnight, on_grid, shift_of, stepped, working_day
from maintenance.plan_rounds import Begin, coming, next_target
from maintenance.plan_tracks import worked
from tests.maintenance.plans import MONTHLY, ROOM, Years, at, due_after, plan, tracked

D = date.fromisoformat
QUARTERLY = Cycle(3, Unit.MONTH)


def test_a_round_confirmed_late_moves_the_next_by_half_of_the_delay():
    """Planned 1 June and 1 September 1998, tolerance 10 %, late shift factor 50 %, done 15 June: 8 September."""
    of = plan(every=QUARTERLY, start="1998-06-01", tolerance=10, shift_late=50)

    assert "1998-09-08" == due_after(of, tracked(of, "1998-06-01", "1998-06-15")).day
    assert "1998-09-01" == due_after(of, tracked(of, "1998-06-01", "1998-06-10")).day
    assert "1998-09-01" == due_after(of, tracked(of, "1998-06-01", "1998-06-01")).day


@pytest.mark.parametrize(("horizon", "called_after"), [(0, 0), (80, 200), (100, 250)])
def test_the_call_horizon_says_how_much_of_the_cycle_must_have_passed(horizon, called_after):
    """Of 250 days: at once, after 200 days, on the day itself."""
    begin, due = D("1998-01-01"), stepped(D("1998-01-01"), Cycle(250, Unit.DAY), 1)

    assert called_after == (called_on(250, due, horizon) - begin).days


@pytest.mark.parametrize(
    ("done", "days"),
    [("06-11", 0), ("06-12", 6), ("05-22", 0), ("05-20", -3), ("06-30", 15)],
)
def test_within_the_tolerance_nothing_moves_and_beyond_it_the_whole_difference_counts(done, days):
    """Early and late work have factors of their own; halves go away from 0."""
    found = shift_of(D("1998-06-01"), D(f"1998-{done}"), cycle_days=100, tolerance=10, late=50, early=25)

    assert days == found


def test_a_plan_after_completion_counts_from_the_day_of_the_work():
    """Early, late and back-dated work alike; a round that was refused counts from its planned day."""
    of = plan(every=QUARTERLY, after_completion=True)

    assert "2026-09-15" == due_after(of, tracked(of, "2026-06-01", "2026-06-15")).day
    assert "2026-08-20" == due_after(of, tracked(of, "2026-06-01", "2026-05-20")).day
    assert "2026-09-01" == due_after(of, tracked(of, "2026-06-01")).day


def test_a_month_is_counted_from_the_anchor_not_from_the_date_before():
    """The 31st stays the last of short months and comes back."""
    found = [stepped(D("2026-01-31"), MONTHLY, nth).isoformat() for nth in range(4)]

    assert ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"] == found


@given(
    anchor=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    ahead=st.integers(0, 4_000),
    many=st.integers(1, 40),
    unit=st.sampled_from(list(Unit)),
)
def test_the_next_date_of_a_grid_is_the_first_that_is_not_before(anchor, ahead, many, unit):
    """However long the cycle and however far ahead."""
    every, least = Cycle(many, unit), date.fromordinal(anchor.toordinal() + ahead)
    found = on_grid(anchor, every, least)
    grid = [stepped(anchor, every, nth) for nth in range(ahead // (many) + 2)]

    assert next(day for day in grid if day >= least) == found


def test_days_begin_at_local_midnight_whatever_the_clocks_do():
    """A day of 23 hours and one of 25; and a date is that of its zone."""
    zone = "Europe/Berlin"
    lengths = [
        midnight(D(after), zone) - midnight(D(day), zone)
        for day, after in [("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26"), ("2026-06-01", "2026-06-02")]
    ]

    assert [23 * HOUR, 25 * HOUR, DAY] == lengths
    assert D("2026-03-29") == day_of(midnight(D("2026-03-29"), zone), zone)


def test_outside_its_season_a_round_waits_for_the_first_day():
    """Once, however many rounds the season leaves out; a season may go over the new year."""
    of = plan(start="2026-01-10", season=("04-01", "09-30"))

    assert ["2026-04-01", "2026-05-10", "2026-06-10", "2026-07-10", "2026-08-10", "2026-09-10", "2027-04-01"] == Years(
        of
    ).days("2026-01-01", 460)
    assert D("2026-10-01") == in_season(D("2026-07-04"), ("10-01", "03-31"))
    assert D("2027-02-04") == in_season(D("2027-02-04"), ("10-01", "03-31"))


def test_a_date_goes_to_a_working_day_and_the_next_round_is_counted_from_the_date_itself():
    """New Year's Day and a weekend: the order is for Monday the 4th, the next round is due on 1 February."""
    holidays = {"2027-01-01"}

    def works_on(calendar: str, day: date) -> bool:
        return day.weekday() < 5 and day.isoformat() not in holidays

    of = plan(start="2027-01-01", calendar="office")
    found = due_after(of, tracked(of, "2026-12-01", "2026-12-01"), works_on=works_on)

    assert ("2027-01-01", "2027-01-04") == (found.day, found.ideal)
    assert found.ready_at <= found.ideal_at < found.due_at <= found.latest_at
    assert "2027-02-01" == due_after(of, tracked(of, "2027-01-01", "2027-01-04")).day
    assert D("2026-12-31") == working_day(D("2027-01-01"), Shift.PREVIOUS, lambda day: works_on("", day))


YEARLY = Package(id="yearly", every=Cycle(1, Unit.YEAR), job_plan="big", level=2)
SMALL = Package(id="monthly", every=MONTHLY, job_plan="oil", level=1)


def test_the_yearly_work_shadows_the_monthly():
    """In the thirteenth month only the great work is done, and it stands for the small one."""
    of = plan(every=None, packages=(SMALL, YEARLY), start="2026-01-05")
    years = Years(of)
    years.days("2026-01-01", 420)

    found = [",".join(each.after.open_packages) for each in years.made]
    assert ["monthly"] * 12 + ["yearly"] + ["monthly"] * (len(found) - 13) == found
    assert "2027-01-05" == years.made[12].order.grounds["planned"]


def test_packages_of_one_level_are_done_together():
    """Their work is added up in one order."""
    of = plan(every=None, packages=(SMALL, Package(id="q", every=QUARTERLY, job_plan="filter")), start="2026-01-05")
    years = Years(of)
    years.days("2026-01-01", 120)

    assert [("monthly",)] * 3 + [("monthly", "q")] == [each.after.open_packages for each in years.made[:4]]


def test_work_just_done_by_another_order_skips_the_round_that_comes():
    """A repair with the same job plan six days before: the plan comes a month later."""
    of = plan(start="2026-01-10")
    years = Years(of)
    years.days("2026-01-01", 20)
    years.takes_back()
    others = worked(of, years.track, at("2026-02-04"), "W-2026-000077", own=False, job="oil")

    assert "2026-02-10" == due_after(of, years.track).day
    assert "2026-03-10" == due_after(of, others).day


def test_a_start_that_moves_or_another_cycle_makes_no_round_of_one_that_was():
    """Half a cycle lies between two rounds at least."""
    of = plan(start="2026-01-10")
    track = tracked(of, "2026-03-10", "2026-03-10")

    assert "2026-04-20" == due_after(plan(start="2026-01-20"), track).day
    assert "2026-04-05" == due_after(plan(start="2026-01-05"), track).day
    assert "2026-05-10" == due_after(plan(start="2026-01-10", every=Cycle(2, Unit.MONTH)), track).day


def test_a_plan_that_is_taken_in_late_makes_nothing_of_the_past():
    """The first round is the first date of its grid afterwards; work from before can be told."""
    of = plan(start="2020-01-10", every=QUARTERLY)

    assert "2026-10-10" == due_after(of, Years(of).track, begin="2026-08-01").day
    told = plan(start="2020-01-10", every=QUARTERLY, after_completion=True, last_done={"P-1": "2026-06-20"})
    assert "2026-09-20" == due_after(told, Years(told).track, begin="2026-08-01").day


@pytest.mark.parametrize(("use", "value", "following"), [(1.0, 1e9, 1_000_000_001.0), (1_000.0, 10_000.0, 11_000.0)])
def test_a_meter_far_beyond_its_target_takes_one_step_to_the_next(use, value, following):
    """However many rounds lie between, and however small they are."""
    by_use = plan(strategy=Strategy.METER, every=None, meter="hours", use=use)
    track = Track(plan="oil", asset="P-1", target=use, value=value, counted="2026-01-01")

    assert following == next_target(by_use, track)


@pytest.mark.parametrize(("use", "rounds"), [(1_000.0, 8), (1e-6, 1_826)])
def test_rounds_by_use_that_are_long_over_or_many_a_day_are_shown_as_one(use, rounds):
    """What is done on a day stands for all that the meter has by then: the plan is shown as it will be made."""
    by_use = plan(strategy=Strategy.METER, every=None, meter="hours", use=use)
    meter = Forecast(value=10_000.0, at=at("2026-01-01"), per_day=4.0, low=3.0, high=5.0)
    said = {"meter": meter, "until": at("2030-12-31")}

    found = list(coming(by_use, Track(plan="oil", asset="P-1"), Begin(0, 0), ROOM.works_on, **said))

    assert rounds == len(found)
    assert len(found) == len({each.day for each in found})


@pytest.mark.parametrize(("day", "end"), [(date(1, 1, 1), -(2**63)), (date(9999, 12, 31), 2**63 - 1)])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_midnight_of_a_day_that_cannot_be_kept_is_the_nearest_that_can(day, end, zone):
    """In every zone."""
    assert end == midnight(day, zone)
