"""Review without a ledger: what comes first, what a spreadsheet may bring back, what a plan learns, what is printed."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WrongFormat
from domain.instants import DAY, HOUR
from domain.registry import Facts
from domain.review import Reviewed
from domain.ticket import LedgerEvent
from domain.work_order import OrderKind, OrderState, Waiting, WorkOrder
from maintenance.feedback import feedback, sentence
from maintenance.printed import Printed
from maintenance.review import First, in_order
from maintenance.review_csv import BOM, Verdict, neutral, read, told, unsplit, written
from maintenance.sheet_page import sheet_page
from maintenance.week_page import week_page
from tests.maintenance.plans import at

S = OrderState
DUE = at("2026-11-27")


def order(nth: int = 1, **said: Any) -> WorkOrder:
    """An order of the plan `oil`."""
    common: dict[str, Any] = {
        "number": f"W-2026-{nth:06d}",
        "kind": OrderKind.PREVENTIVE,
        "asset": f"P-{nth}",
        "title": {"en": "Oil it", "zh": "上油"},
        "why": {"en": "It is due.", "zh": "到期。"},
        "state": S.IN_REVIEW,
        "plan": "oil",
        "cycle": "1",
        "ready_at": at("2026-11-20"),
        "ideal_at": at("2026-11-24"),
        "due_at": DUE,
        "made_at": at("2026-11-01"),
        "changed_at": at("2026-11-01"),
        "revision": 3,
    }
    return WorkOrder(**common | said)


def waits(cost: float) -> tuple[Waiting, ...]:
    """What waiting costs, a week of it so much."""
    return tuple(Waiting(days=days, cost=cost * days / 7, is_assumed=True) for days in (1, 3, 7, 14))


def test_who_is_due_comes_first_or_whose_waiting_costs_most_and_failures_before_all():
    """Orders of plans and of tickets in one list."""
    cheap, dear = order(1, waiting=waits(5)), order(2, due_at=DUE + DAY, waiting=waits(90))
    visit = order(3, plan="", cycle="", ticket="T-2026-000001", due_at=DUE + 2 * DAY)
    never = order(4, due_at=None)

    assert [cheap, dear, visit, never] == in_order([never, visit, dear, cheap], First.DUE)
    assert [visit, dear, cheap, never] == in_order([never, cheap, dear, visit], First.COST)


# -- CSV


def test_what_is_exported_and_decided_comes_back():
    """With the byte order mark that spreadsheets want; a semicolon or a tab may separate, and days have their ways."""
    text = written([order(waiting=waits(70)), order(2)], lambda _: "UTC", "zh")
    head, first, second, _ = text.split("\r\n")
    assert text.startswith(BOM)
    assert "W-2026-000001,P-1,oil,到期。,2026-11-20,2026-11-24,2026-11-27,10.00,30.00,70.00,140.00,,,,3" == first
    assert [] == read("r.csv", text)

    decided = [head, first.replace(",,,,3", ",Refuse,资产将被更换,,3"), second.replace(",,,,3", ",change,,2026/12/1,3")]
    for separator in ",;\t":
        found = read("r.csv", "\n".join(decided).replace(",", separator))
        assert [(Verdict.REFUSE, "资产将被更换", None, 3), (Verdict.CHANGE, "", date(2026, 12, 1), 3)] == [
            (one.verdict, one.reason, one.day, one.revision) for one in found
        ]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "  =1", "＝1", "'=1", "'", "''x", "\r=1"])
def test_no_cell_is_a_formula_and_every_cell_comes_back(cell):
    """A `'` stands before it in the file, and none after."""
    assert neutral(cell).startswith("'")
    assert cell == told(neutral(cell))


def test_a_formula_behind_another_separator_is_none_either():
    """Where a semicolon ends a cell, a text with one would begin another."""
    text = written([order(why={"en": "so; =1+1;@x\n-2"})], lambda _: "UTC", "en")

    assert "so; '=1+1;'@x\n'-2" in text


@given(st.text())
def test_any_text_comes_back_as_it_was(text):
    """And is no formula in between."""
    assert text == told(neutral(text))
    assert neutral(text).lstrip(" \u00a0\u3000")[:1] not in ("=", "@", "\t")


def test_numbers_stay_numbers():
    """A cost below nothing is no formula."""
    assert ("-5.20", "+3", "12") == (neutral("-5.20"), neutral("+3"), neutral("12"))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("W-2026-000001,approved,,,3", "decision is one of approve, refuse, defer, change, not 'approved'"),
        ("W-2026-000001,refuse,,,3", "write as reason why the order is refused"),
        ("W-2026-000001,defer,,,3", "defer and change need a date"),
        ("W-2026-000001,approve,,2026-11-28,3", "approve and refuse have none"),
        ("W-2026-000001,defer,,11/28/2026,3", "date is a day such as 2026-11-28, not '11/28/2026'"),
        ("W-2026-000001,defer,,2026-02-30,3", "date is a day"),
        ("W-2026-000001,,because,,3", "there is a reason or a date, but no decision"),
        ("T-2026-000001,approve,,,3", "order is a number such as W-2026-000123"),
        ("W-2026-000001,approve,,,x", "revision is the number that was exported"),
        ("W-2026-000001,approve,,,3\nW-2026-000001,refuse,no,,3", "is decided in line 2 already"),
    ],
)
def test_every_mistake_of_a_file_has_its_line(row, sentence):
    """And the file is refused as a whole: nobody knows what it means."""
    with pytest.raises(WrongFormat, match=r"r\.csv:\d: ") as found:
        read("r.csv", f"order,decision,reason,date,revision\n{row}\n")

    assert sentence in str(found.value)


@pytest.mark.parametrize("text", ["", "order,decision\n", 'order,decision,reason,date,revision\n"W'])
def test_a_file_that_is_no_export_is_refused_with_a_sentence(text):
    """Which columns are missing, or that it is no CSV."""
    with pytest.raises(WrongFormat, match=r"r\.csv:"):
        read("r.csv", text)


# -- feedback


def line(kind: str, actor: str = "lee", **details: Any) -> LedgerEvent:
    """A line of the log."""
    return LedgerEvent(at=at("2026-11-10"), kind=kind, actor=actor, details=details)


def reviewed(nth: int, state: OrderState, *lines: LedgerEvent) -> Reviewed:
    """An order of the plan `oil`."""
    return Reviewed(plan="oil", number=f"W-2026-{nth:06d}", state=state, lines=lines)


APPROVED = line("order_moved", state="approved")
REFUSED = line("order_moved", state="rejected", reason="asset is being replaced")


def moved(days: float) -> LedgerEvent:
    """A person moves the ideal day."""
    return line("order_changed", changed={"ideal_at": {"before": DUE, "after": DUE + int(days * DAY)}})


def test_a_plan_learns_what_people_made_of_its_orders():
    """Each order counts once; how far they were moved is a median; reasons stand as they were said."""
    orders = [reviewed(nth, S.CLOSED, APPROVED) for nth in range(31)]
    orders += [reviewed(40 + nth, S.APPROVED, moved(days), APPROVED) for nth, days in enumerate((2, 6, 6, 7, 30))]
    orders += [reviewed(50 + nth, S.REJECTED, REFUSED) for nth in range(4)]
    (found,) = feedback(orders)

    assert (40, 31, 5, 4, 0) == (found.orders, found.as_they_were, found.changed, found.refused, found.waiting)
    assert (5, 6.0) == (found.later.orders, found.later.median_days)
    assert {
        "en": "Of 40 orders of plan oil: 31 approved as they were, 5 approved after changes, 4 refused: "
        "'asset is being replaced', 5 moved later by 6 days in the median.",
        "zh": "计划 oil 的 40 个作业单：31 个原样批准，5 个修改后批准，4 个被拒绝：“asset is being replaced”，"
        "5 个推后（中位数 6 天）。",
    } == sentence(found)


def test_hours_kits_and_deferrals_are_told_too_and_what_was_changed_back_is_not():
    """The first value against the last; what the planner did by itself is no opinion."""
    more = {"hours": {"before": 2.0, "after": 3.5}, "kit": {"before": {}, "after": {"fan": 1}}}
    hours = line("order_changed", changed=more)
    back = line("order_changed", changed={"ideal_at": {"before": DUE + 3 * DAY, "after": DUE}})
    deferred = replace(line("order_moved", state="deferred"), details={"state": "deferred", "until": at("2026-11-17")})
    (found,) = feedback(
        [
            reviewed(1, S.RELEASED, hours, APPROVED),
            reviewed(2, S.APPROVED, moved(3), back, APPROVED),
            reviewed(3, S.DEFERRED, deferred),
            reviewed(4, S.RELEASED, replace(APPROVED, actor="planner")),
            reviewed(5, S.CANCELLED),
            reviewed(6, S.MERGED),
        ]
    )

    assert ((2.0, 3.5), {"fan": 1}, 7.0) == (found.hours, found.kit, found.deferred.median_days)
    assert [1, 1, 1, 0, 1, 1, 1] == [
        getattr(found, name)
        for name in ("as_they_were", "changed", "automatic", "refused", "merged", "cancelled", "waiting")
    ]
    assert "hours of 1 changed from 2 to 3.5 in the median, fan +1 in the kits." in sentence(found)["en"]


# -- pages

EVIL = '<script src="http://x/">&\'"'


class Tags(HTMLParser):
    """The elements of a page, and what they would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.names.add(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href", "style", "onload")]


def evil() -> Printed:
    """An order that says nothing but markup."""
    texts = {"en": EVIL, "zh": EVIL}
    said = {"title": texts, "why": texts, "tasks": (texts,), "skills": (EVIL,), "kit": {EVIL: 1}, "tools": (EVIL,)}
    facts = Facts(device="d", asset="P-1", site=EVIL, model=EVIL)
    names = {EVIL: texts}
    one = order(**said, gates=(EVIL,), technicians=(EVIL,), certificates=(EVIL,), asset=EVIL, waiting=waits(7))
    return Printed(order=one, zone="UTC", facts=facts, missing={EVIL: 1}, names=names)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_escape_every_text_and_fetch_nothing(language):
    """Whatever stands in titles, names and reasons."""
    pages = [week_page("2026-W48", [evil()], date(2026, 11, 23), language), sheet_page(evil(), language, "EUR")]

    for each in pages:
        assert "script" not in Tags(each).names
        assert [] == Tags(each).fetched
        assert "url(" not in each
        assert "@media print" in each


def test_the_week_has_its_orders_by_day_and_site_and_what_is_open_from_before():
    """Those due first stand first; the crew plan's moment comes before all; what comes later is not in it."""
    berlin, nowhere = Facts(device="d", asset="P-1", site="BER"), None
    orders = [
        Printed(order=order(1), zone="UTC", facts=berlin),
        Printed(order=order(2, due_at=DUE - HOUR), zone="UTC", facts=berlin),
        Printed(order=order(3, ideal_at=at("2026-11-18")), zone="UTC", facts=nowhere),
        Printed(order=order(4, starts_at=at("2026-11-25") + 9 * HOUR), zone="Europe/Berlin", facts=nowhere),
        Printed(order=order(5, ideal_at=at("2026-12-03")), zone="UTC", facts=nowhere),
    ]
    now = week_page("2026-W48", orders, date(2026, 11, 23), "en")
    ahead = week_page("2026-W48", orders, date(2026, 11, 20), "zh")

    marks = ["Open from before", "W-2026-000003", "Tuesday 2026-11-24", "BER", "W-2026-000002", "W-2026-000001"]
    marks += ["Wednesday 2026-11-25", "Site not said", "W-2026-000004", "2026-11-25 10:00"]
    places = [now.index(mark) for mark in marks[:7]] + [now.index(mark, now.index("Wednesday")) for mark in marks[7:]]
    assert sorted(places) == places
    assert "W-2026-000005" not in now
    assert "4 orders, 4 hours, printed 2026-11-23" in now
    assert "W-2026-000003" not in ahead
    assert "星期二 2026-11-24" in ahead


@pytest.mark.parametrize("week", ["2026-48", "2026-W54", "W48", "9999-W99"])
def test_a_week_that_is_none_is_told(week):
    """How to write it."""
    with pytest.raises(WrongFormat, match="write it as 2026-W48"):
        week_page(week, [], date(2026, 11, 23), "en")


def test_a_cell_of_line_breaks_is_written_as_fast_as_any():
    """What is looked for behind a separator is looked for once, and not again from each of its spaces."""
    gap = "\n \t;" * 50_000

    assert f"{gap}'=1{gap}x" == unsplit(f"{gap}=1{gap}x")
