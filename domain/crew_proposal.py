"""A crew plan as it is shown to somebody, who accepts or refuses it: whom it sends where, and what it changes."""

from dataclasses import dataclass
from enum import StrEnum

from domain.crew import CrewCost, CrewPlan, Obstacle
from domain.instants import Instant
from domain.text import Text


class ProposalState(StrEnum):
    """What became of it."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An order in the plan, beside how it stood when it was planned."""

    order: str
    revision: int
    """Of the order that was seen: it is booked only while nobody has changed it."""
    technicians: tuple[str, ...] = ()
    """Nobody: the order is left out."""
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    technicians_before: tuple[str, ...] = ()
    starts_before: Instant | None = None
    was_dispatched: bool = False
    goes_along: bool = False
    """It is not due: it is done because somebody is there anyway."""
    saves: float = 0.0
    """Of what goes along: what coming again would cost, less what this plan costs more with it."""
    moves_promise: bool = False
    """Work begins outside the window that the customer was told."""
    waits_for_review: bool = False
    """Nobody has approved it yet."""

    @property
    def is_changed(self) -> bool:
        """Other people or another time than before."""
        return (self.technicians, self.starts_at) != (self.technicians_before, self.starts_before)


class Easing(StrEnum):
    """What could be eased so that an order has a place."""

    PRICE = "price"
    """Nothing but money: it was left out because that is cheaper."""
    PIN = "pin"
    PART = "part"
    WINDOW = "window"
    PROMISE = "promise"
    OVERTIME = "overtime"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """The cheapest that would give an order its place: the plan with it was made, and keeps every rule."""

    easing: Easing
    cost: float
    """More than the plan without it, what is eased included."""
    said: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An order that nobody is sent to."""

    order: str
    obstacle: Obstacle
    why: Text
    relief: Relief | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One plan, as it is shown and, if somebody accepts it, written down."""

    id: str = ""
    """`C-000123`; given by the ledger."""
    made_at: Instant
    why: str = ""
    """What was asked: nothing for the usual plan, else such as who is ill."""
    state: ProposalState = ProposalState.PROPOSED
    decided_at: Instant | None = None
    decided_by: str = ""
    plan: CrewPlan
    cost: CrewCost
    moved_promises: int = 0
    moved_cost: float = 0.0
    """What moving them costs."""
    bookings: tuple[Booked, ...] = ()
    left: tuple[Left, ...] = ()
    said: tuple[Text, ...] = ()
    """What its reader should know beside."""

    @property
    def changes(self) -> tuple[Booked, ...]:
        """What accepting it would write."""
        return tuple(one for one in self.bookings if one.is_changed)
