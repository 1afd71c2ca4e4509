"""Formats: what each kind of receiver gets, and how its answers are read."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.notify_formats import Said, accepted, seconds_asked, signature, written
from domain.errors import GiveUp, TruckrollError, TryLater
from domain.instants import MINUTE, SECOND, parse_instant
from domain.outgoing import NotBefore, Post, Reply, Webhook, WebhookFormat

NOW = parse_instant("2026-11-23T08:00:00Z")
SAID = Said(key="e:7", envelope={"id": "e:7", "kind": "opened", "why": "\ud800 屏"}, sentence="T-1 <opened> & 屏")


def post(kind: str, secret: str = "s3cret", url: str = "https://chat.example/robot?key=k") -> Post:
    """The request of a format."""
    return written(Webhook(id="W-1", url=url, format=WebhookFormat(kind), secret=secret), SAID, NOW)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("wecom", {"msgtype": "text", "text": {"content": "T-1 <opened> & 屏"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "T-1 <opened> & 屏"}}),
        ("feishu", {"msg_type": "text", "content": {"text": "T-1 ＜opened＞ & 屏"}}),
        ("slack", {"text": "T-1 &lt;opened&gt; &amp; 屏"}),
    ],
)
def test_chats_get_a_sentence_in_their_own_shape(kind: str, body: object) -> None:
    """Without a secret nothing is signed."""
    request = post(kind, secret="")

    assert body == json.loads(request.body)
    assert ("e:7", "https://chat.example/robot?key=k") == (request.headers["Idempotency-Key"], request.url)


def test_truckrolls_own_format_is_signed_over_time_and_body() -> None:
    """With the example of docs/webhooks.md; text that is no Unicode does not stop it."""
    request = post("truckroll")
    stamp = request.headers["Truckroll-Timestamp"]
    expected = hmac.new(b"s3cret", stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()

    assert f"v1={expected}" == request.headers["Truckroll-Signature"] == signature("s3cret", int(stamp), request.body)
    assert "? 屏" == json.loads(request.body)["why"]


def test_dingtalk_checks_time_and_secret_in_the_url() -> None:
    """HMAC-SHA256 of milliseconds and secret, in Base64."""
    asked = parse_qs(urlsplit(post("dingtalk").url).query)
    millis = str(NOW // 1_000_000)
    digest = hmac.new(b"s3cret", f"{millis}\ns3cret".encode(), hashlib.sha256).digest()

    assert {"key": ["k"], "timestamp": [millis], "sign": [base64.b64encode(digest).decode()]} == asked


def test_feishu_checks_time_and_secret_in_the_body() -> None:
    """HMAC-SHA256 of nothing under seconds and secret, in Base64."""
    said = json.loads(post("feishu").body)
    digest = hmac.new(f"{NOW // SECOND}\ns3cret".encode(), b"", hashlib.sha256).digest()

    assert (str(NOW // SECOND), base64.b64encode(digest).decode()) == (said["timestamp"], said["sign"])


@pytest.mark.parametrize(
    ("kind", "status", "body", "expected"),
    [
        ("truckroll", 200, "", str),
        ("truckroll", 204, "", str),
        ("truckroll", 301, "", GiveUp),
        ("truckroll", 400, "", GiveUp),
        ("truckroll", 401, "", TryLater),
        ("truckroll", 404, "", TryLater),
        ("truckroll", 410, "", GiveUp),
        ("truckroll", 422, "", GiveUp),
        ("truckroll", 429, "", TryLater),
        ("truckroll", 500, "", TryLater),
        ("wecom", 200, '{"errcode":0,"errmsg":"ok"}', str),
        ("wecom", 200, '{"errcode":45009,"errmsg":"freq"}', TryLater),
        ("wecom", 200, '{"errcode":93000,"errmsg":"no such key"}', GiveUp),
        ("dingtalk", 200, '{"errcode":310000,"errmsg":"sign not match"}', GiveUp),
        ("feishu", 200, '{"StatusCode":0,"StatusMessage":"success"}', str),
        ("feishu", 200, '{"code":0,"msg":"success"}', str),
        ("feishu", 200, '{"code":11232,"msg":"frequency limited"}', TryLater),
        ("feishu", 200, "<html>", GiveUp),
        ("slack", 200, "ok", str),
        ("slack", 404, "no_service", TryLater),
    ],
)
def test_answers_mean_what_their_sender_means(kind: str, status: int, body: str, expected: type[object]) -> None:
    """Chats say no in an answer of 200; the words are kept."""
    reply = Reply(status=status, body=body.encode())
    try:
        said: object = accepted(reply, WebhookFormat(kind), NOW)
    except TruckrollError as trouble:
        said = trouble

    assert expected is type(said)
    assert body in str(said)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        (" 0 ", 0),
        ("Mon, 23 Nov 2026 08:05:00 GMT", 300),
        ("Mon, 23 Nov 2026 07:05:00 GMT", 0),
        ("Mon, 23 Nov 2026 08:05:00", 300),
        ("soon", 0),
        ("", 0),
        ("9" * 30, 0),
        ("²", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: int) -> None:
    """What cannot be understood asks for nothing."""
    assert seconds * SECOND == seconds_asked(text, NOW)


def test_a_wait_that_was_asked_for_is_handed_on() -> None:
    """Together with the words."""
    with pytest.raises(NotBefore) as wait:
        accepted(Reply(status=503, retry_after="60"), WebhookFormat.TRUCKROLL, NOW)

    assert MINUTE == wait.value.after
