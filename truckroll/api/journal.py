"""The journal's state: how far it reaches, and how far its readers have got."""

from fastapi import APIRouter

from truckroll.api.parts import Here
from truckroll.api.problem import answers
from truckroll.api.shapes import Shape

router = APIRouter(tags=["journal"])


class Reader(Shape):
    """A reader of the journal."""

    position: int
    """The last entry that it has read."""
    lag: int
    """How many entries it has not read yet."""
    lag_seconds: float
    """How long the oldest of them has been there."""


class Journal(Shape):
    """The journal and what is made of it."""

    epoch: str
    oldest: int
    """The first entry that is kept; `last + 1` when none is."""
    last: int
    bytes: int
    tick_age_seconds: float
    """How long ago it grew last; it does every few seconds."""
    connected: bool
    """The broker lets us listen."""
    readers: dict[str, Reader]
    bookmarks: dict[str, int]
    """How far the ledger's readers have got for good."""
    troubles: dict[str, str]
    """The parts in trouble, each with a sentence for the person who can act."""


@router.get("/journal", summary="The journal and its readers", responses=answers(401, 503))
def journal(here: Here) -> Journal:
    """Positions, lags and troubles at this moment."""
    running = here.running
    last, now = running.journal.last, here.watchdog.monotonic()
    positions = {"watch": running.watch.position, "recorder": running.recorder.position}
    return Journal(
        epoch=running.journal.epoch,
        oldest=running.journal.oldest,
        last=last,
        bytes=running.journal.size,
        tick_age_seconds=here.watchdog.tick_age,
        connected=running.source.is_connected,
        readers={
            name: Reader(
                position=position,
                lag=max(0, last - position),
                lag_seconds=here.watchdog.readers[name].lag_seconds(now),
            )
            for name, position in positions.items()
        },
        bookmarks=dict(running.ledger.bookmarks()),
        troubles=dict(here.watchdog.troubles()),
    )
