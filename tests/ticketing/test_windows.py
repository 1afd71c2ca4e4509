"""Maintenance windows: open by the clock on the wall of the place that they are for."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incident import HoldKind
from domain.instants import DAY, HOUR, MINUTE, parse_instant
from domain.suppression import Suppression, Whom, suppressions_entry, suppressions_of
from tests.ticketing.cases import START, finding
from ticketing.suppression import Suppressions
from ticketing.windows import check


def window(start: str, rrule: str = "", lasts: int = 4 * HOUR, zone: str = "Europe/Berlin", **said) -> Suppression:
    """A window for one device."""
    return Suppression(
        id="W-1",
        kind=HoldKind.WINDOW,
        whom=Whom(device="tv-1"),
        since=START,
        start=start,
        rrule=rrule,
        lasts=lasts,
        zone=zone,
        **said,
    )


def is_open(window: Suppression, at: str) -> bool:
    """Whether it holds at an instant."""
    return Suppressions({window.id: window}).holds(window.id, parse_instant(at))


NIGHTLY = window("2026-03-01T01:00", "FREQ=DAILY")
SATURDAYS = window("2026-11-28T22:00", "FREQ=WEEKLY;BYDAY=SA", lasts=8 * HOUR)


@pytest.mark.parametrize(
    ("window", "at", "expected"),
    [
        (NIGHTLY, "2026-03-28T00:59:59+01:00", False),
        (NIGHTLY, "2026-03-28T01:00:00+01:00", True),
        (NIGHTLY, "2026-03-28T04:59:59+01:00", True),
        (NIGHTLY, "2026-03-28T05:00:00+01:00", False),
        (NIGHTLY, "2026-03-29T01:00:00+01:00", True),
        (NIGHTLY, "2026-03-29T04:59:59+02:00", True),
        (NIGHTLY, "2026-03-29T05:00:00+02:00", False),
        (NIGHTLY, "2026-10-25T01:00:00+02:00", True),
        (NIGHTLY, "2026-10-25T04:59:59+01:00", True),
        (NIGHTLY, "2026-10-25T05:00:00+01:00", False),
        (NIGHTLY, "2026-02-28T02:00:00+01:00", False),
        (SATURDAYS, "2026-11-28T21:59:59+01:00", False),
        (SATURDAYS, "2026-11-29T05:59:59+01:00", True),
        (SATURDAYS, "2026-11-29T06:00:00+01:00", False),
        (SATURDAYS, "2026-12-04T23:00:00+01:00", False),
        (SATURDAYS, "2027-07-03T23:00:00+02:00", True),
        (window("2026-11-28T02:00"), "2026-11-28T03:00:00+01:00", True),
        (window("2026-11-28T02:00"), "2026-11-29T03:00:00+01:00", False),
        (window("2026-11-28T02:00", zone="Asia/Shanghai"), "2026-11-28T02:00:00+08:00", True),
        (window("2026-01-31T02:00", "FREQ=MONTHLY;BYMONTHDAY=-1"), "2026-02-28T03:00:00+01:00", True),
        (window("2026-03-01T02:30", "FREQ=DAILY", lasts=30 * MINUTE), "2026-03-29T03:15:00+02:00", False),
    ],
)
def test_a_window_is_open_by_the_clock_on_the_wall(window, at, expected):
    """In spring its night is an hour shorter, in autumn an hour longer; it ends when the clock there says so."""
    assert expected == is_open(window, at)


@given(days=st.integers(0, 800), minute=st.integers(0, 1439))
def test_a_daily_window_is_open_as_long_as_the_clock_says_so(days, minute):
    """On every day of two years and at every minute, through four changes of the clock."""
    moment = (datetime(2026, 3, 2, tzinfo=ZoneInfo("UTC")) + timedelta(days=days, minutes=minute)).astimezone(
        ZoneInfo("Europe/Berlin")
    )

    assert (1 <= moment.hour < 5) == is_open(NIGHTLY, moment.isoformat())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Suppression(id="S", kind=HoldKind.SHELVE, since=START, until=START + DAY), "every ticket there is"),
        (Suppression(id="S", kind=HoldKind.SHELVE, whom=Whom(site="x"), since=START), "until when"),
        (Suppression(id="S", kind=HoldKind.SHELVE, whom=Whom(site="x"), since=START, until=START), "before it begins"),
        (Suppression(id="S", kind=HoldKind.PARENT, whom=Whom(site="x"), since=START), "kind must be one of"),
        (window("2026-11-28T02:00", lasts=0), "at most 31 days"),
        (window("2026-11-28T02:00", zone="Mars/Base"), "Europe/Berlin"),
        (window("2026-11-28T02:00Z"), "without a zone"),
        (window("soon"), "no time on the wall"),
        (window("2026-11-28T02:00", "FREQ=MINUTELY"), "comes again daily"),
        (window("2026-11-28T02:00", "BYDAY=SA"), "write such as FREQ=WEEKLY"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(wrong, words):
    """For the person who wrote it."""
    with pytest.raises(ValueError, match=words):
        check(wrong)


@pytest.mark.parametrize(
    ("whom", "is_meant"),
    [
        ({"asset": "TV-17"}, True),
        ({"asset": "TV-1?", "failure_mode": "crash-*"}, True),
        ({"site": "berlin", "model": "TV-5*"}, True),
        ({"site": "berlin", "model": "TV-4*"}, False),
        ({"device": "tv-99"}, False),
        ({"failure_mode": "overheating"}, False),
    ],
)
def test_whom_a_decision_means(whom, is_meant):
    """All that it says must hold."""
    assert is_meant == Whom(**whom).means(finding())


def test_of_a_fleet_it_is_the_scope_that_tells():
    """A shelf of the first device in its evidence holds back no incident; one of its whole site does."""
    fleet = finding(
        scope={"site": "berlin", "firmware": "2"}, facts={"device": "tv-17", "site": "berlin", "model": "X"}
    )

    assert [False, False, True] == [
        Whom(**whom).means(fleet) for whom in ({"device": "tv-17"}, {"model": "X"}, {"site": "berlin"})
    ]


def test_decisions_are_the_same_out_of_the_journal_as_they_went_in():
    """And what was taken back is gone; the same entry again changes nothing."""
    shelf = Suppression(id="S-1", kind=HoldKind.SHELVE, whom=Whom(asset="TV-17"), since=START, until=START + HOUR)
    payload = suppressions_entry([shelf, NIGHTLY], remove=["S-9"])
    assert ([shelf, NIGHTLY], ["S-9"]) == suppressions_of(payload)

    held = Suppressions()
    for _ in range(2):
        held.control("suppressions", payload)
    assert {"S-1": shelf, "W-1": NIGHTLY} == held.by_id
    held.control("suppressions", suppressions_entry(remove=["S-1"]))
    assert {"W-1"} == held.by_id.keys()
