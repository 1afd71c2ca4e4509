"""Lines: read back by a small parser of its own, nothing is anything else than it was meant to be."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.influx_layout import Layout
from adapters.influx_lines import lines_of
from adapters.influx_names import NO_TEXT, coded, coded_name, coded_text, is_name, outside, outside_text
from adapters.influx_settings import InfluxSettings
from domain.batch import Batch
from tests.batches import batch_of

LAYOUTS: dict[str, dict[str, Any]] = {
    "a field a metric": {},
    "a measurement a metric": {"measurement": "{metric}", "field": "value"},
    "a tag with the metric": {"field": "value"},
    "tags for all": {"tags": {"plant name": "north, west=1"}},
}
HOSTILE = st.text(st.sampled_from("ab,= \\\"'\n\r\t#%5C{}$;()é漢\0/*_text"), min_size=1, max_size=12)
NAMES = (
    HOSTILE
    | st.text(min_size=1, max_size=20)
    | st.sampled_from(["time", "_field", "_measurement", "#", "x_text", "_text"])
)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30) | HOSTILE


class Parsed(NamedTuple):
    """One line, taken apart."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    at: int


def cut(text: str, end: str, escaped: str) -> tuple[str, str, str]:
    """What stands before the first unescaped character of `end`, that character, and the rest."""
    said, place = "", 0
    while place < len(text) and text[place] not in end:
        if text[place] == "\\" and text[place + 1 : place + 2] in tuple(escaped):
            place += 1
        said += text[place]
        place += 1
    return said, text[place : place + 1], text[place + 1 :]


def quoted_text(text: str) -> tuple[str, str]:
    """A string that begins after its opening quote, and what follows its closing quote."""
    said, place = "", 0
    while text[place] != '"':
        if text[place] == "\\" and text[place + 1] in '"\\':
            place += 1
        said += text[place]
        place += 1
    return said, text[place + 1 :]


def parse(line: str) -> Parsed:
    """A line of line protocol by its published description; whatever is left over raises."""
    name, mark, rest = cut(line, ", ", ", ")
    tags: dict[str, str] = {}
    while mark == ",":
        key, _, rest = cut(rest, "=", ",= ")
        tags[key], mark, rest = cut(rest, ", ", ",= ")
    fields: dict[str, float | str] = {}
    mark = ","
    while mark == ",":
        key, _, rest = cut(rest, "=", ",= ")
        if rest.startswith('"'):
            fields[key], rest = quoted_text(rest[1:])
            mark, rest = rest[:1], rest[1:]
        else:
            number, mark, rest = cut(rest, ", ", "")
            fields[key] = float(number)
    assert "\n" not in name + "".join([*tags, *tags.values(), *fields])
    return Parsed(name, tags, fields, int(rest))


def parsed(batch: Batch, **settings: Any) -> list[Parsed]:
    layout = Layout(InfluxSettings(flavour="v1", database="d", **settings))
    return [parse(line.decode()) for _, _, line in lines_of(batch, layout, ())]


def understood(line: Parsed, **settings: Any) -> dict[str, float | str]:
    """Metrics and values as the reading side of the layout sees them; texts must stand where texts belong."""
    layout = Layout(InfluxSettings(flavour="v1", database="d", **settings))
    found = {}
    for column, value in line.fields.items():
        metric, is_text = layout.label(line.measurement, line.tags.get(layout.metric_tag, ""), column)
        assert is_text == isinstance(value, str)
        found[metric] = outside_text(value) if isinstance(value, str) else value
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@given(device=NAMES, values=st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), at=st.integers(-(2**62), 2**62))
@example(device="a\\", values={"m\\": 1.0, "x=1 2\nevil,device=b x": "\\"}, at=1)
@example(device="d", values={'a"b': '"', "a%22b": 'x" 1\n', "x_text": 1.0, "x": "y"}, at=1)
def test_no_name_and_no_text_can_be_taken_for_anything_else(
    layout: str, device: str, values: dict[str, float | str], at: int
) -> None:
    """What a line says is exactly what was to be said, for any characters whatever."""
    lines = parsed(batch_of([(device, at, values)]), **LAYOUTS[layout])

    together: dict[str, float | str] = {}
    for line in lines:
        together |= understood(line, **LAYOUTS[layout])
    assert values == together
    assert [device] * len(lines) == [outside(line.tags["device"]) for line in lines]
    assert {at} == {line.at for line in lines}
    assert all(line.tags.get("plant name") == LAYOUTS[layout].get("tags", {}).get("plant name") for line in lines)


@given(st.text())
def test_a_coded_name_gives_the_name_back(name: str) -> None:
    """And has nothing in it that line protocol cannot say."""
    for written in (coded(name), coded_name(name)):
        assert name == outside(written)
        assert not set(written) & {"\\", "\n", "\0"}


@given(HOSTILE | st.sampled_from(["", "%00", "%2500", "%252500"]))
def test_a_text_that_a_device_said_is_never_none(words: str) -> None:
    """Not even an empty one: that says that a number took the place of a text."""
    assert words == outside_text(coded_text(words))
    assert NO_TEXT != coded_text(words)


def test_a_number_takes_back_a_text_of_its_metric() -> None:
    """Where the metric has ever said one; other metrics pay nothing for it."""
    layout = Layout(InfluxSettings(flavour="v1", database="d"))
    ((_, _, line),) = lines_of(batch_of([("d", 7, {"x": 1, "y": 2})]), layout, {"x"})

    assert b'telemetry,device=d x_text="",x=1.0,y=2.0 7' == line


@given(NAMES, NAMES)
def test_no_two_metrics_share_a_field_and_no_text_shares_one_with_a_number(one: str, other: str) -> None:
    """Else a server would refuse the second of them for ever, or mix them up."""
    layout = Layout(InfluxSettings(flavour="v1", database="d"))
    fields = [f(name) for name in {one, other} for f in (layout.number_field, layout.text_field)]

    assert len(fields) == len(set(fields))


def test_usual_names_stand_as_they_are() -> None:
    """People and their dashboards see what the device says."""
    (line,) = parsed(batch_of([("tv-1", 5, {"temp": 41.2, "ENERGY.Power": 7, "état": "ON", "100%": True})]))

    assert (
        Parsed("telemetry", {"device": "tv-1"}, {"temp": 41.2, "ENERGY.Power": 7.0, "état_text": "ON", "100%": 1.0}, 5)
        == line
    )


@pytest.mark.parametrize("value", [0.0, -0.0, 1e300, 5e-324, 1e22, 123456789.123456789, -1.0])
def test_a_number_is_a_float_always_and_to_the_last_bit(value: float) -> None:
    """Whole numbers too: a field has one type for ever."""
    (line,) = parsed(batch_of([("d", 1, {"x": value})]))

    assert repr(value) == repr(line.fields["x"])
    assert math.copysign(1, value) == math.copysign(1, float(line.fields["x"]))


def test_half_a_character_becomes_a_question_mark() -> None:
    """A text that is no text must not stop the recorder."""
    (line,) = parsed(batch_of([("d", 1, {"x": "a\ud800b", "y\ud800": 1})]))

    assert {"x": "a?b", "y?": 1.0} == understood(line)


@pytest.mark.parametrize(
    ("layout", "lines"), [("a field a metric", 2), ("a measurement a metric", 3), ("a tag with the metric", 3)]
)
def test_a_line_is_an_item_or_a_reading(layout: str, lines: int) -> None:
    """By layout; each says how many readings are in it and which entry it comes from."""
    batch = batch_of([("d", 1, {"x": 1, "y": "a"}), ("d", 2, {"x": 2})], after=10)
    found = list(lines_of(batch, Layout(InfluxSettings(flavour="v1", database="d", **LAYOUTS[layout])), ()))

    assert lines == len(found)
    assert 3 == sum(readings for _, readings, _ in found)
    assert {11, 12} == {position for position, _, _ in found}


def test_lines_come_in_the_order_of_their_entries() -> None:
    """So that a bookmark can stand between two of them."""
    batch = batch_of([("d", 1, {"x": 1}), ("d", 9, {"x": 2})], [("d", 5, "crash", "", {}, 2)])
    shuffled = batch_of([("d", 1, {"x": 1}, 1), ("d", 9, {"x": 2}, 3)], [("d", 5, "crash", "", {}, 2)])
    for found in (batch, shuffled):
        positions = [p for p, _, _ in lines_of(found, Layout(InfluxSettings(flavour="v1", database="d")), ())]
        assert all(a <= b for a, b in pairwise(positions))


@given(
    event=NAMES,
    code=st.text(),
    details=st.dictionaries(st.text(), st.none() | st.integers() | st.text()),
    at=st.integers(0, 2**60),
)
def test_an_event_is_all_text(event: str, code: str, details: dict[str, Any], at: int) -> None:
    """Whole numbers of 64 bits do not fit in a float."""
    (line,) = parsed(batch_of([], [("d", at, event, code, details, None, at + 7, 2**64 - 1)]))

    assert ("event", {"device": "d"}) == (line.measurement, line.tags)
    assert all(isinstance(value, str) for value in line.fields.values())
    assert (event, code, str(at), str(at + 7), str(2**64 - 1)) == tuple(
        line.fields[name] for name in ("event", "code", "at", "received_at", "identity")
    )
    assert 0 <= line.at - at < 1_000_000


def test_events_of_one_instant_are_points_of_their_own() -> None:
    """A thousand at once: a buffer that was sent with one time."""
    lines = parsed(batch_of([], [("d", 10**18, "crash")] * 1000))

    assert 1000 == len({line.at for line in lines})


@pytest.mark.parametrize("name", ["", "a\\b", "a\nb", "time", "{metric}", "#x"])
def test_some_names_are_not_for_settings(name: str) -> None:
    """They would have to be coded, and nobody would find them."""
    assert not is_name(name)
