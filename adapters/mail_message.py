"""A message as a report: words without markup, attachments noted, machines' letters left aside."""

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from html.parser import HTMLParser

from domain.instants import Instant
from domain.report import Attachment, Channel, Report, report_id

TICKET = re.compile(r"\bT-\d{4}-\d{6,9}\b")
QUOTED = re.compile(r"^\s*>|^\s*(On .+ wrote:|在.+写道[:：]|-----\s*Original Message)")
NO_ANSWER = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b", re.IGNORECASE)
OURS = "X-Truckroll"
"""The header of every letter that the desk sends."""
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
MOST_TEXT, MOST_LINE, MOST_ATTACHMENTS = 20_000, 200, 20


def parsed(raw: bytes) -> EmailMessage:
    """The message; whatever is broken in it stands in its defects."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def why_ignored(message: EmailMessage) -> str:
    """Why no person waits for an answer to it; empty where one does."""
    if said(message, OURS):
        return "it is one of ours"
    if said(message, "Auto-Submitted").casefold() not in ("", "no"):
        return "it was sent by a machine"
    if said(message, "Precedence").casefold() in BULK or said(message, "List-Id") or said(message, "X-Autoreply"):
        return "it was sent to many or by a machine"
    sender = parseaddr(said(message, "From"))[1]
    if NO_ANSWER.match(sender) or said(message, "Return-Path").strip() == "<>" or not sender:
        return "nobody reads an answer to it"
    return ""


def report_of(message: EmailMessage, mailbox: str, name: str, at: Instant, *, is_whole: bool) -> Report:
    """The report that it is; `name` stands in for the id of a message that has none."""
    subject = one_line(said(message, "Subject"))
    texts, attachments = contents(message) if is_whole else ("", [])
    return Report(
        id=message_id(said(message, "Message-ID").strip() or f"{mailbox}/{name}"),
        channel=Channel.MAIL,
        at=at,
        reporter=one_line(parseaddr(said(message, "From"))[1]),
        subject=subject,
        text=texts,
        attachments=tuple(attachments),
        continues=next(iter(TICKET.findall(subject)), ""),
    )


def message_id(name: str) -> str:
    """The id of the report that a message of this name is."""
    return report_id(Channel.MAIL, name)


def answered_messages(message: EmailMessage) -> list[str]:
    """The ids of the reports that it answers, by its references."""
    names = f"{said(message, 'In-Reply-To')} {said(message, 'References')}"
    return [message_id(name) for name in re.findall(r"<[^<>\s]{1,250}>", names)[-20:]]


def named_tickets(message: EmailMessage) -> list[str]:
    """Tickets whose numbers stand in its references, as in letters that the desk sent."""
    return TICKET.findall(f"{said(message, 'In-Reply-To')} {said(message, 'References')}")


def said(message: EmailMessage, header: str) -> str:
    """What a header says; empty where it is missing or cannot be read."""
    try:
        return str(message.get(header, "") or "")
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


def contents(message: EmailMessage) -> tuple[str, list[Attachment]]:
    """Its words, and what is attached."""
    plain: list[str] = []
    marked: list[str] = []
    attached: list[Attachment] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_content_disposition() != "attachment" and kind in ("text/plain", "text/html"):
            (plain if kind == "text/plain" else marked).append(decoded(part))
        else:
            body = part.get_payload(decode=True)
            size = len(body) if isinstance(body, bytes) else 0
            attached.append(Attachment(name=one_line(part.get_filename() or ""), kind=one_line(kind), size=size))
    text = "\n".join(plain) if any(each.strip() for each in plain) else "\n".join(without_markup(m) for m in marked)
    return fresh_words(text)[:MOST_TEXT], attached[:MOST_ATTACHMENTS]


def decoded(part: EmailMessage) -> str:
    """A part's text; letters that cannot be read are marked."""
    body = part.get_payload(decode=True)
    charset = part.get_content_charset() or "utf-8"
    try:
        return body.decode(charset, "replace") if isinstance(body, bytes) else ""
    except LookupError:
        return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""


def fresh_words(text: str) -> str:
    """The text without what it quotes, and without NUL characters."""
    return "\n".join(unquoted(text.replace("\0", ""))).strip()


def unquoted(text: str) -> Iterator[str]:
    """The lines up to the first that is quoted."""
    for line in text.splitlines():
        if QUOTED.match(line):
            return
        yield line.rstrip()


def one_line(text: str) -> str:
    """The text in one line, not too long."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MOST_LINE]


class Words(HTMLParser):
    """Takes the words out of HTML; scripts and styles are none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Blocks begin a line."""
        self.hidden += tag in ("script", "style", "head")
        if tag in ("p", "br", "div", "tr", "li", "blockquote"):
            self.words.append("\n" if tag != "blockquote" else "\n> ")

    def handle_endtag(self, tag: str) -> None:
        """What was hidden ends."""
        if tag in ("script", "style", "head") and self.hidden:
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        """Words that are shown."""
        if not self.hidden:
            self.words.append(data)


def without_markup(text: str) -> str:
    """The words of HTML."""
    words = Words()
    words.feed(text)
    words.close()
    return "".join(words.words)
