"""Workers: named threads with an owner and a way to stop; one that fails stops them all."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from domain.errors import GiveUp, TruckrollError

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 30.0

Work = Callable[[Event], None]


class Unforeseen(GiveUp):
    """A part of the service met something that nobody foresaw."""

    def __init__(self, part: str, error: Exception) -> None:
        super().__init__(
            f"The {part} met something unforeseen ({type(error).__name__}: {error}) and the service has stopped; "
            "nothing that was acknowledged is lost. Start it again, and report the traceback in the log above."
        )


class Workers:
    """Threads that run until `stop`. What one of them raises is kept in `failure` and ends all."""

    def __init__(self) -> None:
        self.stopping = Event()
        self.ended = Event()
        self.threads: list[Thread] = []
        self.failure: BaseException | None = None

    def start(self, name: str, work: Work) -> None:
        """Begin `work(stop)` in a thread of that name."""
        thread = Thread(target=self.run, args=(name, work), name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def run(self, name: str, work: Work) -> None:
        """The thread's body."""
        try:
            work(self.stopping)
        except Exception as error:
            log.error("%s stopped: %s", name, error, exc_info=True)
            self.failure = error if isinstance(error, TruckrollError | OSError) else Unforeseen(name, error)
            self.stopping.set()
        finally:
            self.ended.set()

    def stop(self) -> None:
        """Ask all to stop and wait until they have."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
