"""The clock of this machine."""

import time

from domain.instants import Instant


class SystemClock:
    """The machine's UTC time; it may jump when the machine's clock is set."""

    def now(self) -> Instant:
        """The instant, in nanoseconds."""
        return time.time_ns()
