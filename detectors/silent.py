"""Silent: findings that are recorded and open nothing, because their rule watched in shadow, or because they were

true already when it went live and nobody has confirmed them.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from detectors.life import LIVE, SHADOW, Stamp
from domain.entries import Position
from domain.finding import Finding, Key
from domain.instants import Instant
from domain.ports import Arrays

ENDED_KEPT = 4
"""So many findings a key are remembered after their end, should late data change them."""
PACK = msgspec.msgpack.Encoder(enc_hook=lambda number: number.item())
"""Detectors work in columns, so a number in a finding may be one of numpy's."""
ROWS = msgspec.msgpack.Decoder(list[tuple[str, Finding | None]])


class Silent:
    """The silent findings of one rule version, as they stand."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.of_key: dict[Key, list[str]] = {}
        self.fresh: set[str] = set()
        self.was_live = False
        """The version has been live since it was put in force; else all that it finds is silent."""

    def judged(self, finding: Finding, life: str, stamp: Stamp) -> Finding:
        """The finding, marked where it opens nothing."""
        self.was_live |= life == LIVE
        known = self.findings.get(finding.id)
        if life == LIVE and known is not None and is_new_trouble(finding, known, stamp):
            self.forget(finding.id)
            return finding
        if known is None and not self.begins(finding, life, stamp):
            return finding
        silent = replace(finding, shadow=True)
        self.remember(with_members(silent, known))
        return silent

    def begins(self, finding: Finding, life: str, stamp: Stamp) -> bool:
        """It is silent from its first firing on."""
        if life == SHADOW and not self.was_live:
            return True
        is_first = finding.position == finding.fired_position
        was_true = finding.started_at < stamp.live_since and not stamp.allows(finding.id)
        return is_first and (life == SHADOW or was_true)

    def released(self, stamp: Stamp, at: Instant, position: Position) -> Iterator[Finding]:
        """The active findings that have been confirmed, told again as what may open a ticket."""
        for name in sorted(self.findings):
            finding = self.findings[name]
            if finding.is_active and stamp.allows(name):
                self.forget(name)
                yield replace(finding, shadow=False, position=position, changed_at=at)

    def remember(self, finding: Finding) -> None:
        """As it stands now; the oldest ended ones of its key are given up."""
        self.findings[finding.id] = finding
        self.fresh.add(finding.id)
        names = self.of_key.setdefault(finding.key, [])
        if finding.id not in names:
            names.append(finding.id)
        for name in [name for name in names if not self.findings[name].is_active][:-ENDED_KEPT]:
            self.forget(name)

    def forget(self, name: str) -> None:
        """It is silent no longer, or long over."""
        self.of_key[self.findings.pop(name).key].remove(name)
        self.fresh.add(name)

    # -- state

    def whole(self) -> dict[str, Any]:
        """All of them."""
        self.fresh = set(self.findings)
        return self.changed()

    def changed(self) -> dict[str, Any]:
        """Those that changed since the last call of `changed` or `whole`."""
        rows = [(name, self.findings.get(name)) for name in sorted(self.fresh)]
        self.fresh.clear()
        return {"silent_packed": np.frombuffer(PACK.encode(rows), np.uint8)}

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave; snapshots from before there were silent findings have none."""
        if "silent_packed" not in state:
            return
        for name, finding in ROWS.decode(state["silent_packed"].tobytes()):
            if finding is not None:
                self.remember(finding)
            elif name in self.findings:
                self.forget(name)
        self.fresh.clear()


def with_members(finding: Finding, known: Finding | None) -> Finding:
    """The finding as it is remembered: with all members that it has, not only those who joined last."""
    if known is None or not (known.joined or finding.joined or finding.left):
        return finding
    members = dict.fromkeys((*known.joined, *finding.joined))
    return replace(finding, joined=tuple(asset for asset in members if asset not in finding.left), left=())


def is_new_trouble(finding: Finding, known: Finding, stamp: Stamp) -> bool:
    """It was over, and since the rule went live it has come back."""
    return finding.is_active and not known.is_active and finding.last_at >= stamp.live_since
