"""Rule moves: what a person decides about a rule's version, on its way into the journal."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import msgspec

from adapters.data_directory import DataDirectory
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from detectors.moves import Move, moved
from detectors.rule import Rule
from detectors.rules import rules_entry, rules_of
from domain.entries import Entry, Kind
from domain.errors import DirectoryInUse, GiveUp
from domain.ports import Delivery, JournalView
from truckroll.settings import Settings

MOVE = "rule_move"
"""What the inbox calls it. The journal gets the rules as they are after it."""

READ = msgspec.json.Decoder(Move)


class RuleMoves:
    """Moves that arrive together, each made from where the one before has led."""

    def __init__(self, rules: Callable[[], Sequence[Rule]]) -> None:
        self.read = rules
        self.rules: Sequence[Rule] | None = None
        self.made: dict[bytes, bytes] = {}
        """By payload of a move, the rules after it."""

    def take(self, payload: bytes) -> None:
        """Make the move. Raises ValueError or a TruckrollError where it is none, or not possible now."""
        self.rules = moved(self.read() if self.rules is None else self.rules, READ.decode(payload))
        self.made[payload] = rules_entry(self.rules)

    def decided(self, delivery: Delivery) -> Delivery:
        """What is journaled: the rules after a move; anything else as it is."""
        entry = delivery.entry
        if entry.topic != MOVE:
            return delivery
        return delivery._replace(entry=entry._replace(topic="rules", payload=self.made[entry.payload]))


def rules_in_journal(journal: JournalView) -> list[Rule]:
    """The rules as the newest `rules` entry has them, also the waiting and the retired ones."""
    texts = [entry.payload for _, entry in journal.controls() if entry.topic == "rules"]
    return rules_of(texts[-1]) if texts else []


def rules_known(settings: Settings) -> list[Rule]:
    """The rules of a configuration's journal. Raises GiveUp before the first start."""
    texts = rule_texts(settings)
    return rules_of(texts[-1]) if texts else []


def rule_texts(settings: Settings) -> list[bytes]:
    """All `rules` entries that there ever were, the newest last. Raises GiveUp before the first start."""
    if not settings.data.exists() or not (data := DataDirectory(settings.data, read_only=True)).journal.exists():
        raise GiveUp(
            f"There is no journal in {settings.data} yet; start Truckroll, which puts the rule files in force."
        )
    with JournalReader(data.path) as journal:
        return [entry.payload for _, entry in journal.controls() if entry.topic == "rules"]


def ask(settings: Settings, move: Move) -> Rule:
    """Have a move made: journaled at once, or by the service that runs, within a second.

    Returns the version as it will be. Raises Unknown, IllegalMove, Conflict, GiveUp, WrongFormat.
    """
    move = replace(move, request=move.request or uuid4().hex)
    after = moved(rules_known(settings), move)
    try:
        with DataDirectory(settings.data) as data, SqliteJournal(data.path) as journal:
            after = moved(rules_in_journal(journal), move)
            journal.append([Entry(Kind.CONTROL, move.at, "rules", rules_entry(after))])
    except DirectoryInUse:
        leave(settings, move)
    return version_moved(after, move)


def leave(settings: Settings, move: Move) -> None:
    """Leave a move for the service that runs."""
    DataDirectory(settings.data, read_only=True).drop(MOVE, msgspec.json.encode(move))


def version_moved(after: Sequence[Rule], move: Move) -> Rule:
    """The version that a move was about."""
    return next(rule for rule in after if rule.id == move.rule and rule.stamp.request == move.request)
