"""Settings of the InfluxDB store: which server, as whom, and how readings are laid out there."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from adapters.influx_names import SUFFIX, is_name
from adapters.mqtt_settings import is_loopback, reason_of
from domain.errors import WrongFormat

FLAVOURS = ("v2", "v1")
MODES = ("read-write", "read-only")
METRIC = "{metric}"
"""Stands for the name of the metric in `measurement` or `field`."""
RANGES: dict[str, tuple[float, float]] = {
    "request_lines": (1, 50_000),
    "request_bytes": (1_024, 50_000_000),
    "linger_seconds": (0, 60),
    "timeout_seconds": (0.05, 300),
    "max_backoff_seconds": (0.01, 3_600),
    "parked_bytes": (0, 10_000_000_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxSettings:
    """What the store needs to know; building it checks everything and connects nowhere.

    Raises WrongFormat with every mistake at once.
    """

    url: str = "http://127.0.0.1:8086"
    """Where InfluxDB listens."""
    flavour: str = "v2"
    """How to write: "v2" (/api/v2/write: org, bucket, token) or "v1" (/write: database, retention policy, user)."""
    org: str = ""
    """Organization; v2 only."""
    bucket: str = ""
    """Bucket to write to; v2 only."""
    database: str = ""
    """Database; for v2 the one that reads find the bucket under (DBRP mapping), empty = the bucket's name."""
    retention_policy: str = ""
    """Empty = the database's default."""
    token: str = dataclasses.field(default="", repr=False)
    """Better: token_file."""
    token_file: str = ""
    """Read at every request, so that a token can be changed without a restart."""
    username: str = ""
    """v1 only; empty = the server asks for none."""
    password: str = dataclasses.field(default="", repr=False)
    """Better: password_file."""
    password_file: str = ""
    """Read at every request."""
    trusted_network: bool = False
    """A token or password may travel without TLS beyond this machine."""
    ca_file: str = ""
    """Who may vouch for the server (PEM); empty = whom this machine trusts."""
    mode: str = "read-write"
    """"read-only": nothing is ever written; for rules tried on data that somebody else keeps."""
    measurement: str = "telemetry"
    """A name, or "{metric}" for a measurement per metric."""
    field: str = METRIC
    """"{metric}" for a field per metric, or a name, such as "value"."""
    metric_tag: str = "metric"
    """The tag with the metric, where neither measurement nor field names it."""
    device_tag: str = "device"
    """The tag with the device."""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Tags that every point gets, and that every point has that is read, such as { plant = "north" }."""
    text_suffix: str = "_text"
    """A metric that says words keeps them in a field of its own, named like its number's field and this."""
    event_measurement: str = "event"
    """The measurement of events."""
    gzip: bool = True
    """Compress what is sent; off saves time where the server is on this machine."""
    request_lines: int = 5_000
    """Lines in one request, at most."""
    request_bytes: int = 5_000_000
    """Bytes in one request before compression, at most."""
    linger_seconds: float = 1.0
    """So long lines wait for a fuller request."""
    timeout_seconds: float = 10.0
    """How long the server may take to connect, and to go on answering."""
    max_backoff_seconds: float = 60.0
    """The longest pause between two attempts, unless the server itself asks for a longer one."""
    parked_bytes: int = 16_000_000
    """Lines that the server refuses are kept up to this size; then the oldest go, and are counted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.rstrip("/"))
        object.__setattr__(self, "tags", dict(self.tags))
        if mistakes := [f"influx: {mistake}" for mistake in self._mistakes()]:
            raise WrongFormat(mistakes)

    @property
    def place(self) -> str:
        """The server, as sentences call it."""
        return f"InfluxDB at {self.url}"

    @property
    def is_read_only(self) -> bool:
        """Nothing may be written."""
        return self.mode == "read-only"

    @property
    def has_metric_tag(self) -> bool:
        """The metric stands in a tag."""
        return METRIC not in (self.measurement, self.field)

    @property
    def queried(self) -> str:
        """The database that reads ask."""
        return self.database or self.bucket

    def read_token(self) -> str:
        """The token to present now. Raises OSError when its file has gone."""
        return read_secret(self.token, self.token_file)

    def read_password(self) -> str:
        """The password to present now. Raises OSError when its file has gone."""
        return read_secret(self.password, self.password_file)

    def _mistakes(self) -> Iterator[str]:
        for key, choice in (("flavour", FLAVOURS), ("mode", MODES)):
            if getattr(self, key) not in choice:
                yield f'{key} is "{getattr(self, key)}"; write {" or ".join(choice)}'
        yield from self._mistakes_of_target()
        yield from self._mistakes_of_secrets()
        yield from self._mistakes_of_layout()
        for key, (least, most) in RANGES.items():
            if not least <= getattr(self, key) <= most:
                yield f"{key} is {getattr(self, key)}; write a number from {least} to {most}"

    def _mistakes_of_target(self) -> Iterator[str]:
        if not is_address(self.url):
            yield "url is no address of a server; write it like http://127.0.0.1:8086, without user, ? and #"
        if self.flavour == "v2" and not self.bucket:
            yield "bucket is missing; write the bucket to use"
        if self.flavour == "v2" and not (self.org or self.is_read_only):
            yield "org is missing; write the organization that owns the bucket"
        if self.flavour == "v1" and not self.database:
            yield "database is missing; write the database to use"
        if self.flavour == "v1" and (self.bucket or self.org):
            yield "bucket and org belong to v2; write database (and retention_policy) for v1"

    def _mistakes_of_secrets(self) -> Iterator[str]:
        has_token, has_password = bool(self.token or self.token_file), bool(self.password or self.password_file)
        for key in ("token", "password"):
            if getattr(self, key) and getattr(self, f"{key}_file"):
                yield f"{key} and {key}_file are both given; keep {key}_file"
        if has_token and (self.username or has_password):
            yield "a token and a user are both given; keep one of them"
        if has_password != bool(self.username):
            yield "username and password belong together; give both or none"
        if self.flavour == "v2" and self.username:
            yield "username belongs to v1; v2 wants a token"
        if (has_token or has_password) and not (self.trusted_network or is_private(self.url)):
            yield "the secret would travel readably; use an https url (or set trusted_network = true)"
        for key in ("token_file", "password_file", "ca_file"):
            yield from unreadable(key, getattr(self, key))

    def _mistakes_of_layout(self) -> Iterator[str]:
        if self.measurement == self.field == METRIC:
            yield f"measurement and field are both {METRIC}; name one of them"
        if self.measurement == self.event_measurement:
            yield "measurement and event_measurement are the same; choose another event_measurement"
        for key in ("measurement", "field", "metric_tag", "device_tag", "event_measurement"):
            name = getattr(self, key)
            if not (is_name(name) or (name == METRIC and key in ("measurement", "field"))):
                yield f'{key} is "{name}"; write a name without braces, backslashes and control characters'
        if not SUFFIX.fullmatch(self.text_suffix):
            yield f'text_suffix is "{self.text_suffix}"; write some of the characters A-Z a-z 0-9 _ . -'
        used = {self.device_tag} | ({self.metric_tag} if self.has_metric_tag else set())
        if self.has_metric_tag and self.metric_tag == self.device_tag:
            yield "metric_tag and device_tag are the same; choose another metric_tag"
        for name, value in self.tags.items():
            if not is_name(name) or name in used:
                yield f'tags: "{name}" cannot be the name of a tag here; choose another'
            if not (value and isinstance(value, str)):
                yield f'tags: "{name}" has no text; give it one in quotes or leave it out'


def read_secret(text: str, path: str) -> str:
    """A secret, or the content of its file without the end of its line."""
    return Path(path).read_text(encoding="utf-8").strip() if path else text


def unreadable(key: str, path: str) -> Iterator[str]:
    """What is wrong with a file that a setting names, if anything."""
    try:
        if path:
            Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        yield f"{key} {path} cannot be read ({reason_of(error)}); correct path and rights"


def is_address(url: str) -> bool:
    """An http or https address of a host, perhaps with port and path, and nothing else."""
    parts = split(url)
    return (
        parts is not None
        and parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or "@" in parts.netloc or any(c <= " " for c in url))
    )


def is_private(url: str) -> bool:
    """What is sent there can be read by nobody on the way."""
    parts = split(url)
    return parts is None or parts.scheme == "https" or is_loopback(parts.hostname or "")


def split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
