"""A rule in force: its detector, its keys, and which items of a batch are about which key."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from detectors.detector import AsksRoster, MindsLink
from detectors.keys import Keys
from detectors.life import LIVE
from detectors.roster import Roster
from detectors.rule import Rule
from detectors.rules import detector_of
from detectors.silent import Silent
from detectors.world import World
from domain.batch import Batch, Ints
from domain.entries import Position
from domain.finding import Finding, finding_id
from domain.instants import Instant
from domain.ports import Arrays

OUTSIDE = -1
VARIES = -2
"""A device whose key depends on the item: it has moved, or the rule asks for firmware or code."""
NOT_KNOWN = -3


class Running:
    """One rule version with its state."""

    def __init__(self, rule: Rule, world: World, since: Position = 0) -> None:
        self.since = since
        """The decision that put it in force."""
        self.silent = Silent()
        self.live_on(rule)
        self.detector = detector_of(rule)
        self.keys = Keys(rule.key)
        if isinstance(self.detector, AsksRoster):
            self.detector.meet(Roster(world, rule.where, self.keys))
        self.slot_of_device: dict[str, int] = {}
        self.varies = rule.where.needs_firmware or "code" in rule.key

    def live_on(self, rule: Rule) -> None:
        """The same version in its new life."""
        self.rule = rule
        self.silent.was_live |= rule.life == LIVE

    def confirmed(self, at: Instant, position: Position) -> list[Finding]:
        """What was true already and may open a ticket now."""
        return list(self.silent.released(self.rule.stamp, at, position)) if self.rule.life == LIVE else []

    def look(self, batch: Batch, world: World) -> list[Finding]:
        """What the detector makes of a batch, completed."""
        wanted = self.wanted(batch)
        if wanted is None:
            return []
        slot = self.slots(batch, world, wanted)
        found = self.detector.observe(replace(batch, slot=slot))
        return [self.completed(finding, world, batch) for finding in found]

    def tick(self, at: Instant, position: Position, world: World) -> list[Finding]:
        """What time changes."""
        return [self.completed(finding, world) for finding in self.detector.tick(at, position)]

    def link(self, at: Instant, *, is_up: bool) -> None:
        """The way to the broker is open, or not."""
        if isinstance(self.detector, MindsLink):
            self.detector.link(at, is_up=is_up)

    def retire(self, at: Instant, position: Position, world: World) -> list[Finding]:
        """The end of what is active."""
        return [self.completed(finding, world) for finding in self.detector.retire(at, position)]

    # -- which items

    def wanted(self, batch: Batch) -> Ints | None:
        """Rows of the items that the detector may need; None: nothing in the batch matters to it."""
        wants = self.detector.wants()
        names = wants["events"]
        rows = {event.item for event in batch.events if names is None or event.event in names}
        metrics = wants["readings"]
        reads = metrics is None or any(metric in metrics for metric in batch.metrics)
        if wants["any_item"] or (rows and wants["follows"]) or (reads and len(batch.item)):
            return np.arange(len(batch.position))
        return np.array(sorted(rows), np.int64) if rows else None

    def slots(self, batch: Batch, world: World, wanted: Ints) -> Ints:
        """Each item's slot; items that are not wanted are outside."""
        slot = np.full(len(batch.position), OUTSIDE, np.int64)
        devices = batch.device[wanted]
        if len(wanted) < len(batch.devices):
            per_device = {d: self.of_device(batch.devices[d], world) for d in set(devices.tolist())}
            slot[wanted] = [per_device[d] for d in devices.tolist()]
        else:
            known = self.slot_of_device
            table = np.fromiter((known.get(d, NOT_KNOWN) for d in batch.devices), np.int64, len(batch.devices))
            for d in np.flatnonzero(table == NOT_KNOWN).tolist():
                table[d] = self.of_device(batch.devices[d], world)
            slot[wanted] = table[devices]
        if self.varies or (slot == VARIES).any():
            self.settle_items(batch, world, slot)
        return slot

    def of_device(self, device: str, world: World) -> int:
        """The slot of a device whose key is always the same, else VARIES; remembered until the registry changes."""
        if (slot := self.slot_of_device.get(device)) is None:
            if self.varies or len(world.registry.history.get(device, ())) > 1:
                slot = VARIES
            else:
                facts = world.registry.facts(device, 0)
                slot = self.keys.slot(facts) if self.rule.where.matches(facts, "") else OUTSIDE
            self.slot_of_device[device] = slot
        return slot

    def settle_items(self, batch: Batch, world: World, slot: Ints) -> None:
        """Slots of items whose key depends on the item."""
        firmware = world.firmware_of_items(batch) if self.rule.where.needs_firmware else []
        codes = {event.item: event.code for event in batch.events}
        for item in np.flatnonzero(slot == VARIES).tolist():
            facts = world.registry.facts(batch.devices[batch.device[item]], int(batch.item_at[item]))
            inside = self.rule.where.matches(facts, firmware[item] if firmware else "")
            slot[item] = self.keys.slot(facts, codes.get(item, "")) if inside else OUTSIDE

    def forget(self, devices: Iterable[str]) -> None:
        """The registry says something new of these devices."""
        for device in devices:
            self.slot_of_device.pop(device, None)

    # -- findings

    def completed(self, finding: Finding, world: World, batch: Batch | None = None) -> Finding:
        """With its id, what the rule says, and what the registry says of the device at the first evidence."""
        rule, first = self.rule, finding.evidence[0]
        firmware = world.firmware_at(first.device, finding.position, batch)
        facts = world.registry.facts(first.device, first.at)
        key = tuple(finding.scope.items()) or self.keys.key(finding.slot)
        completed = replace(
            finding,
            id=finding_id(rule.id, rule.version, key, finding.fired_position, finding.nth),
            rule=rule.id,
            version=rule.version,
            key=key,
            asset=facts.asset,
            component=facts.component,
            failure_mode=rule.failure_mode,
            severity=rule.severity.of(finding.count, facts.model),
            title=rule.name,
            ticket_class=rule.ticket_class,
            facts=facts.as_dict() | {"firmware": firmware},
        )
        return self.silent.judged(completed, rule.life, rule.stamp)

    # -- state

    def whole(self) -> dict[str, Any]:
        """Detector, keys and silent findings."""
        return {**self.detector.state(), **self.keys.rows(), **self.silent.whole(), **self.origin()}

    def changed(self) -> dict[str, Any]:
        """What changed since the last call of `whole` or `changed`."""
        return {**self.detector.changed(), **self.keys.news(), **self.silent.changed(), **self.origin()}

    def origin(self) -> dict[str, Any]:
        """Whose state it is: a rule that was given up and taken up again begins anew."""
        return {"in_force_since": np.array([self.since], np.int64)}

    def is_meant(self, state: Arrays) -> bool:
        """The state is of this stretch of the rule's life, and of no earlier one."""
        return int(state["in_force_since"][0]) == self.since

    def restore(self, state: Arrays) -> None:
        """Take in what `whole` or `changed` gave."""
        self.keys.restore(state)
        self.detector.restore(state)
        self.silent.restore(state)
