"""The first thing a planning process does: choose how its search runs, before the search is loaded."""

import os
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from domain.crew import Crew

SMALL = 600
"""Visits times technicians: so small a plan is found before its search would be compiled."""


def begin(there: Connection, crew: Crew, asked: Mapping[str, Any]) -> None:
    """Plan in this process, and say how it goes."""
    if len(crew.visits) * len(crew.technicians) <= SMALL:
        os.environ["TRUCKROLL_UNCOMPILED"] = "1"
    from truckroll.crew_planning import work

    work(there, crew, **asked)
