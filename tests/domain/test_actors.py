"""Who acts in the log: a part of the service that acts is known as one, so that its deeds pass for nobody's."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from domain.actors import MACHINES
from domain.instants import MINUTE
from domain.sla import Clock
from tests.ticketing.promises import RESPONSE, said, told

ROOT = Path(__file__).parents[2]
ROOMS = ("ticketing", "maintenance", "adapters", "ingest", "truckroll")
PEOPLE = frozenset({"customer", "reporter"})
"""Whoever answers a survey or sends a report is a person whose name nobody asks for."""
ELSEWHERE = frozenset({"backtest", "demo"})
"""They act in ledgers of their own, which nobody serves."""
WRITES = {"line": 3, "order_line": 3, "birth": 2}
"""Functions that write a line of the log, and the place of the actor among their arguments."""


def actors_of(tree: ast.Module, module: ModuleType) -> Iterator[str]:
    """The actors that a module names by itself, not those that it is told."""
    if hasattr(module, "ACTOR"):
        yield str(module.ACTOR)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [word.value for word in call.keywords if word.arg in ("actor", "by")]
        place = WRITES.get(call.func.id, len(call.args)) if isinstance(call.func, ast.Name) else len(call.args)
        for value in [*given, *call.args[place : place + 1]]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value
            elif isinstance(value, ast.Name) and value.id.isupper():
                yield str(getattr(module, value.id))
            elif isinstance(value, ast.Attribute) and value.attr.isupper() and isinstance(value.value, ast.Name):
                yield str(getattr(getattr(module, value.value.id), value.attr))


def named() -> dict[str, set[str]]:
    """Every actor that the code names, with the files that do."""
    found: dict[str, set[str]] = {}
    for file in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if any(word in text for word in ("actor=", "by=", "line(", "birth(", "ACTOR")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for actor in actors_of(ast.parse(text), import_module(name)):
                found.setdefault(actor, set()).add(name)
    return found


def test_every_part_of_the_service_that_acts_is_a_machine() -> None:
    """Whoever writes a new chore names its actor in domain/actors.py."""
    actors = named()

    assert {} == {actor: files for actor, files in actors.items() if actor not in MACHINES | PEOPLE | ELSEWHERE}
    assert {"desk", "routing", "sla", "orders", "verification", "outbox", "remedy", "stock", "meters"} <= actors.keys()


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_what_a_machine_does_answers_nobody(machine: str) -> None:
    """Not even when it takes a ticket up; a person who does the same has answered."""
    opened = said("opened", 0, severity="S1", **{"class": ""})

    def response(actor: str, kind: str, **details: str) -> Clock:
        return told(opened, said(kind, 5 * MINUTE, actor, **details))[RESPONSE]

    for kind, details in (("acknowledged", {}), ("moved", {"state": "in_progress"}), ("moved", {"state": "resolved"})):
        assert (None, 5 * MINUTE) == (
            response(machine, kind, **details).stopped_at,
            response("operator", kind, **details).worked,
        )
