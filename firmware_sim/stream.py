"""The stream: what many devices send, in one order of time."""

from collections.abc import Iterable, Iterator
from operator import itemgetter

from domain.instants import Duration, Instant
from firmware_sim.publication import Publication

by_time = itemgetter(0)


def in_order(streams: Iterable[Iterator[Publication]], start: Instant, window: Duration) -> Iterator[Publication]:
    """All of them by time, then by the order of the streams; each stream is in order already.

    Takes a window of time from every stream and sorts it, which costs less than a heap of thousands of streams.
    """
    waiting = [(head, stream) for stream in streams for head in [next(stream, None)] if head is not None]
    limit = start
    while waiting:
        limit = max(limit + window, min(head.at for head, _ in waiting) + 1)
        page: list[Publication] = []
        still: list[tuple[Publication, Iterator[Publication]]] = []
        for head, stream in waiting:
            following = taken(head, stream, limit, page)
            if following is not None:
                still.append((following, stream))
        page.sort(key=by_time)
        yield from page
        waiting = still


def taken(
    head: Publication, stream: Iterator[Publication], limit: Instant, page: list[Publication]
) -> Publication | None:
    """Put what is before the limit on the page; returns the first that is not, None at the stream's end."""
    if head.at >= limit:
        return head
    page.append(head)
    for publication in stream:
        if publication.at >= limit:
            return publication
        page.append(publication)
    return None
