"""Rules: what is being watched for now."""

import json
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Shape

router = APIRouter(tags=["rules"])


class Rule(Shape):
    """One version of one rule."""

    id: str
    version: str
    life: str
    kind: str
    failure_mode: str
    table: dict[str, Any] = Field(description="The rule as its file says it, in canonical form.")


class Rules(Shape):
    """The rules in force."""

    items: list[Rule]


@router.get("/rules", summary="The rules in force", responses=answers(401, 503))
def rules(running: Running) -> Rules:
    """As the newest `rules` entry that detection has come to says them, also those in shadow and retired."""
    text = running.watch.texts["rules"]
    rows = json.loads(text)["rules"] if text else []
    return Rules(items=[rule_of(row) for row in rows])


def rule_of(row: dict[str, Any]) -> Rule:
    """A rule as the journal has it."""
    table = row["table"]
    return Rule(
        id=table["id"],
        version=row["version"],
        life=row["life"],
        kind=table["kind"],
        failure_mode=table.get("failure_mode", ""),
        table=table,
    )
