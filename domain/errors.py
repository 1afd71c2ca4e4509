"""What can go wrong, in sentences for the person who can act."""

from collections.abc import Iterable, Mapping


class TruckrollError(Exception):
    """Every error that Truckroll raises on purpose; its text is one sentence that says what to do."""


class TryLater(TruckrollError, RuntimeError):
    """It may work again later without anybody's help; whoever asked keeps what was to be done."""


class GiveUp(TruckrollError, RuntimeError):
    """It will not work however often it is tried; what was to be done is parked and shown."""


class DiskFull(TryLater, OSError):
    """A write did not fit on the disk; nothing of it was kept."""

    def __init__(self, where: object) -> None:
        super().__init__(f"The disk that holds {where} is full; free some space and work goes on by itself.")


class DirectoryInUse(TruckrollError, RuntimeError):
    """Another process writes to the same data directory."""

    def __init__(self, where: object) -> None:
        super().__init__(f"Another Truckroll uses {where}; stop it or choose another data directory (data = …).")


class ForeignEpoch(TruckrollError, RuntimeError):
    """A bookmark belongs to another journal than the one that is there."""

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(
            f"{what} belongs to journal {found}, but the journal here is {expected}; "
            "restore both from the same backup, or start with an empty data directory."
        )


class LedgerBehind(TruckrollError, RuntimeError):
    """The ledger has seen less of the journal than the snapshot; replaying from the snapshot would skip entries."""

    def __init__(self, ledger: int, snapshot: int) -> None:
        super().__init__(
            f"The ledger has got to position {ledger}, but the snapshot to {snapshot}; restore both from the same "
            "backup, or delete the snapshots folder so that the journal is replayed from its beginning."
        )


class DamagedJournal(TruckrollError, ValueError):
    """A page of the journal is not the page that was written."""

    def __init__(self, position: int) -> None:
        super().__init__(
            f"The journal is damaged at position {position}: its hash chain does not fit; restore it from a backup."
        )


class WrongFormat(TruckrollError, ValueError):
    """A file of a person's making has mistakes; all of them are listed."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class IllegalMove(TruckrollError, ValueError):
    """A state machine does not know this move."""

    def __init__(self, what: str, before: str, after: str, allowed: Iterable[str]) -> None:
        self.allowed = tuple(allowed)
        choice = ", ".join(self.allowed) or "none"
        super().__init__(f"{what} is {before} and cannot become {after}; possible from here: {choice}.")


class GatesOpen(TruckrollError, ValueError):
    """A ticket or an order cannot be resolved or closed: something that its class asks for is not there."""

    def __init__(self, what: str, missing: Mapping[str, str]) -> None:
        self.missing = tuple(missing)
        """Gates and fields by name; the values are what people call them."""
        named = ", ".join(missing.values())
        super().__init__(f"{what} cannot be resolved or closed yet; add {named}, or cancel it with a reason.")


class Conflict(TruckrollError, RuntimeError):
    """Somebody else changed it first."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by somebody else meanwhile; read it again and repeat your change.")


class Unknown(TruckrollError, LookupError):
    """There is no such thing."""

    def __init__(self, what: str, name: str, nearest: str = "") -> None:
        hint = f"; did you mean {nearest}?" if nearest else "."
        super().__init__(f"There is no {what} {name}{hint}")


class NotInStock(TruckrollError, ValueError):
    """More of a part is wanted than there is."""

    def __init__(self, part: str, location: str, wanted: int, there: int, what: str = "available") -> None:
        super().__init__(
            f"{wanted} of {part} are wanted at {location}, but {there} are {what}; take fewer, or receive, transfer "
            "or count it first."
        )


class PartsMissing(TruckrollError, ValueError):
    """An order cannot be released: its kit is not there."""

    def __init__(self, order: str, missing: Mapping[str, str]) -> None:
        self.missing = tuple(missing)
        """Parts by id; the values are sentences about them."""
        super().__init__(
            f"Work order {order} cannot be released with its kit: {' '.join(missing.values())} "
            "Get the parts, or release it without them and say why."
        )
