"""The rounds: every check in turn, each on its own."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from truckroll.doctor import broker, influx, machine, stores
from truckroll.doctor.check import Line, run
from truckroll.doctor.patient import Patient

MOST_SECONDS = 30.0
"""So long a check may be silent."""

CHECKS: Mapping[str, Callable[[Patient], Iterator[Line]]] = {
    "package": machine.package,
    "rules": machine.rules,
    "data directory": machine.data_directory,
    "clock": machine.clock,
    "disk": machine.disk,
    "open files": machine.open_files,
    "journal": stores.journal,
    "telemetry store": stores.telemetry,
    "influx": influx.influx,
    "ledger": stores.ledger,
    "broker": broker.broker,
    "broker login": broker.anonymous,
    "broker access rights": broker.access,
}


def examine(
    patient: Patient, *, begins: Callable[[str], None] = lambda _: None, seconds: float = MOST_SECONDS
) -> Iterator[Line]:
    """Every line of every check; `begins` hears which check is under way."""
    for name, check in CHECKS.items():
        begins(name)
        yield from run(name, partial(check, patient), seconds)
