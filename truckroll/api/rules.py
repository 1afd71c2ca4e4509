"""Rules: what is being watched for, by which versions, and what of it is true without a ticket."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from detectors.rules import Rule as Known
from detectors.rules import rules_of
from domain.errors import Unknown
from domain.finding import Severity
from truckroll.already_true import already_true, listed, ticketed
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, FindingId, Id, MaybeAt, Shape

router = APIRouter(tags=["rules"])


RuleInPath = Annotated[Id, Path(description="The rule's id.")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class Rule(Shape):
    """One version of one rule."""

    id: str
    version: str
    life: Literal["draft", "backtested", "shadow", "live", "retired"]
    since: MaybeAt
    """Since when; null where nobody has moved it since it began."""
    by: str
    why: str
    revision: int
    """How often it was moved: its `ETag`."""
    live_since: MaybeAt
    """What began before this was true already and opens nothing until it is confirmed."""
    kind: str
    failure_mode: str
    table: dict[str, Any] = Field(description="The rule as its file says it, in canonical form.")


class Rules(Shape):
    """The rules in force, those that wait and those that have retired."""

    items: list[Rule]


class Standing(Shape):
    """A finding that was true before its rule went live, and has opened nothing."""

    finding: FindingId
    device: str
    asset: str
    component: str
    since: At
    severity: Severity
    count: int
    ticket: str
    """The ticket that is open for the same trouble; empty = none."""


class AlreadyTrue(Shape):
    """What a version found and opened nothing for, worst first."""

    items: list[Standing]


class VersionAsked(Asked):
    """Which version."""

    version: Version


@router.get("/rules", summary="The rules", responses=answers(401, 503))
def rules(running: Running) -> Rules:
    """As the newest `rules` entry that detection has come to says them, also those in shadow and retired."""
    text = running.watch.texts["rules"]
    return Rules(items=[shown(rule) for rule in rules_of(text)] if text else [])


@router.get("/rules/{rule}/already-true", summary="What is true already", responses=answers(401, 404, 422, 503))
def true_already(running: Running, rule: RuleInPath, asked: Annotated[VersionAsked, Query()]) -> AlreadyTrue:
    """The active findings of a version in shadow, or those of a live one that nobody has confirmed."""
    text = running.watch.texts["rules"]
    found = already_true(running.ledger, one(rules_of(text) if text else [], rule, asked.version))
    return AlreadyTrue.model_validate({"items": listed(found, ticketed(running.ledger, found))})


def one(rules: Sequence[Known], id: str, version: str) -> Known:
    """A version. Raises Unknown."""
    for rule in rules:
        if (rule.id, rule.version) == (id, version):
            return rule
    raise Unknown("rule version", f"{id}@{version}")


def shown(rule: Known) -> Rule:
    """A version as people see it."""
    return Rule(
        id=rule.id,
        version=rule.version,
        life=rule.life,
        since=rule.stamp.since,
        by=rule.stamp.by,
        why=rule.stamp.why,
        revision=rule.stamp.revision,
        live_since=rule.stamp.live_since,
        kind=rule.kind,
        failure_mode=rule.failure_mode,
        table=dict(rule.table),
    )
