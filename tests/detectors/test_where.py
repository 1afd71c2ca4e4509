"""Where: which devices a rule is about."""

from itertools import pairwise

import pytest

from detectors.firmware import read_firmware, version_of
from detectors.where import read_where
from domain.registry import Facts

FACTS = Facts(
    device="TV-0017",
    asset="A-17",
    model="TV-55X",
    site="hangzhou-3",
    owner="ACME",
    tier="gold",
    criticality="high",
    component="panel",
    tags={"region": "cn-east", "empty": ""},
)


def where(table):
    """The condition of a table without mistakes."""
    mistakes = []
    condition = read_where(table, lambda sentence, *path: mistakes.append(sentence))
    assert [] == mistakes
    return condition


@pytest.mark.parametrize(
    ("table", "holds"),
    [
        ({}, True),
        ({"model": "TV-55X"}, True),
        ({"model": "TV-*"}, True),
        ({"model": "tv-*"}, False),
        ({"model": "TV"}, False),
        ({"model": "TV-5?X"}, True),
        ({"model": "TV-[45]5X"}, True),
        ({"model": "TV.55X"}, False),
        ({"model": ["TV-6*", "TV-5*"]}, True),
        ({"model": ["TV-6*", "TV-7*"]}, False),
        ({"model": "TV-*", "site": "shanghai-*"}, False),
        ({"model": "TV-*", "site": "*-3", "owner": "ACME", "tier": "gold", "criticality": "h*"}, True),
        ({"device": "TV-00*", "asset": "A-*", "component": "panel"}, True),
        ({"component": ""}, False),
        ({"expected_state": "active"}, True),
        ({"expected_state": "stored"}, False),
        ({"tag": {"region": "cn-*"}}, True),
        ({"tag": {"region": ["eu-*", "cn-*"], "empty": ""}}, True),
        ({"tag": {"region": "eu-*"}}, False),
        ({"tag": {"never_said": "*"}}, True),
        ({"tag": {"never_said": "?*"}}, False),
        ({"site": "*"}, True),
    ],
)
def test_a_device_is_in_when_every_condition_holds(table, holds):
    """Globs match the whole text, case-sensitive; a list holds when any of its globs does; unknown facts are empty."""
    assert holds is where(table).matches(FACTS, "")


@pytest.mark.parametrize(
    ("condition", "firmware", "holds"),
    [
        (">=2.4", "2.4", True),
        (">=2.4", "2.4.0", True),
        (">=2.4", "2.10", True),
        (">=2.4", "2.3.9", False),
        (">=2.4", "v2.5", True),
        ("<3", "2.99.99", True),
        ("<3", "3.0.0", False),
        (">=2.4,<3", "2.5", True),
        (">=2.4, <3", "3.1", False),
        (">= 2.4", "2.4", True),
        ("==2.4.1", "2.4.1", True),
        ("==2.4.1", "2.4.10", False),
        ("==2.4", "2.4.0.0", True),
        ("!=2.4.1", "2.4.1", False),
        ("!=2.4.1", "2.4.2", True),
        (">2.4", "2.4.1", True),
        ("<=2.4", "2.4+build.77", True),
        ("<2.4.1", "2.4.1-rc1", True),
        (">=2.4.1-rc1", "2.4.1", True),
        (">2.4.1-rc2", "2.4.1-rc10", True),
        (">2.4.1", "2.4.1b", True),
        (">2.4.1", "2.4.1-2", True),
        ("<2.5", "2.4.1-2", True),
        ("2.4.*", "2.4.1", True),
        ("2.4.*", "2.5.1", False),
        ("2.*,!=2.4.1", "2.4.1", False),
        ("*", "anything", True),
        (["<2", ">=3"], "3.1", True),
        (["<2", ">=3"], "2.1", False),
        (">=1", "nightly", False),
        ("!=1.0", "nightly", True),
        ("night*", "nightly", True),
        (">=1", "", False),
        ("*", "", False),
        ("!=1.0", "", False),
    ],
)
def test_firmware_compares_as_versions(condition, firmware, holds):
    """Numbers as numbers, missing parts are 0, `-rc1` is before, other endings after; unknown firmware is out."""
    assert holds is where({"fw": condition}).matches(FACTS, firmware)


def test_only_a_condition_on_firmware_needs_it():
    """So that a rule without one need not look at it."""
    assert not where({"model": "TV-*"}).needs_firmware
    assert where({"fw": ">=2"}).needs_firmware


def test_versions_sort_as_people_sort_them():
    """Any two of the list stand in this order."""
    texts = ["1", "1.9", "1.10-alpha2", "1.10-alpha10", "1.10-beta", "1.10", "1.10-1", "1.10-2", "1.10a", "1.10.1", "2"]

    assert [] == [pair for pair in pairwise(texts) if not version_of(pair[0]) < version_of(pair[1])]


def test_a_condition_is_a_value():
    """Two readings of the same text are equal, so that rules compare."""
    table = {"model": ["TV-*"], "fw": ">=2.4", "tag": {"region": "cn-*"}}

    assert where(table) == where(table)
    assert hash(where(table)) == hash(where(table))


def test_a_version_needs_numbers():
    """The sentence says what to write."""
    with pytest.raises(ValueError, match="compares with no version"):
        read_firmware("==latest")
