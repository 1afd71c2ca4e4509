"""What a detector is: a dataclass of settings with numpy state, one slot a key, and no clock of its own."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Protocol, runtime_checkable

from detectors.roster import Roster
from domain.batch import Batch
from domain.entries import Position
from domain.finding import Finding
from domain.instants import Instant
from domain.ports import Arrays

Reader = Callable[[Any], Any]
"""Checks a value of a rule file and makes a setting of it. Raises ValueError with a sentence."""


def setting(read: Reader, **options: Any) -> Any:
    """A dataclass field that is a setting in a rule; `default=` or `default_factory=` where it may be left out."""
    return field(metadata={"read": read}, **options)


@runtime_checkable
class Detector(Protocol):
    """One rule's algorithm over all of its keys.

    Batches come in journal order, without duplicates, restricted to the rule: `batch.slot` says which key an item
    is about (-1: none). Nothing in it may depend on where the journal was cut into batches. The findings it returns
    carry slots; the engine completes them.
    """

    def observe(self, batch: Batch) -> list[Finding]:
        """What changed by this batch, in order of position."""
        ...

    def tick(self, at: Instant, position: Position) -> list[Finding]:
        """What changed because time has passed: it is `at` now, by arrival. Not called while the link is down."""
        ...

    def retire(self, at: Instant, position: Position) -> list[Finding]:
        """The end of every active finding, because the rule is no longer in force."""
        ...

    def state(self) -> dict[str, Any]:
        """All of it, as arrays; `slot` says which keys the rows are of."""
        ...

    def changed(self) -> dict[str, Any]:
        """The rows of slots changed since the last call of `changed` or `state`, in the same form."""
        ...

    def restore(self, state: Arrays) -> None:
        """Take in what `state` or `changed` gave; rows replace earlier ones of the same slots."""
        ...

    def before(self, slot: int) -> bytes:
        """One key's state as bytes, for a proof; empty for a key never heard of."""
        ...

    def put(self, slot: int, before: bytes) -> None:
        """Set one key's state from such bytes."""
        ...

    def wants(self) -> Mapping[str, Any]:
        """What it looks at.

        `events`, `readings`: names, or None for all. `any_item`: every item matters now, to keys it remembers.
        `follows`: every item after such an event may matter, so a batch that holds one is wanted whole.
        """
        ...


@runtime_checkable
class AsksRoster(Protocol):
    """A detector that asks who is who."""

    def meet(self, roster: Roster) -> None:
        """Here is whom to ask; called once, before everything else."""
        ...


@runtime_checkable
class MindsLink(Protocol):
    """A detector to which the way to the broker matters."""

    def link(self, at: Instant, *, is_up: bool) -> None:
        """A link entry: the way to every source is open now, or not."""
        ...
