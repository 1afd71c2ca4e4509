"""The door of the API: the port it listens on, taken before anything else is started."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import GiveUp
from truckroll.api.settings import ApiSettings

BACKLOG = 128


@contextmanager
def door(settings: ApiSettings) -> Iterator[socket.socket | None]:
    """The listening socket; None where the API is not wanted. Raises GiveUp when the port is taken."""
    if not settings.enabled:
        yield None
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, asyncio switches Nagle's algorithm off; otherwise every answer waits for a delayed acknowledgement.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((settings.host, settings.port))
            opened.listen(BACKLOG)
        except OSError as trouble:
            raise GiveUp(
                f"The API cannot listen on {settings.host}:{settings.port} ({trouble.strerror}); "
                "choose another port or enabled = false in [api]."
            ) from None
        yield opened
