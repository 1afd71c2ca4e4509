"""Settings of what leaves: where to, how often it is tried, and how people are reached."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from adapters.ssrf_guard import Guard
from domain.errors import GiveUp, WrongFormat
from domain.instants import parse_duration
from domain.outgoing import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class OutSettings:
    """What leaves for webhooks, phones and mailboxes (docs/webhooks.md), and remote remedies."""

    networks: tuple[str, ...] = ()
    """Networks that webhooks may reach although they are not public, such as "10.1.0.0/16"."""
    allow_http: bool = False
    """Webhooks may be asked without TLS."""
    timeout_seconds: float = 10.0
    """So long a receiver may take, everything together."""
    tries: int = 16
    """After so many something is parked and shown."""
    first_pause: str = "5s"
    """The pause after the first try; each one after it is twice as long."""
    longest_pause: str = "1h"
    """No pause is longer, unless the receiver asks for it."""
    sms_url: str = ""
    """The gateway for short messages; empty = none."""
    sms_secret: str = field(default="", repr=False)
    """What its requests are signed with. Better: sms_secret_file."""
    addresses: str = ""
    """The file that says how people are reached."""
    survey_url: str = ""
    """The page on which customers rate; a survey's token is put behind it. Empty = no survey is sent by itself."""
    remedies: str = ""
    """The file of remote remedies (docs/remote-remedy.md)."""

    def __post_init__(self) -> None:
        if mistakes := list(self._mistakes()):
            raise WrongFormat(mistakes)

    @property
    def patience(self) -> Patience:
        """How often something is tried."""
        first, longest = parse_duration(self.first_pause), parse_duration(self.longest_pause)
        return Patience(tries=self.tries, first=first, longest=longest)

    @property
    def guard(self) -> Guard:
        """Where requests may go."""
        return Guard(self.networks, self.allow_http)

    def _mistakes(self) -> Iterator[str]:
        for network in self.networks:
            try:
                ip_network(network)
            except ValueError:
                yield f"networks: {network!r} is no network; write one such as 10.1.0.0/16"
        if not 1 <= self.timeout_seconds <= 60:
            yield "timeout_seconds must be from 1 to 60"
        if not 1 <= self.tries <= 100:
            yield "tries must be from 1 to 100"
        for key in ("first_pause", "longest_pause"):
            try:
                if parse_duration(getattr(self, key)) <= 0:
                    yield f"{key} must be more than 0"
            except ValueError as error:
                yield f"{key}: {error}"
        if self.survey_url and not self.survey_url.startswith(("https://", "http://")):
            yield "survey_url must begin with https:// (or http://); a survey's token is put behind it"
        if self.sms_url:
            if not self.sms_secret:
                yield "sms_url is given without sms_secret_file; the gateway must know that it is us"
            try:
                self.guard.check_form(self.sms_url)
            except (GiveUp, ValueError) as error:
                yield f"sms_url: {error}"
