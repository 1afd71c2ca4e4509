"""Doors for other systems and for people without a token: alerts, signed reports, and the page with a form."""

import hashlib
import hmac
import json
import re
from collections import deque
from collections.abc import Mapping
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.intake_settings import secret_in
from domain.errors import Unknown, WrongFormat
from domain.instants import MINUTE, SECOND, Instant
from domain.report import Channel, Report, report_id
from domain.text import LANGUAGES, in_language
from ticketing import catalogue_intake as catalogue
from ticketing.alerts import alerts_in
from truckroll.alerts import hear
from truckroll.api.intake import Report as ShownReport
from truckroll.api.intake import Said, kept, reception_of, shown
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import answers, problem
from truckroll.api.shapes import Shape

STAMP, SIGNATURE = "Truckroll-Timestamp", "Truckroll-Signature"
KEY = "Idempotency-Key"
KEYS = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
"""No key begins like a body, so that what is signed can be read in one way only."""
WINDOW = 5 * MINUTE
"""A signature is good for so long before and after its time."""
MOST_FORM = {"device": 64, "subject": 200, "text": 10_000, "reporter": 200, "once": 64}
HTML = "text/html; charset=utf-8"

router = APIRouter(tags=["reports"])
without_token = APIRouter()


class Notification(BaseModel):
    """What Alertmanager's webhook (version 4) sends; `alerts` is read, the rest is not needed."""

    model_config = ConfigDict(extra="allow")

    alerts: list[Any]


class HeardAlerts(Shape):
    """What became of a notification."""

    alerts: int
    news: int
    """How many of them said something that was not known yet."""


@router.post("/alerts", summary="Take in alerts of Alertmanager", responses=answers(401, 413, 422, 503))
def alerts(here: Here, said: Notification) -> HeardAlerts:
    """Each alert is a finding: firing opens it, resolved ends it. The same notification again changes nothing."""
    return HeardAlerts.model_validate(hear(here.running.ledger, alerts_in(said.model_dump()), here.clock.now()))


# -- signed reports


@without_token.post("/intake/webhook", include_in_schema=False)
async def webhook(request: Request) -> Any:
    """A report that another system signed: HMAC-SHA256 over time and body; the same again is the same report."""
    here: Parts = request.app.state.parts
    settings = here.running.settings
    if not settings.intake.webhook_secret_file:
        raise Unknown("door here; set [intake] webhook_secret_file to open", "/intake/webhook")
    body = await request.body()
    now = here.clock.now()
    secret = secret_in(settings.home, settings.intake.webhook_secret_file)
    if trouble := refused(request.headers, body, secret, now):
        return problem(401, trouble)
    return await run_in_threadpool(taken, request, body, now)


def refused(headers: Mapping[str, str], body: bytes, secret: str, now: Instant) -> str:
    """Why a signed request is not believed; empty where it is."""
    stamp, signature, key = headers.get(STAMP, ""), headers.get(SIGNATURE, ""), headers.get(KEY, "")
    if not re.fullmatch(r"\d{9,11}", stamp) or abs(int(stamp) * SECOND - now) > WINDOW:
        return f"Send {STAMP} with the present time in seconds; it may differ from ours by five minutes at most."
    if key and not KEYS.fullmatch(key):
        return f"{KEY} may have up to 128 letters, digits and . _ : / + = -, and nothing else."
    if not hmac.compare_digest(signature.encode(), signature_of(secret, stamp, body, key).encode()):
        return (
            f"Sign time, a dot and body with the secret, with {KEY} and a dot between them where it is sent, and send "
            f"`sha256=` and the hex digest as {SIGNATURE}."
        )
    return ""


def signature_of(secret: str, stamp: str, body: bytes, key: str = "") -> str:
    """What a sender that knows the secret sends. The key is signed, too: under another one a copy would be news."""
    told = ".".join((stamp, key) if key else (stamp,)).encode()
    return "sha256=" + hmac.new(secret.encode(), told + b"." + body, hashlib.sha256).hexdigest()


def taken(request: Request, body: bytes, now: Instant) -> ShownReport:
    """The report of a request that is believed. A copy of it, or another with its Idempotency-Key, changes nothing."""
    try:
        said = Said.model_validate(json.loads(body))
    except ValidationError as error:
        raise WrongFormat(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()) from None
    except (ValueError, RecursionError):
        raise WrongFormat(["The body must be one JSON object in UTF-8."]) from None
    name = request.headers.get(KEY) or f"{request.headers[STAMP]}/{hashlib.sha256(body).hexdigest()}"
    reception = reception_of(request)
    report = kept(said, Channel.WEBHOOK, name, now)
    reception.intake.check(report)
    return shown(reception.take(report, now))


# -- the form


@without_token.get("/report", include_in_schema=False)
def form(request: Request) -> Answer:
    """A page that needs no script."""
    check_form(request)
    return page(request, form_of(language_of(request), once=token_urlsafe(24)))


@without_token.post("/report", include_in_schema=False)
async def send(request: Request) -> Answer:
    """What the page sends; sending it twice is one report."""
    check_form(request)
    body = await request.body()
    return await run_in_threadpool(filed, request, body)


def filed(request: Request, body: bytes) -> Answer:
    """The answer to a form that was sent."""
    here: Parts = request.app.state.parts
    language, now = language_of(request), here.clock.now()
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        raise WrongFormat(["The form has at most twenty fields; send it from its own page."]) from None
    said = {name: values[0] for name, values in fields.items()}
    given: dict[str, Any] = {name: said.get(name, "").replace("\0", "")[:most] for name, most in MOST_FORM.items()}
    once = given.pop("once") or token_urlsafe(24)
    if not (given["subject"] + given["text"]).strip():
        return page(request, form_of(language, once=once, note=in_language(catalogue.FORM_EMPTY, language)), 422)
    if is_too_much(request, now):
        return problem(429, "Too many reports came by the form; try again in a minute.", headers={"Retry-After": "60"})
    report = Report(id=report_id(Channel.FORM, once), channel=Channel.FORM, at=now, **given)
    number = reception_of(request).take(report, now).ticket
    thanks = in_language(catalogue.FORM_THANKS, language).format(number=number)
    return page(request, f"<p>{escape(thanks)}</p>")


def check_form(request: Request) -> None:
    """Nothing, or Unknown where the form is not switched on."""
    if not request.app.state.parts.running.settings.intake.form:
        raise Unknown("form here; set [intake] form = true to open", "/report")


def is_too_much(request: Request, now: Instant) -> bool:
    """More reports came within a minute than the settings allow; counts this one."""
    state = request.app.state
    if not hasattr(state, "form_times"):
        state.form_times = deque(maxlen=state.parts.running.settings.intake.form_most)
    times: deque[Instant] = state.form_times
    if len(times) == times.maxlen and now - times[0] < MINUTE:
        return True
    times.append(now)
    return False


def language_of(request: Request) -> str:
    """The first language of the reader that there is."""
    wanted = re.findall(r"[a-z]{2}", request.headers.get("Accept-Language", "").lower())
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def form_of(language: str, *, once: str, note: str = "") -> str:
    """The form."""
    rows = [
        f"<p><label>{escape(in_language(text, language))}<br>{field_of(name)}</label></p>"
        for name, text in catalogue.FORM_FIELDS.items()
    ]
    send_it = escape(in_language(catalogue.FORM_SEND, language))
    hidden = f'<input type="hidden" name="once" value="{escape(once)}">'
    said = f"<p>{escape(note)}</p>" if note else ""
    return f'{said}<form method="post" action="report">{hidden}{"".join(rows)}<button>{send_it}</button></form>'


def field_of(name: str) -> str:
    """One field of it."""
    if name == "text":
        return f'<textarea name="{name}" rows="6" cols="50" maxlength="{MOST_FORM[name]}"></textarea>'
    return f'<input name="{name}" size="50" maxlength="{MOST_FORM[name]}">'


def page(request: Request, body: str, status: int = 200) -> Answer:
    """A page in the reader's language."""
    language = language_of(request)
    title = escape(in_language(catalogue.FORM_TITLE, language))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    text = f'<!doctype html><html lang="{language}"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>'
    return Answer(text.encode(), status, media_type=HTML)
