"""Gaps: what devices sent and never arrived, and whose losses nobody can measure."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from adapters import ledger_losses
from adapters.ledger_losses import Noticed
from domain.gap import Gap as Missing
from domain.gap import GapKind
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Id, Page, Shape, Word, page

CURSOR = r"^[0-9]{1,18}[0-9]?\.-?[0-9]{1,18}\.-?[0-9]{1,18}\.[A-Za-z0-9._-]{1,64}$"
LARGEST = 2**63 - 1

router = APIRouter(tags=["gaps"])


class Gap(Shape):
    """A stretch of a device's numbers that is missing."""

    device: str
    boot: int
    from_seq: int
    to_seq: int
    """The last missing number."""
    noticed_at: At
    kind: GapKind
    arrived: int
    """How many of them came after all."""
    count: int
    """How many messages are lost, as far as is known."""


class GapsAsked(Asked):
    """Which gaps."""

    device: Id | Absent = None
    cursor: Annotated[str, StringConstraints(pattern=CURSOR)] | Absent = None
    limit: int = Field(100, ge=1, le=1000)

    @property
    def before(self) -> Noticed | None:
        """The place of the last gap of the page before."""
        if self.cursor is None:
            return None
        noticed_at, boot, from_seq, device = self.cursor.split(".", 3)
        return Noticed(min(int(noticed_at), LARGEST), int(boot), int(from_seq), device)


class UnnumberedAsked(Asked):
    """Which devices."""

    cursor: Word | Absent = Field(None, description="Devices after this name.")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/gaps", summary="Messages lost on their way to us, newest first", responses=answers(401, 422, 503))
def gaps(running: Running, asked: Annotated[GapsAsked, Query()]) -> Page[Gap]:
    """Known from the numbers that devices give their messages, once the device speaks again."""
    found = ledger_losses.gaps(running.ledger, asked.device or "", before=asked.before, most=asked.limit + 1)
    return page(Page[Gap], found, asked.limit, place)


def place(gap: Missing) -> str:
    """The cursor of a gap."""
    return f"{gap.noticed_at}.{gap.boot}.{gap.from_seq}.{gap.device}"


@router.get("/gaps/unnumbered", summary="Devices whose losses cannot be measured", responses=answers(401, 422, 503))
def unnumbered(running: Running, asked: Annotated[UnnumberedAsked, Query()]) -> Page[str]:
    """They give their messages no numbers."""
    found = ledger_losses.unnumbered(running.ledger, after=asked.cursor or "", most=asked.limit + 1)
    return page(Page[str], found, asked.limit, str)
