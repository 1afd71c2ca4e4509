"""Weather: networks by name, for asking whether rules find the same whatever the way does to the messages."""

from collections.abc import Mapping

from domain.instants import MINUTE, SECOND
from firmware_sim.settings import Network

OWN = "own"
"""The network of the scenario's file."""
WEATHERS: Mapping[str, Network] = {
    "none": Network(),
    "loss": Network(loss=0.05),
    "delay": Network(disorder=1.0, disorder_by=MINUTE),
    "disorder": Network(disorder=0.3, disorder_by=20 * SECOND),
    "duplicates": Network(duplicates=0.2, duplicate_by=20 * SECOND),
    "all": Network(loss=0.05, disorder=0.3, disorder_by=20 * SECOND, duplicates=0.2, duplicate_by=20 * SECOND),
}
"""What each does to messages, beside the times at which the scenario's own devices are offline."""
