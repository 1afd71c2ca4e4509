"""Telling: what is said of a key's episodes when they have been judged again, and was not said before."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from detectors.episodes import FLAPPING, OPEN, RESOLVED, Episode, Told
from domain.entries import Position
from domain.finding import FindingState

RECOVERING = FindingState.RECOVERING.value
ALREADY = 2
"""While it holds, growing evidence is told when there is so many times as much."""

News = tuple[Episode | None, Told]
"""How an episode stands (None: it turned out not to be one), and what was said of it before."""


def news_of(
    told: Mapping[int, Told], met: Mapping[int, Episode], *, position: Position, before: Callable[[], bytes]
) -> tuple[dict[int, Told], list[News]]:
    """What has been said from now on, by ordinal, and what is to be said now. `before` packs the state before."""
    said, news = dict(told), list[News]()
    for ordinal, episode in met.items():
        last = said.get(ordinal)
        if last is None or (last.withdrawn and episode.state not in (OPEN, RECOVERING)):
            nth = sum(t.fired_position == position for t in said.values())
            now, last = episode, Told(position, nth, before(), episode)
        else:
            now = allowed(episode, last)
            if not last.withdrawn and not is_news(now, last.episode):
                continue
        said[ordinal] = replace(last, episode=now, withdrawn=False)
        news.append((now, last))
    for ordinal in told.keys() - met.keys():
        if not said[ordinal].withdrawn:
            said[ordinal] = replace(said[ordinal], withdrawn=True)
            news.append((None, said[ordinal]))
    return said, news


def allowed(episode: Episode, last: Told) -> Episode:
    """What is over, withdrawn or flapping opens before it recovers."""
    if episode.state == RECOVERING and (last.withdrawn or last.episode.state in (RESOLVED, FLAPPING)):
        return replace(episode, state=OPEN)
    return episode


def is_news(now: Episode, last: Episode) -> bool:
    """Worth a word: another state or beginning, much more evidence, or anything about what is over."""
    if now.state != last.state or not now.holds:
        return now != last
    return (now.first[0], now.changed_at) != (last.first[0], last.changed_at) or now.count >= ALREADY * last.count
