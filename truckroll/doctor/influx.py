"""InfluxDB: takes a reading, gives it back, is found by InfluxQL, and keeps as long as its retention says."""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime

import urllib3

from adapters.influx import InfluxSettings, InfluxTelemetry
from adapters.influx_settings import METRIC
from adapters.influx_wire import Wire
from adapters.system_clock import SystemClock
from domain.errors import GiveUp, TryLater
from domain.instants import SECOND
from truckroll.doctor.check import Line, note, right, wrong
from truckroll.doctor.patient import Patient
from truckroll.doctor.stores import behind, clock_of, reads_what_it_wrote

TRIAL = "truckroll_doctor"
"""The measurement of the trial; dropped afterwards."""


def influx(patient: Patient) -> Iterator[Line]:
    """Nothing where readings are kept in files."""
    settings = patient.settings.influx
    if settings is None:
        return
    wire = Wire(settings)
    try:
        yield from retention(wire, settings)
        yield from server_clock(wire)
        if settings.is_read_only:
            yield right("influx writing", "read-only: nothing is written")
        else:
            yield from trial(patient, settings)
            yield from drop(wire)
    finally:
        wire.close()
    if not settings.is_read_only and (patient.settings.data / "influx" / "influx.db").exists():
        with InfluxTelemetry(settings, patient.settings.data / "influx") as store:
            yield behind("influx lag", store.position, patient)
            yield parked(store)


def retention(wire: Wire, settings: InfluxSettings) -> Iterator[Line]:
    """How long the server keeps what it gets; asked by InfluxQL, so that the DBRP mapping is tried as well."""
    try:
        policies = {row[0]: row[1] for series in wire.ask("SHOW RETENTION POLICIES", {}) for row in series["values"]}
    except GiveUp as error:
        yield wrong(
            "influx mapping",
            str(error),
            f"map {settings.queried} to the bucket: influx v1 dbrp create --db {settings.queried} --rp autogen …",
        )
        return
    told = ", ".join(f"{name} {duration}" for name, duration in policies.items())
    if not policies:
        yield wrong(
            "influx mapping", f"{settings.queried} has no retention policy", "create it, or map it to the bucket"
        )
    elif settings.retention_policy and settings.retention_policy not in policies:
        yield wrong("influx retention", f"there is no {settings.retention_policy}; there is {told}", "correct it")
    else:
        yield right("influx retention", f"{settings.queried} answers; {told} (0s = for ever)")


def server_clock(wire: Wire) -> Iterator[Line]:
    """The server's time beside ours."""
    try:
        answer = wire.pool.request("GET", f"{wire.settings.url}/ping", redirect=False)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        yield wrong("influx", f"{wire.settings.place} is not reached ({error})", "start it, or correct url")
        return
    if said := answer.headers.get("Date"):
        yield clock_of("influx clock", int(parsedate_to_datetime(said).timestamp()) * SECOND)


def trial(patient: Patient, settings: InfluxSettings) -> Iterator[Line]:
    """A reading goes in and comes out."""
    trying = replace(settings, measurement=TRIAL, field=METRIC, event_measurement=f"{TRIAL}_event", linger_seconds=0)
    with patient.corner() as corner, InfluxTelemetry(trying, corner) as store:
        if reads_what_it_wrote(store, SystemClock().now()):
            yield right("influx writing", f"{settings.place} took a reading and gave it back")
            return
        refused = store.parked(1)
    if refused:
        yield wrong("influx writing", f"the server refuses our lines: {refused[0].words}", "correct the layout there")
    else:
        yield wrong(
            "influx writing",
            "a reading that was written cannot be read",
            "see that reads (database) and writes (bucket) mean the same place",
        )


def drop(wire: Wire) -> Iterator[Line]:
    """Take the trial away again."""
    try:
        list(wire.ask(f'DROP MEASUREMENT "{TRIAL}"', {}))
    except (GiveUp, TryLater):
        yield note(
            "influx traces", f"our user may not delete: one point stays in {TRIAL}", "drop that measurement if it harms"
        )


def parked(store: InfluxTelemetry) -> Line:
    """What the server would not have."""
    kept, gone = store.parked_counts()
    if kept or gone:
        words = store.parked(1)[0].words if kept else ""
        return note(
            "influx parked", f"{kept + gone:,} lines were refused, the last one: {words}", "see docs/store-influxdb.md"
        )
    return right("influx parked", "no line was ever refused")
