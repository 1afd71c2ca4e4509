"""Fitted parts: one part a position at a time, history kept, lives told from it; the file of the past."""

from dataclasses import replace

import pytest

from domain.asset_value import Fitted, Removal
from domain.errors import WrongFormat
from domain.instants import DAY, instant_text
from domain.work_order import OrderKind, OrderState, WorkOrder
from maintenance.fitted_file import read_fitted
from maintenance.fitting import asset_lives, fit, fitted_by, part_lives, take_out
from maintenance.life import Life

START = 20_000 * DAY
NOW = START + 1000 * DAY


def panel(day: int, **changes: object) -> Fitted:
    """A panel that was put in some days after the start."""
    made = Fitted(asset="tv-1", position="front", part="panel-55", since=START + day * DAY, by="lee")
    return replace(made, **changes)  # type: ignore[arg-type]


def order(**changes: object) -> WorkOrder:
    """A repair that took a panel."""
    made = WorkOrder(
        number="W-2026-000007",
        kind=OrderKind.CORRECTIVE,
        asset="tv-1",
        title={"en": "Swap"},
        state=OrderState.CLOSED,
        why={"en": "Dark."},
        kit={"panel-55": 1},
        made_at=START,
        changed_at=START,
        done_at=START + 300 * DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_new_part_takes_the_place_of_the_one_before() -> None:
    """The old one stays in the history with why it left; the same again changes nothing."""
    new = panel(200, serial="B")
    refit = fit([panel(0, id=1)], new, Removal.FAILED, NOW)

    assert panel(0, id=1, until=new.since, removal=Removal.FAILED) == refit.taken_out
    assert new == refit.put_in
    assert fit([panel(200, serial="B", id=2)], new, Removal.FAILED, NOW).is_nothing


def test_a_position_may_be_left_empty() -> None:
    """Taken out, and nothing in its place."""
    out = take_out([panel(0)], panel(50, part=""), Removal.OTHER, NOW).taken_out

    assert out is not None
    assert (START + 50 * DAY, Removal.OTHER) == (out.until, out.removal)
    with pytest.raises(WrongFormat, match="Nothing sits in front of tv-1"):
        take_out([out], panel(60, part=""), Removal.OTHER, NOW)
    with pytest.raises(WrongFormat, match="say a time between"):
        take_out([panel(70)], panel(60, part=""), Removal.OTHER, NOW)


@pytest.mark.parametrize(("day", "sentence"), [(1001, "has not come yet"), (50, "was changed at .*, which is later")])
def test_what_cannot_be_gets_a_sentence(day: int, sentence: str) -> None:
    """Neither in the future nor before what is known already."""
    with pytest.raises(WrongFormat, match=sentence):
        fit([panel(100)], panel(day, serial="B"), Removal.FAILED, NOW)


@pytest.mark.parametrize(
    ("there", "changes", "used", "label", "expected"),
    [
        ([], {}, {}, "", [("panel-55", "panel-55", None)]),
        ([panel(0)], {}, {}, "true", [("front", "panel-55", Removal.FAILED)]),
        ([panel(0)], {}, {}, "nff", [("front", "panel-55", Removal.OTHER)]),
        ([panel(0)], {"kind": OrderKind.PREVENTIVE}, {}, "", [("front", "panel-55", Removal.PREVENTIVE)]),
        ([panel(0)], {}, {"panel-55": "panel-55b"}, "", [("front", "panel-55b", Removal.FAILED)]),
        ([panel(9), panel(3, position="back")], {}, {}, "", [("back", "panel-55", Removal.FAILED)]),
        ([panel(0)], {"kit": {}}, {}, "", []),
        ([panel(300, order="W-2026-000007")], {}, {}, "", []),
        ([panel(400)], {}, {}, "", []),
        ([panel(0)], {"done_at": None}, {}, "", []),
    ],
)
def test_a_closed_order_has_changed_what_its_kit_says(
    there: list[Fitted], changes: dict[str, object], used: dict[str, str], label: str, expected: list[object]
) -> None:
    """Where one like it sat, the oldest first; what a person said of the order, or since, is left alone."""
    refits = fitted_by(order(**changes), used, there, label)

    assert expected == [
        (each.put_in.position, each.put_in.part, each.taken_out.removal if each.taken_out else None)
        for each in refits
        if each.put_in
    ]


def test_lives_of_parts_end_by_failure_or_are_censored() -> None:
    """What was put in by mistake says nothing."""
    fitted = [
        panel(0, until=START + 100 * DAY, removal=Removal.FAILED),
        panel(100, until=START + 250 * DAY, removal=Removal.PREVENTIVE),
        panel(250, until=START + 251 * DAY, removal=Removal.OTHER),
        panel(251),
    ]

    assert [Life(100, True), Life(150, False), Life(749, False)] == part_lives(fitted, NOW)


def test_lives_of_an_asset_begin_anew_with_each_repair() -> None:
    """Before it was registered nobody would have known of a failure."""
    lives = asset_lives(START, START + 100 * DAY, [START + 400 * DAY, START + 150 * DAY], NOW)

    assert [Life(150, True, 100), Life(250, True, 0), Life(600, False, 0)] == lives
    assert [Life(1000, False, 1000)] == asset_lives(START, NOW + DAY, [], NOW)


GOOD = b"""asset,position,part,serial,since,until,removal
tv-1,front,panel-55,A,2025-01-01,2026-01-01T12:00:00+01:00,failed
tv-1,front,panel-55,B,2026-01-01T11:00:00Z,,
"""
LATER = START + 1500 * DAY


def test_the_past_comes_from_a_file() -> None:
    """Days and instants; quoted as spreadsheets write it."""
    rows = read_fitted("parts.csv", b"\xef\xbb\xbf" + GOOD, by="lee", now=LATER)

    assert [("A", "2026-01-01T11:00:00.000Z"), ("B", None)] == [
        (row.serial, instant_text(row.until) if row.until else None) for row in rows
    ]


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (b"", ["parts.csv:1: the column asset is missing"]),
        (b"asset,position,part,since,serail\n", ["parts.csv:1: serail is unknown; did you mean serial?"]),
        (
            b"asset,position,part,since\ntv-1,,p,yesterday\n",
            ["parts.csv:2: position must be", "parts.csv:2: since must"],
        ),
        (b"asset,position,part,since\ntv-1,front,p\n", ["parts.csv:2: it has 3 cells"]),
        (b"asset,position,part,since\ntv-1,front,p,2099-01-01\n", ["parts.csv:2: since has not come yet"]),
        (b"asset,position,part,since\ntv-1,front,p,0001-01-01\n", ["parts.csv:2: since must be a day"]),
        (GOOD.replace(b",failed", b","), ["parts.csv:2: until and removal go together"]),
        (GOOD.replace(b"2026-01-01T12:00:00+01:00,failed", b","), ["parts.csv:3: front holds panel-55 since 2025"]),
        (b"\xff\xfe", ["parts.csv:1: this is no CSV in UTF-8"]),
    ],
)
def test_wrong_lines_get_sentences(content: bytes, sentences: list[str]) -> None:
    """All of them at once."""
    with pytest.raises(WrongFormat) as wrong:
        read_fitted("parts.csv", content, by="lee", now=LATER)

    for told in sentences:
        assert any(mistake.startswith(told) for mistake in wrong.value.mistakes), wrong.value.mistakes
