"""Frozen: the evidence of a finding as a case beside its rule, so that the same alarm never comes back unseen."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.ledger_sql import SqlLedger
from detectors.cases import settled
from detectors.limits import ASSET
from detectors.rule import Rule
from detectors.rules import detector_of, read_rules
from domain.batch import Batch
from domain.errors import GiveUp
from domain.finding import Finding
from domain.instants import SECOND, Duration, Instant, duration_text
from ingest.limits import Limits
from truckroll.proof import controls_of, decoded, rule_of

MILLISECOND: Duration = SECOND // 1000
SILENCE = "."
ANYTHING: Mapping[str, Any] = {"events": None, "readings": None}
"""What stands in a case of a message that matters only because it came."""


@dataclass(frozen=True, slots=True, order=True)
class Saying:
    """What a device said, as a case's alphabet means it."""

    arrived: Instant
    position: int
    at: Instant
    meaning: str
    """Empty: time passed."""


def frozen(ledger: SqlLedger, ticket: str, expect: int, limits: Limits | None = None) -> dict[str, str]:
    """By rule, the `[[case]]` of each finding that a ticket rests on, as TOML.

    Raises Unknown for a ticket that is not there, GiveUp where what is kept does not make the rule fire again.
    """
    cases: dict[str, str] = {}
    for finding in ledger.findings(ledger.ticket(ticket).findings):
        rule = rule_of(ledger, finding)
        said = sayings(ledger, finding, rule, limits)
        text = case_of(rule, finding, said, name=f"{ticket}, {finding.asset}", expect=expect) if said else ""
        check_fires(rule, finding, text)
        cases[finding.rule] = cases.get(finding.rule, "") + text
    return cases


def sayings(ledger: SqlLedger, finding: Finding, rule: Rule, limits: Limits | None) -> list[Saying]:
    """What the messages say that are kept with a finding and matter to its rule, in order of arrival."""
    found: list[Saying] = []
    for pin in ledger.pinned(finding.id):
        batch = decoded(pin, controls_of(ledger, finding, pin.sources), limits)
        if batch.marks:
            found.append(Saying(pin.received_at, pin.position, pin.received_at, ""))
        said = list(spoken(batch, detector_of(rule).wants())) or list(spoken(batch, ANYTHING))
        found += [Saying(pin.received_at, pin.position, at, meaning) for at, meaning in said]
    return sorted(found)


def spoken(batch: Batch, wants: Mapping[str, Any]) -> Iterator[tuple[Instant, str]]:
    """Events and readings of a message that the rule looks at, with their times."""
    events = [event for event in batch.events if wants["events"] is None or event.event in wants["events"]]
    for event in events:
        yield event.at, f"{event.event}:{event.code}" if event.code else event.event
    readings: dict[int, list[str]] = {}
    for item, metric, value, state in zip(
        batch.item.tolist(), batch.metric.tolist(), batch.value.tolist(), batch.state.tolist(), strict=True
    ):
        name = batch.metrics[metric]
        if wants["readings"] is None or name in wants["readings"]:
            readings.setdefault(item, []).append(f"{name}={batch.states[state] if state >= 0 else value}")
    for item, said in readings.items():
        yield int(batch.item_at[item]), ",".join(said)


def case_of(rule: Rule, finding: Finding, said: Sequence[Saying], *, name: str, expect: int) -> str:
    """The case as TOML. Times are those of the device, from the first of them on."""
    letters = letters_of(said)
    lines = [
        "",
        "[[case]]",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f"rule = {json.dumps(rule.id)}",
        f"events = {json.dumps(' '.join(words(said, letters)), ensure_ascii=False)}",
        f"expect = {expect}",
    ]
    if numbers := dict(numbers_of(rule.table, finding.facts.get("tags", {}))):
        lines.append(f"asset = {{ {', '.join(f'{json.dumps(tag)} = {number}' for tag, number in numbers.items())} }}")
    meanings = [
        f"{json.dumps(letter, ensure_ascii=False)} = {json.dumps(meaning, ensure_ascii=False)}"
        for meaning, letter in letters.items()
    ]
    return "\n".join([*lines, *(["[case.alphabet]", *meanings] if meanings else []), ""])


def letters_of(said: Iterable[Saying]) -> dict[str, str]:
    """A letter for each meaning: the meaning itself where it can be one."""
    letters: dict[str, str] = {}
    for meaning in dict.fromkeys(each.meaning for each in said if each.meaning):
        is_word = not any(sign.isspace() or sign == "@" for sign in meaning)
        letters[meaning] = meaning if is_word else f"x{len(letters) + 1}"
    return letters


def words(said: Sequence[Saying], letters: Mapping[str, str]) -> Iterator[str]:
    """The letters with their times; a silence before what arrived later than it happened."""
    begin = min((min(each.at, each.arrived) if each.meaning else each.arrived) for each in said)
    now = begin
    for each in said:
        if each.arrived - max(now, each.at) > SECOND or not each.meaning:
            yield f"{SILENCE}@{after(each.arrived - begin)}"
        if each.meaning:
            yield f"{letters[each.meaning]}@{after(each.at - begin)}"
        now = max(now, each.arrived, each.at)


def after(time: Duration) -> str:
    """A time after the beginning, to the millisecond, or to the second where there is no room for that."""
    text = duration_text(time // MILLISECOND * MILLISECOND)
    return text if len(text) <= len("999999999ms") else duration_text(time // SECOND * SECOND)


def numbers_of(value: Any, tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The numbers of the asset that a rule asks for."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers_of(inner, tags)
    elif isinstance(value, str) and value.startswith(ASSET) and (tag := value.removeprefix(ASSET)) in tags:
        yield tag, tags[tag]


def check_fires(rule: Rule, finding: Finding, text: str) -> None:
    """Nothing, or GiveUp where the version that fired makes nothing of the case."""
    stub = f'[[rule]]\nid = "{rule.id}"\nkind = "consecutive"\nevent = "crash"\ncount = 1\n'
    if not any(settled(rule, case) for case in read_rules(stub + text, "case").cases):
        raise GiveUp(
            f"What is kept with {finding.id} does not make {rule.label} fire by itself, because more led up to it; "
            "write the case by hand from truckroll prove, or backtest that time."
        )
