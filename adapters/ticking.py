"""Ticking: calls what has to be done again and again, each at its own pace and never twice at the same time."""

from collections.abc import Callable, Mapping
from threading import Event, Thread
from time import monotonic

from domain.instants import SECOND, Duration

Act = Callable[[], object]


def keep_ticking(acts: Mapping[str, tuple[Duration, Act]], stop: Event) -> None:
    """Call each act at once and then every so often, until `stop`; an act that is under way is waited for.

    Each act has a thread of its own, so that a long one keeps no other waiting. Turns that were missed are made up
    once, and a clock that somebody sets back or forth changes nothing. An act raises nothing.
    """
    threads = [
        Thread(target=tick, args=(act, every / SECOND, stop), name=f"chore {name}")
        for name, (every, act) in acts.items()
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def tick(act: Act, seconds: float, stop: Event) -> None:
    """One act, again and again."""
    due = monotonic()
    while not stop.wait(max(0.0, due - monotonic())):
        act()
        due = max(due + seconds, monotonic())
