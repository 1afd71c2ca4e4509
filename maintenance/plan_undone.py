"""When an order of a plan has lost its reason."""

from domain.plan import Plan, Strategy, Track
from maintenance import catalogue_plans as catalogue
from maintenance.plan_tracks import withdrawn
from maintenance.plan_world import ACTIVE, PlannedAsset, World, begin_of, next_round


def gone(plan: Plan | None, asset: PlannedAsset | None, track: Track, world: World) -> str:
    """Why an order that nobody has approved has no reason any more; empty: it has."""
    if plan is None:
        return catalogue.GONE["plan"]
    state = asset.facts.expected_state if asset else "not registered"
    if asset is None or state != ACTIVE:
        return catalogue.GONE["state"].format(state=state)
    if not plan.is_for(asset.facts):
        return catalogue.GONE["asset"]
    if track.signal and plan.rules:
        held = {signal.id for signal in world.signals.get(track.asset, ())}
        return "" if track.signal in held else catalogue.GONE["signal"]
    return ""


def is_done_already(plan: Plan, asset: PlannedAsset, track: Track, world: World) -> bool:
    """Other work has made the open round needless: without its order the next one would be later."""
    if plan.strategy in (Strategy.CONDITION, Strategy.FORECAST):
        return True
    before = withdrawn(track)
    following = next_round(plan, before, begin_of(plan, asset, world), world)
    if plan.strategy is Strategy.METER:
        return following is None or (track.target or 0.0) < (following.target or 0.0)
    return following is None or following.day > track.planned
