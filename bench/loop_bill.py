"""What a year of `bench.loop` cost, by what it was for, and what happened in it."""

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Bill:
    """What a stretch of time cost, by what it was for."""

    down: float = 0.0
    damage: float = 0.0
    visits: float = 0.0
    overtime: float = 0.0
    parts: float = 0.0
    stock: float = 0.0

    @property
    def total(self) -> float:
        """All together."""
        return sum(getattr(self, each.name) for each in fields(self))

    def add(self, other: "Bill") -> None:
        """Take in another."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(eq=False)
class Year:
    """What happened."""

    policy: str
    seed: int
    bill: Bill = field(default_factory=Bill)
    days: list[Bill] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    """By part."""
    replaced: Counter[str] = field(default_factory=Counter)
    """By part, before they failed."""
    used: Counter[str] = field(default_factory=Counter)
    """Pieces, by part."""
    visits: int = 0
    down_hours: float = 0.0
    findings: int = 0
    tickets: int = 0
    unseen: int = 0
    """Machines that stood still at a midnight without a ticket, the first midnight left out."""
    marks: list[tuple[int, int, int, str]] = field(default_factory=list)
    """Day, machine, part, and `failed` or `replaced`."""
