"""What the demo's fleet is kept up with: a meter, a plan, parts, a depot and technicians, from files as people write

them. Fans of a minute's demo wear within a minute, so the limit of the plan follows the demo's length.
"""

from collections import Counter

from adapters.ledger_sql import SqlLedger
from adapters.system_clock import SystemClock
from domain.instants import HOUR, MINUTE
from firmware_sim.scenario import Scenario
from maintenance.meter_file import read_meters
from truckroll.meter_deeds import import_meters
from truckroll.people import import_people
from truckroll.plan_deeds import File, import_plans, surroundings_of
from truckroll.settings import Settings
from truckroll.stock_files import FileOf, import_parts

BY = "demo"
PLAN = "tv-fan"
METER = "fan-rpm-hours"
CALM_SPEED = 2300.0
"""No fan of daily life turns faster in the mean."""
LONGEST = 10 * MINUTE
"""A demo of an hour shows wear within its first minutes, too."""
METERS = f"""
[[meter]]
name = "{METER}"
unit = "rpm·h"
kind = "gauge"
metric = "fan_rpm"
where = {{ model = "TV-65B" }}
longest_gap = "1m"
"""
PLANS = """
[[plan]]
id = "{plan}"
name = {{ en = "Replace the fan", zh = "更换风扇" }}
strategy = "meter"
where = {{ model = "TV-65B" }}
meter = "{meter}"
use = {use}
after_completion = true
automatic = true
job_plan = "fan-swap"

[[job_plan]]
id = "fan-swap"
name = {{ en = "Replace the fan", zh = "更换风扇" }}
tasks = [
  {{ en = "Replace the fan", zh = "更换风扇" }},
  {{ en = "Listen to it at full speed", zh = "全速运转并听声" }},
]
hours = 0.75
skills = ["fans"]
kit = {{ fan = 1 }}
"""
PARTS = "id,name,name_zh,cost,lead_days,models\nfan,Fan,风扇,38,6,TV-65B\n"
DEPOTS = "id,kind,name,name_zh,lat,lon\ncentral,depot,Central depot,中心仓库,40.97,62.50\n"
PEOPLE = """
[[shift]]
id = "day"
zone = "UTC"
hours = { "mon-sun" = ["08:00-17:00"] }

[[person]]
id = "tech-1"
team = "field"
workplace = "onsite"
skills = ["fans"]
lat = 40.95
lon = 62.30
shift = "day"

[[person]]
id = "tech-2"
team = "field"
workplace = "onsite"
skills = ["fans", "cooling"]
lat = 41.02
lon = 62.80
shift = "day"

[[person]]
id = "tech-3"
team = "field"
workplace = "onsite"
skills = ["cooling"]
lat = 40.93
lon = 62.55
shift = "day"
"""


def equip(ledger: SqlLedger, settings: Settings, fleet: Scenario) -> None:
    """Take the files in as `truckroll meters`, `plans`, `parts` and `people import` do."""
    now = SystemClock().now()
    import_meters(ledger, read_meters("meters.toml", METERS), by=BY, now=now)
    import_plans(ledger, surroundings_of(settings, now), File(name="plans.toml", content=plans(fleet)), by=BY, now=now)
    stock = f"part,location,pieces\nfan,central,{pieces(fleet)}\n"
    for what, content in {FileOf.PARTS: PARTS, FileOf.DEPOTS: DEPOTS, FileOf.STOCK: stock}.items():
        import_parts(ledger, what, content, f"{what}.csv", by=BY, now=now, dry_run=False)
    import_people(ledger, PEOPLE, "technicians.toml", by=BY, now=now, dry_run=False)


def plans(fleet: Scenario) -> str:
    """The file of plans: the limit is what no fan of daily life reaches within the demo, and a worn one does."""
    use = CALM_SPEED * min(fleet.duration, LONGEST) / HOUR
    return PLANS.format(plan=PLAN, meter=METER, use=round(use, 2))


def pieces(fleet: Scenario) -> int:
    """Fans in the depot: for every other one that will wear out, so that somebody has to wait. A device whose clock is

    ahead is due by that clock, after the end of a short demo."""
    befallen = Counter(each.fault.kind for plan in fleet.plans for each in plan.told)
    return befallen["overuse"] // 2
