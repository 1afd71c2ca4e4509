"""What people are told about readings that were kept aside, and about a meter's forecast."""

from domain.instants import instant_text
from domain.meter import Slip, SlipKind
from domain.text import Text


def slip_sentence(slip: Slip) -> Text:
    """Why a reading was kept aside."""
    value, before, at = f"{slip.value:g}", f"{slip.before.value:g}", instant_text(slip.before.at)
    said: dict[SlipKind, Text] = {
        SlipKind.NEGATIVE: {
            "en": f"{value} is below 0, which no meter can be; it was not counted.",
            "zh": f"{value} 小于 0，计量值不可能为负；未计入。",
        },
        SlipKind.JUMP: {
            "en": f"{value} is more use since {before} at {at} than the meter's definition holds possible; "
            "it was not counted.",
            "zh": f"自 {at} 的 {before} 以来，{value} 超出了该计量定义允许的用量；未计入。",
        },
        SlipKind.ZERO: {
            "en": f"A zero between {before} at {at} and readings that went on from there; it was not counted.",
            "zh": f"{at} 的 {before} 之后出现 0，随后读数照常继续；未计入。",
        },
        SlipKind.LEVEL: {
            "en": f"The counter went on from {value} after {before} at {at}; the difference was not counted. "
            "If it was use, record a reading of the meter.",
            "zh": f"{at} 的 {before} 之后，计数器从 {value} 继续；差额未计入。若确为用量，请登记一次人工读数。",
        },
    }
    return said[slip.kind]


NO_HISTORY: Text = {
    "en": "There is too little history to say how fast it grows.",
    "zh": "历史数据太少，无法判断增长速度。",
}
