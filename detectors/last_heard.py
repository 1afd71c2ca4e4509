"""Last heard: everything that the beginning of one key's silence depends on, as bytes for its proof."""

import msgspec
import numpy as np

from detectors.episodes import Happening
from detectors.heard import Heard
from detectors.last_words import LastWords
from detectors.listening import Listening


class LastHeard(msgspec.Struct, frozen=True, array_like=True):
    """The clock of listening, and when and with what the key was heard last."""

    clock: list[int]
    last: int
    every: int
    gaps: int
    words: Happening


def packed(slot: int, clock: list[int], heard: Heard, words: LastWords) -> bytes:
    """What is known of a key; empty for one never heard."""
    if slot >= len(heard.last) or not heard.is_known[slot]:
        return b""
    numbers = int(heard.last[slot]), int(heard.every[slot]), int(heard.gaps[slot])
    return msgspec.msgpack.encode(LastHeard(clock, *numbers, words.of(slot)))


def unpack(before: bytes, slot: int, listening: Listening, heard: Heard, words: LastWords) -> None:
    """Set what is known of a key, and the clock with it, from such bytes."""
    row = msgspec.msgpack.decode(before, type=LastHeard)
    listening.set_row(row.clock)
    heard.note(np.array([slot]), np.array([row.last]))
    heard.every[slot], heard.gaps[slot] = row.every, row.gaps
    words.put(slot, row.words)
