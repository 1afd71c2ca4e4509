"""Suppression watched: it stops creating, never detecting; what is still true when it ends opens exactly one ticket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.entries import Entry, Kind
from domain.finding import FindingState
from domain.incident import HoldKind
from domain.instants import HOUR, MINUTE, SECOND, Instant
from domain.registry import Facts, Installation, registry_entry
from domain.suppression import TOPIC, Suppression, Whom, suppressions_entry
from ingest.watch import Watch
from tests.watching import RULES, START, Watching, crash, message
from ticketing.desk import ServiceDesk
from ticketing.people import close
from truckroll.proof import prove

GATEWAYS = (
    RULES
    + """
[[rule]]
id = "gateway-down"
kind = "consecutive"
event = "offline"
reset = { event = "online" }
resolve = { event = "online" }
count = 1
within = "24h"
severity = "S1"
failure_mode = "gateway-down"
suppresses = "children"
"""
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Watching]:
    """Nothing has happened yet."""
    with Watching(tmp_path, rules=GATEWAYS) as world:
        yield world


def tick(after: float) -> Entry:
    """Time passes."""
    return Entry(Kind.TICK, START + int(after * SECOND))


def decided(*suppressions: Suppression, remove: tuple[str, ...] = (), after: float = 0) -> Entry:
    """A decision of people."""
    return Entry(Kind.CONTROL, START + int(after * SECOND), TOPIC, suppressions_entry(suppressions, remove))


def shelf(until: Instant = START + HOUR, **whom: str) -> Suppression:
    """Shelved for an hour."""
    return Suppression(id="S-1", kind=HoldKind.SHELVE, whom=Whom(**whom), since=START, until=until, by="operator")


def three(device: str, after: float = 0) -> list[Entry]:
    """Three crashes, ten seconds apart."""
    return [crash(device, int(after) + n, after=after + 10 * n) for n in (1, 2, 3)]


def registered(device: str, parent: str = "", site: str = "") -> Entry:
    """A device in its place."""
    facts = Facts(device=device, asset=device.upper(), parent=parent, site=site)
    return Entry(Kind.CONTROL, START, "registry", registry_entry([Installation(START - HOUR, facts)]))


def play(world: Watching, *entries: Entry, watch: Watch | None = None) -> Watch:
    """Journal and watch."""
    world.append(list(entries))
    watch = watch or world.begin()
    world.catch_up(watch)
    return watch


def test_what_is_shelved_is_found_but_opens_nothing_until_the_time_is_over(world):
    """The finding is recorded with its reason; at the first tick after the end its ticket opens, once."""
    watch = play(world, decided(shelf(device="tv-1")), *three("tv-1"), *three("tv-2"), tick(3599))
    assert ["tv-2"] == [ticket.asset for ticket in world.tickets()]
    with world.ledger.begin() as transaction:
        assert [(HoldKind.SHELVE, "S-1")] == transaction.holders()
    play(world, tick(3600), tick(3605), watch=watch)

    assert ["tv-2", "tv-1"] == [ticket.asset for ticket in world.tickets()]
    assert 3 == world.tickets()[-1].evidence_count
    with world.ledger.begin() as transaction:
        assert [] == transaction.holders()


def test_a_decision_taken_back_lets_the_ticket_open(world):
    """At the next tick."""
    watch = play(world, decided(shelf(device="tv-*")), *three("tv-1"), decided(remove=("S-1",), after=40))
    assert [] == list(world.tickets())
    play(world, tick(45), watch=watch)

    assert ["tv-1"] == [ticket.asset for ticket in world.tickets()]


def test_what_is_over_before_the_suppression_ends_opens_nothing(world):
    """Resolution always passes."""
    online = message("gw", '{"boot":1,"seq":9,"event":"online"}', after=60)
    offline = message("gw", '{"boot":1,"seq":1,"event":"offline"}', after=1)
    play(world, decided(shelf(device="gw")), offline, online, tick(30 * 3600))

    assert [FindingState.RESOLVED] == [finding.state for finding in world.findings()]
    assert [] == list(world.tickets())


def test_an_open_ticket_grows_while_its_asset_is_shelved(world):
    """Only creating is stopped."""
    play(world, *three("tv-1"), decided(shelf(device="tv-1"), after=35), crash("tv-1", 4, after=40))

    assert [4] == [ticket.evidence_count for ticket in world.tickets()]


def test_a_window_holds_by_the_clock_on_its_wall(world):
    """In an hour of every day in Berlin; what is still true afterwards opens then."""
    window = Suppression(
        id="W-1",
        kind=HoldKind.WINDOW,
        whom=Whom(device="tv-1"),
        since=START,
        start="2026-01-05T09:00",
        zone="Europe/Berlin",
        rrule="FREQ=DAILY",
        lasts=HOUR,
    )
    watch = play(world, decided(window), *three("tv-1"), tick(3000))
    assert ([], START) == (list(world.tickets()), 1_767_600_000 * SECOND)
    play(world, tick(3600), watch=watch)

    assert ["tv-1"] == [ticket.asset for ticket in world.tickets()]


def test_children_of_a_gateway_that_is_down_are_not_blamed(world):
    """Killed in the middle and started again, nothing leaks; well again, the children have time to be heard."""
    down = message("gw", '{"boot":1,"seq":1,"event":"offline"}', after=1)
    up = message("gw", '{"boot":1,"seq":2,"event":"online"}', after=100)
    hub = registered("hub", parent="gw")
    play(world, registered("gw"), hub, registered("tv-1", parent="gw"), registered("tv-2", parent="hub"), down)
    world.append([*three("tv-1", after=20), tick(55)])
    world.catch_up(world.begin())
    again = play(world, *three("tv-2", after=60), tick(95))
    assert ["GW"] == [ticket.asset for ticket in world.tickets()]

    play(world, up, tick(100 + 299), watch=again)
    assert ["GW"] == [ticket.asset for ticket in world.tickets()]
    play(world, tick(100 + 5 * MINUTE // SECOND), watch=again)
    assert ["GW", "TV-1", "TV-2"] == [ticket.asset for ticket in world.tickets()]


def test_a_restart_and_another_cut_see_the_same(tmp_path: Path):
    """The same journal, watched in one go and entry by entry with a new start each time."""
    entries = [
        decided(shelf(START + 100 * SECOND, device="tv-1")),
        *three("tv-1"),
        tick(50),
        decided(shelf(START + 200 * SECOND, device="tv-2"), after=60),
        *three("tv-2", after=70),
        tick(150),
        tick(250),
    ]
    told = []
    for name, most in (("whole", 2_000), ("cut", 1)):
        with Watching(tmp_path / name, most=most) as world:
            for entry in entries:
                world.append([entry])
                if most == 1:
                    world.catch_up(world.begin())
            world.catch_up(world.begin())
            told.append([(t.number, t.asset, t.evidence_count) for t in world.tickets()])

    assert [("T-2026-000001", "tv-1", 3), ("T-2026-000002", "tv-2", 3)] == told[0]
    assert told[0] == told[1]


def test_above_its_rate_a_rule_opens_one_incident(tmp_path: Path):
    """Also over a restart; members that recover leave, and the last one ends it."""
    rules = RULES + 'max_tickets = "3/h"\nresolve = { event = "boot_ok" }\n'
    with Watching(tmp_path, rules=rules) as world:
        play(world, *[entry for n in range(5) for entry in three(f"tv-{n}")])
        play(world, *[entry for n in range(5, 10) for entry in three(f"tv-{n}")])

        assets = [ticket.asset for ticket in world.tickets()]
        assert ["tv-0", "tv-1", "tv-2", "flood:rule=crash-loop"] == assets
        with world.ledger.begin() as transaction:
            (incident,) = transaction.open_incidents()
            assert ("T-2026-000004", {"rule": "crash-loop"}) == (incident.ticket, incident.scope)
            held = transaction.held_by(HoldKind.INCIDENT, incident.id)
            assert {f"tv-{n}" for n in range(3, 10)} == {finding.asset for finding in held}

        ok = json.dumps({"boot": 1, "seq": 9, "event": "boot_ok"})
        play(world, *[message(f"tv-{n}", ok, after=100) for n in range(3, 10)], tick(200))
        with world.ledger.begin() as transaction:
            assert [] == transaction.open_incidents()
            assert [] == transaction.holders()
        assert assets == [ticket.asset for ticket in world.tickets()]


def test_who_ends_the_ticket_of_a_flood_lets_its_members_go(tmp_path: Path):
    """A day later what still holds opens tickets, again no more than the rule may."""
    with Watching(tmp_path, rules=RULES + 'max_tickets = "2/h"\n') as world:
        watch = play(world, *[entry for n in range(5) for entry in three(f"tv-{n}")])
        with world.ledger.begin() as transaction:
            flood = transaction.ticket("T-2026-000003")
            transaction.record(close(flood, by="operator", now=START, revision=flood.revision))
        world.clock.at = START + 2 * HOUR
        play(world, tick(60), tick(23 * 3600), watch=watch)
        assert 3 == len(world.tickets())
        play(world, tick(24 * 3600 + 60), watch=watch)

        last = [ticket.asset for ticket in world.tickets()][3:]
        assert ["tv-2", "tv-3", "flood:rule=crash-loop"] == last


def test_a_bad_release_is_one_incident_over_the_whole_way(tmp_path: Path):
    """From the journal to the ledger: the devices of the scope are members, those of before are taken in, and the

    incident's ticket is proved.
    """
    rules = (
        RULES
        + """
[[rule]]
id = "bad-release"
kind = "fleet"
event = "crash"
warm_up = "1h"
patience = 100
severity = "S1"
failure_mode = "crash-loop"
"""
    )
    with Watching(tmp_path, rules=rules) as world:
        names = [f"tv-{n}" for n in range(40)]
        world.append([registered(name) for name in names])
        beats = [
            message(
                name,
                json.dumps({"fw": "2" if n < 20 else "1", "values": {"on": 1}}),
                after=h * 1800 + n,
                channel="telemetry",
            )
            for h in range(96)
            for n, name in enumerate(names)
        ]
        world.append(beats)
        began = 96 * 1800
        world.clock.at = START + began * SECOND
        world.append([e for n in range(20) for e in three(f"tv-{n}", after=began + n)] + [tick(began + 3600)])
        world.append([tick(began + 3700)])
        world.catch_up(world.begin())

        with world.ledger.begin() as transaction:
            incidents = transaction.open_incidents()
        assert ["crash-loop"] == [incident.failure_mode for incident in incidents]
        opened = [ticket for ticket in world.tickets() if ticket.is_open]
        assert [incidents[0].ticket] == [ticket.number for ticket in opened]
        (proof,) = prove(world.ledger, ServiceDesk(), opened[0])
        assert [] == list(proof.objections)
