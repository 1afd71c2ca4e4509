"""Checks: what is wrong with a scenario though every single word of it can be read."""

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from domain.instants import MINUTE, SECOND, Duration, duration_text
from firmware_sim.kinds import KINDS
from firmware_sim.metrics import numbers
from firmware_sim.settings import Fault, Model, World

BELIEVED_AHEAD = 5 * MINUTE
"""A clock further ahead of arrival than this is not believed; a minute's distance is kept from it on both sides."""
LONGEST_NAME = 32
READINGS = ("wear", "shift", "stuck", "noise", "missing", "overuse")
"""Faults of one metric."""


class Mistake(NamedTuple):
    """One mistake and where it stands."""

    table: str
    """`fleet`, `fault` …; empty = above the first table."""
    nth: int
    """Which one of the tables of this name, from 0."""
    key: str
    text: str


def mistakes(world: World) -> Iterator[Mistake]:
    """Every mistake of meaning."""
    if world.duration <= 0:
        yield Mistake("", 0, "duration", 'duration: write how long it lasts, such as "1h".')
    if world.rule.count < 2:
        yield Mistake("rule", 0, "count", "count: write 2 or more; a single crash is no row.")
    yield from fleet_mistakes(world)
    yield from clock_mistakes(world)
    yield from network_mistakes(world)
    for nth, fault in enumerate(world.faults):
        for key, text in fault_mistakes(world, fault):
            yield Mistake("fault", nth, key, f"{key}: {text}")


def fleet_mistakes(world: World) -> Iterator[Mistake]:
    """Names that would make ids that nobody accepts."""
    names = {"prefix": (world.fleet.prefix,), "sites": world.fleet.sites, "components": world.fleet.components}
    for key, texts in names.items():
        for text in texts:
            if not is_id(text):
                yield Mistake("fleet", 0, key, f'{key}: "{text}" must be up to {LONGEST_NAME} of A-Z a-z 0-9 . _ -')
    if world.fleet.children and world.fleet.gateway_model not in {model.name for model in world.models}:
        yield Mistake(
            "fleet", 0, "gateway_model", f'gateway_model: there is no [[model]] "{world.fleet.gateway_model}".'
        )
    if world.fleet.children and len(world.models) < 2:
        yield Mistake("fleet", 0, "children", "children: devices behind gateways need a [[model]] of their own.")
    if world.fleet.children and len(world.fleet.components) > 1:
        yield Mistake("fleet", 0, "components", "components: write one where there are gateways.")
    if world.fleet.boot_ok_after[0] < SECOND // 10:
        yield Mistake("fleet", 0, "boot_ok_after", 'boot_ok_after: write at least "100ms".')


def is_id(text: str) -> bool:
    """It may stand in a device's or an asset's name."""
    return (
        text.isascii()
        and len(text) <= LONGEST_NAME
        and text.replace(".", "").replace("_", "").replace("-", "").isalnum()
    )


def clock_mistakes(world: World) -> Iterator[Mistake]:
    """Clocks that are neither surely believed nor surely not."""
    clocks = world.clocks
    if clocks.unset + clocks.skewed + clocks.too_fast + clocks.none > 1.000001:
        yield Mistake("clocks", 0, "unset", "unset, skewed, too_fast and none together must not exceed 1.")
    if clocks.fast_by[1] > BELIEVED_AHEAD - MINUTE:
        yield Mistake("clocks", 0, "fast_by", 'fast_by: write at most "4m"; beyond, use too_fast.')
    if clocks.too_fast_by[0] < BELIEVED_AHEAD + MINUTE:
        yield Mistake("clocks", 0, "too_fast_by", 'too_fast_by: write at least "6m"; below, use skewed and fast_by.')
    if clocks.slow_by[1] > 29 * 24 * 60 * MINUTE:
        yield Mistake("clocks", 0, "slow_by", 'slow_by: write at most "29d"; older times are not believed.')


def network_mistakes(world: World) -> Iterator[Mistake]:
    """Delays of nothing."""
    network = world.network
    if network.duplicates and not network.duplicate_by:
        yield Mistake("network", 0, "duplicate_by", 'duplicate_by: write more than nothing, such as "3s".')
    if network.disorder and not network.disorder_by:
        yield Mistake("network", 0, "disorder_by", 'disorder_by: write more than nothing, such as "4s".')


def fault_mistakes(world: World, fault: Fault) -> Iterator[tuple[str, str]]:
    """What would leave in doubt whether a ticket is due."""
    rule = world.rule
    if fault.kind not in KINDS:
        nearest = get_close_matches(fault.kind, KINDS, 1)
        hint = f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(KINDS)}."
        yield "kind", f'there is no "{fault.kind}"{hint}'
        return
    if fault.share and fault.devices:
        yield "devices", "write either share or devices."
    kind = KINDS[fault.kind]
    if kind.row:
        yield from spacing_mistakes(fault, rule.min_gap + SECOND // 5, rule.healthy_for // 2)
    if kind.row and kind.ticket and fault.crashes[0] < rule.count:
        yield "crashes", f"a loop takes at least {rule.count} crashes; for fewer use almost."
    if kind.row and kind.ticket and (rule.count - 1) * fault.spacing[1] >= rule.within:
        yield "spacing", f"{rule.count} crashes must fit into the rule's {duration_text(rule.within)}."
    yield from reading_mistakes(world, fault)
    yield from incident_mistakes(fault)
    if kind.gateway and not world.fleet.children:
        yield "kind", "this fleet has no gateways; say how many [fleet] children each has."


def reading_mistakes(world: World, fault: Fault) -> Iterator[tuple[str, str]]:
    """Faults of readings that nobody could see."""
    if fault.kind not in READINGS:
        return
    known = {name for model in world.models for name in metrics_of(world, model)}
    if fault.metric not in known:
        yield "metric", f'no model measures "{fault.metric}"; there are {", ".join(sorted(known))}.'
    if fault.kind in ("wear", "shift", "noise") and not fault.by:
        yield "by", "write by how much the metric changes."


def metrics_of(world: World, model: Model) -> list[str]:
    """What devices of a model measure."""
    own = [metric.name for metric in world.metrics if fnmatchcase(model.name, metric.models)]
    return own or [metric.name for metric in numbers(model.readings - 1)]


def incident_mistakes(fault: Fault) -> Iterator[tuple[str, str]]:
    """An incident that could not be told from another."""
    suspects = {"site": fault.sites, "model": fault.models, "firmware": fault.fw}
    for name in fault.incident:
        if name not in suspects:
            yield "incident", f'there is no "{name}"; possible here: {", ".join(suspects)}.'
        elif any(letter in suspects[name] for letter in "*?["):
            yield "incident", f"the fault must name one {name}, as its incident shall."


def spacing_mistakes(fault: Fault, least: Duration, most: Duration) -> Iterator[tuple[str, str]]:
    """Crashes too close or too far apart."""
    if fault.spacing[0] < least:
        yield "spacing", f"write at least {duration_text(least)}, or the rule's min_gap may take two crashes for one."
    if fault.spacing[1] > most:
        yield "spacing", f"write at most {duration_text(most)}, or the run between may count as healthy."
