"""`/healthz` and `/readyz`: alive, and ready. Both answer without the token and without touching a disk."""

from typing import Literal

from fastapi import APIRouter, Response

from truckroll.api.parts import Here
from truckroll.api.shapes import Shape

NOT_READY = {"description": "Some parts are in trouble.", "content": {"application/json": {}}}

router = APIRouter(tags=["health"])


class Alive(Shape):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(Shape):
    """Whether everything works; the sentences to it are at `/api/v1/journal`, behind the token."""

    ready: bool
    troubled: list[str]
    """The parts in trouble."""


@router.get("/healthz", summary="Alive")
async def healthz() -> Alive:
    """200 as long as the process answers."""
    return Alive()


@router.get("/readyz", summary="Ready", responses={503: NOT_READY | {"model": Ready}})
async def readyz(here: Here, answer: Response) -> Ready:
    """200 when everything works; 503 within 15 s of a stall, and 200 again within 15 s of its end."""
    troubled = sorted(here.watchdog.troubles())
    answer.status_code = 503 if troubled else 200
    return Ready(ready=not troubled, troubled=troubled)
