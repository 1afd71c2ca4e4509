"""Titles, summaries and priorities: right in every language, and monotone."""

import string

from hypothesis import given
from hypothesis import strategies as st

from domain.finding import Evidence, Severity
from domain.text import LANGUAGES
from tests.ticketing.cases import START, finding
from ticketing import catalogue
from ticketing.opening import dossier_of
from ticketing.priority import LADDER, priority_of, worse
from ticketing.words import summary_of, title_of


def blanks(text: str) -> set[str]:
    """The names of the blanks in a pattern."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_has_every_language_with_the_same_blanks():
    """A translation never loses what the other one says."""
    texts = [text for text in vars(catalogue).values() if isinstance(text, dict) and "en" in text]
    texts += catalogue.FACTS.values()

    assert 19 == len(texts)
    assert [set(LANGUAGES)] * len(texts) == [set(text) for text in texts]
    assert [blanks(text["en"]) for text in texts] == [blanks(text["zh"]) for text in texts]


def test_a_summary_says_what_was_seen_on_which_device():
    """In English and Chinese."""
    state = finding()
    summary = summary_of(state, dossier_of(state, ()))

    assert (
        "3 × crash 0xDEAD, first at 2026-11-22T09:00:00.000Z, last at 2026-11-22T18:00:00.000Z. "
        "Device: model TV-55, firmware 2.4.1, site berlin. Found by rule tv-crash-loop, version v1."
    ) == summary["en"]
    assert summary["zh"].startswith("crash 0xDEAD 3 次，首次 2026-11-22T09:00:00.000Z")


def test_a_summary_of_little_is_short():
    """One reading, nothing known of the device."""
    state = finding(count=1, facts={}, evidence=(Evidence(1, "d", START, "temp", value=91.25),))

    assert (
        "temp 91.25 at 2026-11-22T09:00:00.000Z. Found by rule tv-crash-loop, version v1."
        == summary_of(state, dossier_of(state, ()))["en"]
    )


def test_a_title_falls_back_on_what_there_is():
    """The rule's English name, then the failure mode, then a plain word."""
    assert "Hot: A" == title_of({"en": "Hot"}, "A", "", "overheating")["zh"].replace("：", ": ")
    assert "overheating: A" == title_of({}, "A", "", "overheating")["en"]
    assert "故障：A" == title_of({}, "A", "", "")["zh"]


def test_text_of_devices_is_never_taken_for_a_pattern():
    """Braces in names stay braces."""
    assert "{what}: {0}" == title_of({"en": "{what}"}, "{0}", "", "x")["en"]


FACTS = st.fixed_dictionaries(
    {},
    optional={"criticality": st.sampled_from(["high", "low", "High", ""]), "tier": st.sampled_from(["gold", "basic"])},
)


REACH = st.integers(1, 1_000)


@given(st.sampled_from(Severity), st.sampled_from(Severity), FACTS, REACH, REACH)
def test_priority_is_monotone_in_each_of_its_terms(one, other, facts, few, many):
    """A worse severity, a more critical asset, a better customer, a wider radius: none ever lowers it."""

    def place(severity, known, reach):
        return LADDER.index(priority_of(severity, known, reach))

    few, many = sorted((few, many))
    assert place(worse(one, other), facts, few) <= place(other, facts, few)
    assert place(one, facts, many) <= place(one, facts, few)
    assert place(one, {**facts, "tier": "gold"}, few) <= place(one, {**facts, "tier": ""}, few)
    crit = [place(one, {**facts, "criticality": level}, few) for level in ("high", "", "low")]
    assert sorted(crit) == crit


def test_an_asset_that_hardly_matters_waits_and_a_wide_trouble_does_not():
    """`low` is reached, and a hundred devices lift it by two steps."""
    assert "low" == priority_of(Severity.S3, {"criticality": "low"})
    assert ["medium", "high", "urgent"] == [priority_of(Severity.S3, {}, reach) for reach in (9, 10, 100)]


def test_a_critical_asset_or_a_gold_customer_raises_the_priority_one_step():
    """Both together as much as one."""
    table = [priority_of(severity, facts) for severity in Severity for facts in ({}, {"tier": "gold"})]

    assert ["urgent", "urgent", "high", "urgent", "medium", "high"] == table
    assert "high" == priority_of(Severity.S3, {"tier": "Gold", "criticality": "high"})
