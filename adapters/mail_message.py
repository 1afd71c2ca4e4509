"""A message as a report: words without markup, attachments noted, machines' letters left aside."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import EmailPolicy
from email.utils import parseaddr
from html import unescape
from itertools import islice

from domain.instants import Instant
from domain.report import Attachment, Channel, Report, report_id

TICKET = re.compile(r"\bT-\d{4}-\d{6,9}\b")
QUOTED = re.compile(r"^\s*>|^\s*(On .+ wrote:|在.+写道[:：]|-----\s*Original Message)")
NO_ANSWER = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b", re.IGNORECASE)
OURS = "X-Truckroll"
"""The header of every letter that the desk sends."""
TO_MANY = ("List-Id", "X-Autoreply", "X-Autorespond")
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
MOST_TEXT, MOST_LINE, MOST_ATTACHMENTS, MOST_PARTS = 20_000, 200, 20, 200
MOST_HEADER = 4_000
"""Of a longer header no more is read: reading one takes time that grows with its square."""
UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What reading a part of a letter can end in."""
WORDLESS = "(No words of this letter could be read; see the mailbox. 此邮件无可读文字，请查看邮箱。)"
MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<hidden>script|style|head)\b.*?(?:</(?P=hidden)[^<>]*>?|\Z)"
    r"|<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)[^<>]*>?|<[!?][^<>]*>?",
    re.IGNORECASE | re.DOTALL,
)
"""Every letter is looked at once, whatever is opened and never closed."""
REFERENCE = re.compile(r"&#?[0-9A-Za-z]{1,31};?")
BLOCKS = frozenset({"p", "br", "div", "tr", "li", "blockquote"})


class Brief(EmailPolicy):
    """How headers are read: as far as anybody would look at them."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The header's beginning, parsed; nothing where that cannot be done."""
        try:
            read: str = super().header_fetch_parse(name, value[:MOST_HEADER])
        except UNREADABLE:
            return ""
        return read


BRIEF = Brief()


def parsed(raw: bytes) -> EmailMessage:
    """The message; whatever is broken in it stands in its defects, and what is nested too deep is one part."""
    try:
        message = BytesParser(policy=BRIEF).parsebytes(raw)
    except RecursionError:
        message = BytesHeaderParser(policy=BRIEF).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def why_ignored(message: EmailMessage) -> str:
    """Why no person waits for an answer to it; empty where one does."""
    if said(message, OURS):
        return "it is one of ours"
    if said(message, "Auto-Submitted").casefold() not in ("", "no"):
        return "it was sent by a machine"
    if said(message, "Precedence").casefold() in BULK or any(said(message, name) for name in TO_MANY):
        return "it was sent to many or by a machine"
    if said(message, "Content-Type").casefold().startswith("multipart/report"):
        return "a mail server says what became of another letter"
    sender = parseaddr(said(message, "From"))[1]
    if NO_ANSWER.match(sender) or said(message, "Return-Path").strip() == "<>" or not sender:
        return "nobody reads an answer to it"
    return ""


def report_of(message: EmailMessage, mailbox: str, name: str, at: Instant, *, is_whole: bool) -> Report:
    """The report that it is; `name` stands in for the id of a message that has none.

    A person's letter that has no words, or none that can be read, says so.
    """
    subject = one_line(said(message, "Subject"))
    texts, attachments = readable(message) if is_whole else ("", [])
    if not (subject + texts).strip() and (attachments or not is_whole):
        texts = WORDLESS
    return Report(
        id=message_id(name_of(message) or f"{mailbox}/{name}"),
        channel=Channel.MAIL,
        at=at,
        reporter=one_line(parseaddr(said(message, "From"))[1]),
        subject=subject,
        text=texts,
        attachments=tuple(attachments),
        continues=next(iter(TICKET.findall(subject)), ""),
    )


def name_of(message: EmailMessage) -> str:
    """What its sender calls it; empty where that is no name."""
    name = said(message, "Message-ID").strip()
    return name if name.strip("<> ") else ""


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
        return whole_letters(str(message.get(header, "") or ""))
    except UNREADABLE:
        return ""


def whole_letters(text: str) -> str:
    """The text, in which half characters, which nothing can be written with, are question marks."""
    return text.encode("utf-8", "replace").decode()


def readable(message: EmailMessage) -> tuple[str, list[Attachment]]:
    """Its words, and what is attached; where a part cannot be read, that is all it says."""
    try:
        return contents(message)
    except UNREADABLE:
        return WORDLESS, []


def contents(message: EmailMessage) -> tuple[str, list[Attachment]]:
    """Its words, and what is attached."""
    plain: list[str] = []
    marked: list[str] = []
    attached: list[Attachment] = []
    for part in islice(message.walk(), MOST_PARTS):
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
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""


def fresh_words(text: str) -> str:
    """The words above what it quotes, or else between, without NUL characters."""
    lines = [line.rstrip() for line in whole_letters(text.replace("\0", "")).splitlines()]
    above = "\n".join(unquoted(lines)).strip()
    return above or "\n".join(line for line in lines if not QUOTED.match(line)).strip()


def unquoted(lines: list[str]) -> Iterator[str]:
    """The lines up to the first that is quoted."""
    for line in lines:
        if QUOTED.match(line):
            return
        yield line


def one_line(text: str) -> str:
    """The text in one line, not too long."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:MOST_LINE]


def without_markup(text: str) -> str:
    """The words of HTML; scripts and styles are none. What is quoted stands behind `>`."""
    return "".join(words_in(text))


def words_in(text: str) -> Iterator[str]:
    """Words and the ends of lines."""
    depth = at = 0
    for found in MARKUP.finditer(text):
        yield shown(text[at : found.start()])
        at = found.end()
        tag, is_end = (found["tag"] or "").casefold(), bool(found["end"])
        if tag == "blockquote":
            depth = max(0, depth - 1 if is_end else depth + 1)
        if tag in BLOCKS and (not is_end or tag == "blockquote"):
            yield "\n> " if depth else "\n"
    yield shown(text[at:])


def shown(text: str) -> str:
    """Words as they are shown."""
    return REFERENCE.sub(lambda found: unescape(found[0]), re.sub(r"\s+", " ", text))
