"""The inventory: a fleet as a registry file, for `truckroll device import`, and as entries of a journal."""

import csv
import io
from collections.abc import Iterable
from random import Random

from domain.instants import DAY, Instant, instant_text
from domain.registry import Facts, Installation, registry_entry
from firmware_sim.fleet import Device

COLUMNS = (
    *("device", "asset", "model", "site", "component", "parent", "owner", "tier", "criticality"),
    *("lat", "lon", "installed", "warranty_until", "expected_state", "tag:batch"),
)
TIERS = ("standard", "standard", "gold")
CRITICALITIES = ("low", "medium", "medium", "high")
YEAR = 365 * DAY
LATITUDES, LONGITUDES = (30.0, 52.0), (5.0, 120.0)
"""Between which the sites lie."""


def registry_csv(devices: Iterable[Device], start: Instant, seed: int, spread: float = 1.0) -> str:
    """One line a device, with the columns of the registry format. `spread`: how far apart the sites are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for device in devices:
        writer.writerow(row(device, start, Random(f"{seed}/inventory/{device.asset}"), spread))
    return text.getvalue()


def row(device: Device, start: Instant, chance: Random, spread: float) -> list[str]:
    """One device's line; devices on one asset share its place, owner and dates."""
    site_lat, site_lon = site_place(device.site, spread)
    lat, lon = site_lat + chance.gauss(0, 0.05), site_lon + chance.gauss(0, 0.05)
    installed = start - chance.randint(30, 3 * 365) * DAY
    return [
        device.name,
        device.asset,
        device.model.name,
        device.site,
        device.component,
        device.parent,
        f"shop-{device.site}-{chance.randint(1, 20):02d}",
        chance.choice(TIERS),
        chance.choice(CRITICALITIES),
        f"{lat:.5f}",
        f"{lon:.5f}",
        instant_text(installed)[:10],
        instant_text(installed + 2 * YEAR)[:10],
        "active",
        f"B{chance.randint(1, 12):02d}",
    ]


def site_place(site: str, spread: float) -> tuple[float, float]:
    """Where a site is: latitude and longitude."""
    around = Random(f"place of {site}")
    return within(around.uniform(*LATITUDES), LATITUDES, spread), within(
        around.uniform(*LONGITUDES), LONGITUDES, spread
    )


def within(value: float, limits: tuple[float, float], spread: float) -> float:
    """A number that is drawn towards the middle of its limits."""
    middle = sum(limits) / 2
    return value if spread == 1.0 else middle + (value - middle) * spread


def control(
    placed: Iterable[tuple[Device, Device]], since: Instant, start: Instant, seed: int, spread: float = 1.0
) -> bytes:
    """The payload of a journal's `registry` entry: which device hangs in whose place from `since` on."""
    installed = [Installation(since, facts(device, place, start, seed, spread)) for device, place in placed]
    return registry_entry(installed)


def facts(device: Device, place: Device, start: Instant, seed: int, spread: float = 1.0) -> Facts:
    """What the registry says of a device in the place of another, or in its own."""
    chance = Random(f"{seed}/inventory/{place.asset}")
    said = dict(zip(COLUMNS, row(place, start, chance, spread), strict=True))
    return Facts(
        device=device.name,
        asset=place.asset,
        model=device.model.name,
        site=place.site,
        component=place.component,
        parent=place.parent,
        owner=said["owner"],
        tier=said["tier"],
        criticality=said["criticality"],
        lat=float(said["lat"]),
        lon=float(said["lon"]),
        installed=said["installed"],
        warranty_until=said["warranty_until"],
        tags={"batch": said["tag:batch"]},
    )
