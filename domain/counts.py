"""What every adapter counts, under the same four names."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """received = kept + dropped + failed, once everything under way has ended."""

    received: int = 0
    kept: int = 0
    dropped: int = 0
    failed: int = 0

    def as_dict(self) -> dict[str, int]:
        """The four numbers by name."""
        return asdict(self)
