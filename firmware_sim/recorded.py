"""Recorded traffic: messages as lines of JSON, each with its topic, its payload and when it arrived."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.entries import Entry, Kind
from domain.errors import WrongFormat
from domain.instants import Instant, parse_instant

KINDS: Mapping[str, Kind] = {"message": Kind.MESSAGE, "link": Kind.LINK, "tick": Kind.TICK, "control": Kind.CONTROL}
NAMES = {kind: name for name, kind in KINDS.items()}


def read(path: Path) -> Iterator[Entry]:
    """The entries of a file, line by line. Raises WrongFormat with the line that cannot be read.

    `{"topic", "payload", "received_at"}` or `at` for the time, in nanoseconds since 1970 or as RFC 3339 text;
    `payload` is a text, or the JSON itself, or base64 as `payload_base64`; `kind` where it is no message.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield entry(line, f"{path}:{number}")


def entry(line: str, where: str) -> Entry:
    """One line."""
    try:
        row = json.loads(line)
        kind = KINDS[row.get("kind", "message")]
        retained = bool(row.get("retain", False))
        return Entry(kind, arrival(row), str(row.get("topic", "")), payload(row), retained)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongFormat(
            [f'{where}: write {{"topic": …, "payload": …, "received_at": …}}; here it says: {error}.']
        ) from None


def arrival(row: Mapping[str, Any]) -> Instant:
    """When it arrived."""
    at = row["received_at"] if "received_at" in row else row["at"]
    return parse_instant(at) if isinstance(at, str) else int(at)


def payload(row: Mapping[str, Any]) -> bytes:
    """What it carried."""
    if "payload_base64" in row:
        return b64decode(row["payload_base64"], validate=True)
    said = row.get("payload", "")
    return (said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)).encode()


def line_of(entry: Entry) -> str:
    """The line that `read` makes the same entry of."""
    row: dict[str, Any] = {"topic": entry.topic, "received_at": entry.received_at}
    try:
        row["payload"] = entry.payload.decode()
    except UnicodeDecodeError:
        row["payload_base64"] = b64encode(entry.payload).decode()
    if entry.retained:
        row["retain"] = True
    if entry.kind is not Kind.MESSAGE:
        row["kind"] = NAMES[entry.kind]
    return json.dumps(row, ensure_ascii=False) + "\n"
