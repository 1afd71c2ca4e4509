"""Proof: the pinned evidence of a ticket is judged again and must lead to the same decision.

Everything it needs is in the ledger: the rule's text, the sources' text, the raw messages, the state of the key just
before the deciding message, and what the registry said. The journal may be long gone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from adapters.sparkplug_wire import read
from detectors.engine import Engine
from detectors.rules import Rule, rules_of
from domain.batch import Batch
from domain.entries import Entry, Kind, Page, Position
from domain.errors import Unknown
from domain.finding import Evidence, Finding
from domain.incident import about_its_scope
from domain.instants import instant_text
from domain.ports import Desk, Ledger
from domain.registry import Facts, Installation, registry_entry
from domain.ticket import Pinned, Situation, Ticket
from ingest.aliases import ALIASES, pinned_aliases
from ingest.decode import Decoder
from ingest.limits import Limits
from maintenance.foretold import VERSION
from ticketing.alerts import SOURCE

NO_RULES = frozenset({SOURCE, VERSION})
"""Versions of findings that no rule made of messages."""
NOT_JUDGED = "a model or another system told it and no rule judged messages, so there is nothing to judge again"
SAME = ("id", "rule", "version", "key", "asset", "component", "failure_mode", "fired_position")


@dataclass(frozen=True, slots=True)
class Line:
    """What one pinned message contributes."""

    position: int
    at: str
    topic: str
    what: str
    is_decisive: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether one finding was decided as recorded, message by message why, and what does not fit."""

    finding: str
    rule: str
    lines: Sequence[Line]
    objections: Sequence[str]

    @property
    def holds(self) -> bool:
        """The same decision was reached."""
        return not self.objections

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "finding": self.finding,
            "rule": self.rule,
            "holds": self.holds,
            "objections": list(self.objections),
            "messages": [
                {
                    "position": line.position,
                    "at": line.at,
                    "topic": line.topic,
                    "what": line.what,
                    "decisive": line.is_decisive,
                }
                for line in self.lines
            ],
        }


def prove(ledger: Ledger, desk: Desk, ticket: Ticket, limits: Limits | None = None) -> list[Proof]:
    """A proof for each finding that the ticket rests on; `limits` are those under which the messages were let in."""
    return [prove_finding(ledger, desk, ticket, finding, limits) for finding in ledger.findings(ticket.findings)]


def prove_finding(ledger: Ledger, desk: Desk, ticket: Ticket, finding: Finding, limits: Limits | None = None) -> Proof:
    """Judge again what made the finding fire."""
    pinned = ledger.pinned(finding.id)
    if not pinned and not finding.before and finding.version in NO_RULES:
        return Proof(finding.id, f"{finding.rule}@{finding.version}", (), [NOT_JUDGED])
    rule = rule_of(ledger, finding)
    controls = {name: controls_of(ledger, finding, name) for name in {pin.sources for pin in pinned}}
    batches = {pin.position: decoded(pin, controls[pin.sources], limits) for pin in pinned}
    objections = [
        *unsupported(finding, batches),
        *undecided(finding, rule, batches),
        *undesked(desk, ticket, finding),
    ]
    return Proof(finding.id, f"{finding.rule}@{finding.version}", list(told(finding, pinned, batches)), objections)


def rule_of(ledger: Ledger, finding: Finding) -> Rule:
    """The rule version that fired, from its pinned text."""
    text = ledger.text(f"rule:{finding.rule}@{finding.version}")
    return next(r for r in rules_of(text) if (r.id, r.version) == (finding.rule, finding.version))


def known_facts(finding: Finding) -> Facts:
    """What the registry said at the firing."""
    return Facts(**{f.name: finding.facts[f.name] for f in fields(Facts)})


def controls_of(ledger: Ledger, finding: Finding, sources: str) -> list[tuple[Position, Entry]]:
    """What was in force for the messages read with these sources, by name; where they bear none, with the finding's:

    sources, registry, and what Sparkplug's births had fixed.
    """
    texts = {"sources": ledger.text(sources or finding.sources)}
    if finding.facts:
        texts["registry"] = registry_entry([Installation(0, known_facts(finding))])
    for device in {evidence.device for evidence in finding.evidence}:
        with suppress(Unknown):
            texts[ALIASES + device] = ledger.text(pinned_aliases(finding, device))
    return [(0, Entry(Kind.CONTROL, 0, topic, text)) for topic, text in texts.items() if text]


def decoded(pin: Pinned, controls: Sequence[tuple[Position, Entry]], limits: Limits | None) -> Batch:
    """A pinned message as the batch that it was."""
    kind = Kind.MESSAGE if pin.topic else Kind.TICK
    entry = Entry(kind, pin.received_at, pin.topic, pin.payload, pin.retained)
    return Decoder(controls, limits, wire=read).decode([Page(pin.position, [entry])])


def unsupported(finding: Finding, batches: Mapping[int, Batch]) -> Iterator[str]:
    """Evidence that its pinned message does not say."""
    for evidence in finding.evidence:
        batch = batches.get(evidence.position)
        if batch is None:
            yield f"the message at position {evidence.position} is not kept"
        elif not says(batch, evidence):
            yield f"the message at position {evidence.position} does not say {evidence.what} of {evidence.device}"


def says(batch: Batch, evidence: Evidence) -> bool:
    """The message holds this event or reading; or, where nothing is named, came from the device at all."""
    if not evidence.what:
        return evidence.device in batch.devices and evidence.at in batch.item_at.tolist()
    if evidence.value is None:
        return any(
            (e.device, e.event, e.code, e.at) == (evidence.device, evidence.what, evidence.code, evidence.at)
            for e in batch.events
        ) or any(
            (batch.devices[d], batch.metrics[m], at) == (evidence.device, evidence.what, evidence.at)
            for d, m, s, at in zip(batch.device[batch.item], batch.metric, batch.state, batch.at, strict=True)
            if s >= 0
        )
    return any(
        (batch.devices[d], batch.metrics[m], v, at) == (evidence.device, evidence.what, evidence.value, evidence.at)
        for d, m, v, at in zip(batch.device[batch.item], batch.metric, batch.value, batch.at, strict=True)
    )


def undecided(finding: Finding, rule: Rule, batches: Mapping[int, Batch]) -> Iterator[str]:
    """What the engine now decides otherwise."""
    batch = batches.get(finding.fired_position)
    if batch is None:
        yield f"the deciding message at position {finding.fired_position} is not kept"
        return
    again = [about_its_scope(found) for found in Engine().probe(rule, finding, batch)]
    fired = next((f for f in again if f.id == finding.id), None)
    if fired is None:
        yield "judged again, the rule does not fire"
        return
    for name in SAME:
        if getattr(fired, name) != getattr(finding, name):
            yield f"judged again, {name} is {getattr(fired, name)!r} and not {getattr(finding, name)!r}"


def undesked(desk: Desk, ticket: Ticket, finding: Finding) -> Iterator[str]:
    """What the desk now decides otherwise about the ticket's key."""
    opened = desk.respond(replace(finding, state=type(finding.state).OPEN), Situation(), ticket.opened_at).tickets
    if not opened or opened[0].failure_mode != finding.failure_mode:
        yield "judged again, the desk opens no ticket"


def told(finding: Finding, pinned: Sequence[Pinned], batches: Mapping[int, Batch]) -> Iterator[Line]:
    """Each pinned message and what it says."""
    for pin in pinned:
        batch = batches[pin.position]
        said = [f"{e.event} {e.code}".strip() for e in batch.events] or [
            "time passes" if batch.marks else f"{len(batch.item)} readings"
        ]
        at = [e.at for e in finding.evidence if e.position == pin.position]
        yield Line(
            pin.position,
            instant_text(at[0] if at else pin.received_at),
            pin.topic or "tick",
            ", ".join(said),
            pin.position == finding.fired_position,
        )
