"""Mail over a real server: encrypted, as who we are, in one thread a ticket; what is answered decides what happens."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from adapters.notify_smtp import MailSettings, SmtpNotifier
from domain.errors import GiveUp, TruckrollError, TryLater, WrongFormat
from domain.instants import parse_instant
from domain.outgoing import Letter
from tests.certificates import Authority
from tests.smtp_server import Mailbox, mail_server

LETTER = Letter(
    key="epoch-1:T-2026-000001/response//0",
    at=parse_instant("2026-11-23T08:00:00Z"),
    to="lee@example.com",
    ticket="T-2026-000001",
    subject="T-2026-000001：须在 24 分钟内响应（S1）",
    text="电视反复死机。确认 T-2026-000001 后将不再通知。",
)


def sent(port: int, letter: Letter = LETTER, **settings: object) -> str:
    """Send one letter."""
    known = MailSettings(host="localhost", port=port, sender="desk@example.com", timeout_seconds=1, **settings)
    return asyncio.run(SmtpNotifier(known).send(letter))


def refused(answers: dict[str, str]) -> TruckrollError:
    """What a server's answer leads to."""
    with mail_server(Mailbox(answers=answers)) as port, pytest.raises((TryLater, GiveUp)) as trouble:
        sent(port, encryption="none")
    return trouble.value


def trust(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's certificate for this machine, and who vouches for it."""
    authority = Authority(folder)
    identity = authority.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.cert, identity.key)
    return context, str(authority.ca)


def test_a_letter_arrives_as_it_was_written(tmp_path: Path) -> None:
    """Encrypted, under our name, in any script; nothing was said before the encryption."""
    context, ca = trust(tmp_path)
    password = tmp_path / "password"
    password.write_text("s3cret\n")
    for encryption in ("starttls", "implicit"):
        box = Mailbox(tls=context, implicit=encryption == "implicit", login=("desk", "s3cret"))
        with mail_server(box) as port:
            login = {"username": "desk", "password_file": str(password)}
            assert "took it" in sent(port, encryption=encryption, ca_file=ca, **login)
        (message,) = box.messages

        assert ([("desk", "s3cret")], [True]) == (box.logins, box.encrypted)
        assert (LETTER.subject, LETTER.text) == (message["Subject"], message.get_content().strip())
        assert ("desk@example.com", "lee@example.com") == (message["From"], message["To"])


def test_letters_of_a_ticket_are_one_thread_and_a_second_copy_has_the_same_id() -> None:
    """Mailboxes put them together, and know what they have."""
    box = Mailbox()
    other = Letter(key="other", at=LETTER.at, to=LETTER.to, ticket=LETTER.ticket, subject="again", text="x")
    with mail_server(box) as port:
        for letter in (LETTER, LETTER, other):
            sent(port, letter, encryption="none")
    first, copy, second = box.messages

    assert {"<T-2026-000001@example.com>"} == {message["References"] for message in box.messages}
    assert first["Message-ID"] == copy["Message-ID"] != second["Message-ID"]


def test_a_line_break_in_a_subject_begins_no_header() -> None:
    """Titles come from devices."""
    box = Mailbox()
    letter = Letter(key="k", at=LETTER.at, to=LETTER.to, ticket="", subject="a\r\nBcc: evil@example.com", text="x")
    with mail_server(box) as port:
        sent(port, letter, encryption="none")

    assert (None, "a Bcc: evil@example.com") == (box.messages[0]["Bcc"], box.messages[0]["Subject"])


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"RCPT": "450 mailbox busy"}, TryLater),
        ({"RCPT": "550 no such user"}, GiveUp),
        ({"MAIL": "421 too busy"}, TryLater),
        ({"DATA": "554 no"}, GiveUp),
        ({"DATA": "silence"}, TryLater),
        ({"EHLO": "421 closing", "HELO": "421 closing"}, TryLater),
    ],
)
def test_what_passes_is_tried_again_and_what_does_not_is_not(answers: dict[str, str], kind: type[Exception]) -> None:
    """4xx, silence and a lost connection pass; 5xx does not. The sentence has the server's words."""
    trouble = refused(answers)
    words = next(iter(answers.values()))

    assert kind is type(trouble)
    assert "localhost" in str(trouble)
    assert words == "silence" or words.split(" ", 1)[1] in str(trouble)


def test_a_wrong_password_and_a_server_that_is_gone_may_be_mended() -> None:
    """They are tried again: the configuration is mended while letters wait."""
    with mail_server(Mailbox(login=("desk", "right"))) as port, pytest.raises(TryLater, match="535 wrong password"):
        sent(port, encryption="none", username="desk", password="wrong")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(TryLater, match="cannot be used"):
            sent(nobody.getsockname()[1], encryption="none")


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    """Nor one that offers no encryption where it is asked for."""
    context, _ = trust(tmp_path)
    for box in (Mailbox(tls=context), Mailbox()):
        with mail_server(box) as port, pytest.raises(TryLater):
            sent(port, encryption="starttls")
        assert [] == box.messages


def test_settings_name_every_mistake() -> None:
    """Building them connects nowhere."""
    with pytest.raises(WrongFormat) as wrong:
        MailSettings(host="mail.example.com", encryption="none", sender="desk", password="x", port=0)

    assert 4 == len(wrong.value.mistakes)
