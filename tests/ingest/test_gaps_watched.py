"""Watch writes gaps into the ledger with its bookmark, and a crash tells none twice and forgets none."""

import json

import pytest

from domain.entries import Entry, Kind
from domain.instants import MINUTE, SECOND
from tests.watching import START, Watching


def said(number: int, after: int, device: str = "D1") -> Entry:
    """A numbered message."""
    payload = json.dumps({"boot": 1, "seq": number, "values": {"temp": 20.5}}).encode()
    return Entry(Kind.MESSAGE, START + after, f"devices/{device}/telemetry", payload)


def plain(after: int) -> Entry:
    """A message without a number."""
    return Entry(Kind.MESSAGE, START + after, "devices/D2/telemetry", b'{"values": {"temp": 20.5}}')


STORY = [
    [said(0, 1), said(1, 2), plain(3)],
    [said(4, 5 * SECOND), said(4, 5 * SECOND), said(5, 6 * SECOND)],
    [said(6, 7 * SECOND), said(3, 8 * SECOND)],
    [Entry(Kind.TICK, START + 11 * MINUTE)],
    [said(7, 12 * MINUTE), said(9, 13 * MINUTE)],
]


@pytest.mark.parametrize("crashes", [(), (1,), (2, 3), (0, 1, 2, 3, 4)], ids=str)
def test_a_lost_message_is_listed_once_whatever_crashes(tmp_path, crashes):
    """Number 2 never came, 3 came late but in time; 8 may still come. D2 cannot be measured."""
    with Watching(tmp_path / "data") as service:
        watch = service.begin()
        for place, page in enumerate(STORY):
            service.append(page)
            service.catch_up(watch)
            if place in crashes:
                service.clock.at += 10 * SECOND if place % 2 else 0
                watch.keep_up()
                watch = service.begin()
                service.catch_up(watch)
        watch.save_snapshot()

        [gap] = service.ledger.gaps(10)
        assert ("D1", 1, 2, 2, 1, START + 11 * MINUTE) == (
            gap.device,
            gap.boot,
            gap.from_seq,
            gap.to_seq,
            gap.count,
            gap.noticed_at,
        )
        assert ["D2"] == service.ledger.unnumbered()
        assert 0 == watch.disagreements
