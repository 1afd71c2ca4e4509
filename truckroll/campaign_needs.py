"""Campaign needs: the parts that running campaigns will take for units that have no order yet."""

from collections.abc import Mapping

from sqlalchemy import Connection

from adapters import ledger_campaigns, ledger_plans
from domain.campaign import CampaignState
from domain.ticket_class import JobPlan
from maintenance.campaigns import progress
from maintenance.part_demand import Wave
from truckroll.campaigns import members_of


def waves(connection: Connection, jobs: Mapping[str, JobPlan]) -> tuple[Wave, ...]:
    """What each of them will take; `jobs` are the job plans of the class files."""
    running = ledger_campaigns.campaigns(connection, [CampaignState.RUNNING])
    if not running:
        return ()
    known = {**jobs, **ledger_plans.job_plans(connection)}
    facts = ledger_campaigns.assets_of(connection)
    found = []
    for campaign in running:
        units = ledger_campaigns.units(connection, campaign.id)
        left = progress(units, (each.asset for each in members_of(connection, campaign, facts))).left
        if left and campaign.job_plan in known:
            kit = known[campaign.job_plan].kit
            found.append(Wave(kit=kit, left=left, units=campaign.wave, days=campaign.due_days))
    return tuple(found)
