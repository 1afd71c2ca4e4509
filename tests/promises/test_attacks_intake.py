"""Attacks on the desk's doors: no words of a stranger stop the service, get past a rule, or cost anybody a report."""

from collections.abc import Iterator

import pytest

from adapters.ledger_sql import SqlLedger
from adapters.mail_message import (
    WORDLESS,
    answered_messages,
    named_tickets,
    parsed,
    report_of,
    why_ignored,
    without_markup,
)
from domain.errors import TryLater, WrongFormat
from domain.registry import Facts
from domain.report import Channel, Report
from tests.imap_server import Box, imap_server
from tests.ticketing.cases import START
from tests.truckroll.test_mail_intake import letter, mail, reports
from ticketing.classes import NO_CLASSES
from ticketing.intake import Intake
from ticketing.text_class import Reader
from ticketing.text_fields import NAMES, device_names, fields_in, tells_of_danger, without_fields
from truckroll.intake import Reception
from truckroll.reports_csv import read_reports

LONG = 1_000_000


@pytest.mark.parametrize("word", ["order", "reference", "error", "code", "报警", "订单号"])
@pytest.mark.parametrize("between", [" ", "\n", " \t", "\u3000"])
def test_a_desert_of_spaces_is_read_like_one_space(word: str, between: str) -> None:
    """White space is looked at once, however much there is: its cost does not grow with its cube."""
    desert = between * (LONG // 4 // len(between))

    assert {} == fields_in(f"{word}{desert}x")
    assert {"order": "12345"} == fields_in(f"order no.{desert}12345")


@pytest.mark.parametrize(
    "piece", ["a", "市", "上海市", "1 Aa ", "A-", "0x", "order ", "号", "报", "E1 ", "地址在", "-1", "1a "]
)
def test_whatever_is_repeated_is_read(piece: str) -> None:
    """A text of one piece, again and again, is read in time that grows with its length."""
    text = piece * (100_000 // len(piece))

    assert set(NAMES) >= set(fields_in(text))
    assert not tells_of_danger(text)
    assert len(without_fields(text)) <= len(text)
    assert 0 <= len(list(device_names(text)))


# -- letters


@pytest.fixture
def box() -> Iterator[Box]:
    """An empty mailbox behind a server."""
    with imap_server(Box()) as found:
        yield found


@pytest.fixture
def ledger(tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    with SqlLedger(tmp_path / "ledger.db") as found:
        yield found


@pytest.mark.parametrize("refused", ["UID SEARCH", "RFC822.SIZE", "BODY.PEEK"])
def test_a_letter_that_the_server_does_not_hand_out_now_is_read_later(
    ledger: SqlLedger, box: Box, refused: str
) -> None:
    """It is trouble that is told, not an empty letter that is left aside for good."""
    box.letters, box.refused = {1: letter()}, refused
    with pytest.raises(TryLater, match="does not hand out"):
        mail(ledger, box).read(START)
    box.refused = ""
    mail(ledger, box).read(START)

    assert ["screen"] == [each.report.subject for each in reports(ledger)]


def test_a_letter_that_was_deleted_meanwhile_holds_nobody_up(ledger: SqlLedger, box: Box) -> None:
    """The server knows its number and nothing more; the next letter is read."""
    box.letters, box.deleted = {1: letter(), 2: letter(Message_ID="<2@example.org>")}, {1}
    mail(ledger, box).read(START)

    assert 1 == len(reports(ledger))


@pytest.mark.parametrize("name", [b"", b"Message-ID: <>\r\n", b"Message-ID:\r\n"])
def test_letters_without_a_name_are_known_by_what_they_say(ledger: SqlLedger, box: Box, name: bytes) -> None:
    """A mailbox that was set up anew has other numbers for the same letters; and two letters are two."""
    told = [name + b"From: a@example.org\r\nSubject: screen\r\n\r\n" + word for word in (b"black", b"white")]
    box.letters = dict(enumerate(told, 1))
    mail(ledger, box).read(START)
    box.letters, box.validity = {5: told[0], 9: told[1]}, 8
    mail(ledger, box).read(START)

    assert ["black", "white"] == [each.report.text for each in reports(ledger)]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"X-Autorespond: yes",
        b"X-Truckroll: T-2026-000001",
    ],
)
def test_a_bounce_is_no_conversation(head: bytes) -> None:
    """Some servers name a bounce by nothing but its kind."""
    assert "" != why_ignored(parsed(HEAD + head + b"\r\n\r\n"))


HEAD = b"From: person@example.org\r\nSubject: screen\r\nMIME-Version: 1.0\r\n"
PARTED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
ATTACHED = PARTED + b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename"


def read(raw: bytes) -> Report:
    """The report that a letter is, with everything else that is asked of a letter."""
    message = parsed(raw)
    assert "" == why_ignored(message)
    assert [] == named_tickets(message)
    answered_messages(message)
    report = report_of(message, "box", "1", 0, is_whole=True)
    assert "" != "".join((report.words, report.reporter, str(report.attachments))).encode().decode()
    return report


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        (b"utf-7", b"black +2AA-"),
        (b"idna", b"black \xff"),
        (b"punycode", b"\xffblack-\xff"),
        (b"undefined", b"black"),
        (b"unicode_escape", b"black \\ud800"),
        (b"rot13", b"black"),
        (b"zlib", b"black"),
        (b"no-such", b"black"),
        (b"a\0b", b"black"),
    ],
)
def test_a_charset_that_lies_costs_letters_and_not_the_letter(charset: bytes, body: bytes) -> None:
    """What it cannot say is a mark; a half character would have ended the service at every start."""
    assert "black" in read(HEAD + b'Content-Type: text/plain; charset="' + charset + b'"\r\n\r\n' + body).text


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(700)),
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        HEAD + b"Content-Type: text/plain; " + b"(" * 5_000 + b"\r\n\r\nblack",
        HEAD + b"Message-ID: <" + b"(" * 5_000 + b"\r\n\r\nblack",
        HEAD + b"Message-ID: =?utf-7?q?+2AA-?=\r\n\r\nblack",
        HEAD + b"References: " + b"(" * 5_000 + b"\r\n\r\nblack",
        ATTACHED + b"*=utf-7''%2B2AA-\r\n\r\nx\r\n--b--",
        ATTACHED + b'*0*="\r\n\r\nx\r\n--b--',
    ],
    ids=["nested", "letters in letters", "type", "id", "half id", "references", "half name", "name"],
)
def test_a_letter_nested_beyond_reason_is_filed_like_any_other(raw: bytes) -> None:
    """It would have ended the service, and again after every start: nobody else's letter would have been read."""
    assert "screen" == read(raw).subject


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@example.org\r\nSubject: " + b"a " * 400_000 + b"\r\n\r\nblack",
        b"From: a@example.org\r\nSubject: " + b"=?utf-8?q?a?= " * 70_000 + b"\r\n\r\nblack",
        b"Subject: a\r\nFrom: " + b"a@example.org, " * 60_000 + b"\r\n\r\nblack",
        PARTED + b"--b\r\n\r\nblack\r\n" * 2_000 + b"--b--",
    ],
    ids=["words", "encoded words", "senders", "parts"],
)
def test_a_letter_of_a_megabyte_is_read_in_a_moment(raw: bytes) -> None:
    """No header is read further than anybody would look, and no more parts."""
    assert "black" in read(raw).text


def test_a_letter_whose_sender_cannot_be_read_waits_for_no_answer() -> None:
    """Nested beyond reason there, it is left aside, and the next one is read."""
    assert "" != why_ignored(parsed(b"From: " + b"(" * 5_000 + b"a@example.org\r\n\r\nblack"))


OPENED = ["<", "<!--", "<a ", "<a b='", "<![CDATA[", "</a", "<?", "<script>", "<p", "&#9", "&"]


@pytest.mark.parametrize("piece", OPENED)
def test_markup_that_never_ends_is_looked_at_once(piece: str) -> None:
    """Twenty kilobytes of it took a quarter of a minute; the cost grew with the cube."""
    assert "black" in without_markup("black" + piece * (LONG // 10 // len(piece)))


def test_an_answer_below_what_it_quotes_is_read() -> None:
    """Above is where it is looked for first; a person who writes below has said something, too."""
    quoted = "On Monday the desk wrote:\r\n> Is it black?\r\n\r\nYes, all black.\r\n> Really?\r\nReally."
    marked = "<div>On Monday the desk wrote:</div><blockquote>Is it<p>black?</blockquote><p>Yes, all black."

    assert "Yes, all black.\nReally." == read(HEAD + b"\r\n" + quoted.encode()).text
    assert "Yes, all black." == read(HEAD + b"Content-Type: text/html\r\n\r\n" + marked.encode()).text


def test_a_photograph_without_a_word_is_a_report() -> None:
    """It says that it has no words; a letter that was left aside for that would have been lost."""
    photo = ATTACHED.replace(b"Subject: screen\r\n", b"") + b"=a.png\r\n\r\nx\r\n--b--"

    assert (WORDLESS, "a.png") == (read(photo).text, read(photo).attachments[0].name)


# -- what people write


@pytest.mark.parametrize("device", ["TV-1", "tv-1", "Tv-1"])
def test_a_device_is_the_same_however_its_name_is_typed(ledger: SqlLedger, device: str) -> None:
    """In a field of the form as in a sentence: the report is about the asset, and two of them about one."""
    with ledger.begin() as transaction:
        transaction.install([Facts(device="tv-1", asset="hall-3")], START)
    desk = Reception(ledger, Intake(NO_CLASSES, {}), Reader(None))
    said = {"channel": Channel.FORM, "at": START, "device": device, "text": "black", "failure_mode": "dark"}
    filed = [desk.take(Report(id=f"R-{nth}", **said), START) for nth in range(2)]

    assert ["opened", "joined"] == [each.taken for each in filed]
    assert "hall-3" == ledger.ticket(filed[0].ticket).asset


@pytest.mark.parametrize("table", ["id,text\n1,black\n1,white\n", "text,text\nblack,white\n"])
def test_a_list_that_would_lose_a_report_is_refused(tmp_path, table: str) -> None:
    """Two reports of one id would be filed as the first; of two columns of one name only the last is read."""
    path = tmp_path / "list.csv"
    path.write_text(table)
    with pytest.raises(WrongFormat, match=r"same id|there twice"):
        read_reports(path, Intake(NO_CLASSES, {}), START)
