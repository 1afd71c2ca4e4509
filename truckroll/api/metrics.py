"""`/metrics`: what Prometheus may ask of a running service."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from adapters import ledger_notices, ledger_outbox
from adapters.system_clock import SystemClock
from domain.counts import Counts
from domain.errors import TryLater
from domain.outgoing import OutState
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import answers
from truckroll.promises import overdue_steps

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = {
    "received": "What an adapter was given: messages, entries, readings, transactions or requests.",
    "kept": "What it kept.",
    "dropped": "What it left out on purpose.",
    "failed": "What it could not keep.",
}

router = APIRouter(tags=["health"])


class ServiceCollector(Collector):
    """Reads everything at the moment it is asked."""

    def __init__(self, here: Parts) -> None:
        self.here = here

    def describe(self) -> list[Metric]:
        """Nothing beforehand: asking would read the service."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All that is counted and measured."""
        yield from self.adapters()
        yield from self.work()
        yield from self.promises()
        yield from self.outgoing()
        yield from self.readers()
        yield from self.health()

    def adapters(self) -> Iterator[Metric]:
        """The four counters of each adapter."""
        for outcome, what in OUTCOMES.items():
            family = CounterMetricFamily(f"truckroll_{outcome}", what, labels=["adapter"])
            for name, counts in self.counts().items():
                family.add_metric([name], getattr(counts, outcome))
            yield family

    def counts(self) -> dict[str, Counts]:
        """The counts of each adapter by name."""
        running = self.here.running
        adapters: dict[str, Any] = {
            "mqtt": running.source,
            "journal": running.journal,
            "telemetry": running.telemetry,
            "ledger": running.ledger,
            "api": self.here,
        }
        return {name: adapter.counts for name, adapter in adapters.items()}

    def work(self) -> Iterator[Metric]:
        """What was made of it since the start."""
        running = self.here.running
        done = {
            "messages_watched": (running.watch.messages, "Messages that the detectors have seen."),
            "readings_stored": (running.recorder.stored, "Readings written to the telemetry store."),
            "duplicates": (running.watch.duplicates, "Items that had come before."),
            "quarantined": (running.watch.quarantined, "Messages that could not be used."),
            "findings": (running.watch.findings, "States of findings recorded."),
            "tickets_opened": (running.watch.tickets, "Tickets opened."),
            "disagreements": (running.watch.disagreements, "Findings of a replay that are not recorded."),
        }
        for name, (number, what) in done.items():
            yield CounterMetricFamily(f"truckroll_{name}", what, value=number)

    def promises(self) -> Iterator[Metric]:
        """The auditor's number; none while the ledger cannot be asked."""
        with suppress(TryLater):
            missed = overdue_steps(self.here.running.ledger, SystemClock().now())
            yield gauge("escalations_overdue", "Steps of the SLA ladder that are overdue; 0 while all is well.", missed)

    def outgoing(self) -> Iterator[Metric]:
        """What waits to leave and what is parked; none while the ledger cannot be asked."""
        with suppress(TryLater), self.here.running.ledger.reading() as connection:
            for state in (OutState.WAITING, OutState.PARKED):
                family = GaugeMetricFamily(
                    f"truckroll_out_{state.value}", f"Sendings that are {state.value}.", labels=["kind"]
                )
                family.add_metric(["webhook"], ledger_outbox.count(connection, state))
                family.add_metric(["notice"], ledger_notices.count(connection, state))
                yield family

    def readers(self) -> Iterator[Metric]:
        """How far the journal reaches, and how far behind its readers are."""
        running, watchdog = self.here.running, self.here.watchdog
        last, now = running.journal.last, watchdog.monotonic()
        yield gauge("journal_position", "Position of the journal's last entry.", last)
        yield gauge("journal_bytes", "Bytes of the journal's pages.", running.journal.size)
        yield gauge("journal_tick_age_seconds", "Seconds since the journal grew.", watchdog.tick_age)
        entries = GaugeMetricFamily("truckroll_lag_entries", "Entries not read yet.", labels=["reader"])
        age = GaugeMetricFamily("truckroll_lag_seconds", "Age of the oldest entry not read yet.", labels=["reader"])
        for name, reader in (("watch", running.watch), ("recorder", running.recorder)):
            entries.add_metric([name], max(0, last - reader.position))
            age.add_metric([name], watchdog.readers[name].lag_seconds(now))
        yield from (entries, age)

    def health(self) -> Iterator[Metric]:
        """Whether it is ready, and what is not."""
        running, troubles = self.here.running, self.here.watchdog.troubles()
        yield gauge("ready", "1 when everything works.", not troubles)
        yield gauge("connected", "1 when the broker lets us listen.", running.source.is_connected)
        yield gauge("stream_clients", "Clients that listen to the event log.", len(self.here.broadcast.listeners))
        trouble = GaugeMetricFamily("truckroll_trouble", "1 when a part is in trouble.", labels=["part"])
        for part in sorted({*running.health.report(), *troubles}):
            trouble.add_metric([part], part in troubles)
        yield trouble


def gauge(name: str, what: str, value: float) -> Metric:
    """One number."""
    return GaugeMetricFamily(f"truckroll_{name}", what, value=value)


def registry_of(here: Parts) -> CollectorRegistry:
    """The service's metrics and the process's own."""
    registry = CollectorRegistry()
    registry.register(ServiceCollector(here))
    ProcessCollector(registry=registry)
    return registry


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={
        200: {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **answers(401),
    },
)
def metrics(here: Here) -> Response:
    """In the text format that Prometheus reads; needs the token."""
    return Response(generate_latest(registry_of(here)), media_type=MEDIA_TYPE)
