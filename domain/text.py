"""Texts for people, in English and Chinese."""

import unicodedata
from collections.abc import Mapping

Text = Mapping[str, str]
"""`{"en": …, "zh": …}`; `en` is always there."""

LANGUAGES = ("en", "zh")
SHAPELESS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs in which nothing can be seen."""


def in_language(text: Text, language: str) -> str:
    """The text in `language`, else in English."""
    return text.get(language) or text["en"]


def is_blank(text: str) -> bool:
    """Nobody can read anything in it: nothing but spaces, controls and letters without a shape."""
    return all(unicodedata.category(letter)[0] in "CZ" or letter in SHAPELESS for letter in text)
