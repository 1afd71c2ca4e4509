"""Going live never floods: what is true already is listed, and opens nothing until a person confirms it."""

from pathlib import Path

import pytest

from detectors.moves import Move, moved
from detectors.rules import read_rules, rules_entry
from domain.entries import Entry, Kind
from domain.instants import SECOND
from ingest.watch import WatchSettings
from tests.watching import RULES, START, Watching, crash, crashes, message
from truckroll.already_true import already_true, ticketed

MENDED = 'resolve = { event = "boot_ok" }\ncooldown = "6h"\n'
SHADOWED = RULES + MENDED + 'life = "shadow"\n'
LIVE_AT = START + 1_000 * SECOND
SETTINGS = WatchSettings(snapshot_seconds=0)


class Life:
    """A watch whose rule is moved."""

    def __init__(self, home: Path) -> None:
        self.watching = Watching(home, rules=SHADOWED, settings=SETTINGS)
        self.rules = list(read_rules(SHADOWED, "rules.toml").rules)

    def __enter__(self):
        self.watching.__enter__()
        self.watch = self.watching.begin()
        return self

    def __exit__(self, *_):
        self.watching.__exit__(*_)

    def hear(self, *entries):
        """Journal and watch."""
        self.watching.append(entries)
        self.watching.catch_up(self.watch)
        return self

    def move(self, to, *, at=LIVE_AT, **more):
        """Journal and watch a decision."""
        self.rules = moved(self.rules, Move(rule="crash-loop", to=to, by="operator", at=at, **more))
        return self.hear(Entry(Kind.CONTROL, at, "rules", rules_entry(self.rules)))

    def restart(self):
        """As after a crash: another watch takes up the snapshot and the journal."""
        self.watch = self.watching.begin()
        return self

    def replay(self):
        """As after a crash that cost the snapshots too."""
        for path in self.watching.snapshots.iterdir():
            path.unlink()
        return self.restart()

    def listed(self):
        """What is true already."""
        return {finding.asset for finding in already_true(self.watching.ledger, self.rules[-1])}

    def tickets(self):
        """Assets with tickets."""
        return sorted(ticket.asset for ticket in self.watching.tickets())


@pytest.fixture(params=["goes on", "restarts", "replays"])
def life(tmp_path, request):
    """A rule in shadow; every story holds whether or not the service is restarted in its middle."""
    with Life(tmp_path) as life:
        life.between = {"goes on": lambda: life, "restarts": life.restart, "replays": life.replay}[request.param]
        yield life


def later(device, count, *, after=2_000):
    """Crashes long after going live."""
    return [crash(device, 100 + seq, after=after + 10 * seq) for seq in range(count)]


def test_in_shadow_everything_is_found_and_nothing_is_opened(life):
    """The ledger has the findings; the desk does nothing."""
    life.hear(*crashes("tv-1", 3), *crashes("tv-2", 3)).between()

    assert ({"tv-1", "tv-2"}, []) == (life.listed(), life.tickets())


def test_going_live_opens_nothing_of_what_was_true(life):
    """Also not when more evidence comes; new trouble on another device opens at once."""
    life.hear(*crashes("tv-1", 3)).move("live").between()
    life.hear(*later("tv-1", 5), *later("tv-2", 3, after=3_000))

    assert ({"tv-1"}, ["tv-2"]) == (life.listed(), life.tickets())


def test_what_is_confirmed_opens_its_ticket_at_once(life):
    """The others stay silent."""
    life.hear(*crashes("tv-1", 3), *crashes("tv-2", 3)).move("live").between()
    chosen = next(f.id for f in already_true(life.watching.ledger, life.rules[0]) if f.asset == "tv-2")
    life.move("live", confirm=(chosen,), at=LIVE_AT + SECOND).between()

    assert ({"tv-1"}, ["tv-2"]) == (life.listed(), life.tickets())


def test_confirming_all_with_the_promotion_opens_all_once(life):
    """Later evidence grows those tickets and opens no second one."""
    life.hear(*crashes("tv-1", 3), *crashes("tv-2", 3)).move("live", confirm="all").between()
    life.hear(*later("tv-1", 4))

    assert (set(), ["tv-1", "tv-2"]) == (life.listed(), life.tickets())
    assert {"tv-1": 7, "tv-2": 3} == {t.asset: t.evidence_count for t in life.watching.tickets()}


def test_what_began_before_going_live_and_fires_after_it_waits_too(life):
    """Two crashes before, the third after: true already, as far as anybody can tell."""
    life.hear(*crashes("tv-1", 2)).move("live").between()
    life.hear(*later("tv-1", 1)).between()

    assert ({"tv-1"}, []) == (life.listed(), life.tickets())


def test_trouble_that_was_over_and_comes_back_is_new(life):
    """Within the cooldown it is the same finding; that it comes back is news all the same."""
    life.hear(*crashes("tv-1", 3)).move("live").between()
    life.hear(message("tv-1", '{"boot":1,"seq":50,"event":"boot_ok"}', after=1_500)).between()
    assert (set(), []) == (life.listed(), life.tickets())

    life.hear(*later("tv-1", 3)).between()
    assert ["tv-1"] == life.tickets()
    assert 1 == len(life.watching.findings())


def test_a_ticket_opened_while_live_is_kept_up_in_shadow(life):
    """Silencing a rule stops new tickets, never the course of those there are."""
    life.move("live", at=START - SECOND).hear(*crashes("tv-1", 3)).between()
    life.move("shadow", at=LIVE_AT).between()
    life.hear(*later("tv-1", 2), *later("tv-2", 3))

    assert ["tv-1"] == life.tickets()
    assert 5 == life.watching.tickets()[0].evidence_count
    assert {"tv-2"} == life.listed()


def test_a_confirmed_finding_joins_the_ticket_that_is_open(life):
    """A new version takes the live one's place; the ticket goes on, and there is no second one."""
    life.move("live", at=START - SECOND).hear(*crashes("tv-1", 3))
    other = read_rules(RULES.replace("24h", "12h"), "rules.toml").rules[0]
    life.move("shadow", version=other.version, table=dict(other.table), at=START + 50 * SECOND)
    life.hear(*later("tv-1", 3, after=100)).between()
    found = already_true(life.watching.ledger, life.rules[-1])
    joining = ticketed(life.watching.ledger, found)
    life.move("live", version=other.version, confirm=tuple(joining)).between()

    assert [ticket.number for ticket in life.watching.tickets()] == list(joining.values())
    assert ["tv-1"] == life.tickets()
    assert [f.id for f in found] == list(life.watching.tickets()[0].active)
