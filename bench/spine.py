"""What one message and one reading cost: `make bench`, or `python -m bench.spine [--scale 0.1]`.

A private Mosquitto, publishers that are not the bottleneck, the whole service as its own process; beside it, in the
same run, the usual Python consumer and `mosquitto_sub`. CPU is what the kernel charged the process, per message.
Ratios of one run are what counts: machines differ and are noisy.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.embedded_broker import embedded_broker
from bench.stages import RULE, journal_of, stages
from domain.instants import parse_instant

TICKS = os.sysconf("SC_CLK_TCK")
CONFIG = """
data = "data"
rules = ["rules.toml"]
[mqtt]
host = "127.0.0.1"
port = {port}
version = "{version}"
[api]
port = 0
"""


def cpu_seconds(pid: int) -> float:
    """CPU that the kernel charged a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid: int) -> float:
    """Memory of a process, MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def wait_for(holds: Callable[[], bool], what: str, seconds: float = 300) -> None:
    """Poll a condition; the bench fails with its name when it never holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


@dataclass
class Serving:
    """The service as a process."""

    process: subprocess.Popen[bytes]
    home: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def state(self) -> dict[str, Any]:
        """What it says of itself (state.json in its data directory)."""
        try:
            return dict(json.loads((self.home / "data" / "state.json").read_text()))
        except (OSError, ValueError):
            return {}


@contextmanager
def serving(home: Path, port: int, version: str) -> Iterator[Serving]:
    """`truckroll serve` against a broker."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "truckroll.toml").write_text(CONFIG.format(port=port, version=version))
    (home / "rules.toml").write_text(RULE)
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "truckroll", "serve", "--config", str(home / "truckroll.toml")],
            stdout=log,
            stderr=log,
        )
    service = Serving(process, home)
    try:
        wait_for(lambda: service.state().get("pid") == process.pid and service.state().get("connected"), "the service")
        yield service
    finally:
        process.terminate()
        process.wait(30)


def blast(port: int, **options: float) -> dict[str, Any]:
    """Run the publisher as a process; returns what it reports."""
    words = [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(
        [sys.executable, "-m", "bench.blaster", f"--port={port}", *words], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def whole_service(port: int, home: Path, *, version: str, readings: int, devices: int, count: int) -> dict[str, float]:
    """CPU a message and a reading of the service over one load, and its memory."""
    with serving(home, port, version) as service:
        blast(port, count=min(count, 2 * devices), devices=devices, readings=readings)
        warm = min(count, 2 * devices)
        wait_for(lambda: service.state().get("watched_messages", 0) >= warm and is_idle(service), "the warm-up")
        before, begun = cpu_seconds(service.pid), time.monotonic()
        blast(port, count=count, devices=devices, readings=readings, boot=2)
        wait_for(lambda: service.state().get("watched_messages", 0) >= warm + count and is_idle(service), "the load")
        seconds = time.monotonic() - begun
        used = cpu_seconds(service.pid) - before
        return {
            "us_per_message": used / count * 1e6,
            "us_per_reading": used / count / readings * 1e6,
            "messages_per_second": count / seconds,
            "rss_mb": rss_mb(service.pid),
        }


def is_idle(service: Serving) -> bool:
    """Nothing is left to watch or to store."""
    state = service.state()
    return bool(state.get("lag_watch") == 0 and state.get("lag_recorder") == 0)


def usual_consumer(port: int, *, version: str, readings: int, devices: int, count: int) -> dict[str, float]:
    """The same load into the usual Python consumer."""
    peer = subprocess.Popen(
        [sys.executable, "-m", "bench.usual_consumer", f"--port={port}", f"--count={count}", f"--version={version}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert peer.stdout is not None
    peer.stdout.readline()
    blast(port, count=count, devices=devices, readings=readings)
    told = json.loads(peer.stdout.read())
    peer.wait(30)
    return {
        "us_per_message": told["cpu_seconds"] / count * 1e6,
        "us_per_reading": told["cpu_seconds"] / count / readings * 1e6,
        "rss_mb": told["rss_kb"] / 1e3,
    }


def mosquitto_sub(port: int, *, readings: int, devices: int, count: int) -> dict[str, float]:
    """The same load into mosquitto_sub, which only prints."""
    with subprocess.Popen(
        ["mosquitto_sub", "-p", str(port), "-q", "1", "-t", "devices/+/+", "-C", str(count)], stdout=subprocess.DEVNULL
    ) as peer:
        time.sleep(0.5)
        blast(port, count=count - 1, devices=devices, readings=readings)
        wait_for(lambda: not Path(f"/proc/{peer.pid}").exists() or cpu_is_still(peer.pid), "mosquitto_sub")
        used = cpu_seconds(peer.pid)
        blast(port, count=1, devices=1, readings=1)
        peer.wait(30)
    return {"us_per_message": used / count * 1e6, "us_per_reading": used / count / readings * 1e6}


def cpu_is_still(pid: int) -> bool:
    """The process has used no CPU for half a second."""
    before = cpu_seconds(pid)
    time.sleep(0.5)
    return cpu_seconds(pid) == before


def fault_to_ticket(
    port: int, home: Path, *, version: str, rate: float, seconds: float, crashes: int
) -> dict[str, float]:
    """From the sending of a third crash to the committed ticket, under telemetry at `rate`, all devices being known."""
    with serving(home, port, version) as service:
        blast(port, count=10_000, devices=10_000, readings=1)
        wait_for(lambda: service.state().get("watched_messages", 0) >= 10_000 and is_idle(service), "the warm-up")
        told = blast(port, count=int(rate * seconds), devices=10_000, readings=1, rate=rate, crashes=crashes, boot=2)
        wait_for(lambda: is_idle(service) and service.state().get("tickets", 0) >= crashes, "the tickets", 60)
        decided = told["decided"]
        listing = subprocess.run(
            [sys.executable, "-m", "truckroll", "tickets", "list", "--json", "--config", str(home / "truckroll.toml")],
            check=True,
            capture_output=True,
            text=True,
        )
    delays = sorted(
        (parse_instant(t["opened_at"]) - decided[t["asset"]]) / 1e6 for t in json.loads(listing.stdout)["tickets"]
    )
    return {
        "tickets": len(delays),
        "rate": rate,
        "p50_ms": delays[len(delays) // 2],
        "p99_ms": delays[int(len(delays) * 0.99)],
        "max_ms": delays[-1],
    }


def run(scale: float) -> dict[str, Any]:
    """Every measurement; progress on standard error."""
    report: dict[str, Any] = {"machine": machine(), "service": {}, "usual": {}, "mosquitto_sub": {}}
    with TemporaryDirectory(prefix="truckroll-bench-") as folder:
        home = Path(folder)
        report["stages"] = stages(home / "stages", scale=scale)
        with embedded_broker(home / "broker") as broker:
            for version in ("5", "3.1.1"):
                for readings, count in ((1, 200_000), (10, 100_000), (100, 20_000)):
                    load = {"readings": readings, "devices": 1_000, "count": int(count * scale)}
                    name = f"MQTT {version}, {readings} readings, 1,000 devices"
                    tell(name)
                    place = home / f"s-{version}-{readings}"
                    report["service"][name] = whole_service(broker.port, place, version=version, **load)
                    report["usual"][name] = usual_consumer(broker.port, version=version, **load)
                    report["mosquitto_sub"][name] = mosquitto_sub(broker.port, **load)
            name = "MQTT 5, 1 reading, 100,000 devices"
            tell(name)
            load = {"readings": 1, "devices": 100_000, "count": int(200_000 * scale)}
            report["service"][name] = whole_service(broker.port, home / "many", version="5", **load)
            report["usual"][name] = usual_consumer(broker.port, version="5", **load)
            top = report["service"]["MQTT 5, 1 readings, 1,000 devices"]["messages_per_second"]
            tell("fault to ticket")
            report["fault_to_ticket"] = fault_to_ticket(
                broker.port, home / "ftt", version="5", rate=top / 2, seconds=60 * scale, crashes=int(500 * scale)
            )
        tell("restart")
        report["restart"] = restart(home / "restart", messages=int(1_000_000 * scale))
    return report


def restart(home: Path, *, messages: int) -> dict[str, float]:
    """From the start of the process to ready, with so many messages behind the snapshot."""
    home.mkdir(parents=True)
    journal_of(home / "data", messages)
    with embedded_broker(home / "broker") as broker:
        begun = time.monotonic()
        with serving(home, broker.port, "5") as service:
            wait_for(lambda: bool(service.state().get("ready")), "ready")
            seconds = time.monotonic() - begun
            return {"messages": messages, "seconds_to_ready": seconds, "rss_mb": rss_mb(service.pid)}


def machine() -> dict[str, Any]:
    """What this ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version()}


def tell(what: str) -> None:
    """Progress."""
    print(f"… {what}", file=sys.stderr, flush=True)


def table(report: dict[str, Any]) -> str:
    """The report as Markdown tables."""
    heads = (
        "load",
        "µs/message",
        "µs/reading",
        "RSS MB",
        "usual consumer µs/message",
        "ratio",
        "mosquitto_sub µs/message",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, own in report["service"].items():
        peer, sub = report["usual"][name], report["mosquitto_sub"].get(name)
        cells = (
            name,
            f"{own['us_per_message']:.1f}",
            f"{own['us_per_reading']:.2f}",
            f"{own['rss_mb']:.0f}",
            f"{peer['us_per_message']:.1f}",
            f"{peer['us_per_message'] / own['us_per_message']:.1f} ×",
            f"{sub['us_per_message']:.1f}" if sub else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| stage | µs CPU |", "|---|---|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in report["stages"].items()]
    f, r = report["fault_to_ticket"], report["restart"]
    lines += [
        "",
        f"Fault to ticket at {f['rate']:,.0f} messages/s (half of the most): p50 {f['p50_ms']:.0f} ms, "
        f"p99 {f['p99_ms']:.0f} ms, max {f['max_ms']:.0f} ms over {f['tickets']} tickets.",
        f"Restart with {r['messages']:,} messages behind the snapshot: ready after {r['seconds_to_ready']:.1f} s, "
        f"{r['rss_mb']:.0f} MB.",
        "Machine: {cpu}, {cores} cores, Python {python}.".format(**report["machine"]),
    ]
    return "\n".join(lines)


def main() -> None:
    """The process's entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="this share of the load")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    report = run(options.scale)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))
    print(table(report))


if __name__ == "__main__":
    main()
