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


@given(st.sampled_from(Severity), st.sampled_from(Severity), FACTS)
def test_a_worse_severity_never_lowers_the_priority(one, other, facts):
    """And a reason to hurry never does."""
    bad = worse(one, other)

    assert LADDER.index(priority_of(bad, facts)) <= LADDER.index(priority_of(other, facts))
    assert LADDER.index(priority_of(one, facts)) <= LADDER.index(priority_of(one, {}))


def test_a_critical_asset_or_a_gold_customer_raises_the_priority_one_step():
    """Both together as much as one."""
    table = [priority_of(severity, facts) for severity in Severity for facts in ({}, {"tier": "gold"})]

    assert ["urgent", "urgent", "high", "urgent", "medium", "high"] == table
    assert "high" == priority_of(Severity.S3, {"tier": "Gold", "criticality": "high"})
