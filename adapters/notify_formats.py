"""Formats: how a line of the event log is written for each kind of webhook, and how its answers are read."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote_plus

from domain.errors import GiveUp, TryLater
from domain.instants import SECOND, Duration, Instant
from domain.outgoing import NotBefore, Post, Reply, Webhook, WebhookFormat

JSON = "application/json"
HOPELESS = frozenset({400, 405, 410, 411, 413, 414, 415, 422})
"""The receiver will not take this one, however often it comes."""
BUSY: Mapping[WebhookFormat, frozenset[int]] = {
    WebhookFormat.WECOM: frozenset({-1, 45009, 45033}),
    WebhookFormat.DINGTALK: frozenset({-1, 130101, 410100, 660026}),
    WebhookFormat.FEISHU: frozenset({9499, 11232, 99991400}),
}
"""Codes in an answer of 200 that mean: too many at once, come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is to be told, in both ways a receiver may want it."""

    key: str
    envelope: Mapping[str, Any]
    sentence: str


def written(webhook: Webhook, said: Said, now: Instant) -> Post:
    """The request for a webhook of any format, signed as its receiver checks it."""
    return WRITERS[webhook.format](webhook, said, now)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 of timestamp, full stop and body, in hexadecimal digits."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def signed(url: str, secret: str, body: bytes, key: str, now: Instant) -> Post:
    """A request in Truckroll's own way."""
    timestamp = now // SECOND
    headers = {
        "Content-Type": JSON,
        "Idempotency-Key": key,
        "Truckroll-Timestamp": str(timestamp),
        "Truckroll-Signature": signature(secret, timestamp, body),
    }
    return Post(url=url, body=body, headers=headers)


def own(webhook: Webhook, said: Said, now: Instant) -> Post:
    """Truckroll's own format."""
    return signed(webhook.url, webhook.secret, packed(said.envelope), said.key, now)


def wecom(webhook: Webhook, said: Said, now: Instant) -> Post:
    """A group robot of WeCom; its key stands in the URL."""
    return chat(webhook.url, {"msgtype": "text", "text": {"content": said.sentence}}, said.key)


def dingtalk(webhook: Webhook, said: Said, now: Instant) -> Post:
    """A group robot of DingTalk; with a secret, time and signature stand in the URL."""
    url = webhook.url
    if webhook.secret:
        millis = now // (SECOND // 1000)
        digest = hmac.new(webhook.secret.encode(), f"{millis}\n{webhook.secret}".encode(), hashlib.sha256).digest()
        sign = quote_plus(base64.b64encode(digest))
        url += f"{'&' if '?' in url else '?'}timestamp={millis}&sign={sign}"
    return chat(url, {"msgtype": "text", "text": {"content": said.sentence}}, said.key)


def feishu(webhook: Webhook, said: Said, now: Instant) -> Post:
    """A group robot of Feishu; with a secret, time and signature stand in the body. Tags could call everybody."""
    text = said.sentence.replace("<", "＜").replace(">", "＞")
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if webhook.secret:
        seconds = now // SECOND
        digest = hmac.new(f"{seconds}\n{webhook.secret}".encode(), b"", hashlib.sha256).digest()
        body = {"timestamp": str(seconds), "sign": base64.b64encode(digest).decode(), **body}
    return chat(webhook.url, body, said.key)


def slack(webhook: Webhook, said: Said, now: Instant) -> Post:
    """An incoming webhook of Slack; its secret stands in the URL."""
    text = said.sentence.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return chat(webhook.url, {"text": text}, said.key)


def chat(url: str, body: Mapping[str, Any], key: str) -> Post:
    """A request to a chat."""
    return Post(url=url, body=packed(body), headers={"Content-Type": JSON, "Idempotency-Key": key})


def packed(value: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8; half characters, which UTF-8 cannot have, become question marks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


WRITERS: Mapping[WebhookFormat, Callable[[Webhook, Said, Instant], Post]] = {
    WebhookFormat.TRUCKROLL: own,
    WebhookFormat.WECOM: wecom,
    WebhookFormat.DINGTALK: dingtalk,
    WebhookFormat.FEISHU: feishu,
    WebhookFormat.SLACK: slack,
}


def accepted(reply: Reply, kind: WebhookFormat, now: Instant) -> str:
    """The words of an answer that means yes. Raises TryLater, NotBefore or GiveUp with the words of any other."""
    words = reply.body.decode("utf-8", "replace").strip()
    said = f"The receiver answered {reply.status}: {words}" if words else f"The receiver answered {reply.status}."
    if 300 <= reply.status < 400:
        raise GiveUp(f"{said} Redirects are not followed; write down the address that it names.")
    if reply.status in HOPELESS:
        raise GiveUp(said)
    if not 200 <= reply.status < 300:
        wait = seconds_asked(reply.retry_after, now)
        raise NotBefore(said, wait) if wait else TryLater(said)
    if code := code_in(words, kind):
        raise TryLater(said) if code in BUSY[kind] else GiveUp(said)
    return said


def code_in(words: str, kind: WebhookFormat) -> int:
    """The code of a chat's answer: 0 means yes. One that is no JSON is a no, too."""
    if kind not in BUSY:
        return 0
    try:
        said = json.loads(words)
        return int(said.get("errcode", said.get("code", said.get("StatusCode", -2))))
    except (ValueError, TypeError, AttributeError):
        return -2


def seconds_asked(text: str, now: Instant) -> Duration:
    """What `Retry-After` means: seconds, or a date; 0 where it says nothing that can be understood."""
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 9:
        return int(text) * SECOND
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 0
    at = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0, int((at - datetime.fromtimestamp(now // SECOND, UTC)).total_seconds()) * SECOND)
