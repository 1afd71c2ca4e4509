"""Fold: what the happenings of a key, taken one by one in order of event time, make of the episodes of a rule."""

from collections.abc import Iterable

from msgspec.structs import replace

from detectors.episodes import FLAPPING, Episode, Happening, begin, calmed, grown, is_in_cooldown, turned
from detectors.health import GAP_SLICES, SLICES, Heard
from detectors.readers import Flapping, Resolve
from detectors.stretch import CALM, HIT, LATEST, QUIET, RESET, RESOLVE, KeyState, Row
from domain.entries import Position
from domain.instants import Duration, Instant

Judged = tuple[Row, dict[int, Episode]]
"""The row after the happenings, and the episodes met, by ordinal."""


class Fold:
    """A kind says what its roles do to a row (`met`), and, where time alone matters, what time does (`passed`)."""

    hits: str = HIT
    """Roles of events that are trouble: they break the quiet, and are told apart by code and fingerprint."""
    resolve: Resolve
    cooldown: Duration
    flapping: Flapping

    # -- what a kind says

    def met(self, row: Row, one: Happening, heard: Heard) -> Row:
        """The row after an event in its role."""
        raise NotImplementedError(f"{type(self).__name__} says what its events mean")

    def passed(self, row: Row, until: Instant, heard: Heard) -> Row:
        """The row after time has passed up to just before `until`."""
        return row

    # -- happenings in order

    def run(self, row: Row, happenings: Iterable[Happening], heard: Heard, until: Instant = LATEST) -> Judged:
        """The row after some happenings and after the time up to `until`."""
        met = {row.ordinal: row.episode} if row.episode is not None else {}
        for one in happenings:
            row = self.step(row, one, heard)
            if row.episode is not None:
                met[row.ordinal] = row.episode
        row = self.passed(row, until, heard)
        if row.episode is not None:
            met[row.ordinal] = row.episode
        return row, met

    def step(self, row: Row, one: Happening, heard: Heard) -> Row:
        """One happening."""
        row = self.passed(row, one.at, heard)
        if row.episode is not None:
            row = replace(row, episode=calmed(row.episode, one.at, self.flapping))
        row = self.met(row, one, heard)
        episode, breaks = row.episode, RESET in one.kind
        if episode is not None and episode.holds and (RESOLVE in one.kind or one.kind == QUIET):
            episode, breaks = turned(episode, holds=False, at=one.at, flapping=self.flapping), True
        return replace(row, hits=() if breaks else row.hits, episode=episode)

    def fired(self, row: Row, pieces: tuple[Happening, ...], at: Instant) -> Row:
        """The condition was met at an instant: evidence of what holds, the same trouble again, or a new episode."""
        episode = row.episode
        if episode is not None and episode.holds:
            return replace(row, episode=grown(episode, pieces))
        if episode is not None and is_in_cooldown(episode, at, self.cooldown):
            again = turned(episode, holds=True, at=at, flapping=self.flapping)
            return replace(row, episode=grown(again, pieces))
        return replace(row, ordinal=row.ordinal + 1, episode=begin(pieces, at))

    # -- what time alone changes

    def is_hit(self, kind: str) -> bool:
        """It is trouble."""
        return any(role in self.hits for role in kind)

    def is_undone(self, mark: Happening, hit: Happening) -> bool:
        """The mark says that it was quiet when, as is known now, it was not."""
        return mark.kind == QUIET and mark.at - self.resolve.quiet_for < hit.at < mark.at

    def ripe(self, state: KeyState, at: Instant, position: Position) -> list[Happening]:
        """The marks that time puts now: quiet for long enough, or calm for long enough."""
        row, _ = self.run(state.settled, state.happenings, state.heard)
        kind = self.ripeness(row.episode, state, at)
        return [Happening(max(at, (state.newest or at) + 1), -1, -1, 0, position, kind, "", "", "")] if kind else []

    def ripeness(self, episode: Episode | None, state: KeyState, at: Instant) -> str:
        """The kind of mark for an episode; empty for none."""
        if episode is None:
            return ""
        if episode.state == FLAPPING and at - max(episode.changed_at, state.newest or 0) >= self.flapping.within:
            return CALM
        silence = at - state.heard_at
        quiet = state.quiet + (silence if 0 < silence <= self.longest_silence else 0)
        return QUIET if episode.holds and 0 < self.resolve.quiet_for <= quiet else ""

    @property
    def longest_silence(self) -> Duration:
        """A longer silence is no evidence of quiet."""
        return self.resolve.quiet_for * GAP_SLICES // SLICES
