"""Groups: which keys an item is about, where a rule tells events apart by their code or fingerprint.

A device that is heard is heard for all of its groups; an event without a code or fingerprint of its own, such as
"fault_cleared", is about all of them.
"""

from collections.abc import Iterable
from hashlib import blake2b

from detectors.fingerprint import Algorithm
from detectors.keys import FINGERPRINT, OF_EVENTS, Keys
from domain.batch import DeviceEvent

MOST = 200
"""So many fingerprints of one key are told apart; later ones share `SHARED` groups, so that none is missed."""
SHARED = 16


class Groups:
    """Slots that differ only in code or fingerprint. Without either in the key, each slot stands alone."""

    def __init__(self, fingerprint: Algorithm) -> None:
        self.fingerprint = fingerprint
        self.keys = Keys(())
        self.is_needed = False
        self.is_by_fingerprint = False
        self.bases: dict[int, int] = {}
        """By slot, the slot of the same key without code and fingerprint."""
        self.members: dict[int, dict[int, None]] = {}
        """By base, the slots that have a state, in order of appearance."""

    def meet(self, keys: Keys) -> None:
        """The keys of the rule."""
        self.keys = keys
        self.is_needed = not OF_EVENTS.isdisjoint(keys.names)
        self.is_by_fingerprint = FINGERPRINT in keys.names

    def of_hit(self, slot: int, event: DeviceEvent | None) -> int | None:
        """The slot of what an event (None: a reading) is evidence of; None: without fingerprint it is like no other."""
        if not self.is_by_fingerprint:
            return slot
        print_ = "" if event is None else self.fingerprint(event)
        if not print_:
            return None
        if not self.keys.has(slot, FINGERPRINT, print_) and len(self.members.get(self.base(slot), ())) >= MOST:
            print_ = f"~{blake2b(print_.encode(), digest_size=1).digest()[0] % SHARED:x}"
        return self.keys.variant(slot, FINGERPRINT, print_)

    def about(self, slot: int) -> Iterable[int]:
        """The slots that an event without fingerprint is about: its own, and those that say more than it does."""
        if not self.is_needed:
            return (slot,)
        family = self.members.get(self.base(slot), ())
        return (slot, *(member for member in family if member != slot and self.keys.says_more(member, slot)))

    def family(self, slot: int) -> Iterable[int]:
        """The slots that a sign of life is about."""
        return self.members.get(self.base(slot), ()) if self.is_needed else (slot,)

    def base(self, slot: int) -> int:
        """The slot of the same key without code and fingerprint."""
        if not self.is_needed:
            return slot
        if (base := self.bases.get(slot)) is None:
            base = slot
            for name in sorted(OF_EVENTS.intersection(self.keys.names)):
                base = self.keys.variant(base, name, "")
            self.bases[slot] = base
        return base

    def join(self, slot: int) -> None:
        """The slot has a state from now on."""
        if self.is_needed:
            self.members.setdefault(self.base(slot), {})[slot] = None
