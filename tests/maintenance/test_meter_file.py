"""The file of meters: what it defines, and a sentence with its line for everything that is wrong."""

import pytest

from domain.errors import WrongFormat
from domain.instants import MINUTE
from domain.meter import Meter, MeterKind
from maintenance.meter_file import MOST_MISTAKES, read_meters

GOOD = """
[[meter]]
name = "pages"
unit = "pages"
kind = "counter"
metric = "print.pages"
where = { model = ["HP-*", "LJ-*"], tag = { region = "cn-*" } }
rolls_over_at = 65536
most_per_hour = 3000

[[meter]]
name = "hours"
unit = "h"
kind = "gauge"
metric = "running"
longest_gap = "30m"

[[meter]]
name = "km"
unit = "km"
kind = "manual"
"""


def test_a_file_says_what_is_counted_of_what() -> None:
    """Counters, gauges and what people read, in order."""
    pages, hours, km = read_meters("meters.toml", GOOD)

    assert {"model": ("HP-*", "LJ-*"), "tag.region": ("cn-*",)} == pages.where
    assert (65536.0, 3000.0, MeterKind.COUNTER) == (pages.rolls_over_at, pages.most_per_hour, pages.kind)
    assert 30 * MINUTE == hours.longest_gap
    assert Meter(name="km", unit="km", kind=MeterKind.MANUAL) == km
    assert () == read_meters("meters.toml", "")


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ('name = "pages"', 'name = "page count"', "meters.toml:3: name must be 1 to 64 of the characters"),
        ('unit = "pages"', 'units = "pages"', "meters.toml:4: units is unknown; did you mean unit?"),
        ('unit = "pages"', "", "meters.toml:2: unit is missing"),
        ('kind = "counter"', 'kind = "count"', "meters.toml:5: kind 'count' is unknown; did you mean counter?"),
        ('metric = "print.pages"', "", "meters.toml:5: a counter counts what a device says; name the metric."),
        ("model = ", "modle = ", "meters.toml:7: where names modle, which is unknown; did you mean model?"),
        ('tag = { region = "cn-*" }', 'tag = "cn"', "meters.toml:7: where must give tag a table"),
        ('["HP-*", "LJ-*"]', "55", "meters.toml:7: where must give model a short text"),
        ("rolls_over_at = 65536", "rolls_over_at = 0", "meters.toml:8: rolls_over_at must be a number above 0"),
        ("most_per_hour = 3000", "most_per_hour = inf", "meters.toml:9: most_per_hour must be a number above 0"),
        ('longest_gap = "30m"', 'longest_gap = "soon"', 'meters.toml:16: longest_gap "soon" is not a duration'),
        ('longest_gap = "30m"', "rolls_over_at = 5", "meters.toml:16: only a counter rolls over"),
        ('unit = "km"', 'unit = "km"\nmetric = "km"', "meters.toml:21: a manual meter has no metric"),
        ('name = "km"', 'name = "hours"', "meters.toml:20: hours is counted in h above; say the same unit."),
        ('kind = "manual"', "kind = ", "meters.toml:21: this is not TOML"),
        ('[[meter]]\nname = "km"', '[meters]\nname = "km"', "meters.toml:18: there is no meters in a file of meters"),
    ],
)
def test_what_is_wrong_gets_a_sentence(line: str, instead: str, sentence: str) -> None:
    """With its line and the nearest right word."""
    with pytest.raises(WrongFormat) as wrong:
        read_meters("meters.toml", GOOD.replace(line, instead))

    assert any(each.startswith(sentence) for each in wrong.value.mistakes), wrong.value.mistakes


def test_all_mistakes_are_told_at_once() -> None:
    """In order of line."""
    with pytest.raises(WrongFormat) as wrong:
        read_meters("meters.toml", GOOD.replace("kind", "sort").replace("65536", '"many"'))

    assert [2, 5, 8, 11, 14, 18, 21] == [int(each.split(":")[1]) for each in wrong.value.mistakes]


def test_a_file_of_nothing_but_mistakes_is_refused_soon() -> None:
    """Reading ends after enough mistakes."""
    with pytest.raises(WrongFormat) as found:
        read_meters("meters.toml", "".join(f'[[meter]]\nname = "m{nth}"\n' for nth in range(1_000)))

    assert MOST_MISTAKES <= len(found.value.mistakes) <= MOST_MISTAKES + 3
