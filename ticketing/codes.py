"""Codes: what was wrong, why, and what was done about it, in the words that the ticket's class has for it."""

from collections.abc import Mapping

from domain.closing import Codes
from domain.ticket_class import LABELS, TicketClass
from ticketing.class_lines import meant
from ticketing.class_values import WORD


def said_at_the_end(codes: Codes | None, kind: TicketClass | None) -> Mapping[str, str]:
    """The codes as the last line about a ticket has them: by these, rules are judged."""
    if codes is None:
        return {}
    label = label_of(codes.remedy, kind)
    return {**codes.as_dict(), "code": codes.remedy} | ({"label": label} if label else {})


def label_of(remedy: str, kind: TicketClass | None) -> str:
    """What a remedy says about the detection, one of LABELS; empty where it says nothing."""
    known = kind.remedies.get(remedy, "") if kind else ""
    return known or (remedy if remedy in LABELS else "")


def strange_codes(codes: Codes, kind: TicketClass | None) -> list[str]:
    """A sentence for each code that the class does not have. Where it lists none of a kind, any word will do."""
    lists: Mapping[str, Mapping[str, object]] = (
        {"problem": kind.problems, "cause": kind.causes, "remedy": kind.remedies} if kind else {}
    )
    return [sentence for name, code in codes.as_dict().items() if (sentence := strange(name, code, lists.get(name)))]


def strange(name: str, code: str, known: Mapping[str, object] | None) -> str:
    """What is wrong with a code; empty where nothing is."""
    if known:
        return "" if code in known else f"{name} {code!r} is not among the class's codes; {meant(code, known)}"
    return "" if WORD.fullmatch(code) else f"{name} must be 1 to 64 of the characters A-Z a-z 0-9 . _ -"
