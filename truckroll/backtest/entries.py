"""Entries: what arrived becomes batches, as the receiver and the decoder of the service would have made them."""

from collections.abc import Iterable, Iterator

from adapters.sparkplug_wire import read
from domain.batch import Batch
from domain.entries import Entry, Kind, Page
from domain.instants import SECOND, Duration, Instant
from firmware_sim.publication import Publication
from ingest.decode import Decoder
from ingest.limits import Limits

TICK: Duration = 5 * SECOND
PAGE = 2_000

Arrival = Publication | Entry | tuple[str, bytes, Instant]
"""A simulated message, a journal's entry, or (topic, payload, received_at)."""


def entries(
    arrivals: Iterable[Arrival],
    *,
    controls: Iterable[tuple[str, bytes]] = (),
    tick: Duration = TICK,
    until: Instant | None = None,
    limits: Limits | None = None,
    page: int = PAGE,
) -> Iterator[Batch]:
    """Batches of what arrives, in its order; every `tick` of virtual time a tick, to `until` also after the last.

    `controls` are those that decoding must know, such as `sources`; give them to `play` as well. What cannot be
    decoded is among a batch's `rejects`.
    """
    decoder = Decoder(((0, Entry(Kind.CONTROL, 0, topic, payload)) for topic, payload in controls), limits, wire=read)
    first, waiting = 1, list[Entry]()
    for entry in ticked(map(entry_of, arrivals), tick, until):
        waiting.append(entry)
        if len(waiting) >= page:
            yield decoder.decode([Page(first, waiting)])
            first, waiting = first + len(waiting), []
    if waiting:
        yield decoder.decode([Page(first, waiting)])


def entry_of(arrival: Arrival) -> Entry:
    """The journal's entry of it. A live publication is not marked retained, whatever the broker keeps of it."""
    if isinstance(arrival, Entry):
        return arrival
    if isinstance(arrival, Publication):
        return Entry(Kind.MESSAGE, arrival.at, arrival.topic, arrival.payload)
    topic, payload, received_at = arrival
    return Entry(Kind.MESSAGE, received_at, topic, payload)


def ticked(arrivals: Iterable[Entry], tick: Duration, until: Instant | None) -> Iterator[Entry]:
    """The entries with a tick each time that `tick` has passed, from the first arrival on."""
    due: Instant | None = None
    for entry in arrivals:
        if due is None:
            due = entry.received_at + tick
        while due <= entry.received_at:
            yield Entry(Kind.TICK, due)
            due += tick
        yield entry
    while due is not None and until is not None and due <= until:
        yield Entry(Kind.TICK, due)
        due += tick
