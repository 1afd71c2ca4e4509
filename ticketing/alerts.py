"""Alerts: what Alertmanager says becomes findings, so that its alerts open, grow and clear tickets like any rule's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import WrongFormat
from domain.finding import Evidence, Finding, FindingState, Key, Severity, finding_id
from domain.instants import Instant, parse_instant
from domain.registry import Facts

SOURCE = "alertmanager"
"""The version of the rules whose findings come from there: they stand in no rule file and have no proof."""
DEVICE_LABELS = ("device", "asset", "instance")
SEVERITIES = {"critical": Severity.S1, "page": Severity.S1, "error": Severity.S2, "warning": Severity.S2}
MOST_ALERTS, MOST_WORD = 1_000, 200
LATEST: Instant = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a notification."""

    name: str
    is_firing: bool
    device: str
    component: str
    severity: Severity
    ticket_class: str
    failure_mode: str
    title: str
    labels: Mapping[str, str]
    started_at: Instant
    ended_at: Instant | None

    @property
    def key(self) -> Key:
        """What it is about: all its labels."""
        return tuple(sorted(self.labels.items()))

    @property
    def finding(self) -> str:
        """The id of its finding: one for each time it began."""
        return finding_id(f"{SOURCE}:{self.name}", SOURCE, self.key, self.started_at)


def alerts_in(body: Any) -> list[Alert]:
    """The alerts of a notification (webhook version 4). Raises WrongFormat with every mistake."""
    alerts = body.get("alerts") if isinstance(body, Mapping) else None
    if not isinstance(alerts, list) or len(alerts) > MOST_ALERTS:
        raise WrongFormat([f"alerts must be a list of at most {MOST_ALERTS}, as Alertmanager sends it."])
    found, mistakes = [], []
    for nth, said in enumerate(alerts):
        try:
            found.append(alert_of(said))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            mistakes.append(f"alerts.{nth}: {error or 'is no alert'}.")
    if mistakes:
        raise WrongFormat(mistakes)
    return found


def alert_of(said: Mapping[str, Any]) -> Alert:
    """One alert. Raises ValueError, TypeError, AttributeError, KeyError."""
    labels = {word(name): word(value) for name, value in said["labels"].items()}
    name = labels.get("alertname", "")
    device = next((labels[label] for label in DEVICE_LABELS if labels.get(label)), "")
    if not name or not device:
        raise ValueError(f"needs the labels alertname and one of {', '.join(DEVICE_LABELS)}")
    if said["status"] not in ("firing", "resolved"):
        raise ValueError("status must be firing or resolved")
    is_firing = said["status"] == "firing"
    notes = said.get("annotations") or {}
    return Alert(
        name=name,
        is_firing=is_firing,
        device=device,
        component=labels.get("component", ""),
        severity=SEVERITIES.get(labels.get("severity", "").casefold(), Severity.S3),
        ticket_class=labels.get("class", ""),
        failure_mode=labels.get("failure_mode", name),
        title=word(notes.get("summary") or name),
        labels=labels,
        started_at=moment(said["startsAt"]),
        ended_at=None if is_firing else moment(said["endsAt"]),
    )


def moment(value: Any) -> Instant:
    """An instant that the ledger can keep. Raises ValueError, TypeError."""
    at = parse_instant(value)
    if not 0 <= at < LATEST:
        raise ValueError(f"{value[:40]} must be a time from 1970 to 2262")
    return at


def word(value: Any) -> str:
    """A text in one line, not too long. Raises TypeError, ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"{json.dumps(value)[:40]} must be a text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{json.dumps(value)[:40]} has half a character in it; send whole ones")
    return " ".join(value.replace("\0", " ").split())[:MOST_WORD]


def finding_of(alert: Alert, before: Finding | None, facts: Facts | None, now: Instant) -> Finding | None:
    """The finding's next state; None where it is recorded so already, or an end comes of what never began."""
    state = FindingState.OPEN if alert.is_firing else FindingState.RESOLVED
    if before is None:
        return None if state is FindingState.RESOLVED else first(alert, facts, now)
    if before.state in (state, FindingState.RESOLVED):
        return None
    return replace(
        before,
        state=state,
        position=before.position + 1,
        changed_at=now,
        last_at=max(before.last_at, alert.ended_at or before.last_at),
    )


def first(alert: Alert, facts: Facts | None, now: Instant) -> Finding:
    """The finding at its beginning. Its positions count its own states; none is a place in the journal."""
    evidence = Evidence(position=1, device=alert.device, at=alert.started_at, what=alert.name)
    return Finding(
        id=alert.finding,
        rule=f"{SOURCE}:{alert.name}",
        version=SOURCE,
        key=alert.key,
        asset=facts.asset if facts else alert.device,
        component=alert.component or (facts.component if facts else ""),
        failure_mode=alert.failure_mode,
        title={"en": alert.title},
        ticket_class=alert.ticket_class,
        facts=facts.as_dict() if facts else {},
        state=FindingState.OPEN,
        severity=alert.severity,
        started_at=alert.started_at,
        last_at=alert.started_at,
        fired_position=1,
        position=1,
        changed_at=now,
        count=1,
        evidence=(evidence,),
        details={"labels": dict(alert.labels)},
    )


def in_order(alerts: list[Alert]) -> Iterator[Alert]:
    """By their beginning, a firing before its end."""
    yield from sorted(alerts, key=lambda alert: (alert.started_at, not alert.is_firing, alert.key))
