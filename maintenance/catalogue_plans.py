"""What people are told about the orders of plans: why they exist, and why they were taken back."""

from domain.text import Text

CALENDAR: Text = {
    "en": "Plan {plan}: every {every}. {last} It is due on {day}.",
    "zh": "计划“{plan}”：每{every}一次。{last}应于 {day} 进行。",
}
METER: Text = {
    "en": "Plan {plan}: every {use} of {meter}. {last} It reaches {target} about {day} (now {value}{rate}).",
    "zh": "计划“{plan}”：{meter} 每 {use} 一次。{last}预计 {day} 达到 {target}（现为 {value}{rate}）。",
}
RATE: Text = {
    "en": ", {per_day} a day, 9 times in 10 between {low} and {high}",
    "zh": "，每天 {per_day}，九成在 {low}–{high} 之间",
}
CONDITION: Text = {
    "en": "Plan {plan}: {title} ({signal}) holds since {since}. {last} It is due on {day}.",
    "zh": "计划“{plan}”：{title}（{signal}）自 {since} 起成立。{last}应于 {day} 进行。",
}
FORECAST: Text = {
    "en": "Plan {plan}: {title} ({signal}). {advice} {last} It is due on {day}.",
    "zh": "计划“{plan}”：{title}（{signal}）。{advice}{last}应于 {day} 进行。",
}
LAST_ORDER: Text = {"en": "Last done on {date} ({order}).", "zh": "上次完成于 {date}（{order}）。"}
LAST_DAY: Text = {"en": "Last done on {date}.", "zh": "上次完成于 {date}。"}
NEVER: Text = {"en": "It was not done before, as far as is known.", "zh": "此前没有完成记录。"}
MOVED: Text = {"en": " {planned} is no working day or out of season.", "zh": "（{planned} 非工作日或不在季节内。）"}
UNITS: dict[str, Text] = {
    "day": {"en": "day", "zh": "天"},
    "week": {"en": "week", "zh": "周"},
    "month": {"en": "month", "zh": "个月"},
    "year": {"en": "year", "zh": "年"},
}
TITLE: Text = {"en": "{plan}: {asset}", "zh": "{plan}：{asset}"}
GONE: dict[str, str] = {
    "plan": "the plan is not there any more",
    "state": "the asset is {state}",
    "asset": "the plan is not for this asset any more",
    "signal": "what it was made for does not hold any more",
    "done": "the same work was just done with {order}",
}
