"""A gap: numbers that a device gave out and that never arrived; the loss happened before us."""

from dataclasses import dataclass
from enum import StrEnum

from domain.instants import Instant


class GapKind(StrEnum):
    """How sure it is what was lost."""

    LOST = "lost"
    """Messages of this boot."""
    BOOT_UNKNOWN = "boot_unknown"
    """Numbers between the last of one boot and the first of the next: lost, whichever of the boots gave them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of numbers that is missing. The same device, boot and first number again replaces what was known."""

    device: str
    boot: int
    from_seq: int
    to_seq: int
    """The last missing number."""
    noticed_at: Instant
    """Time of arrival of the entry at which it was given up."""
    kind: GapKind = GapKind.LOST
    arrived: int = 0
    """How many of them came after all, later than anybody waited."""

    @property
    def count(self) -> int:
        """How many messages are lost, as far as is known."""
        return self.to_seq - self.from_seq + 1 - self.arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What a stretch of the journal says about messages lost before us."""

    gaps: tuple[Gap, ...] = ()
    """In order of being noticed."""
    unnumbered: tuple[str, ...] = ()
    """Devices heard for the first time, without a number: their losses cannot be measured …"""
    numbered: tuple[str, ...] = ()
    """… until they number their messages, which these do from now on."""

    def __bool__(self) -> bool:
        return bool(self.gaps or self.unnumbered or self.numbered)
