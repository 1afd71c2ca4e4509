"""A year of `bench.loop`, day by day: machines wear and fail; tickets, orders, parts, crew; and the bill."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from bench.loop_bill import Bill, Year
from bench.loop_crew import CrewRoom, Job, Made, crew_lead
from bench.loop_desk import BEGIN, FAILED, TicketDesk, Word
from bench.loop_policy import Foresight, Policy, Seen, Wish, number_of, order_of
from bench.loop_records import Records, Slot
from bench.loop_supply import Supply
from bench.loop_world import QUARTERS, Fleet, World
from domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from domain.work_order import OrderKind, Waiting

QUARTER = DAY // QUARTERS


def lived(world: World, seed: int, past: tuple[Fleet, Records], name: str, policy: Policy) -> Year:
    """The year under a policy. The past is left as it is, so that every policy begins with the same."""
    fleet, records = deepcopy(past)
    supply = Supply(world, records)
    if isinstance(policy, Foresight) and policy.knows:
        policy.study(Seen(world=world, day=0, tickets={}, records=records, supply=supply, lead=1.5))
        assert policy.insight is not None
        supply.rates = policy.insight.demand()
    with TicketDesk(world, watches_wear=isinstance(policy, Foresight)) as desk:
        days = Days(world, policy, fleet, records, supply, desk, CrewRoom(world, fleet, seed), Year(name, seed))
        for day in range(world.days):
            days.pass_one(day)
        days.year.tickets, days.year.findings = desk.tickets, desk.findings
    return days.year


@dataclass(eq=False)
class Days:
    """Everything that a day needs."""

    world: World
    policy: Policy
    fleet: Fleet
    records: Records
    supply: Supply
    desk: TicketDesk
    crew: CrewRoom
    year: Year
    wished: dict[Slot, Wish] = field(default_factory=dict)
    """Open orders."""
    down_since: dict[int, Instant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.down_since = {machine.number: BEGIN for machine in self.fleet.machines if machine.failed >= 0}
        failed = ((number, self.fleet.machines[number].failed) for number in self.down_since)
        self.told = [Word(number, BEGIN + MINUTE, part, event="failed") for number, part in failed]

    def pass_one(self, day: int) -> None:
        """Midnight: parts arrive, orders are made, parts bought, the crew planned; then the day; then it is told."""
        begin, bill = BEGIN + day * DAY, Bill()
        self.supply.arrive(begin)
        seen = Seen(
            world=self.world,
            day=day,
            tickets=self.desk.open(),
            records=self.records,
            supply=self.supply,
            lead=crew_lead(day),
        )
        if day:
            standing = {(number, self.fleet.machines[number].failed) for number in self.down_since}
            self.year.unseen += len(standing - seen.tickets[FAILED])
        self.order(seen)
        self.buy(seen)
        made, cost = self.crew.planned(day, list(self.jobs()), self.supply.on_hand())
        bill.visits, bill.overtime = cost.travel + cost.work, cost.overtime
        said, done = self.run(day, made, bill)
        self.desk.hear(said)
        self.desk.close(done, begin + DAY - SECOND)
        bill.stock = self.supply.holding()
        self.year.bill.add(bill)
        self.year.days.append(bill)

    # -- the midnight

    def order(self, seen: Seen) -> None:
        """Failures that the desk knows of, what the policy wishes, and what was ordered already."""
        for slot in seen.tickets[FAILED]:
            self.wished[slot] = Wish(slot=slot, kind=OrderKind.CORRECTIVE)
        for wish in self.policy.wishes(seen, {slot[0] for slot in self.wished}):
            self.wished.setdefault(wish.slot, wish)

    def buy(self, seen: Seen) -> None:
        """What the shelf needs for open orders, for those that are expected, and for what nobody foresees."""
        expected = [order for order in self.policy.expected(seen) if order.number not in map(number_of, self.wished)]
        open_ones = [order_of(seen, wish, 0.0) for wish in self.wished.values()]
        self.supply.review(BEGIN + seen.day * DAY, [*open_ones, *expected])

    def jobs(self) -> Iterator[Job]:
        """Open orders by machine, as far as there are parts; those whose machine stands still take first."""
        left = Counter(self.supply.on_hand())
        by_machine: dict[int, list[Wish]] = {}
        for slot, wish in sorted(self.wished.items()):
            by_machine.setdefault(slot[0], []).append(wish)
        for machine in sorted(by_machine, key=lambda number: (number not in self.down_since, number)):
            wishes = sorted(by_machine[machine], key=lambda wish: wish.kind is not OrderKind.CORRECTIVE)
            parts = [wish.slot[1] for wish in wishes if took(left, self.world.parts[wish.slot[1]].id)]
            if parts:
                yield Job(
                    machine=machine,
                    parts=tuple(parts),
                    is_down=machine in self.down_since and self.fleet.machines[machine].failed in parts,
                    waiting=self.waiting(machine, wishes),
                )

    def waiting(self, machine: int, wishes: Sequence[Wish]) -> tuple[Waiting, ...]:
        """What it costs if nobody comes: of a machine that stands, its down time; else what the policy expects."""
        if machine in self.down_since:
            return (Waiting(days=1, cost=24.0 * self.world.down_per_hour, is_assumed=False),)
        return max((wish.waiting for wish in wishes), key=lambda each: each[-1].cost if each else 0.0)

    # -- the day

    def run(self, day: int, made: Iterable[Made], bill: Bill) -> tuple[list[Word], list[Slot]]:
        """Quarter by quarter: who is there works, the others run. What was said, and what was replaced."""
        visits = {visit.job.machine: visit for visit in made}
        said, done = list(self.told), list[Slot]()
        self.told = []
        for number in range(self.world.machines):
            begin, ran, heard = BEGIN + day * DAY, 0, [list[float]() for _ in self.world.parts]
            visit = visits.get(number)
            for quarter in range(QUARTERS):
                at = begin + quarter * QUARTER
                if visit is not None and at <= visit.starts_at < at + QUARTER:
                    self.records.ran(number, enumerate(heard), ran)
                    ran, heard = 0, [list[float]() for _ in self.world.parts]
                    done += self.visit(day, visit, said, bill)
                elif number not in self.down_since:
                    ran += 1
                    for word in self.quarter(number, at + QUARTER):
                        said.append(word)
                        if word.value is None:
                            self.fail(day, word, bill)
                        else:
                            heard[word.part].append(word.value)
            self.records.ran(number, enumerate(heard), ran)
            self.stand(number, begin, bill)
        return said, done

    def quarter(self, number: int, end: Instant) -> Iterator[Word]:
        """What a machine says that runs for a quarter of a day: its readings, or that a part failed."""
        machine = self.fleet.machines[number]
        values = machine.run()
        if machine.failed >= 0:
            yield Word(number, end - MINUTE, machine.failed, event="failed")
            return
        for part, value in enumerate(values):
            if value is not None:
                yield Word(number, end - MINUTE + number * SECOND, part, value)

    def fail(self, day: int, word: Word, bill: Bill) -> None:
        """A machine stands from now on, and what the failure spoilt is spoilt."""
        kind = self.world.parts[word.part]
        self.down_since[word.machine] = word.at
        self.year.failures[kind.id] += 1
        self.year.marks.append((day, word.machine, word.part, "failed"))
        bill.damage += self.world.damage(kind)

    def visit(self, day: int, visit: Made, said: list[Word], bill: Bill) -> Iterator[Slot]:
        """A technician replaces the parts; the machine stands meanwhile."""
        number = visit.job.machine
        machine = self.fleet.machines[number]
        if number not in self.down_since:
            bill.down += (visit.ends_at - visit.starts_at) / HOUR * self.world.down_per_hour
            self.year.down_hours += (visit.ends_at - visit.starts_at) / HOUR
        self.year.visits += 1
        for part in visit.job.parts:
            kind = self.world.parts[part]
            failed = machine.failed == part
            wish = self.wished.pop((number, part))
            self.supply.issue(kind.id, visit.starts_at)
            self.records.issues.append((day, part, wish.kind is not OrderKind.CORRECTIVE))
            self.records.replaced((number, part), failed=failed)
            self.fleet.renew(number, part)
            bill.parts += kind.price
            self.year.used[kind.id] += 1
            said.append(Word(number, visit.ends_at, part, event="ok"))
            if not failed:
                self.year.replaced[kind.id] += 1
                self.year.marks.append((day, number, part, "replaced"))
            yield number, part
        if machine.failed < 0 and number in self.down_since:
            self.charge(bill, visit.ends_at - self.down_since.pop(number))

    def stand(self, number: int, begin: Instant, bill: Bill) -> None:
        """What a machine that stands still has cost until midnight."""
        if number in self.down_since:
            self.charge(bill, begin + DAY - self.down_since[number])
            self.down_since[number] = begin + DAY

    def charge(self, bill: Bill, stood: Instant) -> None:
        """Down time."""
        bill.down += stood / HOUR * self.world.down_per_hour
        self.year.down_hours += stood / HOUR


def took(left: Counter[str], part: str) -> bool:
    """Whether there was one, which is then gone."""
    left[part] -= 1
    return left[part] >= 0
