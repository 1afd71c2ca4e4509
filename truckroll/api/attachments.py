"""Attachments: photos and signatures of a ticket, taken in and given out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import Field

from adapters import ledger_closing
from adapters.attachments import ENDINGS, Attachments
from domain.closing import SLOTS
from domain.closing import Attachment as Kept
from truckroll.api.acts import Actor
from truckroll.api.parts import Here, Parts, Running
from truckroll.api.problem import answers
from truckroll.api.routing import Reasoned
from truckroll.api.shapes import Asked, At, MaybeAt, Shape, TicketInPath
from truckroll.closing import Album

router = APIRouter(tags=["closing"])

Slot = Literal[SLOTS]  # type: ignore[valid-type]
NumberInPath = Annotated[int, Path(ge=1, le=2**31 - 1, description="The attachment's number.")]
PICTURE = {"type": "string", "format": "binary"}
CONTENT = {200: {"description": "The picture.", "content": {kind: {"schema": PICTURE} for kind in ENDINGS}}}


class Attachment(Shape):
    """A picture that belongs to a ticket."""

    id: int
    slot: str
    """What it shows: `photo_before`, `photo_after`, `signature`, `photo`."""
    digest: str
    """SHA-256 of its bytes as they are given out."""
    media_type: str
    size: int
    width: int
    height: int
    at: At
    by: str
    removed_at: MaybeAt
    removed_by: str
    removed_why: str


class Attached(Shape):
    """All that were ever attached, in order."""

    items: list[Attachment]


class Upload(Asked):
    """Who sends it."""

    by: Actor = "operator"


class Removal(Asked):
    """Who removes it, and why."""

    by: Actor = "operator"
    why: Reasoned = Field()


def album(here: Parts) -> Album:
    """The pictures of the running service."""
    settings = here.running.settings
    return Album(here.running.ledger, Attachments(settings.data, settings.attachments))


def shown(one: Kept) -> Attachment:
    """An attachment as it travels."""
    beside = {name: getattr(one.picture, name) for name in ("digest", "media_type", "size", "width", "height")}
    own = {name: getattr(one, name) for name in Attachment.model_fields if name not in beside}
    return Attachment.model_validate(own | beside)


@router.get("/tickets/{number}/attachments", summary="Its pictures", responses=answers(401, 404, 422, 503))
def attachments(running: Running, number: TicketInPath) -> Attached:
    """Also those that were removed, with who did so and why."""
    running.ledger.ticket(number)
    with running.ledger.reading() as connection:
        found = ledger_closing.attachments_of(connection, number)
    return Attached(items=[shown(one) for one in found])


@router.post(
    "/tickets/{number}/attachments/{slot}",
    summary="Attach a picture",
    responses=answers(401, 404, 413, 422, 503),
)
def attach(
    here: Here,
    number: TicketInPath,
    slot: Slot,
    asked: Annotated[Upload, Query()],
    content: Annotated[bytes, Body(media_type="application/octet-stream", description="A JPEG, PNG or WebP.")],
) -> Attachment:
    """The body is the picture itself. It is drawn anew, without what the camera wrote into it; sent twice it is

    attached once. A signature is a PNG.
    """
    return shown(album(here).add(number, slot, content, by=asked.by, now=here.clock.now()))


@router.post(
    "/tickets/{number}/attachments/{name}/remove",
    summary="Remove a picture",
    responses=answers(401, 404, 409, 413, 422, 503),
)
def remove(here: Here, number: TicketInPath, name: NumberInPath, said: Removal) -> Attachment:
    """Its row stays, with who removed it and why; the file is deleted within a day."""
    return shown(album(here).remove(number, name, by=said.by, why=said.why, now=here.clock.now()))


@router.get(
    "/tickets/{number}/attachments/{name}/content",
    summary="A picture",
    response_class=Response,
    responses=CONTENT | answers(401, 404, 422, 503),
)
def content(here: Here, number: TicketInPath, name: NumberInPath) -> Response:
    """To be saved, never to be run: a JPEG, or a signature as a PNG."""
    one, found = album(here).content(number, name)
    filename = f"{number}-{one.slot}-{one.id}{ENDINGS[one.picture.media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(found, media_type=one.picture.media_type, headers=headers)
