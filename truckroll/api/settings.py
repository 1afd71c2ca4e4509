"""Where the HTTP API listens."""

from dataclasses import dataclass

from adapters.mqtt_settings import is_loopback
from domain.errors import WrongFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The HTTP API (docs/api.md). One bearer token opens it; it is printed at the first start, and never again."""

    host: str = "127.0.0.1"
    """An address of this machine alone; others follow when there are users and rights."""
    port: int = 8321
    """0 = any free one; the log says which."""
    enabled: bool = True
    """false: nothing listens."""

    def __post_init__(self) -> None:
        mistakes = []
        if not is_loopback(self.host):
            mistakes.append(
                f"host is {self.host!r}; the API listens on this machine only until there are users and rights: "
                "write 127.0.0.1, ::1 or localhost, and reach it from elsewhere through ssh -L or a proxy of your own"
            )
        if not 0 <= self.port <= 65_535:
            mistakes.append(f"port is {self.port}; write a number from 0 to 65535")
        if mistakes:
            raise WrongFormat([f"[api] {mistake}" for mistake in mistakes])
