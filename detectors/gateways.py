"""Gateways: whether the parent of a silent device speaks; a child is not blamed for its gateway."""

from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from detectors.heard import Heard
from detectors.listening import FARTHEST
from detectors.names import Names
from domain.batch import Batch, Bools, Ints
from domain.instants import Duration
from domain.ports import Arrays


class Gateways:
    """Devices that are the parent of another, and when they were heard last, whatever the rule is about."""

    def __init__(self) -> None:
        self.names = Names("gateway_names")
        self.heard = Heard("gateway", learns=True)
        self.offline: set[int] = set()
        """Gateways of which the broker said that they are gone."""

    def note(self, batch: Batch, shown: Ints, lives: Bools, gone: Sequence[int], parents: Set[str]) -> None:
        """Take in which of them were heard; `gone` are items that say that their device is gone."""
        known = [n for n, name in enumerate(batch.devices) if name in parents]
        if not known:
            return
        place = np.full(len(batch.devices), -1)
        place[known] = [self.names.place(batch.devices[n]) for n in known]
        gateway = place[batch.device]
        items = np.flatnonzero(lives & (gateway >= 0))
        self.heard.note(gateway[items], shown[items])
        if self.offline or gone:
            left = [item for item in gone if gateway[item] >= 0]
            self.follow(sorted({*items.tolist(), *left}), set(left), gateway, shown)

    def follow(self, items: Sequence[int], left: Set[int], gateway: Ints, shown: Ints) -> None:
        """Who goes offline, and who comes back from there, item by item."""
        for item in items:
            number = int(gateway[item])
            if item in left:
                self.offline.add(number)
            elif number in self.offline:
                self.offline.remove(number)
                self.heard.back[number], self.heard.away[number] = shown[item], FARTHEST

    def answer(self, gateway: Ints, heard: Ints, every: Ints, silence: Ints, now: Duration) -> Bools:
        """Which gateways spoke for themselves although a child of theirs was missing.

        `heard` is when the child was heard last, `every` how often it should be, `silence` how long it may be missing.
        The gateway must have spoken after the child missed its turn, must still be speaking, and must have spoken for
        the whole silence: behind one that comes back from an outage everybody has time to be heard. One that was never
        heard tells nothing, and excuses nobody.
        """
        self.heard.grow(int(gateway.max(initial=-1)) + 1)
        last = self.heard.last[gateway]
        missed_it = last - heard >= every
        speaks = now - last <= every + self.heard.every[gateway]
        is_there = ~np.isin(gateway, np.fromiter(self.offline, np.int64, len(self.offline)))
        all_the_time = (self.heard.away[gateway] <= every) | (now - self.heard.back[gateway] >= silence)
        answers: Bools = ~self.heard.is_known[gateway] | (missed_it & speaks & is_there & all_the_time)
        return answers

    # -- snapshots

    def whole(self) -> dict[str, Any]:
        """All of them."""
        return {**self.names.whole(), **self.heard.rows(np.flatnonzero(self.heard.is_known)), **self.gone()}

    def changed(self) -> dict[str, Any]:
        """Those that changed since the last call of `changed` or `whole`."""
        return {**self.names.changed(), **self.heard.rows(np.flatnonzero(self.heard.dirty)), **self.gone()}

    def gone(self) -> dict[str, Any]:
        """Those that are offline."""
        return {"gateway_offline": np.array(sorted(self.offline), np.int64)}

    def restore(self, state: Arrays) -> None:
        """Take them in."""
        self.names.restore(state)
        self.heard.restore(state)
        self.offline = set(state["gateway_offline"].tolist())
