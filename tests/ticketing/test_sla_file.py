"""The file of promises: what it means, its defaults, and its mistakes, all at once."""

import pytest

from adapters.public_holidays import PublicHolidays
from domain.errors import WrongFormat
from domain.finding import Severity
from domain.instants import HOUR, MINUTE, parse_instant
from domain.sla import SlaBook
from ticketing.sla_file import read_promises

NOW = parse_instant("2026-11-22T08:00:00Z")
WHOLE = """
supervisor = "bosses"

[[calendar]]
id = "office"
zone = "Asia/Shanghai"
hours = { "mon-fri" = ["09:00-12:00", "13:00-18:00"], sun = ["20:00-24:00"] }
holidays = "CN"
days = { "2026-12-31" = ["09:00-12:00"] }

[[policy]]
id = "gold"
name = { en = "Gold", zh = "金牌" }
calendar = "office"
S2 = { response = "1h" }
ladder = [{ channel = "email", after = 0 }, { channel = "supervisor", after = 0.5 }]
duty = "desk"

[[duty]]
id = "desk"
people = ["lee", "kim"]
begins = "2026-11-23T09:00:00+08:00"
turn = "7d"
away = { lee = ["2026-12-07T00:00Z/2026-12-14T00:00Z"] }

[[duty]]
id = "bosses"
people = ["park"]
begins = "2026-11-23T09:00:00+08:00"
"""


def book(content: str) -> SlaBook:
    """What a file says."""
    return read_promises("sla.toml", content, PublicHolidays(NOW))


def test_an_empty_file_promises_the_defaults() -> None:
    """S1 in half an hour and four hours; everything runs round the clock where there is no calendar."""
    standard = book("").policies["standard"]

    assert (30 * MINUTE, 4 * HOUR) == (standard.targets[Severity.S1].response, standard.targets[Severity.S1].resolution)
    assert {""} == {target.calendar for target in standard.targets.values()}
    assert ["sms", "email", "in_app", "supervisor"] == [rung.channel for rung in standard.ladder]


def test_what_is_left_out_has_its_default() -> None:
    """S1 runs round the clock, the rest in the policy's calendar; the standard policy is there always."""
    gold = book(WHOLE).policies["gold"]

    assert (HOUR, 24 * HOUR, "office") == (
        gold.targets[Severity.S2].response,
        gold.targets[Severity.S2].resolution,
        gold.targets[Severity.S2].calendar,
    )
    assert "" == gold.targets[Severity.S1].calendar
    assert "office" == book(WHOLE).policies["standard"].targets[Severity.S3].calendar


def test_china_has_its_moved_working_days() -> None:
    """The Spring Festival is closed, the Saturdays before and after it are worked."""
    calendar = book(WHOLE).calendars["office"]

    assert () == calendar.days["2026-02-17"]
    assert calendar.week[0] == calendar.days["2026-02-14"]
    assert ((540, 720),) == calendar.days["2026-12-31"]


def test_a_duty_hands_over_and_somebody_stands_in() -> None:
    """Week by week; who is away is skipped."""
    duty = book(WHOLE).duties["desk"]
    weeks = ["2026-11-23T09:00:00+08:00", "2026-11-30T08:59:59+08:00", "2026-11-30T09:00:00+08:00"]

    assert ["lee", "lee", "kim"] == [duty.on_call(parse_instant(at)) for at in weeks]
    assert "kim" == duty.on_call(parse_instant("2026-12-08T09:00:00+08:00"))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            'zone = "Asia/Shanghai"',
            'zone = "Asia/Shanghi"',
            "sla.toml:6: calendar office: zone 'Asia/Shanghi' is no time",
        ),
        ('"mon-fri"', '"mon-fre"', "names a day 'mon-fre'"),
        ("13:00-18:00", "18:00-13:00", "a night shift is two"),
        ('holidays = "CN"', 'holidays = "XX"', "write days by hand"),
        ('calendar = "office"', 'calendar = "ofice"', "did you mean office?"),
        ('"1h"', '"1 hour"', "is not a duration"),
        ('channel = "email", after = 0 ', 'channel = "email", after = 0.9 ', "must be in order"),
        ('channel = "email"', 'channel = "fax"', "'fax' is unknown"),
        ('duty = "desk"', 'duty = "dsk"', "did you mean desk?"),
        ('supervisor = "bosses"', 'supervisor = "boss"', "did you mean bosses?"),
        ('people = ["park"]', "people = []", "people and begins are needed"),
        ("[[policy]]", "[[polcy]]", "did you mean policy?"),
    ],
)
def test_a_mistake_has_its_sentence(was: str, now: str, said: str) -> None:
    """With the nearest right name."""
    assert was in WHOLE
    with pytest.raises(WrongFormat, match=r".") as caught:
        book(WHOLE.replace(was, now, 1))

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[policy]]\nid = "p"\nS1 = { response = "0s" }', "longer than nothing"),
        ('[[policy]]\nid = "p"\nS1 = { response = "99999999d" }', "no longer than 3650d"),
        ('[[calendar]]\nid = "c"\nzone = "UTC"\nhours = {}', "never opens"),
        ('[[calendar]]\nid = "c"\nzone = "UTC"\nhours = {}\ndays = { "2026-13-45" = [] }', "names a date '2026-13-45'"),
        ("supervisor = []", "is no duty"),
        (
            '[[duty]]\nid = "d"\npeople = ["a"]\nbegins = "2026-11-23T09:00Z"\n'
            'away = { a = ["2026-12-27T00:00Z/2026-12-24T00:00Z"] }',
            "ends before it begins",
        ),
    ],
)
def test_what_would_never_come_true_is_a_mistake(text: str, said: str) -> None:
    """Promises that nobody could keep or break, hours that never come, absences that never are."""
    with pytest.raises(WrongFormat, match=r".") as caught:
        book(text)

    assert said in str(caught.value)
