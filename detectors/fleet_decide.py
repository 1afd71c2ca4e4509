"""Deciding about the fleet: all partitions' buckets in order, into incidents."""

from collections.abc import Iterable
from math import log
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from detectors.fleet_buckets import AN_HOUR, NAMES, WIDTH, Bucket, Hit, merged
from detectors.fleet_cells import A_DAY, Cells, Level, Scope
from detectors.fleet_incident import Incident, begun, finding_of, grown, hour_over, hours_of, is_quiet, spread
from detectors.fleet_judge import (
    CONTENDERS,
    SUSPECTS,
    Case,
    Contender,
    Criteria,
    Side,
    best_of,
    is_incident,
    pack,
)
from detectors.fleet_runs import Runs
from detectors.keyed import Keyed
from detectors.names import Names
from domain.batch import Bools, Floats
from domain.entries import Position
from domain.finding import Finding
from domain.instants import DAY, Duration, Instant
from domain.ports import Arrays

REMEMBERED = 7 * DAY // WIDTH
"""Buckets for which a device's fault is remembered."""
PROVEN = 7 * A_DAY
"""A release with so many hours of history a device is no news."""
VERSIONS = 10
NONE = -1


class Trace(Struct, frozen=True, array_like=True):
    """A device's latest fault, and the incident of which the device is a member."""

    hit: Hit
    number: int
    incident: int = NONE


class News(Struct):
    """What is to be said of an incident."""

    joined: list[str] = []
    left: list[str] = []
    before: bytes = b""


class Decider:
    """The second stage: it owns no device, and all cells."""

    def __init__(
        self, criteria: Criteria, *, patience: int, warm_up: Duration, quiet_for: Duration, clear: float
    ) -> None:
        self.criteria = criteria
        self.patience = patience
        self.warm_up = warm_up // WIDTH
        self.quiet_hours = max(1, -(-quiet_for // (AN_HOUR * WIDTH)))
        self.clear = clear
        self.cells = Cells()
        self.runs = Runs(criteria.ratio)
        self.devices = Names("trace_devices")
        self.traces: Keyed[Trace] = Keyed(Trace)
        self.incidents: Keyed[Incident] = Keyed(Incident)
        self.assets: dict[int, dict[str, int]] = {}
        """By incident, its members: how many devices of each asset."""
        self.began: int | None = None
        self.day = NONE
        self.news: dict[int, News] = {}
        self.masks: dict[Scope, Bools] = {}
        """By scope of an incident, the cells in it."""
        self.given: Case | None = None
        """The case of a proof."""

    # -- buckets

    def take(self, buckets: Iterable[Bucket], number: int, position: Position) -> None:
        """The buckets of all partitions that end before this position."""
        rows, hits = merged(buckets)
        for row in rows:
            self.cells.take(row)
        if self.began is None and (rows or hits):
            self.began, self.day = number // AN_HOUR * AN_HOUR, number // AN_HOUR // A_DAY
        if self.given is not None:
            self.open(self.given, position)
            self.given = None
        if hits:
            self.judge(self.unexplained(hits, number), number, position)

    def learns(self, number: int) -> bool:
        """There is too little history to judge by."""
        return self.began is not None and number - self.began < self.warm_up

    def unexplained(self, hits: list[Hit], number: int) -> list[Hit]:
        """Faults that are not part of an incident; the others make their incidents grow."""
        free: list[Hit] = []
        for hit in hits:
            self.cells.place(hit.cell)
            device = self.devices.place(hit.device)
            trace = self.traces.get(device)
            here = next((n for n, one in sorted(self.incidents.values.items()) if one.holds(hit.cell)), NONE)
            if trace is not None and trace.incident != NONE and (trace.incident, trace.hit.asset) != (here, hit.asset):
                self.let_out(device)
            if here == NONE:
                self.traces.set(device, Trace(hit, number))
            elif not hit.again or not self.is_member(here, device) or self.incidents.values[here].differs(hit):
                self.join(here, device, hit, number)
            if here == NONE and not hit.again:
                free.append(hit)
        return free

    def judge(self, hits: list[Hit], number: int, position: Position) -> None:
        """Take faults in that nothing explains yet, and look for what does."""
        learns, cells = self.learns(number), self.cells
        for hit in hits:
            cells.count(cells.places[hit.cell], self.day, learns=learns)
        if learns or not hits:
            return
        rows = cells.of_cell[[cells.places[hit.cell] for hit in hits]]
        inside = np.bincount(rows[rows >= 0], minlength=len(cells.scopes))
        usual, whole = self.usual()
        self.runs.take(np.append(inside, len(hits)), usual, whole, number)
        while (case := self.case(number, usual)) is not None and is_incident(case, self.criteria):
            self.open(case, position)
            usual, whole = self.usual()

    def usual(self) -> tuple[Floats, float]:
        """Usual faults an hour by scope, and in the fleet, without what is in trouble."""
        weight = np.maximum(self.cells.columns["active"], 0) * self.cells.rates() * ~self.troubled()
        return self.cells.sums(weight), float(weight.sum())

    def troubled(self) -> Bools:
        """Cells that are in an incident."""
        found = np.zeros(len(self.cells.order), np.bool_)
        for incident in self.incidents.values.values():
            found |= self.inside(incident)
        return found

    def inside(self, incident: Incident) -> Bools:
        """The cells of an incident."""
        known = self.masks.get(incident.scope, np.zeros(0, np.bool_))
        more = [incident.holds(cell) for cell in self.cells.order[len(known) :]]
        self.masks[incident.scope] = mask = np.concatenate([known, np.array(more, np.bool_)])
        return mask

    # -- a case

    def case(self, number: int, usual: Floats) -> Case | None:
        """What speaks for trouble now; None where no scope reaches the bar."""
        evidence = self.runs.evidence()
        bar = log(max(1, int(np.count_nonzero(usual > 0))) * self.patience)
        if not ((evidence >= bar) & (evidence > 0)).any():
            return None
        strongest = np.argsort(-self.runs.columns["sum"].max(axis=1), kind="stable")[: 2 * CONTENDERS]
        tempos = self.runs.best()
        found = [self.contender(n, int(tempos[n]), float(evidence[n]), number, usual) for n in strongest.tolist()]
        contenders = tuple(sorted((c for c in found if c.sum > 0), key=lambda c: -c.score)[:CONTENDERS])
        best = best_of(contenders)
        inside = self.cells.inside(self.cells.numbers[Level(best.level), best.scope])
        return Case(
            number,
            bar,
            contenders,
            tuple(self.lately(best.scope, best.since)),
            self.shared(Level(best.level), inside),
            *self.update(Level(best.level), inside),
            self.versions(inside),
        )

    def contender(self, scope: int, tempo: int, evidence: float, number: int, usual: Floats) -> Contender:
        """One scope over the stretch in which it explains the faults best."""
        level, named = self.cells.scopes[scope]
        run = {name: self.runs.columns[name][scope, tempo] for name in self.runs.columns.kinds}
        inside = self.cells.inside(scope)
        active = int(np.maximum(self.cells.columns["active"][inside], 0).sum())
        length = hours_of(number + 1 - int(run["since"]))
        return Contender(
            int(level),
            named,
            float(run["sum"]),
            evidence,
            int(run["since"]),
            int(run["hits"]),
            int(run["of"]),
            float(run["share"]),
            float(run["usual"] + usual[scope]) / 2 * length,
            max(active, 1) * length,
            active,
            level in SUSPECTS and float(self.cells.columns["hours"][inside].sum()) >= PROVEN * max(1, active),
        )

    def lately(self, scope: Scope, since: int) -> list[Hit]:
        """The latest fault of each device of a scope, from a bucket on, in order of arrival."""
        wanted = [(NAMES.index(name), value) for name, value in scope]
        traces = (trace for trace in self.traces.values.values() if trace.number >= since and trace.incident == NONE)
        hits = (trace.hit for trace in traces if all(trace.hit.cell[n] == value for n, value in wanted))
        return sorted(hits, key=lambda hit: (hit.position, hit.device))

    def shared(self, level: Level, inside: Bools) -> Scope:
        """What else all active devices of a scope have in common, as far as it belongs to such a trouble."""
        fitting = ("model",) if level in SUSPECTS else ("site", "region")
        mine = {name for name, _ in self.cells.scopes[int(self.cells.of_cell[inside, level][0])][1]}
        cells = [self.cells.order[n] for n in np.flatnonzero(inside & (self.cells.columns["active"] > 0)).tolist()]
        found: list[tuple[str, str]] = []
        for name in fitting:
            values = {cell[NAMES.index(name)] for cell in cells}
            if name not in mine and len(values) == 1 and values != {""}:
                found.append((name, values.pop()))
        return tuple(found)

    def update(self, level: Level, inside: Bools) -> tuple[Side, Side]:
        """What devices did on the release before, and what the scope does in the last days; empty without a release."""
        if level not in SUSPECTS:
            return Side("", 0.0, 0.0), Side("", 0.0, 0.0)
        columns = self.cells.columns
        before = float(columns["hits_before"][inside].sum()), float(columns["hours_before"][inside].sum())
        after = float(columns["new_hits"][inside].sum()), float(columns["new_hours"][inside].sum())
        return Side("before", *before), Side("after", *after)

    def versions(self, inside: Bools) -> tuple[Side, ...]:
        """The releases of the models that are inside, by what their devices did in the last days."""
        columns, sums = self.cells.columns, dict[str, list[float]]()
        models = {self.cells.order[n][0] for n in np.flatnonzero(inside).tolist()}
        for row, cell in enumerate(self.cells.order):
            if cell[0] in models and cell[1]:
                both = sums.setdefault(cell[1], [0.0, 0.0])
                both[0] += float(columns["new_hits"][row].sum())
                both[1] += float(columns["new_hours"][row].sum())
        sides = [Side(name, *both) for name, both in sorted(sums.items())]
        return tuple(sorted(sides, key=lambda one: (-one.hours, one.name))[:VERSIONS])

    # -- incidents

    def open(self, case: Case, position: Position) -> None:
        """The case is an incident: its devices are members, its cells are no measure any more."""
        slot = next(n for n in range(len(self.incidents.values) + 1) if n not in self.incidents.values)
        incident = begun(case, position)
        self.incidents.set(slot, incident)
        self.assets[slot] = {}
        self.news[slot] = News([], [], pack(case))
        for hit in sorted(case.hits, key=lambda hit: (hit.at, hit.position)):
            self.join(slot, self.devices.place(hit.device), hit, case.number)
        cells = self.inside(incident)
        self.cells.forget_lately(cells)
        touched = np.zeros(len(self.cells.scopes), np.bool_)
        held = self.cells.of_cell[cells]
        touched[held[held >= 0]] = True
        self.runs.reset(touched)

    def join(self, slot: int, device: int, hit: Hit, number: int) -> None:
        """A fault in an incident's scope: its device is a member, unless the fault is of another sort."""
        was = self.incidents.values[slot]
        incident = grown(was, [hit])
        is_member = self.is_member(slot, device)
        if incident.differs(hit):
            if is_member:
                self.let_out(device)
            self.traces.set(device, Trace(hit, number))
        else:
            self.traces.set(device, Trace(hit, number, slot))
            assets = self.assets[slot]
            if not is_member:
                assets[hit.asset] = assets.get(hit.asset, 0) + 1
                if assets[hit.asset] == 1:
                    self.told(slot).joined.append(hit.asset)
        self.incidents.set(slot, spread(incident, len(self.assets[slot]), hit.received_at))
        if incident.code and incident.code != was.code:
            self.let_others_out(slot)

    def is_member(self, slot: int, device: int) -> bool:
        """The device is part of an incident."""
        trace = self.traces.get(device)
        return trace is not None and trace.incident == slot

    def let_others_out(self, slot: int) -> None:
        """It has come to light what the incident is about: members whose fault is of another sort leave."""
        incident = self.incidents.values[slot]
        for device, trace in sorted(self.traces.values.items()):
            if trace.incident == slot and incident.differs(trace.hit):
                self.let_out(device)
        incident = self.incidents.values[slot]
        self.incidents.set(slot, replace(incident, members=len(self.assets[slot])))

    def let_out(self, device: int) -> None:
        """A device is no longer a member; its asset leaves with the last of its devices."""
        trace = self.traces.values[device]
        slot, asset = trace.incident, trace.hit.asset
        self.traces.set(device, replace(trace, incident=NONE))
        assets = self.assets[slot]
        assets[asset] -= 1
        if not assets[asset]:
            del assets[asset]
            news = self.told(slot)
            if asset in news.joined:
                news.joined.remove(asset)
            else:
                news.left.append(asset)

    def told(self, slot: int) -> News:
        """What is to be said of an incident with this entry."""
        return self.news.setdefault(slot, News([], []))

    def tell(self, position: Position, at: Instant) -> list[Finding]:
        """What is new of the incidents; those that are over are forgotten."""
        found = []
        for slot, news in sorted(self.news.items()):
            incident = self.incidents.values[slot]
            joined, left = tuple(news.joined), tuple(news.left)
            found.append(
                finding_of(incident, slot=slot, position=position, at=at, joined=joined, left=left, before=news.before)
            )
            if incident.is_over:
                self.forget(slot)
        self.news = {}
        return found

    def forget(self, slot: int) -> None:
        """The incident is over; its members are ordinary devices again."""
        self.masks.pop(self.incidents.values[slot].scope, None)
        self.incidents.drop(slot)
        del self.assets[slot]
        for device, trace in sorted(self.traces.values.items()):
            if trace.incident == slot:
                self.traces.set(device, replace(trace, incident=NONE))

    # -- time

    def pass_hour(self, last: int, number: int) -> None:
        """The hour of the `last` bucket is over; it is `number` now."""
        if self.began is None:
            return
        troubled = self.troubled()
        rates = np.maximum(self.cells.columns["active"], 0) * self.cells.rates() if self.cells.order else np.zeros(0)
        for slot, incident in sorted(self.incidents.values.items()):
            is_whole = incident.opened // AN_HOUR != last // AN_HOUR
            older = hour_over(incident, float(rates[self.inside(incident)].sum()) if is_whole else 0.0)
            is_over = is_quiet(older, hours=self.quiet_hours, clear=self.clear, ratio=self.criteria.ratio)
            self.incidents.set(slot, replace(older, is_over=is_over))
            if is_over:
                self.told(slot)
        self.cells.pass_hour(self.day, ~troubled, learns=self.learns(number))
        day = number // AN_HOUR // A_DAY
        if day != self.day:
            self.day = day
            self.cells.pass_day(day)
            self.forget_old(number)

    def forget_old(self, number: int) -> None:
        """Faults of long ago are no evidence any more."""
        for device, trace in sorted(self.traces.values.items()):
            if trace.incident == NONE and not 0 <= number - trace.number <= REMEMBERED:
                self.traces.drop(device)

    def retire(self, position: Position, at: Instant) -> list[Finding]:
        """Every incident ends with its rule."""
        for slot, incident in sorted(self.incidents.values.items()):
            self.told(slot)
            self.incidents.set(slot, replace(incident, is_over=True))
        return self.tell(position, at)

    # -- snapshots

    def parts(self) -> dict[str, Any]:
        """Its parts by the prefix of their names in a snapshot."""
        return {"trace_": self.traces, "incident_": self.incidents}

    def whole(self) -> dict[str, Any]:
        """All of it."""
        rows = {f"{p}{name}": v for p, part in self.parts().items() for name, v in part.whole().items()}
        return {**rows, **self.cells.whole(), **self.runs.columns.whole(), **self.devices.whole(), **self.clock()}

    def changed(self) -> dict[str, Any]:
        """What changed since the last call of `changed` or `whole`."""
        rows = {f"{p}{name}": v for p, part in self.parts().items() for name, v in part.changed().items()}
        return {
            **rows,
            **self.cells.changed(),
            **self.runs.columns.changed(),
            **self.devices.changed(),
            **self.clock(),
        }

    def clock(self) -> dict[str, Any]:
        """When it began, and which day it is."""
        began = [] if self.began is None else [self.began, self.day]
        return {"decider_clock": np.array(began, np.int64)}

    def restore(self, state: Arrays) -> None:
        """Take it in."""
        for prefix, part in self.parts().items():
            part.restore({name: state[f"{prefix}{name}"] for name in ("slot", "end", "packed")})
        for other in (self.cells, self.runs.columns, self.devices):
            other.restore(state)
        if len(state["decider_clock"]):
            self.began, self.day = state["decider_clock"].tolist()
        self.assets = {slot: {} for slot in self.incidents.values}
        for trace in self.traces.values.values():
            if trace.incident != NONE:
                assets = self.assets[trace.incident]
                assets[trace.hit.asset] = assets.get(trace.hit.asset, 0) + 1
