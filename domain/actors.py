"""Actors: who acts in the event log that is no person. Everybody else is one, whatever their name."""

DESK = "desk"
ROUTING = "routing"
SLA = "sla"
ORDERS = "orders"
VERIFICATION = "verification"
OUTBOX = "outbox"
REMEDY = "remedy"
PLANNER = "planner"
STOCK = "stock"
METERS = "meters"
FITTING = "fitting"
CAMPAIGNS = "campaigns"

MACHINES = frozenset(
    {DESK, ROUTING, SLA, ORDERS, VERIFICATION, OUTBOX, REMEDY, PLANNER, STOCK, METERS, FITTING, CAMPAIGNS}
)
"""What they do answers no customer, touches no ticket and approves nothing; no person may use their names."""
