"""Control: what people have decided gets into the journal, from the configuration or from other processes."""

from collections.abc import Callable, Sequence

from adapters.data_directory import DataDirectory
from detectors.moves import begun
from detectors.rule import Rule
from detectors.rules import rules_entry, rules_of
from domain.entries import Entry, Kind
from domain.instants import SECOND
from domain.ports import Clock, Delivery, Journal
from domain.registry import Registry
from domain.suppression import TOPIC
from ingest.decode import Decoder
from ingest.health import Health
from ingest.sources import sources_entry, sources_of
from truckroll import suppressions
from truckroll.rule_moves import MOVE, RuleMoves
from truckroll.ruleset import RuleSet
from truckroll.settings import Settings

PART = "inbox"
RULES_PART = "rules"
REGISTRY = ("registry", "import the file again with truckroll device import")
AGAIN = {TOPIC: ("suppression", "decide it again with truckroll suppress")}
"""What is said of a file that cannot be read, by topic."""


def put_in_force(journal: Journal, settings: Settings, rules: RuleSet, clock: Clock) -> set[str] | None:
    """Journal the sources and rules of the configuration where they differ from those in force; what people have done

    with the rules since they began stands.

    Returns the filters that the sources in force before needed; None at the first start.
    """
    is_first_start = journal.last == 0
    in_force = {entry.topic: entry.payload for _, entry in journal.controls()}
    known = rules_of(in_force["rules"]) if "rules" in in_force else []
    wanted = {
        "sources": sources_entry(settings.sources),
        "rules": rules_entry(begun(known, rules.rules, clock.now())),
    }
    changed = [
        Entry(Kind.CONTROL, clock.now(), topic, text) for topic, text in wanted.items() if in_force.get(topic) != text
    ]
    if changed:
        journal.append(changed)
    if is_first_start:
        return None
    return set(sources_of(in_force["sources"]).subscriptions()) if "sources" in in_force else set()


def check_decision(entry: Entry) -> None:
    """Nothing, or whatever a reader of the journal would stumble over."""
    if entry.topic == TOPIC:
        suppressions.check(entry.payload)
        return
    if entry.topic != "registry":
        raise ValueError(f"{entry.topic} does not come through the inbox")
    Registry().apply(entry.payload)
    Decoder([(1, entry)])


class Inbox:
    """What other processes ask to be journaled, as deliveries."""

    def __init__(
        self, directory: DataDirectory, clock: Clock, health: Health, rules: Callable[[], Sequence[Rule]] = tuple
    ) -> None:
        self.directory = directory
        self.rules = rules
        """The rules as the journal has them."""
        self.clock = clock
        self.health = health
        self.next_look = 0

    def collect(self) -> Sequence[Delivery]:
        """New decisions of people; looked for once a second."""
        now = self.clock.now()
        if now < self.next_look <= now + SECOND:
            return ()
        self.next_look = now + SECOND
        try:
            found = self.directory.collect()
        except OSError as error:
            self.health.red(
                PART, f"{self.directory.inbox} cannot be read ({error}); give its files to the service's user."
            )
            return ()
        offered = [Delivery(Entry(Kind.CONTROL, now, kind, payload), name) for name, kind, payload in found]
        moves = RuleMoves(self.rules)
        return [moves.decided(delivery) for delivery in offered if self.takes(delivery, moves)]

    def takes(self, delivery: Delivery, moves: RuleMoves) -> bool:
        """It is something that every reader of the journal can read; anything else is set aside, with a sentence.

        What is journaled is read at every start for ever, so nothing gets in unread.
        """
        if delivery.entry.topic == MOVE:
            return self.moves(delivery, moves)
        try:
            check_decision(delivery.entry)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it stays outside
            aside = self.directory.set_aside(str(delivery.token))
            what, then = AGAIN.get(delivery.entry.topic, REGISTRY)
            self.health.red(PART, f"{aside} is no {what} ({error}); {then}.")
            return False
        return True

    def moves(self, delivery: Delivery, moves: RuleMoves) -> bool:
        """It is a move of a rule that is possible now; any other is set aside, with a sentence."""
        try:
            moves.take(delivery.entry.payload)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it stays outside
            self.directory.set_aside(str(delivery.token))
            self.health.red(RULES_PART, f"A move of a rule came to nothing: {error} See truckroll rules list.")
            return False
        self.health.green(RULES_PART)
        return True

    def done(self, deliveries: Sequence[Delivery]) -> None:
        """They are durable in the journal now."""
        for delivery in deliveries:
            self.directory.done(str(delivery.token))
