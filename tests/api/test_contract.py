"""Whatever is asked, the API answers as its OpenAPI document says, and never with a 500."""

import os
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.python.asgi import ASGIClient, get_client
from schemathesis.specs.openapi import checks
from sqlalchemy import delete

from adapters import ledger_people, people_tables
from domain.person import FOR_EVER
from tests.api.serving import TOKEN, Served
from tests.ticketing.people import technician
from truckroll.api.app import documented, resources_of

EXAMPLES = int(os.environ.get("API_EXAMPLES", "200"))
"""Requests an operation of the stores …"""
FEW = int(os.environ.get("API_EXAMPLES", "20"))
"""… and of the others; all of them at length: API_EXAMPLES=200."""
OF_THE_STORES = re.compile(
    r"/(healthz|readyz|metrics|api/v1/(devices.*|assets|assets/\{asset\}|findings.*|events|rules|rules/\{rule\}|gaps.*|journal.*"
    r"|quarantine.*|parked.*|stream|telemetry.*|tickets|tickets/\{number\}|tickets/\{number\}/(move|acknowledge|release|close|reopen|split|edit|timeline|evidence"
    r"|messages|proof)))"
)
BEARER = {"Authorization": f"Bearer {TOKEN}"}
REFUSALS = ["401", "404", "409", "412", "413", "422", "428", "429"]
"""What is documented beside success; 412 and 428 are how a request learns that it saw an old ticket, or none."""
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSALS]},
    "negative_data_rejection": {"expected-statuses": REFUSALS},
    "missing_required_header": {"expected-statuses": ["428"]},
}
ALWAYS: list[Any] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
UNLESS_NOT_READY: list[Any] = [schemathesis.checks.not_a_server_error, checks.positive_data_acceptance]
"""Not asked of /readyz: here is no broker, so it answers the 503 that is documented."""
QUICKLY = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def document() -> dict[str, Any]:
    """The OpenAPI document, of an app that answers nothing yet."""
    parts = cast(Any, SimpleNamespace(running=SimpleNamespace(telemetry=None)))
    return documented(resources_of(parts))


OPERATIONS = [f"{method.upper()} {path}" for path, methods in document()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def schema(api: Served) -> Any:
    """The document as the app serves it, but for the token, which every request here has."""
    served = api.ask("GET", "/api/v1/openapi.json").json()
    for methods in served["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    schema = schemathesis.openapi.from_dict(served, config=SchemathesisConfig.from_dict({"checks": CHECKS}))
    schema.app = api.app
    return schema


@pytest.fixture(scope="module")
def client(api: Served) -> Iterator[ASGIClient]:
    """A client that reaches the app without a socket."""
    with get_client(api.app) as client:
        client.headers.update(BEARER)
        yield client


@pytest.fixture(scope="module")
def colleague(api: Served) -> Iterator[str]:
    """Somebody works here, but not for the tests of other modules."""
    one = technician("anna", active=False, certificates={"lift": 1, "gas": FOR_EVER}, leave=((1, 2),))
    with api.running.ledger.begin() as transaction:
        ledger_people.save_staff(transaction.connection, [one], [])
    yield one.id
    with api.running.ledger.begin() as transaction:
        transaction.connection.execute(delete(people_tables.person))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_documented(
    operation: str, schema: Any, client: ASGIClient, api: Served, colleague: str
) -> None:
    """No 500, no undocumented status, type or shape; what is documented is taken, and bodies that are not are refused.

    Parameters that are not as documented are refused too, but some of those that are generated are lost on their way
    into a URL, so that nothing wrong arrives; `test_doors.py` has its own.
    """
    method, path = operation.split()
    right, wrong = (schema[path][method].as_strategy(generation_mode=mode) for mode in GenerationMode)
    known = {
        "number": [f"T-2026-00000{n}" for n in (1, 2, 3)],
        "device": ["tv-1"],
        "asset": ["tv-1"],
        "finding": api.ticket_of("tv-1")["findings"],
        "rule": ["tv-crash-loop"],
        "incident": api.ticket_of("tv-1")["findings"],
        "suppression": ["S-1"],
        "order": ["W-2026-000001"],
        "part": ["board"],
        "plan": ["oil"],
        "week": ["2026-W48"],
        "campaign": ["recall"],
        "slot": ["photo_before", "signature"],
        "name": [1],
        "closing": [1],
        "token": ["x" * 43],
        "backtest": ["B-0123456789abcdef"],
        "person": [colleague],
        "webhook": ["W-0123456789ab"],
        "place": ["1"],
        "remedy": ["R-0123456789abcdef"],
        "report": ["R-0123456789abcdef"],
        "problem": ["P-000001"],
        "run": ["R-0123456789abcdef"],
        "crew_plan": ["C-000001"],
        "technician": [colleague],
        "day": ["2026-11-28"],
    }
    asked = ALWAYS + (UNLESS_NOT_READY if path != "/readyz" else [])
    asked += [checks.negative_data_rejection, checks.missing_required_header] if method == "POST" else []

    @settings(QUICKLY, max_examples=EXAMPLES if OF_THE_STORES.fullmatch(path) else FEW)
    @given(case=st.one_of(right, right.map(lambda case: about(case, known)), wrong))
    def holds(case: schemathesis.Case) -> None:
        if path == "/api/v1/stream":
            case.query = {**(case.query or {}), "follow": "false"}
        case.call_and_validate(session=client, checks=asked)

    holds()


def about(case: schemathesis.Case, known: dict[str, list[str]]) -> schemathesis.Case:
    """The same request about something that is there."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known[name][len(str(case.body)) % len(known[name])]
    if case.method == "POST":
        case.headers["If-Match"] = "*"
    return case
