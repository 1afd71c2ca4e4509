"""Webhooks: who outside hears what happens, and what could not be delivered."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_outbox
from domain.outgoing import Delivery as Kept
from domain.outgoing import Webhook as KeptWebhook
from domain.outgoing import WebhookFormat
from truckroll import webhooks as deeds
from truckroll.api.acts import Actor
from truckroll.api.log import MOST_POSITION
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, MaybeAt, Page, Shape, page
from truckroll.outgoing import poster_of
from truckroll.webhooks import Wanted

router = APIRouter(tags=["webhooks"])

Name = Annotated[str, Path(pattern=r"^W-[0-9a-f]{12}$", description="The webhook's id, such as W-0123456789ab.")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_*]{1,64}$")]
Value = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._*@-]{1,64}$")]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Secret = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,200}$")]


class Webhook(Shape):
    """Somebody who hears what happens."""

    id: str
    to: str
    """Where it goes, without what may be secret in it."""
    format: WebhookFormat
    kinds: list[str]
    filters: dict[str, list[str]]
    language: str
    created_at: MaybeAt
    enabled: bool
    why_not: str
    """Why it is switched off."""
    position: int
    """How far it has taken in the event log."""
    waiting: int
    """How many deliveries are on their way."""
    parked: int
    """How many dead letters it has."""
    sent: int
    last_sent_at: MaybeAt


class WebhookMade(Webhook):
    """A new one."""

    secret: str
    """What its requests are signed with; shown this once."""


class WebhookList(Shape):
    """All of them."""

    items: list[Webhook]


class WebhookAsked(Asked):
    """A new webhook."""

    url: Url
    format: WebhookFormat = WebhookFormat.TRUCKROLL
    kinds: list[Kind] = Field(["*"], min_length=1, max_length=50)
    """Kinds of lines of the event log; `*` stands for any letters."""
    filters: dict[str, list[Value]] = Field({}, max_length=5)
    """By field of the ticket (ticket_class, severity, priority, asset, failure_mode), the values that are wanted."""
    language: str = Field("en", pattern="^(en|zh)$")
    secret: Secret | Absent = None
    """None: one is made where the format needs it."""


class Deadletter(Shape):
    """A delivery that nobody tries any more."""

    position: int
    """Of the line in the event log."""
    ticket: str
    tries: int
    said: str
    """The last answer's words."""


class DeadlettersAsked(Asked):
    """A stretch of them."""

    cursor: int = Field(0, ge=0, lt=MOST_POSITION, description="Dead letters after this position.")
    limit: int = Field(50, ge=1, le=200)


class Retry(Asked):
    """Which dead letters are tried again."""

    position: int = Field(0, ge=0, lt=MOST_POSITION)
    """0: all."""


class Retried(Shape):
    """How many."""

    retried: int


class Replay(Asked):
    """From where."""

    position: int = Field(ge=0, lt=MOST_POSITION)
    """It hears everything after this position of the event log again."""


class Switch(Asked):
    """On or off."""

    enabled: bool
    by: Actor = "operator"


class Tried(Shape):
    """What came of a test."""

    ok: bool
    said: str
    """The receiver's words, or why it did not work."""


def shown(running: Any, webhook: KeptWebhook) -> dict[str, Any]:
    """A webhook as it travels."""
    names = ("id", "format", "language", "created_at", "why_not", "position", "sent", "last_sent_at")
    with running.ledger.reading() as connection:
        counted = {
            "waiting": ledger_outbox.waiting(connection, webhook.id),
            "parked": ledger_outbox.parked(connection, webhook.id),
        }
    return {name: getattr(webhook, name) for name in names} | {
        "to": deeds.place_of(webhook),
        "kinds": list(webhook.kinds),
        "filters": {name: list(values) for name, values in webhook.filters.items()},
        "enabled": webhook.is_enabled,
        **counted,
    }


@router.get("/webhooks", summary="Webhooks", responses=answers(401, 503))
def webhooks(running: Running) -> WebhookList:
    """All of them, in order of their making. Secrets are not shown."""
    with running.ledger.reading() as connection:
        found = ledger_outbox.webhooks(connection)
    return WebhookList(items=[Webhook.model_validate(shown(running, each)) for each in found])


@router.post("/webhooks", status_code=201, summary="A new webhook", responses=answers(401, 413, 422, 503))
def add(here: Here, said: WebhookAsked) -> WebhookMade:
    """It hears what happens from now on. Its address must be public, unless the settings allow its network."""
    running = here.running
    wanted = Wanted(**said.model_dump(exclude={"secret"}), secret=said.secret or "")
    made = deeds.made(running.ledger, poster_of(running.settings), wanted, here.clock.now())
    return WebhookMade.model_validate(shown(running, made) | {"secret": made.secret})


@router.delete("/webhooks/{webhook}", summary="Remove one", responses=answers(401, 404, 422, 503))
def remove(running: Running, webhook: Name) -> Webhook:
    """What was on its way is forgotten."""
    gone = deeds.removed(running.ledger, webhook)
    return Webhook.model_validate(shown(running, gone))


@router.post("/webhooks/{webhook}/switch", summary="Switch it on or off", responses=answers(401, 404, 413, 422, 503))
def switch(running: Running, webhook: Name, said: Switch) -> Webhook:
    """Switched on again, it goes on where it was."""
    why = "" if said.enabled else f"{said.by} switched it off."
    now = deeds.switched(running.ledger, webhook, on=said.enabled, why=why)
    return Webhook.model_validate(shown(running, now))


@router.post("/webhooks/{webhook}/test", summary="Send a test message", responses=answers(401, 404, 422, 503))
def test(here: Here, webhook: Name) -> Tried:
    """At once, past the queue; answers what the receiver said."""
    running = here.running
    done = deeds.tried(running.ledger, poster_of(running.settings), webhook, here.clock.now())
    return Tried(ok=done.ok, said=done.said)


@router.post("/webhooks/{webhook}/replay", summary="Send again", responses=answers(401, 404, 413, 422, 503))
def replay(running: Running, webhook: Name, said: Replay) -> Webhook:
    """Under the same keys as the first time."""
    return Webhook.model_validate(shown(running, deeds.replayed(running.ledger, webhook, said.position)))


@router.get("/webhooks/{webhook}/dead-letters", summary="Its dead letters", responses=answers(401, 404, 422, 503))
def dead_letters(running: Running, webhook: Name, asked: Annotated[DeadlettersAsked, Query()]) -> Page[Deadletter]:
    """What was tried so often that nobody tries any more, in order of the event log."""
    with running.ledger.reading() as connection:
        ledger_outbox.webhook(connection, webhook)
        found: list[Kept] = list(
            ledger_outbox.dead_letters(connection, webhook, after=asked.cursor, most=asked.limit + 1)
        )
    return page(Page[Deadletter], found, asked.limit, lambda letter: letter.position)


@router.post(
    "/webhooks/{webhook}/dead-letters/retry",
    summary="Try dead letters again",
    responses=answers(401, 404, 413, 422, 503),
)
def retry(here: Here, webhook: Name, said: Retry) -> Retried:
    """They begin anew, in the order of the event log."""
    return Retried(retried=deeds.retried(here.running.ledger, webhook, here.clock.now(), said.position or None))
