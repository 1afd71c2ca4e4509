"""What people are told about failures that models foretell, in every language."""

from domain.text import Text

LIFE: Text = {
    "en": "fails within {days:g} days with {chance:.0%}; {life}",
    "zh": "{days:g} 天内发生故障的概率为 {chance:.0%}；{life}",
}
HEALTH: Text = {
    "en": "health is {index:.0%}, most of what it lacks is due to {term}; {life}",
    "zh": "健康度为 {index:.0%}，主要受 {term} 影响；{life}",
}
FORECAST: Text = {
    "en": "{mode} will fail within {days:g} days with {chance:.0%}",
    "zh": "{days:g} 天内发生 {mode} 的概率为 {chance:.0%}",
}


def filled(pattern: Text, *, life: Text | None = None, **words: object) -> Text:
    """The sentence in every language; `life` is a sentence itself, whose end is the end of this one."""
    return {
        language: text.format(life=(life or {}).get(language, "").rstrip(".。"), **words)
        for language, text in pattern.items()
    }
