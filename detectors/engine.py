"""The engine: batches in, findings out. It keeps the rules in force and gives each its part of a batch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter

import numpy as np

from detectors.rule import IN_FORCE, Rule
from detectors.rules import rules_of
from detectors.running import Running
from detectors.world import World
from domain.batch import Batch, Mark
from domain.entries import Kind, Position
from domain.finding import Finding
from domain.ports import Arrays
from domain.registry import Facts, Installation, registry_entry

WORLD = "world"
by_id = attrgetter("id")


class Engine:
    """The `Detection` port. Deterministic in journal order, however the journal is cut into batches."""

    def __init__(self) -> None:
        self.world = World()
        self.running: dict[str, Running] = {}

    def observe(self, batch: Batch) -> Sequence[Finding]:
        """As the port says."""
        found: list[Finding] = []
        first, after = 0, batch.after
        for mark in batch.marks:
            last = int(np.searchsorted(batch.position, mark.position))
            if last > first:
                found += self.look(batch.cut(first, last, after=after, upto=mark.position - 1))
            found += self.pass_mark(mark)
            first, after = last, mark.position
        if first < len(batch.position):
            found += self.look(batch.cut(first, len(batch.position), after=after, upto=batch.upto) if first else batch)
        return found

    def look(self, batch: Batch) -> list[Finding]:
        """What the rules make of a stretch without marks, in order of position."""
        found = [finding for running in self.running.values() for finding in running.look(batch, self.world)]
        self.world.learn(batch)
        return sorted(found, key=lambda finding: (finding.position, finding.id))

    def pass_mark(self, mark: Mark) -> list[Finding]:
        """A tick, a link or a decision of people."""
        if mark.kind == Kind.TICK:
            return [] if self.world.down else self.tick(mark)
        if mark.kind == Kind.LINK:
            self.note_link(mark)
            for running in self.running.values():
                running.link(mark.received_at, is_up=not self.world.down)
            return []
        return self.decide(mark.position, mark.topic, mark.payload, mark.received_at)

    def note_link(self, mark: Mark) -> None:
        """The way to the broker is open or closed. A journal has one source: once it is connected, nothing is down,

        also under a name that it had before.
        """
        if mark.topic == "connected":
            self.world.down.clear()
        else:
            self.world.down.add(str(json.loads(mark.payload or b"{}").get("source", "")))

    def tick(self, mark: Mark) -> list[Finding]:
        """Time passes, and the way to the broker is open."""
        found = [f for r in self.running.values() for f in r.tick(mark.received_at, mark.position, self.world)]
        return sorted(found, key=lambda finding: finding.id)

    # -- decisions of people

    def control(self, position: Position, topic: str, payload: bytes) -> None:
        """As the port says."""
        self.decide(position, topic, payload, 0)

    def decide(self, position: Position, topic: str, payload: bytes, at: int) -> list[Finding]:
        """Take a decision in. What is confirmed is told again, then the findings of rules no longer in force end: so a

        ticket that goes from one version to the next is never without a cause.
        """
        if topic == "registry":
            changed = {installation.facts.device for installation in self.world.registry.apply(payload)}
            for running in self.running.values():
                running.forget(changed)
        if topic != "rules":
            return []
        wanted = {f"{rule.id}@{rule.version}": rule for rule in rules_of(payload) if rule.life in IN_FORCE}
        retired = [self.running.pop(name) for name in list(self.running) if name not in wanted]
        for name, rule in wanted.items():
            self.put_in_force(name, rule, position)
        confirmed = [finding for running in self.running.values() for finding in running.confirmed(at, position)]
        ended = [finding for running in retired for finding in running.retire(at, position, self.world)]
        return sorted(confirmed, key=by_id) + sorted(ended, key=by_id)

    def put_in_force(self, name: str, rule: Rule, position: Position) -> None:
        """Begin a rule, or go on with it in its new life."""
        if name in self.running:
            self.running[name].live_on(rule)
        else:
            self.running[name] = Running(rule, self.world, since=position)

    # -- state

    def whole(self) -> Mapping[str, Arrays]:
        """As the port says."""
        return {WORLD: self.world.whole(), **{name: running.whole() for name, running in self.running.items()}}

    def changed(self) -> Mapping[str, Arrays]:
        """As the port says."""
        return {WORLD: self.world.changed(), **{name: running.changed() for name, running in self.running.items()}}

    def restore(self, state: Mapping[str, Arrays]) -> None:
        """As the port says; state of rules that are not in force, or are so anew since then, is left out."""
        for name, arrays in state.items():
            if name == WORLD:
                self.world.restore(arrays)
            elif name in self.running and self.running[name].is_meant(arrays):
                self.running[name].restore(arrays)

    # -- proofs

    @staticmethod
    def probe(rule: Rule, finding: Finding, batch: Batch) -> Sequence[Finding]:
        """What the rule makes of one entry, from the key's state before it; the finding says state and facts.

        Every device in its evidence is taken to hang on the finding's asset, as they all did.
        """
        engine = Engine()
        known = {f.name: finding.facts[f.name] for f in fields(Facts)}
        devices = {evidence.device for evidence in finding.evidence}
        installed = [Installation(0, Facts(**known | {"device": device})) for device in sorted(devices)]
        engine.world.registry.apply(registry_entry(installed))
        engine.world.firmware |= dict.fromkeys(devices, finding.facts["firmware"])
        running = engine.running.setdefault("probed", Running(rule, engine.world))
        running.detector.put(running.keys.put(finding.key), finding.before)
        return engine.observe(batch)
