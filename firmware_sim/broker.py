"""The broker to publish to, and what has become of the messages."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.counts import Counts
from domain.instants import Duration, Instant
from firmware_sim.publication import Key


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where to publish, and as whom."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By device: with one connection a device each logs in as itself, its name being user and client id."""
    ca: str | None = None
    """File with the certificate authority; TLS is used when it is given."""
    certificate: str | None = None
    """File with the client's certificate, and …"""
    key: str | None = None
    """… the file with its private key."""
    name: str = "simulator"
    """Beginning of the client ids of shared connections."""
    patience: float = 30.0
    """Seconds to wait for the broker at the beginning; later it may be away for as long as it likes."""

    def tls(self) -> ssl.SSLContext | None:
        """What makes the connection private, if it shall be."""
        if self.ca is None:
            return None
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(slots=True, kw_only=True)
class Published:
    """What has become of a scenario so far; may be looked at while it is published."""

    counts: Counts = field(default_factory=Counts)
    """received = taken from the scenario, kept = acknowledged by the broker, failed = given up at the end."""
    started: Instant = 0
    """The instant at which the scenario's start was put."""
    decided: dict[Key, Instant] = field(default_factory=dict)
    """When the message with which a ticket became due was sent first; only what the broker acknowledged."""
    behind: Duration = 0
    """By how much the connection with the most trouble is behind the schedule."""
    reconnects: int = 0
    resent: int = 0
    """Messages that were sent again over a new connection; the broker may have had them already."""
