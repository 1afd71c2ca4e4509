"""A ticket's class: what kind of trouble it is, what a visit for it needs, and when it may be closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.instants import DAY, HOUR, Duration
from domain.text import Text

VISITS = ("never", "maybe", "always")
GATES = ("photo_before", "photo_after", "signature", "codes")
LABELS = ("true", "nff", "wrong_part", "planned")
"""What a closing code says about the detection: right, no fault found, another part than was said, planned work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClass:
    """One `[[class]]` table, checked."""

    id: str
    name: Text
    visit: str = "maybe"
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    job_plan: str = ""
    sla: str = "standard"
    gates: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    """Fields that must be filled in before it is closed."""
    soak: Duration = DAY
    """Healthy for so long = the repair is confirmed."""
    ask_after: Duration = 72 * HOUR
    """Silent for so long after the repair = a person is asked."""
    relapse: Duration = 30 * DAY
    """Coming back within this time reopens; later it links."""
    problems: Mapping[str, Text] = field(default_factory=dict)
    """What may turn out to be wrong, by closing code; none: any word."""
    causes: Mapping[str, Text] = field(default_factory=dict)
    """Why, by closing code; none: any word."""
    remedies: Mapping[str, str] = field(default_factory=dict)
    """What may be done about it: by closing code, one of LABELS."""
    remedies_remote: tuple[str, ...] = ()
    """Remedies that may be sent to the device."""
    approve_remote: tuple[str, ...] = ()
    """Those of them that a second person must approve."""
    survey: bool = False
    """Who reported by mail is asked how good it was, once it is closed."""
    help: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """The template of a work order: one `[[job_plan]]` table, checked."""

    id: str
    name: Text
    tasks: tuple[Text, ...] = ()
    hours: float = 1.0
    """Working time on site, of the whole crew together."""
    crew: int = 1
    """Technicians at the same time."""
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    kit: Mapping[str, int] = field(default_factory=dict)
    """Parts by number of pieces."""
    tools: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    """Gates that every order made from it inherits."""
