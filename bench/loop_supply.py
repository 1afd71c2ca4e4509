"""The shelf in `bench.loop`: the product's books and proposals, purchases that arrive, and what lying there costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.loop_desk import BEGIN
from bench.loop_records import Records
from bench.loop_world import World
from domain.instants import DAY, Instant
from domain.part import Movement, MovementKind, Part
from domain.work_order import WorkOrder
from maintenance.part_demand import Chances, Outlook, chances_of, proposal
from maintenance.reorder import base_stock, poisson
from maintenance.stock import Books

DEPOT = "depot"
YEAR = 365.0


@dataclass(eq=False)
class Supply:
    """Stock of one depot."""

    world: World
    records: Records
    rates: Mapping[str, float] | None = None
    """Pieces a day of each part, where somebody knows them; else the past says."""
    books: Books = field(default_factory=lambda: Books({}))
    bought: int = 0

    def __post_init__(self) -> None:
        self.parts = {
            part.id: Part(id=part.id, name={}, cost=part.price, lead_days=part.lead_days, service=self.world.service)
            for part in self.world.parts
        }
        outlook = Outlook(now=BEGIN, parts=self.parts, issues=self.issues())
        for part, chances in chances_of(self.parts, outlook.history()).items():
            self.move(MovementKind.RECEIPT, part, max(1, chances.up_to), BEGIN)

    def on_hand(self) -> dict[str, int]:
        """What lies there."""
        return {part: self.books.level(part, DEPOT).on_hand for part in self.parts}

    def days_until(self, part: str, now: Instant) -> float:
        """Until a piece is there: 0, or until the next arrival, or as long as a purchase takes."""
        level = self.books.level(part, DEPOT)
        if level.on_hand:
            return 0.0
        return max(0.0, (level.incoming[0].expected_at - now) / DAY) if level.incoming else self.parts[part].lead_days

    def arrive(self, now: Instant) -> None:
        """What was expected until now has come."""
        for (part, _), level in list(self.books.levels.items()):
            for each in level.incoming:
                if each.expected_at <= now:
                    self.move(MovementKind.RECEIPT, part, each.pieces, now)

    def issue(self, part: str, now: Instant) -> None:
        """A technician takes one. Raises NotInStock."""
        self.move(MovementKind.ISSUE, part, 1, now)

    def review(self, now: Instant, orders: Iterable[WorkOrder]) -> None:
        """Buy what the product proposes."""
        outlook = Outlook(now=now, parts=self.parts, issues=self.issues(), orders=orders)
        needs = outlook.known_needs()
        if self.rates is None:
            chances = chances_of(self.parts, outlook.history())
        else:
            chances = {part: self.known_chances(part) for part in self.parts}
        for part in self.parts.values():
            level = self.books.level(part.id, DEPOT)
            wanted = proposal(part, [level], chances[part.id], needs[part.id], now)
            if wanted is not None:
                self.move(MovementKind.ORDERED, part.id, wanted.pieces, now, expected_at=wanted.arrives_at)

    def known_chances(self, part: str) -> Chances:
        """With the true rate: Poisson over the lead time and a week, and a week more."""
        assert self.rates is not None
        mean = self.rates[part] * self.parts[part].lead_days
        week = 7.0 * self.rates[part]
        point, up_to = (int(base_stock(poisson(total), self.world.service)) for total in (mean + week, mean + 2 * week))
        return Chances(mean, point, max(up_to, 1))

    def move(self, kind: MovementKind, part: str, pieces: int, at: Instant, expected_at: Instant | None = None) -> None:
        """Book it."""
        self.bought += 1
        self.books.book(
            Movement(
                id=f"{self.bought}",
                at=at,
                recorded_at=at,
                kind=kind,
                part=part,
                location=DEPOT,
                pieces=pieces,
                expected_at=expected_at,
                by="bench",
            )
        )

    def issues(self) -> list[Movement]:
        """What unplanned work took, as the product looks at it."""
        return [
            Movement(
                id=f"past-{nth}",
                at=BEGIN + day * DAY,
                recorded_at=BEGIN + day * DAY,
                kind=MovementKind.ISSUE,
                part=self.world.parts[part].id,
                location=DEPOT,
                pieces=1,
                by="bench",
            )
            for nth, (day, part, planned) in enumerate(self.records.issues)
            if not planned
        ]

    def holding(self) -> float:
        """What a day on the shelf costs."""
        held = sum(self.parts[part].cost * pieces for part, pieces in self.on_hand().items())
        return held * self.world.holding / YEAR
