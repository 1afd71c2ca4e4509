"""What the fleet detector finds and costs: `python -m bench.fleet [--part PART] [--runs N] [--json]`.

burst: ten thousand devices crash within a minute. desk: the same with the desk and its ledger. releases: one bad
release among nine harmless, over many seeds, and the same without the bad one. apart: storms, gateway outages and
seasons. cost: items a second and state a device. Progress goes to standard error; Ctrl-C ends it.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bench import fleet_cases
from bench.fleet_cases import Case
from bench.fleet_world import BEGIN, batches, in_order, together, usual_faults, world_of
from detectors.engine import Engine
from detectors.fleet_buckets import WIDTH
from detectors.rule import Rule
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import Finding
from domain.instants import HOUR, MINUTE, SECOND
from domain.ticket import TicketState
from truckroll.backtest.run import play

RULE = {"id": "fleet-crash", "kind": "fleet", "event": "crash", "failure_mode": "crash"}


def rule_of(table: dict[str, Any]) -> Rule:
    """The rule of a table. Raises ValueError for a mistake in it."""
    mistakes: list[str] = []
    rule = read_rule(table, lambda sentence, *path: mistakes.append(sentence))
    if mistakes:
        raise ValueError(" ".join(mistakes))
    return rule


def engine_of(case: Case, **settings: object) -> Engine:
    """An engine that watches a case's world."""
    engine = Engine()
    engine.control(0, "registry", case.world.registry())
    engine.control(0, "rules", rules_entry([rule_of({**RULE, **settings})]))
    return engine


def found_in(case: Case, *, every: int = HOUR, tick: int = HOUR, **settings: object) -> list[Finding]:
    """What is said of a case; devices are heard every hour, which is as often as the detector minds."""
    engine = engine_of(case, **settings)
    stream = batches(case.world, case.faults, BEGIN, case.end, every=every, tick=tick)
    return [finding for batch in stream for finding in engine.observe(batch)]


def firings(found: list[Finding]) -> list[Finding]:
    """The first state of each finding."""
    return [finding for finding in found if finding.position == finding.fired_position]


def burst(seed: int = 1, *, devices: int = 30_000, affected: int = 10_000) -> dict[str, Any]:
    """Ten thousand devices on one release crash within a minute."""
    case, crashed = fleet_cases.burst(seed, devices=devices, affected=affected)
    found = found_in(case, tick=5 * MINUTE, warm_up="1d")
    members = {asset for finding in found for asset in finding.joined}
    members -= {asset for finding in found for asset in finding.left}
    first = firings(found)[0]
    wanted = {f"A-{case.world.names[device]}" for device in crashed}
    deciding = max(evidence.at for evidence in first.evidence) // WIDTH * WIDTH
    return {
        "devices": devices,
        "affected": affected,
        "findings": len({finding.id for finding in found}),
        "scope": dict(first.scope),
        "seconds_from_first_crash": (first.changed_at - case.begins) / SECOND,
        "seconds_after_crossing_at_most": (first.changed_at - deciding) / SECOND,
        "members_of_affected": len(members & wanted) / len(wanted),
        "members": len(members),
        "states_told": len(found),
    }


def desk(seed: int = 1, *, devices: int = 30_000, affected: int = 10_000) -> dict[str, Any]:
    """The same with the desk: every affected device crashes three times, which alone would be a ticket each."""
    case, crashed = fleet_cases.burst(seed, devices=devices, affected=affected, crashes=3)
    before = np.flatnonzero(case.world.firmware == 2)[:7]
    loops = [in_order(case.begins - HOUR + np.arange(3) * SECOND, np.full(3, device)) for device in before]
    case = replace(case, faults=together(case.faults, *loops), end=case.begins + HOUR)
    alone = {"id": "crash-loop", "kind": "consecutive", "event": "crash", "count": 3, "failure_mode": "crash"}
    rules = [rule_of(RULE | {"warm_up": "1d"}), rule_of(alone)]
    stream = batches(case.world, case.faults, BEGIN, case.end, tick=5 * MINUTE)
    outcome = play(rules, stream, controls=[("registry", case.world.registry())])
    mine = {f"A-{case.world.names[device]}" for device in crashed}
    others = {f"A-{case.world.names[device]}" for device in before}
    standing = [ticket for ticket in outcome.tickets if ticket.state is not TicketState.CANCELLED]
    return {
        "devices": devices,
        "affected": affected,
        "incidents": len({finding.id for finding in outcome.findings if finding.scope}),
        "findings_of_single_devices": sum(not finding.scope and finding.asset in mine for finding in outcome.findings),
        "tickets_of_the_incident_and_its_members": len(standing) - sum(t.asset in others for t in standing),
        "tickets_of_members": sum(ticket.asset in mine for ticket in standing),
        "unrelated_tickets_before": len(others),
        "unrelated_tickets_after": sum(ticket.asset in others for ticket in standing),
    }


def releases(runs: int, *, bad: bool, first_seed: int = 0) -> dict[str, Any]:
    """One bad release among nine harmless, or ten harmless ones, over seeds."""
    named, false, again, hours, odd = 0, 0, 0, [], []
    for seed in range(first_seed, first_seed + runs):
        case = fleet_cases.bad_release(seed, bad=bad)
        first = firings(found_in(case))
        right = [f for f in first if bad and f.scope.get("firmware") == case.truth]
        named += bool(right) and first[0] in right
        false += len(first) - len(right)
        again += max(0, len(right) - 1)
        hours += [(right[0].changed_at - case.begins) / HOUR] if right else []
        if len(right) < len(first) or (bad and not right):
            odd.append({"seed": seed, "truth": case.truth, "found": [dict(f.scope) for f in first]})
        progress("releases" if bad else "harmless", seed + 1 - first_seed, runs)
    result: dict[str, Any] = {
        "runs": runs,
        "false": false,
        "false_share": false / runs,
        "told_again": again,
        "odd": odd,
    }
    if bad:
        result |= {"named": named / runs, "hours_after_rollout_median": float(np.median(hours)) if hours else None}
    return result


def apart(runs: int) -> dict[str, Any]:
    """Storms, gateway outages and seasons: what is said of each."""
    kinds: dict[str, Callable[[int], Case]] = {
        "storm": fleet_cases.storm,
        "gateway": fleet_cases.gateway_outage,
        "season": fleet_cases.season,
    }
    told: dict[str, Any] = {}
    for kind, made in kinds.items():
        said: Counter[str] = Counter()
        for seed in range(runs):
            case = made(seed)
            said[verdict(case, firings(found_in(case, parent="gateway")))] += 1
            progress(kind, seed + 1, runs)
        told[kind] = dict(said)
    return {"runs": runs, **told}


def verdict(case: Case, first: list[Finding]) -> str:
    """In a word what was said; `right` in it where it is true and all."""
    if not first:
        return "nothing"
    levels = "+".join(sorted(str(finding.details["level"]) for finding in first))
    is_true = all(case.truth in finding.scope.values() for finding in first)
    return f"{levels} ({'right' if is_true and case.truth else 'wrong'})"


def cost(*, devices: int = 10_000, hours: int = 30) -> dict[str, Any]:
    """Items a second with the rule in force, heard every minute, and bytes of state a device."""
    chance = np.random.default_rng(3)
    world = world_of(chance, devices, releases=6)
    end = BEGIN + hours * HOUR
    faults = usual_faults(chance, world, BEGIN, end, fleet_cases.as_usual)
    case = Case(world, faults, end, "", BEGIN)
    engine = engine_of(case)
    for batch in batches(world, faults, BEGIN, end - HOUR, every=HOUR):
        engine.observe(batch)
    stream = list(batches(world, faults, end - HOUR, end, every=MINUTE, step=5 * SECOND))
    began = time.perf_counter()
    for batch in stream:
        engine.observe(batch)
    items = sum(len(batch.position) for batch in stream)
    spent = time.perf_counter() - began
    state = next(rows for name, rows in engine.whole().items() if name.startswith("fleet-crash"))
    return {
        "devices": devices,
        "items_a_second": round(items / spent),
        "crashes_a_second": round(crashes_a_second()),
        "state_bytes_a_device": round(sum(array.nbytes for array in state.values()) / devices),
    }


def crashes_a_second() -> float:
    """Crashes a second through an open incident."""
    case, _ = fleet_cases.burst(2, devices=12_000, affected=10_000, days=0.1)
    engine = engine_of(case, warm_up="0s")
    for batch in batches(case.world, case.faults, BEGIN, case.begins):
        engine.observe(batch)
    stream = list(batches(case.world, case.faults, case.begins, case.begins + MINUTE, step=SECOND))
    began = time.perf_counter()
    for batch in stream:
        engine.observe(batch)
    return sum(len(batch.events) for batch in stream) / (time.perf_counter() - began)


def progress(what: str, done: int, of: int) -> None:
    """How far it is."""
    print(f"\r{what} {done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


def table(results: dict[str, Any]) -> str:
    """The results as lines of a table."""
    lines = ["| part | figure | value |", "|---|---|---|"]
    for part, figures in results.items():
        lines += [f"| {part} | {name.replace('_', ' ')} | {value} |" for name, value in figures.items()]
    return "\n".join(lines)


def main() -> None:
    """Run what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--part", choices=("burst", "desk", "releases", "apart", "cost"), help="one of them; else all")
    asked.add_argument("--runs", type=int, default=200, help="seeds of releases (apart: a fifth)")
    asked.add_argument("--first", type=int, default=0, help="the first seed of releases")
    asked.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    args = asked.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "burst": burst,
        "desk": desk,
        "releases": lambda: {
            "one_bad": releases(args.runs, bad=True, first_seed=args.first),
            "all_harmless": releases(max(1, args.runs // 4), bad=False, first_seed=args.first),
        },
        "apart": lambda: apart(max(1, args.runs // 5)),
        "cost": cost,
    }
    results = {name: run() for name, run in parts.items() if args.part in (None, name)}
    print(json.dumps(results, indent=2) if args.json else table(results))


if __name__ == "__main__":
    main()
