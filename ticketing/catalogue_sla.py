"""Every sentence that SLA clocks say, in English and Chinese."""

from domain.text import Text

SUBJECTS: dict[str, Text] = {
    "response": {
        "en": "{number}: an answer is due in {minutes} min ({severity})",
        "zh": "{number}：须在 {minutes} 分钟内响应（{severity}）",
    },
    "resolution": {
        "en": "{number}: a resolution is due in {minutes} min ({severity})",
        "zh": "{number}：须在 {minutes} 分钟内解决（{severity}）",
    },
}
OVERDUE: dict[str, Text] = {
    "response": {"en": "{number}: the answer is overdue ({severity})", "zh": "{number}：响应已超时（{severity}）"},
    "resolution": {
        "en": "{number}: the resolution is overdue ({severity})",
        "zh": "{number}：解决已超时（{severity}）",
    },
}
BODY: Text = {
    "en": "{title}. Acknowledge {number} to stop further messages.",
    "zh": "{title}。确认 {number} 后将不再通知。",
}
"""`{title}` is the ticket's."""
