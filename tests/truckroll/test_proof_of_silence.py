"""A silence and a threshold are proved from the ledger alone, also where a tick decided."""

import json

import pytest

from detectors.rules import read_rules
from domain.entries import Entry, Kind
from domain.instants import MINUTE
from tests.watching import START, Watching
from ticketing.desk import ServiceDesk
from truckroll.proof import prove

SILENT = '[[rule]]\nid = "silent"\nkind = "absence"\nevery = "5m"\nfailure_mode = "silent"\nclass = "c"\n'
HOT = '[[rule]]\nid = "hot"\nkind = "threshold"\nmetric = "temp"\nabove = 90\nfor = "3m"\nclass = "c"\n'


def message(minute, **said):
    """A message of device D1."""
    payload = json.dumps({"boot": 1, "seq": minute, **said}).encode()
    return Entry(Kind.MESSAGE, START + minute * MINUTE, "devices/D1/telemetry", payload)


def tick(minute):
    """Time passes."""
    return Entry(Kind.TICK, START + minute * MINUTE)


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        (SILENT, {"values": {"temp": 20.5}}),
        (SILENT, {"values": {"state": "idle"}}),
        (SILENT, {"values": {}}),
        (SILENT, {"event": "crash", "code": "0xDEAD"}),
        (HOT, {"values": {"temp": 95.5}}),
    ],
    ids=["number", "state", "nothing", "event", "threshold"],
)
def test_the_proof_holds(tmp_path, rule, last):
    """Whatever was heard last."""
    read_rules(rule, "rules.toml")
    with Watching(tmp_path / "data", rules=rule) as service:
        watch = service.begin()
        minutes = range(4) if rule == HOT else range(1)
        service.append([message(minute, **last) for minute in minutes])
        service.append([tick(minute) for minute in range(len(minutes), 20)])
        service.catch_up(watch)
        [ticket] = service.tickets()
        [proof] = prove(service.ledger, ServiceDesk(), ticket)

        assert [] == list(proof.objections)
