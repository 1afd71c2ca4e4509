"""What forecasts and limits say to people, in every language."""

from collections.abc import Mapping

from domain.text import Text

ADVICE: Mapping[str, Text] = {
    "limit_reached": {
        "en": "In {lead} days, when the work can be done, the level is expected at {expected}; the limit is {limit} "
        "and units fail at {fails_at}. Order it now.",
        "zh": "{lead} 天后可开工时，预计水平为 {expected}；触发限值为 {limit}，失效水平为 {fails_at}。请立即下单。",
    },
    "limit_ahead": {
        "en": "In {lead} days, when the work could be done, the level is expected at {expected}, below the limit of "
        "{limit}; at its pace the limit is reached in {wait} days.",
        "zh": "{lead} 天后可开工时，预计水平为 {expected}，低于限值 {limit}；按当前速度约 {wait} 天后达到限值。",
    },
    "limit_not_foreseen": {
        "en": "The level is expected at {expected}, below the limit of {limit}, and does not rise; look again at the "
        "next reading.",
        "zh": "预计水平为 {expected}，低于限值 {limit}，且没有上升；请在下次读数时再看。",
    },
    "forecast_pays": {
        "en": "It fails within {horizon} days with a chance of {chance}. Work that comes in {lead} days is expected to "
        "save {saved} and costs {planned}: do it now.",
        "zh": "{horizon} 天内失效概率为 {chance}。{lead} 天后完成的工作预计可省 {saved}，花费 {planned}：请立即安排。",
    },
    "forecast_waits": {
        "en": "It fails within {horizon} days with a chance of {chance}. Work that comes in {lead} days is expected to "
        "save {saved} and costs {planned}: wait for the next forecast.",
        "zh": "{horizon} 天内失效概率为 {chance}。{lead} 天后完成的工作预计可省 {saved}，花费 {planned}："
        "请等待下次预测。",
    },
    "too_late": {
        "en": "It fails within {horizon} days with a chance of {chance}, and no work can be done before {lead} days "
        "have passed: prepare for the failure, or find a quicker crew or part.",
        "zh": "{horizon} 天内失效概率为 {chance}，而最早 {lead} 天后才能开工：请准备应对失效，或寻找更快的人员或备件。",
    },
    "assumed": {
        "en": "The failure cost of {failure} is assumed.",
        "zh": "失效成本 {failure} 为假定值。",
    },
}

UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "days": {"en": ("days", "day"), "zh": ("天", "天")},
    "hours": {"en": ("hours", "hour"), "zh": ("小时", "小时")},
    "cycles": {"en": ("cycles", "cycle"), "zh": ("次", "次")},
}
"""Many of it and one, by the unit of ages."""

LIFE: Mapping[str, Text] = {
    "wear": {
        "en": "{group}: the parts wear out: the shape is {shape} (90 %: {low} to {high}), and the older a part is, the "
        "sooner it fails. Half of them fail by {median} {unit}, a tenth by {b10}.",
        "zh": "{group}：部件有磨损：形状参数 {shape}（90 %：{low} 至 {high}），越旧越容易失效。"
        "半数在 {median} {unit}前失效，一成在 {b10} 前失效。",
    },
    "no_wear": {
        "en": "{group}: nothing shows that old parts fail more than new ones: the shape is {shape} (90 %: {low} to "
        "{high}). Half of them fail by {median} {unit}, a tenth by {b10}.",
        "zh": "{group}：没有迹象表明旧部件比新部件更易失效：形状参数 {shape}（90 %：{low} 至 {high}）。"
        "半数在 {median} {unit}前失效，一成在 {b10} 前失效。",
    },
    "replace": {
        "en": "Replace at {age} {unit} (between {ready} and {due} it costs little more). That costs {rate} for each "
        "{each}, {saving} less than replacing failed parts only ({failures_only}).",
        "zh": "建议在 {age} {unit}时更换（{ready} 至 {due} 之间费用相差不大）。每{each}费用 {rate}，"
        "比仅在失效后更换（{failures_only}）低 {saving}。",
    },
    "never_no_wear": {
        "en": "Do not replace before a failure: a new part would fail as soon as the old one. That costs "
        "{failures_only} for each {each}.",
        "zh": "不要在失效前更换：新部件并不比旧部件更耐久。每{each}费用 {failures_only}。",
    },
    "never_dear": {
        "en": "Do not replace before a failure: the life that is thrown away is worth more than the failures that are "
        "avoided. That costs {failures_only} for each {each}.",
        "zh": "不要在失效前更换：放弃的剩余寿命比避免的失效更值钱。每{each}费用 {failures_only}。",
    },
}
