"""Closings over a real ledger: scored as more becomes known, rated once, and their pictures go with every backup."""

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from adapters import ledger_closing
from adapters.attachments import Attachments, AttachmentSettings
from domain.errors import Conflict, GiveUp, Unknown, WrongFormat
from domain.instants import DAY, HOUR
from domain.ticket import TicketState
from tests.ledgers import ENGINES
from tests.ticketing.promises import MONDAY
from tests.truckroll.repairs import CODES, Shop, shop_in
from tests.truckroll.test_backup import back_up, bring_back, worked
from ticketing import people
from truckroll.backtest.labels import codes_of, label_of
from truckroll.closing import Album, finish_task
from truckroll.survey import answer, invite


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty shop on each engine."""
    (tmp_path / "telemetry").mkdir()
    found = shop_in(ENGINES[request.param](tmp_path), tmp_path)
    with closing(found.ledger), found.telemetry:
        yield found


def photo(shade: int = 0) -> bytes:
    """A small photo."""
    out = BytesIO()
    Image.new("RGB", (32, 24), (shade, 0, 0)).save(out, "JPEG")
    return out.getvalue()


def closed(shop: Shop, asset: str = "tv-1") -> str:
    """A ticket that a person closed."""
    number = shop.opens(asset)
    shop.repaired(number)
    shop.does(number, people.close, gated=True, why="seen to work")
    shop.looks()
    return number


def rates(shop: Shop, number: str, rating: int) -> bool:
    """The customer answers a new link; says whether that reopened it."""
    with shop.ledger.begin() as transaction:
        token, _ = invite(transaction, number, shop.now)
    return answer(shop.ledger, token, rating=rating, comment="", now=shop.now).reopened


def test_a_score_settles_after_thirty_days(shop: Shop) -> None:
    """Known at once, and for good when it did not come back; exactly then."""
    number = closed(shop)
    first = shop.score(number)
    assert (1000, None) == (first.tenths, first.outcome.no_repeat)
    shop.now = MONDAY + 30 * DAY - 1
    shop.looks()
    assert first == shop.score(number)
    shop.now += 1
    shop.restart()
    shop.looks()
    assert (True, None) == (shop.score(number).outcome.no_repeat, shop.score(number).settles_at)


def test_what_comes_back_opens_one_task(shop: Shop) -> None:
    """A relapse after the class's seven days is another ticket, and still a repeat of the first one's repair."""
    number = closed(shop)
    shop.now += 8 * DAY
    shop.strikes(1)
    shop.looks()
    shop.restart()
    shop.looks()
    assert (False, 833) == (shop.score(number).outcome.no_repeat, shop.score(number).tenths)
    with shop.ledger.reading() as connection:
        (task,) = ledger_closing.tasks(connection, open_only=True, most=10)
    assert (number, ("no_repeat",), 833) == (task.ticket, task.weak, task.tenths)
    assert 1 == len(shop.kinds(number, "improvement"))

    done = finish_task(shop.ledger, number, task.closing, by="anna", lesson="order both boards", now=shop.now)
    with pytest.raises(Conflict):
        finish_task(shop.ledger, number, task.closing, by="anna", lesson="again", now=shop.now)
    assert ("anna", "order both boards") == (done.closed_by, done.lesson)
    with shop.ledger.reading() as connection:
        assert [] == ledger_closing.tasks(connection, open_only=True, most=10)


def test_a_bad_rating_reopens_once_and_counts(shop: Shop) -> None:
    """Rated 1, it is taken up again; closed again and rated 1 again, it stays closed."""
    number = closed(shop)
    shop.now += HOUR
    assert rates(shop, number, 1)
    shop.looks()
    assert TicketState.TRIAGED is shop.ticket(number).state
    assert (1, False) == (shop.score(number).outcome.rating, shop.score(number).outcome.no_repeat)
    shop.does(number, people.close, gated=True, why="explained")
    assert not rates(shop, number, 1)
    shop.looks()
    assert TicketState.CLOSED is shop.ticket(number).state
    assert (False, 1) == (shop.score(number).outcome.fixed_first_time, shop.score(number).outcome.rating)


def test_a_link_ends_with_its_answer_or_its_successor(shop: Shop) -> None:
    """And nothing of its token is kept."""
    number = closed(shop)
    with shop.ledger.begin() as transaction:
        former, _ = invite(transaction, number, shop.now)
        token, survey = invite(transaction, number, shop.now)
    for wrong in (former, "x" * 43):
        with pytest.raises(Unknown):
            answer(shop.ledger, wrong, rating=5, comment="", now=shop.now)
    answer(shop.ledger, token, rating=5, comment="", now=shop.now)
    with pytest.raises(Unknown):
        answer(shop.ledger, token, rating=1, comment="", now=shop.now)
    assert token not in survey.digest


def test_rules_are_judged_by_the_last_line(shop: Shop) -> None:
    """What closing wrote into the log is what the precision of rules reads."""
    number = closed(shop)
    code = codes_of(shop.lines(number))[number]
    assert ("replaced", "true") == (code, label_of(shop.ticket(number), code, shop.quality.classes))
    assert CODES.remedy == code


def test_pictures_are_few_and_leave_a_trace(shop: Shop, tmp_path: Path) -> None:
    """The same one is one; the number has an end; what is removed goes when nothing else shows it."""
    album = Album(shop.ledger, Attachments(tmp_path, AttachmentSettings(most_a_ticket=2)))
    first, second = shop.opens("tv-1"), shop.opens("tv-2")
    one = album.add(first, "photo_after", photo(), by="anna", now=MONDAY)
    assert one == album.add(first, "photo_after", photo(), by="bo", now=MONDAY + 1)
    other = album.add(second, "photo_after", photo(), by="anna", now=MONDAY)
    album.add(first, "photo_before", photo(200), by="anna", now=MONDAY)
    with pytest.raises(GiveUp, match="2 pictures already"):
        album.add(first, "photo", photo(90), by="anna", now=MONDAY)
    with pytest.raises(Unknown):
        album.add("T-2026-009999", "photo", photo(), by="anna", now=MONDAY)
    with pytest.raises(WrongFormat, match="Say why"):
        album.remove(first, one.id, by="anna", why=" ", now=MONDAY)

    later = 4_000_000_000 * 1_000_000_000
    album.remove(first, one.id, by="anna", why="a face", now=MONDAY)
    assert 0 == album.tidy(later)
    assert album.content(second, other.id)[1]
    album.remove(second, other.id, by="anna", why="a face", now=MONDAY)
    assert 1 == album.tidy(later)
    assert ["attached", "attached", "attachment_removed"] == [e.kind for e in shop.lines(first)[1:]]


def test_a_quota_is_kept(shop: Shop, tmp_path: Path) -> None:
    """Beyond it nothing more is taken in, with a sentence that names the setting."""
    album = Album(shop.ledger, Attachments(tmp_path, AttachmentSettings(most_gib=1e-9)))
    number = shop.opens()
    album.add(number, "photo", photo(), by="anna", now=MONDAY)
    with pytest.raises(GiveUp, match="most_gib"):
        album.add(number, "photo", photo(9), by="anna", now=MONDAY)


def test_a_backup_has_the_pictures(tmp_path: Path) -> None:
    """They come back as they were, private; what was half written does not."""
    worked(tmp_path / "first", devices=1)
    store = Attachments(tmp_path / "first" / "data")
    about, drawn = store.draw(photo(), "photo")
    store.keep(about, drawn)
    store.path_of(about).with_name("half.part").write_bytes(b"x")
    back_up(tmp_path / "first", tmp_path / "backup")
    bring_back(tmp_path / "backup", tmp_path / "second")

    again = Attachments(tmp_path / "second" / "data")
    assert [again.path_of(about)] == list(again.files())
    assert drawn == again.read(about)
    assert 0o600 == again.path_of(about).stat().st_mode & 0o777
