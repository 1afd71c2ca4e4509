"""The desk over a ledger with a million tickets: taking findings in, looking after clocks, answering lists, memory.

`python -m bench.desk [--tickets 1000000] [--findings 20000] [--json FILE]`. SQLite on this disk; processor and wall
time. Every finding is about another asset, so each opens a ticket with its finding, its event and its clocks: the most
that a finding can cost. Findings go in by turns: a round as watch takes them in, a round asked about and written one
by one; the ratio of two neighbours says what that is worth, whatever else the machine does.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any

from adapters import ledger_lists
from adapters.ledger_lists import TicketsWanted
from adapters.ledger_sql import SqlLedger
from bench import full_ledger
from bench.sla import BOOK
from bench.spine import machine
from domain.finding import Evidence, Finding, FindingState, Severity
from domain.instants import SECOND, Instant
from domain.registry import unclaimed
from domain.ticket import Priority, TicketState
from ticketing.desk import ServiceDesk
from truckroll.promises import Promises

NOW: Instant = full_ledger.BEGIN + 370 * 86_400 * SECOND
A_BATCH = 500
"""Findings that share a transaction, as those of one stretch of the journal do."""
ASKED = 200
ROUNDS = 20


def finding(nth: int) -> Finding:
    """The finding of a device that was never heard of before."""
    asset = f"new-{nth:07d}"
    seen = Evidence(nth + 1, asset, NOW - SECOND, "crash")
    return Finding(
        id=f"F-{nth:016x}",
        rule="crash-loop",
        version="000000000000",
        key=(("asset", asset), ("component", "panel")),
        asset=asset,
        component="panel",
        failure_mode="crash-loop",
        title={"en": "Keeps crashing", "zh": "反复死机"},
        facts=unclaimed(asset).as_dict() | {"firmware": "2.4.1"},
        state=FindingState.OPEN,
        severity=Severity.S2,
        started_at=NOW - SECOND,
        last_at=NOW - SECOND,
        fired_position=nth + 1,
        position=nth + 1,
        changed_at=NOW,
        count=3,
        evidence=(seen, seen, seen),
    )


def take_in(ledger: SqlLedger, findings: Iterable[Finding], *, together: bool) -> int:
    """Findings through the desk into the ledger; returns how many tickets they opened."""
    desk, coming, opened = ServiceDesk(), iter(findings), 0
    while batch := list(islice(coming, A_BATCH)):
        with ledger.begin() as transaction:
            if together:
                transaction.expect(batch)
            for one in batch:
                response = desk.respond(one, transaction.situation(one), NOW)
                transaction.save_finding(one, ())
                opened += len(transaction.record(response))
    return opened


def intake(ledger: SqlLedger, many: int) -> dict[str, Any]:
    """So many findings together and as many one by one, by turns; the quartiles of what each round says."""
    ratios: dict[str, list[float]] = {"wall": [], "cpu": []}
    walls, cpus, opened = [], [], 0
    for nth in range(ROUNDS):
        first, size = 2 * nth * (many // ROUNDS), many // ROUNDS
        batches = [[finding(n) for n in range(at, at + size)] for at in (first, first + size)]
        taken = {}
        for together in (True, False) if nth % 2 else (False, True):
            wall, cpu, new = timed(partial(take_in, ledger, batches[together], together=together))
            taken[together], opened = (wall, cpu), opened + new
        walls.append(size / taken[True][0])
        cpus.append(taken[True][1] * 1000 / size)
        ratios["wall"].append(taken[False][0] / taken[True][0])
        ratios["cpu"].append(taken[False][1] / taken[True][1])
    return {
        "opened": opened,
        "findings_per_second": quartiles(walls),
        "cpu_ms_a_finding": quartiles(cpus),
        "one_by_one_over_together": {name: quartiles(found) for name, found in ratios.items()},
    }


def quartiles(found: Sequence[float]) -> list[float]:
    """The lower one, the middle, the upper one."""
    return [round(value, 3) for value in quantiles(found, n=4)]


def lists(ledger: SqlLedger) -> dict[str, float]:
    """The p95 of each filter, in milliseconds, straight from the ledger."""
    wanted = {
        "newest": TicketsWanted(),
        "open": TicketsWanted(is_open=True),
        "open and urgent or high": TicketsWanted(is_open=True, priorities=[Priority.URGENT, Priority.HIGH]),
        "waiting": TicketsWanted(states=[TicketState.WAITING]),
        "of an asset": TicketsWanted(asset="asset-00017"),
        "open, of a failure mode": TicketsWanted(is_open=True, failure_mode=full_ledger.MODES[3]),
    }
    return {name: p95(asking(ledger, question)) for name, question in wanted.items()}


def asking(ledger: SqlLedger, wanted: TicketsWanted) -> Iterator[float]:
    """How long a page of fifty takes, again and again."""
    for _ in range(ASKED):
        begun = time.perf_counter()
        ledger_lists.tickets(ledger, wanted, before="", most=50)
        yield (time.perf_counter() - begun) * 1000


def p95(times: Iterator[float]) -> float:
    """The nearest rank."""
    ordered = sorted(times)
    return ordered[-(-95 * len(ordered) // 100) - 1]


def timed(act: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and processor seconds of something, and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    said = act()
    return time.perf_counter() - wall, time.process_time() - cpu, said


def run(tickets: int, findings: int, folder: Path) -> dict[str, Any]:
    """Every measurement; progress on standard error."""
    print(f"filling a ledger with {tickets:,} tickets", file=sys.stderr, flush=True)
    built, _, _ = timed(lambda: full_ledger.fill(folder / "ledger.db", tickets))
    with SqlLedger(folder / "ledger.db") as ledger:
        print(f"taking in {findings:,} findings", file=sys.stderr, flush=True)
        taken = intake(ledger, findings)
        promises = Promises(ledger, replace(BOOK))
        clock_wall, clock_cpu, _ = timed(lambda: promises.keep(NOW))
        idle, _, _ = timed(lambda: promises.keep(NOW + SECOND))
        answers = lists(ledger)
    return {
        "machine": machine(),
        "tickets": tickets,
        "findings": findings,
        "built_in_seconds": built,
        **taken,
        "clocks_started_per_second": 2 * taken["opened"] / clock_wall,
        "clock_cpu_ms": clock_cpu * 1000 / max(1, 2 * taken["opened"]),
        "nothing_due_ms": idle * 1000,
        "lists_p95_ms": answers,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--findings", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="truckroll-bench-") as folder:
        report = run(asked.tickets, asked.findings, Path(folder))
    print(json.dumps(report, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
