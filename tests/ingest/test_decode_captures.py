"""What fleets published in the field becomes what their `[[source]]` says; one folder a fleet."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.sparkplug_wire import read
from domain.batch import MARKED, RETAINED, Batch
from domain.entries import Entry, Kind, Page, Position
from domain.instants import instant_text, parse_instant
from ingest.decode import Decoder
from ingest.sources import sources_entry, sources_from
from tests.sparkplug import journaled, sparkplug

CASES = Path(__file__).parents[1] / "cases" / "sources"
CAPTURES = sorted(path.parent for path in CASES.glob("*/source.toml"))
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "sources").glob("*.toml"))


@pytest.mark.parametrize("folder", CAPTURES, ids=lambda folder: folder.name)
def test_a_capture_becomes_what_its_source_says(folder: Path) -> None:
    """Every message of the capture, in order, is the items or the rejection that is expected of it."""
    sources = sources_from(tomllib.loads((folder / "source.toml").read_text(encoding="utf-8"))["source"])
    control = Entry(Kind.CONTROL, 0, "sources", sources_entry(sources))
    messages = [json.loads(line) for line in (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
    entries = journaled([entry_of(message) for message in messages], sources)

    batch = Decoder(wire=read).decode([Page(1, [control, *entries])])

    assert json.loads((folder / "expected.json").read_text(encoding="utf-8")) == told(batch)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_is_the_source_of_a_capture(example: Path) -> None:
    """What people copy is what is tested."""
    capture = CASES / example.stem / "source.toml"

    assert capture.read_text(encoding="utf-8") == example.read_text(encoding="utf-8")


def entry_of(message: dict[str, Any]) -> Entry:
    """The journal entry of a captured message; Sparkplug's are written as their schema's JSON."""
    payload = message["payload"].encode() if "payload" in message else sparkplug(message["sparkplug"])
    at = parse_instant(message["received_at"])
    return Entry(Kind.MESSAGE, at, message["topic"], payload, message.get("retained", False))


def told(batch: Batch) -> list[dict[str, Any]]:
    """Items and rejections in journal order, as the captures write them."""
    found: list[tuple[Position, dict[str, Any]]] = [(r.position, {"rejected": r.reason}) for r in batch.rejects]
    for item, position in enumerate(batch.position.tolist()):
        flags = int(batch.flags[item])
        said: dict[str, Any] = {
            "device": batch.devices[batch.device[item]],
            "at": instant_text(int(batch.item_at[item])),
            "readings": readings_of(batch, item),
        }
        events = [event.event for event in batch.events if event.item == item]
        said |= {"events": events} if events else {}
        said |= {"marked": True} if flags & MARKED else {}
        said |= {"retained": True} if flags & RETAINED else {}
        found.append((position, said))
    return [said for _, said in sorted(found, key=lambda pair: pair[0])]


def readings_of(batch: Batch, item: int) -> dict[str, float | str]:
    """The readings of an item by metric."""
    return {
        batch.metrics[batch.metric[row]]: batch.states[batch.state[row]]
        if batch.state[row] >= 0
        else float(batch.value[row])
        for row in range(len(batch.item))
        if batch.item[row] == item
    }
