"""Backtests: what rules would have made of the past, asked for over HTTP, run beside the service, kept for a while."""

from hashlib import sha256
from pathlib import Path as File
from secrets import token_hex
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, Path, Query
from fastapi import Response as Answer
from fastapi.responses import HTMLResponse
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from domain.errors import GiveUp, Unknown, WrongFormat
from domain.instants import parse_duration
from truckroll.api.acts import Actor
from truckroll.api.deeds import digest_of
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import OtherRequest, answers
from truckroll.api.shapes import Absent, Asked, At, MaybeAt, Shape, When
from truckroll.backtest import asked as backtest
from truckroll.backtest.page import page
from truckroll.backtest.past import EARLIEST, LATEST
from truckroll.backtest.runs import Runs, shelf_of
from truckroll.backtest.shelf import Record, RunState
from truckroll.backtest.trial import rules_in

MOST_TEXT = 262_144
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

router = APIRouter(tags=["backtests"])

BacktestId = Annotated[str, StringConstraints(pattern=r"^B-[0-9a-f]{16}$")]
BacktestInPath = Annotated[BacktestId, Path(description="The backtest's id.")]
Key = Annotated[
    str | Absent,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="Makes it safe to send the same request again.",
    ),
]
Length = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,6}(s|m|h|d)$")]


class RulesText(Asked):
    """Rules that nobody has written down yet."""

    text: str = Field(min_length=1, max_length=MOST_TEXT)


class RulesFile(Asked):
    """Rules of the configuration."""

    file: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="Such as `smart-tv.toml`."
    )


Rules = RulesText | RulesFile


class Begin(Asked):
    """Which rules over which past."""

    model_config = ConfigDict(populate_by_name=False)

    rules: Rules
    against: Rules | Absent = None
    source: Literal["journal", "store"] = "journal"
    since: When | Absent = Field(None, alias="from", description="`store` needs it.")
    until: When | Absent = Field(None, alias="to", description="`store` needs it.")
    tick: Length = "5m"
    lead: Length = "24h"
    by: Actor = "operator"

    @model_validator(mode="after")
    def has_a_past(self) -> "Begin":
        """A time that is not empty, and is said where the source cannot say it."""
        if self.source == "store" and (self.since is None or self.until is None):
            raise ValueError("a store does not tell how far back it goes; say from and to")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("from is not before to, so there is nothing between them")
        return self


class Backtest(Shape):
    """One backtest."""

    id: BacktestId
    state: RunState
    done: float
    """From 0 to 1."""
    started_at: At
    ended_at: MaybeAt
    said: str
    """Why it failed."""
    by: str


class Backtests(Shape):
    """Those that are kept, newest first."""

    items: list[Backtest]


class Language(Asked):
    """Of the page."""

    language: Literal["en", "zh"] = "en"


@router.post(
    "/backtests",
    status_code=202,
    summary="Start a backtest",
    responses=answers(401, 404, 409, 413, 422, 503),
)
def begin(here: Here, said: Begin, idempotency_key: Key = None) -> Backtest:
    """It runs beside the service and changes nothing in it; two run at once, a third is 409. The newest 50 are kept."""
    runs = here.backtests
    digest = digest_of(said.model_dump(mode="json"))
    if idempotency_key and (before := known(runs, here, named_by(idempotency_key))):
        if before.request != digest:
            raise OtherRequest(idempotency_key)
        return told(runs, before)
    asked = asked_of(here, said)
    check(asked)
    name = named_by(idempotency_key) if idempotency_key else f"B-{token_hex(8)}"
    record = Record(id=name, state=RunState.RUNNING, started_at=here.clock.now(), request=digest, by=said.by)
    return told(runs, runs.start(asked, record, here.clock))


def check(asked: backtest.Asked) -> None:
    """Nothing, or WrongFormat with what is wrong with the rules."""
    for files in filter(None, (asked.rules, asked.against)):
        try:
            rules_in(asked, files)
        except GiveUp as nothing:
            raise WrongFormat([str(nothing)]) from nothing


def named_by(key: str) -> str:
    """The id of the backtest that a key began."""
    return f"B-{sha256(key.encode()).hexdigest()[:16]}"


def known(runs: Runs, here: Parts, id: str) -> Record | None:
    """A backtest that was begun before."""
    try:
        return runs.record(here.running.settings, id)
    except Unknown:
        return None


def asked_of(here: Parts, said: Begin) -> backtest.Asked:
    """What is asked, as the command would ask it. Raises Unknown for a file that the configuration does not name."""
    settings, texts = here.running.settings, dict[File, str]()
    rules = (file_of(here, said.rules, "rules.toml", texts),)
    against = (file_of(here, said.against, "against.toml", texts),) if said.against is not None else ()
    return backtest.Asked(
        settings=settings,
        rules=rules,
        against=against,
        texts=texts,
        journal=settings.data if said.source == "journal" else None,
        store=backtest.CONFIGURED if said.source == "store" else "",
        since=EARLIEST if said.since is None else said.since,
        until=LATEST if said.until is None else said.until,
        tick=parse_duration(said.tick),
        lead=parse_duration(said.lead),
    )


def file_of(here: Parts, said: Rules, name: str, texts: dict[File, str]) -> File:
    """The file of the configuration; for a text the name under which mistakes are told."""
    if isinstance(said, RulesText):
        texts[File(name)] = said.text
        return File(name)
    for file in here.running.settings.rule_files():
        if said.file in (file.name, str(file)):
            return file
    raise Unknown("rule file of the configuration called", said.file)


@router.get("/backtests", summary="Backtests", responses=answers(401, 503))
def backtests(here: Here) -> Backtests:
    """Those that run, and the newest of those that are over."""
    runs = here.backtests
    return Backtests(items=[told(runs, record) for record in runs.records(here.running.settings)])


@router.get("/backtests/{backtest}", summary="One backtest", responses=answers(401, 404, 422, 503))
def one(here: Here, backtest: BacktestInPath) -> Backtest:
    """How far it is."""
    runs = here.backtests
    return told(runs, runs.record(here.running.settings, backtest))


@router.post("/backtests/{backtest}/cancel", summary="Stop it", responses=answers(401, 404, 422, 503))
def cancel(here: Here, backtest: BacktestInPath) -> Backtest:
    """Its process has ended when this answers. One that is over stays as it is."""
    runs = here.backtests
    return told(runs, runs.cancel(here.running.settings, backtest))


@router.get(
    "/backtests/{backtest}/report",
    summary="Its report",
    response_model=dict[str, Any],
    responses=answers(401, 404, 422, 503),
)
def report(here: Here, backtest: BacktestInPath) -> Answer:
    """As `truckroll backtest --json` prints it; 404 as long as there is none."""
    return Answer(shelf_of(here.running.settings).report(backtest), media_type="application/json")


@router.get(
    "/backtests/{backtest}/page",
    summary="Its report as a page",
    response_class=HTMLResponse,
    responses=answers(401, 404, 422, 503),
)
def paged(here: Here, backtest: BacktestInPath, asked: Annotated[Language, Query()]) -> HTMLResponse:
    """One file that asks nobody for anything; 404 as long as there is none."""
    said = msgspec.json.decode(shelf_of(here.running.settings).report(backtest))
    return HTMLResponse(page(said, asked.language), headers={"Content-Security-Policy": POLICY})


def told(runs: Runs, record: Record) -> Backtest:
    """A backtest as it travels."""
    said = {name: getattr(record, name) for name in ("id", "state", "started_at", "ended_at", "said", "by")}
    return Backtest.model_validate(said | {"done": runs.done(record)})
