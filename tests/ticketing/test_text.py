"""Words are read: fields by rules, classes by a model that knows how sure it is."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.text import field_scores, guesses, labelled, measured
from domain.finding import Severity
from ticketing.text_class import Example, Reader, TextModel, trained
from ticketing.text_fields import fields_in


@cache
def model() -> TextModel:
    """Of the whole committed set."""
    found = trained([Example(row["text"], row["class"]) for row in labelled()])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("TV-17 shows 0xDEAD, order SO-4711", {"device": "TV-17", "code": "0XDEAD", "order": "SO-4711"}),
        ("Fault code F-07 since 8:30", {"code": "F-07"}),
        ("We are at 12 Harbour Street, 3rd floor", {"address": "12 Harbour Street"}),
        (
            "设备VM-12报E07，地址：上海市浦东新区世纪大道88号",
            {"device": "VM-12", "code": "E07", "address": "上海市浦东新区世纪大道88号"},
        ),
        ("订单号：20261122001 什么时候到", {"order": "20261122001"}),
        ("ＴＶ－１７ 死机", {"device": "TV-17"}),
        ("see ticket T-2026-000123", {}),
        ("nothing to see", {}),
    ],
)
def test_fields_are_found_in_both_languages(text, fields) -> None:
    """Wide letters are letters; a ticket's number is no device."""
    assert fields == fields_in(text)


def test_a_registered_name_beats_what_looks_like_one() -> None:
    """The registry knows its devices."""
    assert "pump-left" == fields_in("AB-12 is next to pump-left", ["pump-left"])["device"]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_read(text) -> None:
    """Whatever people write, nothing breaks, and probabilities are probabilities."""
    reading = Reader(model()).read(text)

    assert all(0 <= share <= 1 for _, share in reading.suggested)
    assert all(fields_in(text).values())


@pytest.mark.parametrize("text", ["smoke from the charger!", "充电桩冒烟了", "I got an electric shock"])
def test_danger_is_heard(text) -> None:
    """Somebody may get hurt."""
    assert Severity.S1 is Reader(model()).read(text).severity


def test_below_the_threshold_a_class_is_only_suggested() -> None:
    """Nonsense has suggestions and no class; a question is about no fault."""
    assert "" == Reader(model()).read("hello").ticket_class
    assert Reader(model()).read("hello").suggested
    assert "" == Reader(model()).read("Please send me the invoice of last month").ticket_class


def test_the_same_examples_give_the_same_model() -> None:
    """Nothing is drawn at random."""
    few = [Example(row["text"], row["class"]) for row in labelled()[:60]]
    one, other = trained(few), trained(few)
    assert one is not None
    assert other is not None

    assert np.array_equal(one.weights, other.weights)
    assert one.temperature == other.temperature


def test_there_is_nothing_to_learn_from_one_class() -> None:
    """Then nothing is suggested."""
    assert trained([Example("a", "x"), Example("b", "x")]) is None
    assert () == Reader(None).read("the screen is black").suggested


def test_the_committed_set_is_large_varied_and_read_as_well_as_the_page_says() -> None:
    """docs/intake.md tells these figures, of reports that the model never saw."""
    rows = labelled()
    said = guesses(rows)
    found = measured(rows, said)

    assert len(rows) >= 300
    assert len({row["text"] for row in rows}) == len(rows)
    assert found["accuracy"] >= 0.85
    assert found["macro_f1"] >= 0.85
    assert found["calibration_error"] <= 0.08
    assert found["right_when_set"] >= 0.9
    assert all(score["recall"] >= 0.95 and score["precision"] >= 0.95 for score in field_scores(rows).values())
