"""A surge: a model has so many more tickets than it usually has that whoever buys parts should hear of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.instants import DAY, Duration, Instant
from domain.part import Part
from domain.text import LANGUAGES, Text
from maintenance import catalogue_stock as catalogue

WINDOW: Duration = 7 * DAY
WEEKS = 8
"""The baseline: the weeks before this one."""
THRICE = 3.0
"""+200 % of the usual."""
LEAST = 5
"""Fewer tickets in a week are no surge, whatever is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A model whose tickets surge."""

    model: str
    tickets: int
    """In the last week."""
    usual: float
    """A week, over the eight weeks before."""
    parts: tuple[str, ...]
    """Parts for this model."""

    @property
    def more(self) -> float | None:
        """By which share above the usual; None where there were none."""
        return self.tickets / self.usual - 1 if self.usual else None


def surges(opened: Mapping[str, Sequence[Instant]], parts: Mapping[str, Part], now: Instant) -> list[Surge]:
    """Models whose last seven days have at least three times the tickets of their own usual week, the worst first.

    `opened` are the instants at which a model's tickets were opened, of the last nine weeks at least.
    """
    found = []
    for model, instants in sorted(opened.items()):
        week = sum(1 for at in instants if now - WINDOW < at <= now)
        usual = sum(1 for at in instants if now - (WEEKS + 1) * WINDOW < at <= now - WINDOW) / WEEKS
        if week >= LEAST and week >= THRICE * usual:
            mine = tuple(part.id for part in parts.values() if model in part.models)
            found.append(Surge(model=model, tickets=week, usual=usual, parts=mine))
    return sorted(found, key=lambda each: -each.tickets)


def warning(surge: Surge) -> Text:
    """The sentence, with its numbers."""
    more = "∞" if surge.more is None else f"{100 * surge.more:.0f}"
    return {
        language: catalogue.SURGE[language].format(
            model=surge.model,
            now=surge.tickets,
            days=WINDOW // DAY,
            usual=f"{surge.usual:.1f}",
            more=more,
            parts=", ".join(surge.parts) or catalogue.NO_PARTS[language],
        )
        for language in LANGUAGES
    }
