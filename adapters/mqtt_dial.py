"""Dialling: name service, connection and TLS handshake may take long, so they have a thread of their own."""

from collections.abc import Callable
from threading import Lock, Thread


class Dial(Thread):
    """One attempt; `error` says afterwards what went wrong. Who gives it up needs not wait for it."""

    def __init__(self, connect: Callable[[], None], hang_up: Callable[[], None]) -> None:
        super().__init__(name="mqtt dial", daemon=True)
        self.error: Exception | None = None
        self._connect = connect
        self._hang_up = hang_up
        self._lock = Lock()
        self._is_done = False
        self._is_abandoned = False

    def run(self) -> None:
        """The thread's life."""
        try:
            self._connect()
        except Exception as error:  # noqa: BLE001 - it is told by whoever waits for the dial
            self.error = error
        with self._lock:
            self._is_done = True
            if self._is_abandoned:
                self._hang_up()

    def abandon(self) -> None:
        """Nobody wants the connection (any more): hang up, now or as soon as it stands."""
        with self._lock:
            self._is_abandoned = True
            if self._is_done:
                self._hang_up()
