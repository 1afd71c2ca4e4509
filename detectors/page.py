"""A detector's page: what a planner reads before choosing it; the rest of the page comes from its settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Stands in a detector's class as `page: ClassVar[Page]`."""

    finds: str
    """What it finds, with an example from the field."""
    wrong_when: str
    """When it is the wrong tool, and which one is right then."""
    source: str
    """Where the method is from: paper, standard or formula."""
