"""Words: every label of a backtest's report, in English and Chinese."""

from domain.text import Text, in_language

LABELS: dict[str, Text] = {
    "title": {"en": "Backtest", "zh": "回测"},
    "period": {"en": "Period", "zh": "时段"},
    "source": {"en": "Source", "zh": "来源"},
    "journal": {"en": "journal", "zh": "日志"},
    "store": {"en": "telemetry store", "zh": "遥测库"},
    "files": {"en": "files", "zh": "文件"},
    "devices": {"en": "Devices", "zh": "设备"},
    "device_days": {"en": "Device-days", "zh": "设备日"},
    "readings": {"en": "Readings", "zh": "读数"},
    "messages": {"en": "Messages", "zh": "消息"},
    "findings": {"en": "Findings", "zh": "发现"},
    "withdrawn": {"en": "withdrawn", "zh": "已撤回"},
    "tickets": {"en": "Tickets", "zh": "工单"},
    "tickets_a_week": {"en": "Tickets a week", "zh": "每周工单"},
    "hours_a_week": {"en": "Technician hours a week", "zh": "每周技师工时"},
    "hours": {"en": "Hours", "zh": "工时"},
    "parts": {"en": "Parts", "zh": "备件"},
    "week": {"en": "Week from", "zh": "周起始"},
    "rule": {"en": "Rule", "zh": "规则"},
    "rules": {"en": "Rules", "zh": "规则"},
    "version": {"en": "Version", "zh": "版本"},
    "life": {"en": "Life", "zh": "阶段"},
    "precision": {"en": "Precision", "zh": "精确率"},
    "recall": {"en": "Recall", "zh": "召回率"},
    "failures": {"en": "Failures", "zh": "故障"},
    "found": {"en": "found", "zh": "已发现"},
    "lead": {"en": "Median lead time (hours)", "zh": "提前量中位数（小时）"},
    "false": {"en": "False tickets per 1,000 device-days", "zh": "每千设备日误报工单"},
    "truth": {"en": "Against the truth", "zh": "对照真值"},
    "examples": {"en": "Examples", "zh": "示例"},
    "asset": {"en": "Asset", "zh": "资产"},
    "at": {"en": "At", "zh": "时间"},
    "failure_mode": {"en": "Failure mode", "zh": "故障模式"},
    "against": {"en": "A against B", "zh": "A 与 B 对比"},
    "a": {"en": "Rule file A", "zh": "规则文件 A"},
    "b": {"en": "Rule file B", "zh": "规则文件 B"},
    "both": {"en": "In both", "zh": "两者皆有"},
    "only_a": {"en": "Only in A", "zh": "仅在 A"},
    "only_b": {"en": "Only in B", "zh": "仅在 B"},
    "difference_a_week": {"en": "B less A, tickets a week", "zh": "B 减 A，每周工单"},
    "hours_difference_a_week": {"en": "B less A, hours a week", "zh": "B 减 A，每周工时"},
    "unknown": {"en": "What this source cannot know", "zh": "该来源无法得知"},
    "interval": {"en": "95 % interval in brackets", "zh": "括号内为 95 % 区间"},
    "no_plan": {
        "en": "No job plan says what a visit costs for: {names}",
        "zh": "以下类别没有作业计划，费用未计入：{names}",
    },
    "more": {"en": "and {count} more", "zh": "另有 {count} 项"},
    "how": {
        "en": "Openings and reopenings of tickets are counted; one is taken as closed once all in it is over.",
        "zh": "统计工单的新建与重开；工单内的问题全部结束即视为关闭。",
    },
    "promises": {"en": "Resolution promises broken", "zh": "违反的解决时限"},
    "of": {"en": "{severity}: {broken} of {tickets}", "zh": "{severity}：{tickets} 张中 {broken} 张"},
    "promised": {
        "en": "Promises: a ticket is taken as resolved once all in it is over; whether people would have been "
        "quicker or slower, and when they would have answered, the past does not say.",
        "zh": "时限：工单内的问题全部结束即视为已解决；人员是否会更快或更慢、何时响应，历史数据无法得知。",
    },
    "next": {
        "en": "If you agree: truckroll rules promote {name} --to backtested",
        "zh": "如认可：truckroll rules promote {name} --to backtested",
    },
    "nothing": {"en": "nothing", "zh": "无"},
}
UNKNOWN: dict[str, Text] = {
    "arrival": {
        "en": "when readings arrived: they are taken to arrive when they were measured, so nothing is late",
        "zh": "读数的到达时间：按测量时间视为到达，因此没有迟到数据",
    },
    "duplicates": {
        "en": "what was sent twice, and values that were overwritten at the same instant",
        "zh": "重复发送的数据，以及同一时刻被覆盖的值",
    },
    "firmware": {
        "en": "which firmware a device ran, so rules that ask for one match nothing",
        "zh": "设备的固件版本，因此限定固件的规则不会匹配",
    },
    "life": {
        "en": "whether devices lived between their events: they are taken to be heard all the time",
        "zh": "事件之间设备是否在线：视为一直在线",
    },
}
"""What sources cannot know."""


def label(name: str, language: str, /, **values: object) -> str:
    """A label, with its places filled in."""
    return in_language(LABELS[name], language).format(**values)
