"""Texts for people, in English and Chinese."""

from collections.abc import Mapping

Text = Mapping[str, str]
"""`{"en": …, "zh": …}`; `en` is always there."""

LANGUAGES = ("en", "zh")


def in_language(text: Text, language: str) -> str:
    """The text in `language`, else in English."""
    return text.get(language) or text["en"]
