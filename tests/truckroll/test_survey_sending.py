"""Surveys over a real ledger: who reported by mail is asked once, and the link works."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import ledger_notices, ledger_reports
from domain.instants import DAY, HOUR
from domain.report import Channel, Filed, Reading, Report, Taken
from domain.sla import Notice
from tests.ledgers import ENGINES
from tests.truckroll.repairs import CLASSES, Shop, shop_in
from ticketing import people
from ticketing.apart import reopen
from ticketing.classes import Classes
from ticketing.survey import ADDRESS
from truckroll.survey import answer, invite
from truckroll.survey_sending import TOO_LATE, Surveys

PAGE = "https://desk.example.com/rate/"
ASKS = Classes({"tv-crash": replace(CLASSES.classes["tv-crash"], survey=True)}, {})


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty shop on each engine."""
    (tmp_path / "telemetry").mkdir()
    found = shop_in(ENGINES[request.param](tmp_path), tmp_path)
    with closing(found.ledger), found.telemetry:
        yield found


def reported(shop: Shop, *reporters: str) -> str:
    """A ticket that these people reported, and that was closed."""
    number = shop.opens()
    with shop.ledger.begin() as transaction:
        for nth, reporter in enumerate(reporters):
            report = Report(id=f"R-{nth}", channel=Channel.MAIL, at=shop.now, reporter=reporter, text="it hangs")
            ledger_reports.save(
                transaction.connection, Filed(report=report, reading=Reading(), ticket=number, taken=Taken.OPENED)
            )
    shop.repaired(number)
    shop.does(number, people.close, gated=True, why="seen to work")
    return number


def keep(shop: Shop, classes: Classes = ASKS, page: str = PAGE) -> list[Notice]:
    """What is to be sent, after a turn of the chore."""
    Surveys(shop.ledger, classes, page).keep(shop.now)
    with shop.ledger.reading() as connection:
        return [sending.notice for sending in ledger_notices.listed(connection, most=10)]


def test_who_reported_by_mail_is_asked_and_the_link_works(shop: Shop) -> None:
    """The first who has an address; in both languages, and without a word of what was reported."""
    number = reported(shop, "a neighbour", "kim@example.com", "lee@example.com")
    (letter,) = keep(shop)

    assert ("email", "kim@example.com", number) == (letter.channel, letter.to, letter.ticket)
    assert "rate it" in letter.body["zh"]
    assert "评价" in letter.body["en"]
    assert "hangs" not in letter.body["en"] + letter.subject["en"]
    token = letter.body["en"].split(PAGE)[1].split()[0]
    assert 5 == answer(shop.ledger, token, rating=5, comment="", now=shop.now).rating


def test_a_ticket_is_asked_about_once(shop: Shop) -> None:
    """Also when it is closed again, and by a chore that remembers nothing."""
    number = reported(shop, "kim@example.com")
    assert 1 == len(keep(shop))
    shop.now += HOUR
    shop.does(number, reopen, occupant=None, findings=[])
    shop.repaired(number)
    shop.does(number, people.close, gated=True, why="seen to work")

    assert 1 == len(keep(shop))


@pytest.mark.parametrize(
    ("reporters", "classes", "page", "later"),
    [
        (("a neighbour",), ASKS, PAGE, 0),
        ((), ASKS, PAGE, 0),
        (("kim@example.com",), CLASSES, PAGE, 0),
        (("kim@example.com",), ASKS, "", 0),
        (("kim@example.com",), ASKS, PAGE, TOO_LATE),
    ],
    ids=["no address", "nobody", "class does not ask", "no page", "long ago"],
)
def test_nobody_is_asked_where_there_is_nobody_or_no_way_to_ask(shop: Shop, reporters, classes, page, later) -> None:
    """Quietly, and the chore has read on: whoever sets it up later asks about later closings only."""
    reported(shop, *reporters)
    shop.now += later

    assert [] == keep(shop, classes, page)
    assert [] == keep(shop)


def test_a_link_that_somebody_gave_is_left_alone(shop: Shop) -> None:
    """A second one would end it."""
    number = reported(shop, "kim@example.com")
    with shop.ledger.begin() as transaction:
        token, _ = invite(transaction, number, shop.now)

    assert [] == keep(shop)
    assert 4 == answer(shop.ledger, token, rating=4, comment="", now=shop.now + DAY).rating


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("kim@example.com", True),
        ("Kim <kim@example.com>", False),
        ("kim@example.com,lee@example.com", False),
        ("kim@example.com\r\nBcc: x@y", False),
        ("+86 138", False),
    ],
)
def test_an_address_is_one_plain_address(said: str, is_one: bool) -> None:
    """What else stands there is nobody we write to."""
    assert is_one == bool(ADDRESS.fullmatch(said))
