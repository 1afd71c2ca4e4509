"""The crew's papers: the day sheet and the week chart say everything, fetch nothing, and take no text for HTML."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from domain.work_order import OrderState
from maintenance.day_page import day_page
from maintenance.gantt_page import LOOKS, gantt_page
from maintenance.printed import Printed
from tests.maintenance.live_crews import at, booked, order, place

MONDAY, WEEK = date(2026, 3, 2), "2026-W10"
EVIL = '<script>alert("x")</script>'


class Tags(HTMLParser):
    """The tags and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One tag."""
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]


def one(nth: int, begins: float, *who: str, zone: str = "UTC", **more: Any) -> Printed:
    """An order with its time."""
    return Printed(order=booked(order(nth, **more), begins, *who), zone=zone, facts=place(nth))


def test_a_day_sheet_is_the_technicians_day_in_order_of_time():
    """Others' orders and other days are not on it."""
    sheet = day_page("ana", MONDAY, [one(3, 14), one(1, 9, "ana", "ben"), one(2, 10, "ben"), one(4, 33)], "en")

    assert sheet.index("09:00 – 10:00 · W-2026-000001") < sheet.index("14:00 – 15:00 · W-2026-000003")
    assert "With: ben" in sheet
    assert "W-2026-000002" not in sheet
    assert "W-2026-000004" not in sheet


def test_a_night_shift_is_on_the_sheets_of_both_days():
    """It begins on Monday and ends on Tuesday."""
    night = [one(1, 23, hours=3.0)]

    assert all("W-2026-000001" in day_page("ana", date(2026, 3, day), night, "zh") for day in (2, 3))
    assert "没有安排" in day_page("ana", date(2026, 3, 4), night, "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_taken_for_html_and_nothing_is_fetched(language: str):
    """Whatever an order says."""
    evil = replace(one(1, 9), order=booked(order(1, title={"en": EVIL}, asset=EVIL, why={"en": EVIL}), 9, EVIL))
    for page in (day_page(EVIL, MONDAY, [evil], language), gantt_page(WEEK, [evil], "UTC", language)):
        seen = Tags(page)
        assert "script" not in seen.tags
        assert [] == seen.addresses
        assert "url(" not in page


def test_the_chart_is_sound_svg_and_says_states_without_colour():
    """Each state has a sign of its own and an outline or a word; the table says it all again."""
    states = [OrderState.APPROVED, OrderState.RELEASED, OrderState.DISPATCHED]
    page = gantt_page(WEEK, [one(nth, 8 + 2 * nth, state=state) for nth, state in enumerate(states, 1)], "UTC", "en")
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])

    assert 3 == len(svg.findall(".//rect"))
    texts = [text.text for text in svg.findall(".//g/text")]
    assert ["○ 1", "● 2", "▶ 3"] == texts
    assert len({sign for sign, _, _ in LOOKS.values()}) == len(LOOKS)
    assert "released" in page.lower()


def test_the_chart_shows_a_night_on_both_days_and_hours_by_the_wall():
    """In the zone of the reader, on the day when clocks go forward too."""
    page = gantt_page("2026-W10", [one(1, 22, hours=4.0)], "Europe/Berlin", "en")

    assert 2 == page.count("<svg")
    assert "Tuesday 2026-03-03" in page


def test_late_work_is_marked():
    """By a sign."""
    assert "●! 1" in gantt_page(WEEK, [one(1, 9, due_at=at(9.5))], "UTC", "en")
