"""Hashes by which a repetition is known: of a content, and of a boot and sequence number."""

from hashlib import blake2b

import numpy as np

from domain.batch import Hashes, Ints
from ingest.source import Route

STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
POSITIVE = 2**63 - 1


def hashed(content: bytes, route: Route) -> int:
    """63 bits of the bytes and of what the topic adds to their meaning; never 0. BLAKE2b: collisions cannot be made."""
    said = f"{route.level}/{route.metric}\0".encode() + content
    return int.from_bytes(blake2b(said, digest_size=8).digest()) & POSITIVE or 1


def mixed(boot: Ints, seq: Ints) -> Hashes:
    """64 bits of (boot, seq); never 0. Of one boot no two sequence numbers give the same, but for 0 and 1 in 2^64."""
    found: Hashes = scrambled(scrambled(boot.view(np.uint64)) + seq.view(np.uint64))
    found[found == 0] = 1
    return found


def scrambled(numbers: Hashes) -> Hashes:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection."""
    mix = numbers + STEP
    mix = (mix ^ (mix >> np.uint64(30))) * FIRST
    mix = (mix ^ (mix >> np.uint64(27))) * SECOND
    mixed_up: Hashes = mix ^ (mix >> np.uint64(31))
    return mixed_up
