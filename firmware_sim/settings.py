"""Settings: what makes up a simulated world; each class is a table of the scenario file, read as annotated."""

from dataclasses import dataclass, field
from typing import Annotated

from domain.instants import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from firmware_sim import readers
from firmware_sim.readers import Span


@dataclass(frozen=True, kw_only=True)
class Model:
    """`[[model]]`: what devices of one model send in daily life."""

    name: Annotated[str, readers.text] = "TV-55A"
    weight: Annotated[int, readers.positive] = 1
    """How many of the fleet, in proportion to the other models."""
    telemetry: Annotated[Duration, readers.duration] = MINUTE
    """Every so often; `"0s"` = never."""
    readings: Annotated[int, readers.positive] = 4
    """How many metrics a telemetry message carries."""
    list_of: Annotated[int, readers.positive] = 1
    """So many telemetry objects travel together, as a list in one message."""
    heartbeat: Annotated[Duration, readers.duration] = 5 * MINUTE
    """Every so often; `"0s"` = never."""
    wear_per_day: Annotated[float, readers.amount] = 0.2
    """Degrees by which the device runs hotter each day."""
    states: Annotated[tuple[str, ...], readers.texts] = ("ON", "OFF")
    """What `state` says at work and, now and then, at rest."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """`[[metric]]`: a number that some models measure; a model with such tables sends these instead of its own."""

    name: Annotated[str, readers.text] = "temp"
    models: Annotated[str, readers.text] = "*"
    base: Annotated[float, readers.number] = 40.0
    swing: Annotated[float, readers.amount] = 0.0
    """Up and down by so much every `cycle`."""
    cycle: Annotated[Duration, readers.duration] = 10 * MINUTE
    daily: Annotated[float, readers.amount] = 0.0
    """Higher by so much at 14:00 UTC than at 02:00."""
    weekend: Annotated[float, readers.share] = 1.0
    """Of `daily` on Saturdays and Sundays."""
    noise: Annotated[float, readers.amount] = 0.3
    decimals: Annotated[int, readers.whole] = 2


@dataclass(frozen=True, kw_only=True)
class Release:
    """`[[release]]`: a firmware release and its roll-out. The first one is what devices come with."""

    fw: Annotated[str, readers.text] = "2.4.1"
    at: Annotated[Duration, readers.duration] = 0
    """When the roll-out begins."""
    over: Annotated[Duration, readers.duration] = 0
    """Devices take it spread over this time."""
    models: Annotated[str, readers.text] = "*"
    share: Annotated[float, readers.share] = 1.0
    """Of the devices of these models."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """`[fleet]`: how many devices, where, on what."""

    devices: Annotated[int, readers.positive] = 20
    prefix: Annotated[str, readers.text] = "tv"
    sites: Annotated[tuple[str, ...], readers.texts] = ("north", "south", "east", "west")
    spread: Annotated[float, readers.share] = 1.0
    """How far apart the sites are: 1 = on a continent, 0.01 = in a town."""
    components: Annotated[tuple[str, ...], readers.texts] = ("panel",)
    """Each asset has one device a component."""
    power_on: Annotated[Duration, readers.duration] = MINUTE
    """Devices power on spread over this time; `"0s"` = they are running already."""
    boot_ok_after: Annotated[Span, readers.durations] = (30 * SECOND, 90 * SECOND)
    """A boot counts as healthy after this run."""
    reboot: Annotated[Duration, readers.duration] = 2 * SECOND
    """Silence before a device is back."""
    children: Annotated[int, readers.whole] = 0
    """So many devices hang behind each gateway; 0 = there are no gateways."""
    gateway_model: Annotated[str, readers.text] = "gateway"
    """The `[[model]]` that gateways are of, and no other device."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`[[fault]]`: something that happens to a share of the fleet, once a device."""

    kind: Annotated[str, readers.text] = "crash-loop"
    """A name of `firmware_sim.kinds.KINDS`."""
    share: Annotated[float, readers.share] = 0.0
    """Of the devices that match `models`, `sites` and `fw`."""
    devices: Annotated[int, readers.whole] = 0
    """Instead of a share: so many devices."""
    models: Annotated[str, readers.text] = "*"
    sites: Annotated[str, readers.text] = "*"
    fw: Annotated[str, readers.text] = "*"
    """Only once the device runs such a firmware."""
    crashes: Annotated[Span, readers.counts] = (3, 5)
    """Crashes of a crash loop."""
    spacing: Annotated[Span, readers.durations] = (2 * MINUTE, 10 * MINUTE)
    """From crash to crash."""
    between: Annotated[Span | None, readers.durations] = None
    """When all of it happens; without it, any time."""
    recovers: Annotated[float, readers.share] = 0.5
    """How likely a crash loop ends with a healthy boot."""
    times: Annotated[Span, readers.counts] = (1, 1)
    """How many errors, or how many times a link is lost."""
    codes: Annotated[tuple[str, ...], readers.texts] = ()
    """The codes of the errors, in turn; without them, any."""
    metric: Annotated[str, readers.text] = "temp"
    """What a fault of readings is about."""
    by: Annotated[float, readers.number] = 0.0
    """By how much the metric moves; of `noise`: so many times its noise is added."""
    lasts: Annotated[Span, readers.durations] = (10 * MINUTE, 10 * MINUTE)
    """How long a silence or a fault of readings lasts; of `wear`: until it is complete, and it stays."""
    together: Annotated[Duration | None, readers.duration] = None
    """All devices are befallen within this time of each other; without it, each at a time of its own."""
    failure_mode: Annotated[str, readers.text] = ""
    """What the ticket for it is about; `"none"` = it deserves none; without it, as the kind says."""
    found_within: Annotated[Duration | None, readers.duration] = None
    """From the moment at which it can be known at the earliest; a ticket that comes later does not count."""
    incident: Annotated[tuple[str, ...], readers.texts] = ()
    """`site`, `model`, `firmware`: it deserves one incident that names these, and its devices need no tickets."""
    least: Annotated[int, readers.positive] = 5
    """With so many devices befallen an incident can be known, with so many errors a trouble."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """`[network]`: what the way to the broker does to messages."""

    loss: Annotated[float, readers.share] = 0.0
    """So many telemetry messages never arrive; events are kept by devices until they do."""
    duplicates: Annotated[float, readers.share] = 0.0
    """So many messages arrive again, byte by byte, up to `duplicate_by` later."""
    duplicate_by: Annotated[Duration, readers.duration] = 3 * SECOND
    disorder: Annotated[float, readers.share] = 0.0
    """So many messages are late by up to `disorder_by`, so that later ones overtake them."""
    disorder_by: Annotated[Duration, readers.duration] = 4 * SECOND
    offline: Annotated[float, readers.share] = 0.0
    """So many devices are offline once for `offline_for`, and send what they kept when they are back."""
    offline_for: Annotated[Span, readers.durations] = (2 * MINUTE, 8 * MINUTE)


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """`[clocks]`: shares of devices whose clocks are wrong; a device has at most one of these troubles."""

    unset: Annotated[float, readers.share] = 0.0
    """After a crash it is 1970 until the boot proved healthy."""
    skewed: Annotated[float, readers.share] = 0.0
    """Wrong by a constant within what is believed."""
    slow_by: Annotated[Span, readers.durations] = (SECOND, 4 * MINUTE)
    fast_by: Annotated[Span, readers.durations] = (SECOND, 4 * MINUTE)
    too_fast: Annotated[float, readers.share] = 0.0
    """Ahead by more than is believed, so that arrival counts."""
    too_fast_by: Annotated[Span, readers.durations] = (10 * MINUTE, HOUR)
    none: Annotated[float, readers.share] = 0.0
    """No `ts`, no `boot`, no `seq`: arrival counts and nothing tells a duplicate."""
    unnumbered: Annotated[float, readers.share] = 0.0
    """Of the devices with a believed clock: `ts`, but neither `boot` nor `seq`."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """`[rule]`: the rule that the truth is told for."""

    failure_mode: Annotated[str, readers.text] = "crash-loop"
    count: Annotated[int, readers.positive] = 3
    within: Annotated[Duration, readers.duration] = DAY
    min_gap: Annotated[Duration, readers.duration] = 5 * SECOND
    healthy_for: Annotated[Duration, readers.duration] = 2 * HOUR
    """A run without a crash that breaks the row, as a healthy boot does."""


START: Instant = 1_767_600_000 * SECOND
"""2026-01-05T08:00:00Z."""


@dataclass(frozen=True, kw_only=True)
class World:
    """A whole scenario file, not checked yet."""

    name: Annotated[str, readers.text] = "scenario"
    seed: Annotated[int, readers.whole] = 1
    start: Annotated[Instant, readers.instant] = START
    duration: Annotated[Duration, readers.duration] = HOUR
    fleet: Fleet = field(default_factory=Fleet)
    models: tuple[Model, ...] = (Model(),)
    metrics: tuple[Metric, ...] = ()
    releases: tuple[Release, ...] = (Release(),)
    faults: tuple[Fault, ...] = ()
    network: Network = field(default_factory=Network)
    clocks: Clocks = field(default_factory=Clocks)
    rule: Judge = field(default_factory=Judge)
    weather: Network | None = None
    """Another network that carries the same lives; None = the one of the file."""
