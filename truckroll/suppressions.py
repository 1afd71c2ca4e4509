"""Suppressions: what people decided shall open no tickets, on its way into the journal and back out of it."""

from collections.abc import Sequence
from uuid import uuid4

from adapters.data_directory import DataDirectory
from adapters.journal_reader import JournalReader
from adapters.journal_sqlite import SqliteJournal
from domain.entries import Entry, Kind
from domain.errors import DirectoryInUse, GiveUp, Unknown, WrongFormat
from domain.instants import Instant
from domain.ports import JournalView
from domain.suppression import TOPIC, Suppression, suppressions_entry, suppressions_of
from ticketing import windows
from truckroll.settings import Settings


def new_id() -> str:
    """An id that no suppression has."""
    return f"S-{uuid4().hex[:16]}"


def check(payload: bytes) -> None:
    """Nothing, or whatever a reader of the journal would stumble over."""
    decided, _ = suppressions_of(payload)
    for each in decided:
        windows.check(each)


def checked(suppression: Suppression) -> Suppression:
    """The suppression. Raises WrongFormat with the sentence of what is wrong with it."""
    try:
        windows.check(suppression)
    except ValueError as error:
        raise WrongFormat([f"{str(error)[:1].upper()}{str(error)[1:]}."]) from None
    return suppression


def decided(journal: JournalView) -> Sequence[Suppression]:
    """Those that were made and not taken back, in order of their beginning; also those whose time is over."""
    known: dict[str, Suppression] = {}
    for _, entry in journal.controls():
        if entry.topic == TOPIC:
            made, gone = suppressions_of(entry.payload)
            known |= {each.id: each for each in made}
            known = {name: each for name, each in known.items() if name not in gone}
    return sorted(known.values(), key=lambda each: (each.since, each.id))


def known(settings: Settings) -> Sequence[Suppression]:
    """Those in a configuration's journal; none before the first start."""
    if not settings.data.exists() or not (data := DataDirectory(settings.data, read_only=True)).journal.exists():
        return []
    with JournalReader(data.path) as journal:
        return decided(journal)


def one(among: Sequence[Suppression], name: str) -> Suppression:
    """The one with that id. Raises Unknown."""
    for each in among:
        if each.id == name:
            return each
    raise Unknown("suppression", name)


def put_in_force(settings: Settings, payload: bytes, now: Instant) -> None:
    """Journal decisions: at once, or through the inbox of the service that runs, within a second.

    Raises GiveUp before the first start.
    """
    try:
        with DataDirectory(settings.data) as data:
            if not data.journal.exists():
                raise GiveUp(
                    f"There is no journal in {settings.data} yet; start Truckroll before you suppress anything."
                )
            with SqliteJournal(data.path) as journal:
                journal.append([Entry(Kind.CONTROL, now, TOPIC, payload)])
    except DirectoryInUse:
        leave(settings, payload)


def leave(settings: Settings, payload: bytes) -> None:
    """Leave decisions for the service that runs."""
    DataDirectory(settings.data, read_only=True).drop(TOPIC, payload)


def add(settings: Settings, suppression: Suppression) -> Suppression:
    """Put a decision in force. Raises WrongFormat, GiveUp."""
    put_in_force(settings, suppressions_entry([checked(suppression)]), suppression.since)
    return suppression


def remove(settings: Settings, name: str, now: Instant) -> Suppression:
    """Take a decision back. Raises Unknown, GiveUp."""
    gone = one(known(settings), name)
    put_in_force(settings, suppressions_entry(remove=[gone.id]), now)
    return gone
