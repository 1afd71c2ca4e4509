"""What routing says to people: why a ticket waits for an owner, and that somebody is its owner now."""

from domain.person import POOL, Waiting
from domain.sla import Notice
from domain.text import Text, in_language
from domain.ticket import LedgerEvent, Ticket
from ticketing import catalogue_routing as catalogue
from ticketing.words import fill, in_every_language


def why_waiting(wait: Waiting) -> Text:
    """The reason, and how many people stand behind each obstacle."""

    def say(language: str) -> str:
        sentence = in_language(catalogue.WAITS[wait.reason], language)
        counts = ", ".join(f"{counted(reason, language)} {many}" for reason, many in wait.excluded.items())
        return fill(catalogue.ACROSS, language, sentence=sentence, counts=counts) if counts else sentence

    return in_every_language(say)


def counted(reason: str, language: str) -> str:
    """An obstacle in a word or two."""
    return in_language(catalogue.OBSTACLES[reason], language)


def told_owner(event: LedgerEvent, ticket: Ticket) -> Notice | None:
    """What a new owner is told once a line says so; nothing to a pool, or to whoever did it."""
    to = str(event.details.get("to", ""))
    if event.kind not in ("assigned", "transferred") or to.startswith(POOL) or to == event.actor:
        return None
    body = catalogue.HANDED_BODY if event.kind == "transferred" else catalogue.OWNED_BODY

    def say(language: str) -> str:
        return fill(body, language, title=in_language(ticket.title, language), by=event.actor, why=event.why)

    return Notice(
        id=f"{ticket.number}/owner/{event.position}",
        at=event.at,
        channel="in_app",
        to=to,
        ticket=ticket.number,
        subject=in_every_language(
            lambda language: fill(catalogue.OWNED, language, number=ticket.number, priority=ticket.priority.value)
        ),
        body=in_every_language(say),
    )
