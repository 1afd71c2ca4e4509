"""Nothing is acknowledged before it is durable: watched from outside the process."""

import re
from pathlib import Path

from tests.brokers import Broker, broker, until
from tests.brokers import publish as send
from tests.conftest import need
from tests.services import ServiceProcess

__all__ = ["broker"]

MESSAGES = 40
SYNCED = re.compile(r"(fdatasync|fsync)\(\d+<[^>]*journal\.db-wal>\) += 0|<\.\.\. (fdatasync|fsync) resumed>\) += 0")
ARRIVED = re.compile(r"(recvfrom|read|recv)\(.*devices/dev-")
ACKNOWLEDGED = re.compile(r'(sendto|write|send|writev|sendmsg)\([^"]*"@\\2')


def test_the_log_is_synced_between_a_message_and_its_acknowledgement(tmp_path: Path, broker: Broker) -> None:
    """strace sees, for every PUBACK, a sync of the journal's log after the message came in."""
    strace = need("strace", "strace")
    trace = tmp_path / "trace"
    service = ServiceProcess(tmp_path / "service", broker.port)
    calls = "trace=recvfrom,read,recvmsg,sendto,write,writev,sendmsg,fdatasync,fsync"
    service.start([strace, "-f", "-y", "-s", "256", "-o", str(trace), "-e", calls])
    service.ready()
    for number in range(MESSAGES):
        send(broker.port, [("devices/dev-1/telemetry", b'{"boot":1,"seq":%d,"values":{"t":1}}' % number)])
    until(lambda: service.status().get("watched_messages") == MESSAGES, 30)
    service.stop()

    acknowledged, unsynced, early = 0, False, 0
    for line in trace.read_text(errors="replace").splitlines():
        if ARRIVED.search(line):
            unsynced = True
        elif SYNCED.search(line):
            unsynced = False
        elif ACKNOWLEDGED.search(line):
            acknowledged += 1
            early += unsynced
    assert 0 == early
    assert acknowledged >= 1
