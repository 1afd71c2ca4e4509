"""A failure forecast is told by the store what it was told by files, and says the same."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from detectors.learning.fleet import Fleet, Questions
from detectors.learning.forecast import Forecast
from detectors.learning.training import Lesson, train
from domain.asset_value import Fitted
from domain.batch import DeviceEvent, Reading
from domain.instants import DAY, HOUR, SECOND, Instant, instant_text
from domain.registry import Facts
from maintenance.foretold import Lines
from tests.detectors.learning.wearing import START, failed, stump, wearing
from truckroll.foretold_asked import YEAR, Asked, of_forecast, told_as
from truckroll.settings import Settings

UNTIL = START + 70 * DAY


class Shelf:
    """The wearing fleet as a store: an event as it came, a day's mean as two readings around it."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def events(self, device: str, since: Instant, until: Instant) -> Sequence[DeviceEvent]:
        """As the port says."""
        number, events = int(device.removeprefix("d-")), self.fleet.events
        at = sorted(events.at[events.asset == number].tolist())
        return [
            DeviceEvent(0, device, "hot", "E1", {}, moment, moment, 0, 0, 0, 0)
            for moment in at
            if since <= moment < until
        ]

    def readings(
        self, device: str, since: Instant, until: Instant, metrics: Iterable[str] | None = None
    ) -> Sequence[Reading]:
        """As the port says."""
        daily = self.fleet.daily
        line = daily.mean[int(device.removeprefix("d-")), :, 0]
        found = [
            Reading(device, "heat", (daily.first + day) * DAY + hour * HOUR, float(heat + away))
            for day, heat in enumerate(line)
            for hour, away in ((3, -1.0), (9, 1.0))
        ]
        return [one for one in found if since <= one.at < until]


def model_of(fleet: Fleet, failures: list[tuple[str, str, Instant]]) -> Forecast:
    """A forecast by stumps."""
    lesson = Lesson(fleet=fleet, failures=failed(failures, fleet), modes=("fan",), since=START, until=UNTIL)
    return train(lesson, stump, "stumps")[0]


def test_the_store_says_what_the_files_said():
    """The same chances to the last digit but one, asked at the model's hour; a part is a component."""
    fleet, failures = wearing(5)
    model = model_of(fleet, failures)
    at = min(failed_at for _, _, failed_at in failures if failed_at > UNTIL) - DAY // 2
    at -= (at - model.hour) % DAY
    now = at + 2 * HOUR + SECOND
    assets = tuple(
        Facts(
            device=f"d-{nth}",
            asset=name,
            model=fleet.model[nth],
            installed=instant_text(int(now - fleet.age[nth] * YEAR))[:10],
        )
        for nth, name in enumerate(fleet.assets)
    )
    fitted = tuple(
        Fitted(asset=asset, position="top", part=part, since=moment, by="lee") for asset, part, moment in failures
    )
    asked = Asked(settings=Settings(home=Path()), now=now, lines=Lines(horizon=DAY, chance=0.3, health=0.2),
                  forecasts=(model,), assets=assets, fitted=fitted)  # fmt: skip
    told = of_forecast(asked, model, Shelf(fleet), assets)
    expected = model.chances(fleet, Questions(np.arange(len(assets)), np.full(len(assets), at)))[:, 0]

    assert frozenset({"forecast-fan"}) == asked.rules
    assert [f"forecast-fan {name} fan" for name in fleet.assets] == [
        f"{each.rule} {each.asset} {each.component}" for each in told
    ]
    np.testing.assert_allclose([each.level for each in told], expected, atol=1e-6)
    assert any(each.begins for each in told)
    assert not all(each.begins for each in told)


def test_an_event_bears_its_code_where_the_model_knows_it_so():
    """Else its name; one that the model does not know is not told."""
    event = DeviceEvent(0, "d", "crash", "E7", {}, 0, 0, 0, 0, 0, 0)

    assert ["crash:E7", "crash", ""] == [
        told_as(event, names) for names in (("crash", "crash:E7"), ("crash", "boot"), ("boot",))
    ]
