"""The roster: what a rule's detector may ask about devices: who they are, and which key they are about."""

from collections.abc import Set

from detectors.keys import Keys
from detectors.where import Where
from detectors.world import World
from domain.instants import Instant
from domain.registry import Facts

OUTSIDE = -1


class Roster:
    """The registry as one rule sees it, at the place in the journal that the engine has got to."""

    def __init__(self, world: World, where: Where, keys: Keys) -> None:
        self.world = world
        self.where = where
        self.keys = keys

    @property
    def changes(self) -> int:
        """Grows with every change of the registry; what was asked before may be different now."""
        return self.world.registry.changes

    @property
    def parents(self) -> Set[str]:
        """Devices that are or were the parent of another."""
        return self.world.registry.parents

    def facts(self, device: str, at: Instant) -> Facts:
        """What held for the device at an event time."""
        return self.world.registry.facts(device, at)

    def firmware(self, device: str) -> str:
        """What the device said it runs before the batch that is being looked at; empty: it never said."""
        return self.world.firmware.get(device, "")

    def has_moved(self, device: str) -> bool:
        """What holds for the device depends on the time."""
        return len(self.world.registry.history.get(device, ())) > 1

    def varies(self, device: str) -> bool:
        """What `slot` and `facts` say of the device may change without a change of the registry."""
        return self.where.needs_firmware or self.has_moved(device)

    def slot(self, device: str, at: Instant) -> int:
        """The slot of the key that the device is about; -1 where the rule is not about it, or never met the key."""
        facts = self.facts(device, at)
        if not self.where.matches(facts, self.world.firmware.get(device, "")):
            return OUTSIDE
        return self.keys.find(facts)
