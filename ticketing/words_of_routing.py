"""Why a ticket waits for an owner, as people read it."""

from domain.person import Waiting
from domain.text import Text, in_language
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
