"""Settings of the MQTT source: which broker, as whom, over what, listening to which topics."""

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import WrongFormat

VERSIONS = ("5", "3.1.1")
LONGEST_TEXT = 65_535
RANGES: dict[str, tuple[float, float]] = {
    "port": (1, 65_535),
    "keepalive_seconds": (1, 65_535),
    "receive_maximum": (1, 65_535),
    "session_expiry_seconds": (1, 2**32 - 2),
    "connect_timeout_seconds": (0.1, 5),
    "max_backoff_seconds": (0.1, 300),
}


class TidySocket(ssl.SSLSocket):
    """A TLS socket that closes when the handshake fails, which paho leaves to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        """As its parent does it."""
        try:
            super().do_handshake(block)
        except (OSError, ValueError):
            self.close()
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """What the source needs to know; building it checks everything and connects nowhere.

    Raises WrongFormat with every mistake at once.
    """

    name: str = "mqtt"
    """Names the source in link entries and sentences."""
    host: str = "127.0.0.1"
    """Name or address of the broker."""
    port: int = 1883
    """8883 is usual with TLS."""
    client_id: str = "truckroll"
    """Owns the session in the broker: keep it, and never use it twice."""
    version: str = "5"
    """The MQTT to speak: "5" or "3.1.1"."""
    username: str = ""
    """Empty = none."""
    password: str = field(default="", repr=False)
    """Better: password_file."""
    password_file: str = ""
    """Read at every connect, so that a password can be changed without a restart."""
    tls: bool = False
    """Encrypt, and know the broker by its certificate."""
    ca_file: str = ""
    """Who may vouch for the broker (PEM); empty = whom this machine trusts."""
    cert_file: str = ""
    """Our own certificate (PEM), where the broker asks for one."""
    key_file: str = ""
    """Its key (PEM)."""
    trusted_network: bool = False
    """A password may travel without TLS beyond this machine."""
    topics: tuple[str, ...] = ()
    """Subscription filters; empty = those that the sources need."""
    keepalive_seconds: int = 30
    """A broker that is silent for one and a half of it is left for a new connection."""
    receive_maximum: int = 2_000
    """So many messages the broker may send ahead of their acknowledgements (MQTT 5); also the most of one take."""
    keeps_session: bool = True
    """The broker remembers us and keeps what arrives meanwhile; false for a guest who only looks in."""
    session_expiry_seconds: int = 14 * 86_400
    """So long the broker keeps what arrives while nobody listens (MQTT 5)."""
    connect_timeout_seconds: float = 3.0
    """How long the broker may take to answer; at most 5."""
    max_backoff_seconds: float = 5.0
    """The longest pause between two attempts to connect."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "topics", tuple(self.topics))
        if mistakes := [f"{self.name}: {mistake}" for mistake in self._mistakes()]:
            raise WrongFormat(mistakes)

    @property
    def address(self) -> str:
        """`host:port`, as people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def read_password(self) -> str:
        """The password to present now. Raises OSError when its file has gone."""
        if not self.password_file:
            return self.password
        return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")

    def tls_context(self) -> ssl.SSLContext | None:
        """What proves who is who; None without TLS. Raises OSError or ssl.SSLError for unusable files."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.sslsocket_class = TidySocket
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file or None, password="")
        return context

    def _mistakes(self) -> Iterator[str]:
        yield from self._mistakes_of_identity()
        yield from self._mistakes_of_secrets()
        yield from self._mistakes_of_tls()
        yield from self._mistakes_of_numbers()
        for topic in self.topics:
            if not is_filter(topic):
                yield f'"{topic}" is no subscription filter; + and # stand alone in their level, # only at the end'

    def _mistakes_of_identity(self) -> Iterator[str]:
        if not self.host:
            yield "host is empty; write the name or the address of the broker"
        if self.version not in VERSIONS:
            yield f'version is "{self.version}"; write "5" or "3.1.1"'
        for key, text in (("client_id", self.client_id), ("username", self.username)):
            if "\0" in text or len(text.encode()) > LONGEST_TEXT:
                yield f"{key} is too long or has a NUL character in it; choose another"
        if not self.client_id:
            yield "client_id is empty; the broker keeps what we miss under this name, so choose one and keep it"

    def _mistakes_of_secrets(self) -> Iterator[str]:
        has_secret = bool(self.password or self.password_file)
        if self.password and self.password_file:
            yield "password and password_file are both given; keep password_file"
        if has_secret and not self.username:
            yield "a password is given without a username; add username"
        if has_secret and not (self.tls or self.trusted_network or is_loopback(self.host)):
            yield f"the password would travel readably to {self.host}; set tls = true (or trusted_network = true)"
        if self.password_file:
            try:
                self.read_password()
            except (OSError, UnicodeError) as error:
                yield f"password_file {self.password_file} cannot be read ({reason_of(error)}); correct path and rights"

    def _mistakes_of_tls(self) -> Iterator[str]:
        files = [k for k in ("ca_file", "cert_file", "key_file") if getattr(self, k)]
        if files and not self.tls:
            yield f"{', '.join(files)} given without TLS; set tls = true"
        if self.key_file and not self.cert_file:
            yield "key_file is given without cert_file; add cert_file"
        try:
            self.tls_context()
        except (OSError, ValueError) as error:
            yield f"{', '.join(files)} cannot be used for TLS ({reason_of(error)}); give PEM files that belong together"

    def _mistakes_of_numbers(self) -> Iterator[str]:
        for key, (least, most) in RANGES.items():
            if not least <= getattr(self, key) <= most:
                yield f"{key} is {getattr(self, key)}; write a number from {least} to {most}"


def reason_of(error: Exception) -> str:
    """An error's own words, without paths and numbers where it has shorter ones."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def is_filter(topic: str) -> bool:
    """An MQTT subscription filter by the rules of the standard."""
    levels = topic.split("/")
    alone = all(level in ("+", "#") or not {"+", "#"} & set(level) for level in levels)
    return (
        bool(topic) and "\0" not in topic and len(topic.encode()) <= LONGEST_TEXT and alone and "#" not in levels[:-1]
    )


def is_loopback(host: str) -> bool:
    """The host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
