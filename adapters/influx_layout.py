"""Layout: which measurement, tags and field a metric of a device stands in, and back."""

from collections.abc import Iterable

from adapters.influx_names import coded, coded_name, key, measurement, outside, percent
from adapters.influx_settings import METRIC, InfluxSettings

Label = tuple[str, bool]
"""A metric, and whether its value is a text."""


class Layout:
    """The settings' layout, both ways. A number's field never holds a text, and no two metrics share a field:

    a number whose name ends like a text's field has the first character of that ending coded.
    """

    def __init__(self, settings: InfluxSettings) -> None:
        self.measurement = settings.measurement
        self.field = settings.field
        self.metric_tag = settings.metric_tag if settings.has_metric_tag else ""
        self.device_tag = settings.device_tag
        self.tags = settings.tags
        self.suffix = settings.text_suffix
        self.events = settings.event_measurement
        self.is_wide = settings.field == METRIC
        """A line has a field for each metric of its item."""

    def measurement_of(self, metric: str) -> str:
        """The coded name of the measurement with this metric."""
        return coded_name(metric) if self.measurement == METRIC else self.measurement

    def number_field(self, metric: str) -> str:
        """The coded key of the field with this metric's numbers."""
        if not self.is_wide:
            return self.field
        name = coded_name(metric)
        if not name.endswith(self.suffix):
            return name
        return name.removesuffix(self.suffix) + percent(self.suffix[0]) + self.suffix[1:]

    def text_field(self, metric: str) -> str:
        """The coded key of the field with this metric's texts."""
        return (coded_name(metric) if self.is_wide else self.field) + self.suffix

    def labels(self, measurement: str, metric: str, columns: Iterable[str]) -> list[Label]:
        """What each column of an answer is, given its measurement and its metric tag."""
        return [self.label(measurement, metric, column) for column in columns]

    def label(self, measurement: str, metric: str, column: str) -> Label:
        """What one column is. A foreign field may hold texts under any name."""
        if not self.is_wide:
            return outside(metric if self.metric_tag else measurement), column == self.field + self.suffix
        if column.endswith(self.suffix) and column != self.suffix:
            return outside(column.removesuffix(self.suffix)), True
        return outside(column), False

    def before_device(self, metric: str) -> str:
        """How a line with this metric begins."""
        return measurement(self.measurement_of(metric))

    def of_device(self, device: str) -> str:
        """The tags of a line that do not depend on the metric."""
        own = "".join(f",{key(name)}={key(coded(value))}" for name, value in self.tags.items())
        return f",{key(self.device_tag)}={key(coded(device))}{own}"

    def after_device(self, metric: str) -> str:
        """The tag with the metric, where there is one, and the space before the fields."""
        return f",{key(self.metric_tag)}={key(coded(metric))} " if self.metric_tag else " "
