"""What one message of each codec costs to decode, in µs of one core; `python -m bench.codecs`."""

import json
import time
from collections.abc import Sequence

from google.protobuf.json_format import ParseDict

from adapters.sparkplug_wire import payload_class, read
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND, Instant
from domain.ports import Delivery
from ingest.births import Births
from ingest.decode import Decoder
from ingest.limits import Limits
from ingest.sources import sources_entry, sources_from

NOW: Instant = 1_795_334_400 * SECOND
MESSAGES = 20_000
RUNS = 5
VALUES = {"temp": 41.25, "humidity": 55.5, "door": "open", "fan": True, "rssi": -70}
SOURCES = sources_from(
    [
        {"name": "json", "topic": "json/{device}", "codec": "json", "time": {"field": "ts"}},
        {"name": "value", "topic": "value/{device}/{metric}", "codec": "value"},
        {"name": "senml", "topic": "senml/{device}", "codec": "senml"},
        {"name": "things", "topic": "tb/{device}", "codec": "thingsboard"},
        {"name": "plant", "codec": "sparkplug"},
    ]
)


class Once:
    """A source that hands over what it was given."""

    trouble = ""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.deliveries = [Delivery(entry) for entry in entries]

    def take(self, seconds: float) -> Sequence[Delivery]:
        """Everything."""
        return self.deliveries

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing to do."""


def text(said: object) -> bytes:
    """JSON as devices write it."""
    return json.dumps(said, separators=(",", ":")).encode()


def sparkplug(number: int, *, is_birth: bool) -> bytes:
    """The five values, with names in a birth and by number in data."""
    kinds = {float: ("doubleValue", 10), str: ("stringValue", 12), bool: ("booleanValue", 11), int: ("intValue", 3)}
    metrics = []
    for alias, (name, value) in enumerate(VALUES.items()):
        field, datatype = kinds[type(value)]
        metric = {"alias": str(alias), field: value & 0xFFFFFFFF if type(value) is int else value}
        metrics.append(metric | ({"name": name, "datatype": datatype} if is_birth else {}))
    said = {"timestamp": str(NOW // 10**6 + number), "seq": str(number % 256), "metrics": metrics}
    return bytes(ParseDict(said, payload_class()()).SerializeToString())


def message(topic: str, payload: bytes) -> Entry:
    """One message that arrives now."""
    return Entry(Kind.MESSAGE, NOW, topic, payload)


def entries(codec: str, number: int) -> Entry:
    """The nth message of a codec."""
    device, at = number % 500, NOW // 10**6 + number
    if codec == "value":
        return message(f"value/d{device}/temp", b"41.25")
    if codec == "sparkplug":
        return message(f"spBv1.0/G/NDATA/e{device}", sparkplug(number // 500 + 1, is_birth=False))
    if codec == "senml":
        told: object = [{"bt": at / 1000, **senml("temp", VALUES["temp"])}, *[senml(n, v) for n, v in REST.items()]]
    elif codec == "json":
        told = {"ts": at, **VALUES}
    else:
        told = {"ts": at, "values": VALUES}
    topics = {"native": f"devices/d{device}/telemetry", "thingsboard": f"tb/d{device}"}
    return message(topics.get(codec, f"{codec}/d{device}"), text(told))


REST = {name: value for name, value in VALUES.items() if name != "temp"}


def senml(name: str, value: object) -> dict[str, object]:
    """A record."""
    return {"n": name, {str: "vs", bool: "vb"}.get(type(value), "v"): value}


def cost(page: Sequence[Entry]) -> float:
    """Least µs a message; the topics are known already, as they are in a running service."""
    control = Entry(Kind.CONTROL, 0, "sources", sources_entry(SOURCES))
    decoder = Decoder([(1, control)], wire=read)
    times = []
    for _ in range(RUNS + 1):
        begin = time.process_time()
        batch = decoder.decode([Page(2, page)])
        times.append((time.process_time() - begin) / len(page) * 1e6)
        assert not batch.rejects, batch.rejects[0]
    return min(times[1:])


def main() -> None:
    """The table."""
    print("codec         µs a message, 5 values each (value: 1)")
    for codec in ("native", "json", "value", "senml", "thingsboard"):
        print(f"{codec:12}  {cost([entries(codec, number) for number in range(MESSAGES)]):6.1f}")
    births = [message(f"spBv1.0/G/NBIRTH/e{n}", sparkplug(0, is_birth=True)) for n in range(500)]
    data = [entries("sparkplug", number) for number in range(MESSAGES)]
    follower = Births(Once([*births, *data]), SOURCES, (), wire=read, limits=Limits(), ask=lambda edge: None)
    begin = time.process_time()
    journaled = [delivery.entry for delivery in follower.take(0)]
    following = (time.process_time() - begin) / len(journaled) * 1e6
    print(f"{'sparkplug':12}  {cost(journaled):6.1f}  and {following:.1f} where births are followed")


if __name__ == "__main__":
    main()
