"""The routes by which people move a rule's version: into shadow, on to live, and away with what it opened."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi import Response as Answer
from pydantic import Field

from detectors.life import ALL, LIVE, RETIRED, SHADOW, Confirmed
from detectors.moves import Move, moved
from detectors.rule import Rule
from domain.errors import Unknown
from truckroll.already_true import already_true, listed, ticketed
from truckroll.api.acts import Actor, Prose
from truckroll.api.deeds import ETAG, Guarded, Once, digest_of
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import Answers, NoRevision, OtherRequest, Stale, answers
from truckroll.api.rules import Rule as Shown
from truckroll.api.rules import RuleInPath, Standing, Version, one, shown
from truckroll.api.shapes import Asked, FindingId, Shape
from truckroll.retraction import retract as take_back
from truckroll.rule_moves import leave, rules_in_journal, version_moved

TAKEN: Answers = {
    202: {
        "description": "Decided; detection comes to it within a second or two.",
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version's revision after it."}},
    }
}
MOVED = TAKEN | answers(401, 404, 409, 412, 413, 422, 428, 503)

router = APIRouter(tags=["rules"])


class Decision(Asked):
    """Which version, who decides and why."""

    version: Version
    by: Actor = "operator"
    why: Prose = ""


class Promotion(Decision):
    """How far, and what of the things that are true already gets tickets."""

    to: Literal["backtested", "shadow", "live"] = "live"
    confirm: Literal["all"] | list[FindingId] = Field(default_factory=list, max_length=10_000)
    """Only with `live`. What is not confirmed opens nothing; more can be confirmed with another promotion."""


class Decided(Shape):
    """A version as it will be."""

    rule: Shown
    already_true: list[Standing]
    """Going live: what was true already."""
    confirmed: list[FindingId]
    """Those of it that may open tickets."""


class Retracted(Shape):
    """What was taken back."""

    rule: Shown
    cancelled: list[str]
    """Tickets that it had opened and nobody had touched."""
    kept: dict[str, str]
    """The others that it had opened, and why each stays."""


class Deciding:
    """One decision on its way."""

    def __init__(self, here: Here, rule: RuleInPath, guard: Guarded, answer: Answer) -> None:
        self.here: Parts = here
        self.id: str = rule
        self.guard: Once = guard
        self.answer = answer
        self.rules = rules_in_journal(here.running.journal)

    def move(self, said: Decision, to: str, *, confirm: Confirmed | None = None) -> Rule:
        """Check it, leave it for whoever writes the journal, and return the version as it will be.

        Raises Unknown, IllegalMove, Stale, NoRevision, OtherRequest.
        """
        rule = one(self.rules, self.id, said.version)
        move = Move(
            rule=self.id,
            version=said.version,
            to=to,
            by=said.by,
            at=self.here.clock.now(),
            why=said.why,
            confirm=confirm,
            request=self.request(said, to, rule),
        )
        if rule.stamp.request != move.request:
            self.check_seen(rule)
            move = replace(move, revision=rule.stamp.revision)
            after = version_moved(moved(self.rules, move), move)
            leave(self.here.running.settings, move)
            rule = after
        self.answer.headers["ETag"] = f'"{rule.stamp.revision}"'
        return rule

    def request(self, said: Decision, to: str, rule: Rule) -> str:
        """What tells this request from any other. Raises OtherRequest where its key was used for another one."""
        asked = {"to": to, **said.model_dump(mode="json")}
        if self.guard.key is None:
            return digest_of([asked, self.here.clock.now()])
        name = f"{self.guard.key} {digest_of(asked)}"
        if rule.stamp.request != name and rule.stamp.request.startswith(f"{self.guard.key} "):
            raise OtherRequest(self.guard.key)
        return name

    def check_seen(self, rule: Rule) -> None:
        """Nothing, or Stale when the person saw another revision; NoRevision."""
        if self.guard.if_match is None:
            raise NoRevision("rule version")
        seen = self.guard.if_match.strip()
        if seen != "*" and str(rule.stamp.revision) not in ETAG.findall(seen):
            raise Stale(f"Rule {rule.label}")


This = Annotated[Deciding, Depends()]


@router.post("/rules/{rule}/shadow", summary="Let it watch silently", responses=MOVED, status_code=202)
def shadow(this: This, said: Decision) -> Decided:
    """Its findings are recorded and open nothing. Tickets that it opened while it was live are kept up."""
    return Decided(rule=shown(this.move(said, SHADOW)), already_true=[], confirmed=[])


@router.post("/rules/{rule}/promote", summary="Move it on", responses=MOVED, status_code=202)
def promote(this: This, said: Promotion) -> Decided:
    """Going live retires the version that was, and opens nothing of what is true already unless it is confirmed.

    What has an open ticket anyway joins that.
    """
    if said.to != LIVE:
        return Decided(rule=shown(this.move(said, said.to)), already_true=[], confirmed=[])
    ledger = this.here.running.ledger
    found = already_true(ledger, one(this.rules, this.id, said.version))
    tickets = ticketed(ledger, found)
    if said.confirm != ALL and (strange := set(said.confirm) - {finding.id for finding in found}):
        raise Unknown("finding that is true already called", min(strange))
    after = this.move(said, LIVE, confirm=ALL if said.confirm == ALL else tuple(sorted({*said.confirm, *tickets})))
    rows: list[dict[str, Any]] = listed(found, tickets)
    confirmed = [row["finding"] for row in rows if after.stamp.allows(row["finding"])]
    return Decided.model_validate({"rule": shown(after), "already_true": rows, "confirmed": confirmed})


@router.post("/rules/{rule}/retract", summary="Take it back", responses=MOVED, status_code=202)
def retract(this: This, said: Decision) -> Retracted:
    """It retires, and the tickets that it opened and nobody touched are cancelled.

    Asked again, it cancels what was opened before the retirement was known to detection.
    """
    known = one(this.rules, this.id, said.version)
    rule = known if known.life == RETIRED else this.move(said, RETIRED)
    done = take_back(this.here.running.ledger, rule.label, said.by, this.here.clock.now())
    this.answer.headers["ETag"] = f'"{rule.stamp.revision}"'
    return Retracted(rule=shown(rule), cancelled=list(done.cancelled), kept=dict(done.reasons))
