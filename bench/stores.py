"""What stores and faces cost: `make bench-stores`, or `python -m bench.stores [--quick] [--json FILE]`.

Writing: our stores in InfluxDB 1 and in files, beside the official client's `Point` objects, in the same run.
Asking: lists over a million tickets, a day of a device among ten million readings, a hundred listeners to the stream.
Ratios of one run are what counts: machines differ and are noisy.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.faces import faces
from bench.influxd import influxd
from bench.listeners import LISTENERS
from bench.spine import machine
from bench.store_writes import writes

REACH = {"lists": 50, "day": 20, "stream": 250}
"""The p95 to be kept, ms."""


def run(quick: bool, home: Path) -> dict[str, Any]:
    """Every measurement; progress on standard error."""
    scale = 0.05 if quick else 1.0
    report: dict[str, Any] = {"machine": machine()}
    with TemporaryDirectory(prefix="truckroll-bench-") as folder, influxd(Path(folder) / "influxd") as server:
        report["influxdb"] = server.version if server else ""
        report["writes"] = writes(Path(folder), server, scale=scale, runs=1 if quick else 2)
    report["faces"] = faces(home, scale=scale)
    return report


def table(report: dict[str, Any]) -> str:
    """The report as Markdown tables."""
    return "\n".join([*writing_lines(report), "", *face_lines(report["faces"]), "", machine_line(report)])


def writing_lines(report: dict[str, Any]) -> Iterator[str]:
    """What writing costs; the ratio is to our own store with the same kind of server and compression."""
    yield "| load | way | points/s | µs CPU/point | µs CPU/reading | server µs/point | CPU beside ours |"
    yield "|---|---|---|---|---|---|---|"
    for load, ways in report["writes"].items():
        for way, said in ways.items():
            own = ways["InfluxTelemetry, gzip" if "gzip" in way else "InfluxTelemetry"] if "Point" in way else None
            cells = (
                load,
                way,
                f"{said['points_per_second']:,.0f}",
                f"{said['us_per_point']:.1f}",
                f"{said['us_per_reading']:.2f}",
                f"{said['server_us_per_point']:.1f}" if said["server_us_per_point"] else "",
                f"{said['us_per_point'] / own['us_per_point']:.1f} ×" if own else "",
            )
            yield f"| {' | '.join(cells)} |"


def face_lines(said: dict[str, Any]) -> Iterator[str]:
    """How long people and screens wait."""
    yield "| asked | p50 ms | p95 ms | max ms | reach, p95 |"
    yield "|---|---|---|---|---|"
    for name, figures in said["lists"].items():
        yield face_line(f"{said['tickets']:,} tickets: {name}", figures, REACH["lists"])
    for name, figures in said["day"].items():
        yield face_line(f"24 h of a device, {said['readings']:,} readings: {name}", figures, REACH["day"])
    yield face_line(f"commit to each of {LISTENERS} stream clients", said["stream"], REACH["stream"])


def face_line(name: str, figures: dict[str, float], reach: float) -> str:
    """One row."""
    times = " | ".join(f"{figures[key]:.1f}" for key in ("p50_ms", "p95_ms", "max_ms"))
    return f"| {name} | {times} | {reach} {'kept' if figures['p95_ms'] <= reach else 'missed'} |"


def machine_line(report: dict[str, Any]) -> str:
    """What it ran on."""
    server = f", InfluxDB {report['influxdb']}" if report["influxdb"] else ", no InfluxDB"
    return "Machine: {cpu}, {cores} cores, Python {python}".format(**report["machine"]) + server + "."


def main() -> None:
    """The process's entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the load")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--home", type=Path, help="keep the service's data there, and use it again at the next run")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="truckroll-bench-") as folder:
        report = run(options.quick, options.home or Path(folder) / "home")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))
    print(table(report))


if __name__ == "__main__":
    main()
