"""Whom the crew plan asks for help: the solvers that are installed, and whoever knows the ways."""

from importlib.util import find_spec
from pathlib import Path

from adapters.router_matrix import MatrixFile
from adapters.router_osrm import OsrmServer
from domain.ports import Router
from domain.routing import Solver
from maintenance.crew_ways import StraightLine


def solvers_here() -> list[Solver]:
    """The solvers that are installed, in the order in which they are asked; the extra `plan` brings them."""
    found: list[Solver] = []
    if find_spec("vroom") is not None:
        from adapters.solver_vroom import Vroom

        found.append(Vroom())
    if find_spec("pyvrp") is not None:
        from adapters.solver_pyvrp import PyVrp

        found.append(PyVrp())
    return found


def router_of(ways: str) -> Router:
    """A routing server by its address, a table by its file, or straight lines for an empty word. Raises GiveUp."""
    if not ways:
        return StraightLine()
    return OsrmServer(ways) if "://" in ways else MatrixFile(Path(ways))
