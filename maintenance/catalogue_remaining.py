"""What people are told about the life that an asset has left, in every language."""

from domain.text import Text
from maintenance.remaining_model import LifeLeft

UNITS: dict[str, Text] = {
    "days": {"en": "days", "zh": "天"},
    "hours": {"en": "hours", "zh": "小时"},
    "cycle": {"en": "cycles", "zh": "次循环"},
    "cycles": {"en": "cycles", "zh": "次循环"},
    "uptime": {"en": "steps of use", "zh": "个使用单位"},
    "use": {"en": "steps of use", "zh": "个使用单位"},
    "age": {"en": "steps of use", "zh": "个使用单位"},
}
AT_SIGHT = 0.97
"""From this share of the model's sight on, more cannot be told."""
REFUSED: dict[str, Text] = {
    "silent": {
        "en": "{unit} does not report every metric that the model needs ({metrics}); nothing is said of its life.",
        "zh": "{unit} 未上报模型所需的全部指标（{metrics}）；无法判断其剩余寿命。",
    },
    "strange": {
        "en": "{unit} was run in ways that no unit of the training was; train the model with units run like it.",
        "zh": "{unit} 的运行工况在训练数据中从未出现；请用相同工况的设备重新训练模型。",
    },
    "family": {
        "en": "{unit} is of family {family}, the model of {model}; train a model of its own family.",
        "zh": "{unit} 属于 {family} 系列，而模型属于 {model} 系列；请为其系列训练模型。",
    },
    "unknown": {
        "en": "{unit} is not in the registry, so its family is not known; register it with its model.",
        "zh": "{unit} 不在登记册中，无法确定其系列；请登记该设备及其型号。",
    },
    "no readings": {
        "en": "{unit} has no readings since its last failure; nothing is said of its life.",
        "zh": "{unit} 自上次故障以来没有读数；无法判断其剩余寿命。",
    },
}


def life_sentence(life: LifeLeft, unit: str, sight: float) -> Text:
    """How much is left, with the interval in words."""
    low, high, left = round(life.low), round(life.high), round(life.left)
    words = unit_words(unit)
    en = f"{life.unit}: between {low} and {high} {words['en']} left, 9 of 10 times"
    zh = f"{life.unit}：剩余 {low} 至 {high} {words['zh']}（十次中九次如此）"
    if life.left >= AT_SIGHT * sight:
        return {"en": f"{en}; no wear shows yet.", "zh": f"{zh}；尚未看到磨损。"}
    return {"en": f"{en}; about {left} to be expected.", "zh": f"{zh}；预计约 {left}。"}


def unit_words(unit: str) -> Text:
    """What use is counted in, behind a number."""
    return UNITS.get(unit, {"en": unit, "zh": unit})


def refusal(why: str, unit: str, **names: str) -> Text:
    """Why nothing is said of a unit."""
    return {language: text.format(unit=unit, **names) for language, text in REFUSED[why].items()}
