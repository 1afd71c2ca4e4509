"""Letters become reports: once each, without markup, without machines' letters, in the right conversation."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import ledger_reports
from adapters.ledger_sql import SqlLedger
from adapters.mail_in import Mailbox
from adapters.mail_message import parsed, report_of, why_ignored
from domain.errors import GiveUp, TryLater, WrongFormat
from domain.instants import SECOND
from domain.report import Filed
from tests.imap_server import Box, imap_server
from tests.ledgers import ENGINES
from tests.ticketing.cases import START
from ticketing.classes import NO_CLASSES
from ticketing.intake import Intake
from ticketing.text_class import Reader
from truckroll.intake import Reception
from truckroll.mail_intake import MailIntake
from truckroll.settings import from_tables


@pytest.fixture
def box() -> Iterator[Box]:
    """An empty mailbox behind a server."""
    with imap_server(Box()) as found:
        yield found


@pytest.fixture(params=ENGINES)
def ledger(request, tmp_path):
    """An empty ledger on each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as found:
        yield found


def mail(ledger: SqlLedger, box: Box, **how) -> MailIntake:
    """The chore for that mailbox."""
    said = {"host": "127.0.0.1", "port": box.port, "user": "desk", "password": box.password, "tls": False}
    return MailIntake(Mailbox(**said | how), Reception(ledger, Intake(NO_CLASSES, {}), Reader(None)), SECOND)


def letter(text: str = "the screen is black", *, html: str = "", **headers: str) -> bytes:
    """A letter of a person."""
    message = EmailMessage()
    said = {"From": "A Person <person@example.org>", "Subject": "screen", "Message-ID": "<1@example.org>"}
    for name, value in {**said, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        message[name] = value
    message.set_content(text)
    if html:
        message.set_content(html, subtype="html")
    return message.as_bytes().replace(b"\n", b"\r\n")


def reports(ledger: SqlLedger) -> list[Filed]:
    """All that were filed, oldest first."""
    with ledger.reading() as connection:
        return list(reversed(ledger_reports.newest(connection, 100)))


def test_a_letter_is_filed_once_however_often_the_mailbox_is_read(ledger: SqlLedger, box: Box) -> None:
    """Also when the server numbers its messages anew, and when a letter was delivered twice."""
    box.letters = {3: letter(), 5: letter(Message_ID="<2@example.org>"), 6: letter()}
    intake = mail(ledger, box)
    intake.read(START)
    intake.read(START)
    box.validity = 8
    mail(ledger, box).read(START)

    assert ["the screen is black"] * 2 == [each.report.text for each in reports(ledger)]
    assert "person@example.org" == reports(ledger)[0].report.reporter
    assert [3, 5, 6, 3, 5, 6] == box.fetched


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.org>"},
        {"X_Truckroll": "T-2026-000001"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "noreply@example.org"},
    ],
)
def test_letters_of_machines_are_left_aside(headers) -> None:
    """No loop of answers to answers."""
    assert why_ignored(parsed(letter(**headers)))
    assert not why_ignored(parsed(letter()))


def test_letters_left_aside_are_counted_and_not_read_again(ledger: SqlLedger, box: Box) -> None:
    """And so is one that says nothing."""
    box.letters = {1: letter(Auto_Submitted="auto-replied"), 2: letter("", Subject="", Message_ID="<3@example.org>")}
    intake = mail(ledger, box)
    intake.read(START)
    intake.read(START)

    assert [] == reports(ledger)
    assert (2, 0, 2) == (intake.counts.received, intake.counts.kept, intake.counts.dropped)


def test_an_answer_goes_on_with_its_ticket_by_number_or_by_reference(ledger: SqlLedger, box: Box) -> None:
    """Quoted lines are left out."""
    box.letters = {1: letter()}
    mail(ledger, box).read(START)
    number = reports(ledger)[0].ticket
    box.letters |= {
        2: letter("still black\n> the screen is black", Subject=f"Re: [{number}] screen", Message_ID="<2@example.org>"),
        3: letter("any news?", Subject="Re: screen", Message_ID="<3@example.org>", In_Reply_To="<1@example.org>"),
        4: letter("me too", Message_ID="<4@example.org>", References=f"<{number}.7@desk.example.org>"),
    }
    mail(ledger, box).read(START)

    assert [number] * 4 == [each.ticket for each in reports(ledger)]
    assert ["opened", "continued", "continued", "continued"] == [each.taken for each in reports(ledger)]
    assert "still black" == reports(ledger)[1].report.text


def test_markup_scripts_and_attachments_are_words_and_notes() -> None:
    """Nothing of it is kept that could act."""
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "person@example.org", "a", "<1@example.org>"
    message.set_content("<p>black <b>screen</b></p><script>steal()</script>", subtype="html")
    message.add_attachment(b"MZ123", maintype="application", subtype="x-msdownload", filename="photo.exe")
    report = report_of(parsed(message.as_bytes()), "box", "1", START, is_whole=True)

    assert "black screen" == report.text
    assert [("photo.exe", "application/x-msdownload", 5)] == [(a.name, a.kind, a.size) for a in report.attachments]


def test_a_letter_that_is_too_large_is_filed_with_its_head(ledger: SqlLedger, box: Box) -> None:
    """Its subject says enough to ask for more."""
    box.letters = {1: letter("x" * 5_000, Subject="huge")}
    mail(ledger, box, most_bytes=2_000).read(START)

    assert [("huge", "")] == [(each.report.subject, each.report.text) for each in reports(ledger)]


def test_a_mailbox_that_cannot_be_reached_or_refuses_says_what_to_do(ledger: SqlLedger, box: Box) -> None:
    """The one is tried again, the other is a person's to mend."""
    with pytest.raises(GiveUp, match="mail_password_file"):
        mail(ledger, box, password="wrong").read(START)
    with pytest.raises(TryLater, match="cannot be reached"):
        mail(ledger, box, port=1).read(START)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"]))
def test_any_bytes_are_a_letter(raw: bytes, head: bytes) -> None:
    """Whatever strangers send, the desk goes on."""
    message = parsed(b"From: person@example.org\r\n" + head + raw)
    why_ignored(message)

    assert report_of(message, "box", "1", START, is_whole=True).id.startswith("R-")


def test_a_password_never_travels_in_the_clear(tmp_path) -> None:
    """Except to this machine; and a mailbox needs its user and password."""
    told = {"mail_host": "mail.example.org", "mail_tls": False, "mail_user": "desk", "mail_password_file": "secret"}
    with pytest.raises(WrongFormat, match="in the clear"):
        from_tables({"intake": told}, home=tmp_path, where="truckroll.toml")
    with pytest.raises(WrongFormat, match="mail_user"):
        from_tables({"intake": {"mail_host": "127.0.0.1"}}, home=tmp_path, where="truckroll.toml")
