"""Truth: what really failed when, from a file, and which calls it makes right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from domain.instants import HOUR, Duration, Instant
from truckroll.backtest.calls import Call
from truckroll.backtest.csv_events import checked, instant
from truckroll.backtest.csv_header import header_of


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """A fault that deserved a ticket; `component` may be empty: any, and so may the failure mode."""

    since: Instant
    until: Instant
    asset: str
    failure_mode: str
    component: str = ""

    def is_about(self, call: Call) -> bool:
        """The call names this fault."""
        return (
            self.asset == call.asset
            and self.component in ("", call.component)
            and self.failure_mode in ("", call.failure_mode)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How calls fit the truth."""

    right: Sequence[Call]
    wrong: Sequence[Call]
    missed: Sequence[Failure]
    failures: int
    leads: Sequence[Duration]
    """By found failure: how long before it the first right call came; negative: after its beginning."""
    device_days: float

    @property
    def precision(self) -> float | None:
        """Right ones among the calls; None where there are none."""
        calls = len(self.right) + len(self.wrong)
        return len(self.right) / calls if calls else None

    @property
    def recall(self) -> float | None:
        """Found ones among the failures; None where there are none."""
        return (self.failures - len(self.missed)) / self.failures if self.failures else None

    @property
    def false_per_1000_device_days(self) -> float | None:
        """Calls that nothing deserved; None where no life was watched."""
        return 1000 * len(self.wrong) / self.device_days if self.device_days else None

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        return {
            "failures": self.failures,
            "found": self.failures - len(self.missed),
            "right": len(self.right),
            "wrong": len(self.wrong),
            "precision": self.precision,
            "recall": self.recall,
            "lead_hours_median": median(self.leads) / HOUR if self.leads else None,
            "false_per_1000_device_days": self.false_per_1000_device_days,
        }


def read_truth(file: Path, columns: Mapping[str, str]) -> list[Failure]:
    """`asset, component?, failure_mode?, from, to?`, a row a failure. Raises WrongFormat with every mistake."""
    header = header_of(file)
    asset, since = header.needed("asset", columns), header.needed("from", columns)
    until, mode, part = (header.place(what, columns) for what in ("to", "failure_mode", "component"))

    def failure(row: Sequence[str]) -> Failure:
        begin = instant(row[since])
        end = instant(row[until]) if until is not None and row[until].strip() else begin
        if end < begin:
            raise ValueError("it ends before it begins; exchange from and to.")
        names = ("" if place is None else row[place].strip() for place in (mode, part))
        return Failure(begin, end, row[asset].strip(), *names)

    return sorted(failure(row) for row in checked(file, header, failure))


def judge(calls: Iterable[Call], failures: Sequence[Failure], *, lead: Duration, device_days: float) -> Judgement:
    """Calls held against the truth: right is what was open at some time from `lead` before a failure to its end.

    Two calls for one failure are both right; a failure is found by its first.
    """
    by_asset: dict[str, list[Failure]] = {}
    for failure in failures:
        by_asset.setdefault(failure.asset, []).append(failure)
    right, wrong, first = list[Call](), list[Call](), dict[Failure, Instant]()
    for call in calls:
        meant = [f for f in by_asset.get(call.asset, ()) if f.is_about(call) and overlaps(call, f, lead)]
        (right if meant else wrong).append(call)
        for failure in meant:
            first[failure] = min(first.get(failure, call.at), call.at)
    return Judgement(
        right=right,
        wrong=wrong,
        missed=[failure for failure in failures if failure not in first],
        failures=len(failures),
        leads=sorted(failure.since - at for failure, at in first.items()),
        device_days=device_days,
    )


def overlaps(call: Call, failure: Failure, lead: Duration) -> bool:
    """The call was made in time: not before the lead, and not after the failure's end."""
    return failure.since - lead <= call.at <= failure.until
