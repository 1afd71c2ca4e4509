"""Severity: always the same, by count, or by model."""

import pytest

from detectors.severity import canonical_severity, read_severity


def scale(value):
    """The scale of a value without mistakes."""
    mistakes = []
    made = read_severity(value, lambda sentence, *path: mistakes.append(sentence))
    assert [] == mistakes
    return made


BY_COUNT = {"5": "S2", "3": "S3", "20": "S1"}
BY_MODEL = {"model": {"TV-55*": "S1", "TV-*": "S2", "*": "S3"}}


@pytest.mark.parametrize(
    ("value", "count", "model", "severity"),
    [
        ("S1", 1, "", "S1"),
        ("S2", 100, "TV-55X", "S2"),
        (BY_COUNT, 3, "", "S3"),
        (BY_COUNT, 4, "", "S3"),
        (BY_COUNT, 5, "", "S2"),
        (BY_COUNT, 19, "", "S2"),
        (BY_COUNT, 20, "", "S1"),
        (BY_COUNT, 10**6, "", "S1"),
        (BY_COUNT, 1, "", "S3"),
        (BY_MODEL, 3, "TV-55X", "S1"),
        (BY_MODEL, 3, "TV-65", "S2"),
        (BY_MODEL, 3, "tv-65", "S3"),
        (BY_MODEL, 3, "", "S3"),
    ],
)
def test_severity_is_read_from_its_table(value, count, model, severity):
    """From a count on; the first model that matches; below the first count the first."""
    assert severity == scale(value).of(count, model)


def test_models_keep_their_order_as_json():
    """Keys of JSON have no order, so models become a list; it reads as the same."""
    canonical = canonical_severity(BY_MODEL)

    assert {"model": [["TV-55*", "S1"], ["TV-*", "S2"], ["*", "S3"]]} == canonical
    assert canonical == canonical_severity(canonical)
    assert scale(BY_MODEL) == scale(canonical)
