"""What a failure of an asset costs, and which parts sit in it since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.instants import Instant
from domain.text import Text

DEFAULT_CRITICALITY = "medium"
FAILURE_COSTS: Mapping[str, float] = {"critical": 5_000.0, "high": 2_000.0, "medium": 500.0, "low": 100.0}
"""By criticality, in the installation's currency: our own assumption, until somebody says better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCost:
    """What one failure of an asset costs, beyond its repair."""

    amount: float
    is_assumed: bool
    """By the asset's criticality, because nobody has said it."""
    why: Text
    """Where the number comes from."""


class Removal(StrEnum):
    """Why a part was taken out."""

    FAILED = "failed"
    PREVENTIVE = "preventive"
    OTHER = "other"
    """Such as a part that was put in by mistake: its life says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A part in a position of an asset, from one instant to another. Never changed but by taking it out."""

    id: int = 0
    """Given by the ledger."""
    asset: str
    position: str
    """Such as `panel` or `pump-2`."""
    part: str
    serial: str = ""
    lot: str = ""
    since: Instant
    until: Instant | None = None
    """None: it is in there now."""
    removal: Removal | None = None
    order: str = ""
    """The number of the order that put it in."""
    by: str

    @property
    def is_in(self) -> bool:
        """Nobody has taken it out."""
        return self.until is None
