"""Every sentence that closing says, in English and Chinese."""

from domain.text import Text

GATES: dict[str, Text] = {
    "photo_before": {"en": "a photo taken before the work", "zh": "维修前照片"},
    "photo_after": {"en": "a photo taken after the work", "zh": "维修后照片"},
    "signature": {"en": "the customer's signature", "zh": "客户签名"},
    "codes": {"en": "the codes of problem, cause and remedy", "zh": "问题、原因、处理代码"},
}
FIELD: Text = {"en": "the field {name}", "zh": "字段 {name}"}
"""A field that the class requires."""

UNCONFIRMED_SUBJECT: Text = {
    "en": "{number}: is {asset} repaired? It cannot say so itself",
    "zh": "{number}：{asset} 是否已修好？设备无法自行确认",
}
UNCONFIRMED: Text = {
    "en": "{title}. The device has not been heard long enough since the repair. Look after it, then close {number} "
    "with a reason, or take it up again.",
    "zh": "{title}。维修后未收到足够的设备数据。请现场核实后注明原因并关闭 {number}，或重新处理。",
}
INCOMPLETE: Text = {
    "en": "{title}. The device is healthy, but {number} cannot be closed without: {missing}.",
    "zh": "{title}。设备已恢复正常，但 {number} 还缺少：{missing}，暂不能关闭。",
}

SURVEY_SUBJECT: Text = {"en": "{number}: how did we do?", "zh": "{number}：请评价我们的服务"}
SURVEY: Text = {
    "en": "Your report {number} is closed. Please rate it from 1 to 5; the link works once, for 30 days:\n{link}",
    "zh": "您的报修 {number} 已关闭。请按 1 到 5 分评价；链接 30 天内有效，仅可使用一次：\n{link}",
}

FACTS: dict[str, Text] = {
    "model": {"en": "model {value}", "zh": "型号 {value}"},
    "firmware": {"en": "firmware {value}", "zh": "固件 {value}"},
    "site": {"en": "site {value}", "zh": "地点 {value}"},
}
BETWEEN: Text = {"en": ", ", "zh": "，"}
DEVICE: Text = {"en": "{asset} ({facts})", "zh": "{asset}（{facts}）"}
REPLIES: dict[str, Text] = {
    "received": {
        "en": "We know about it: {title}. Your ticket is {number}; the device is {device}, noticed at {since} UTC.",
        "zh": "我们已获悉：{title}。工单号 {number}，设备 {device}，首次发现于 {since}（UTC）。",
    },
    "try_this": {
        "en": "Before somebody comes, please try this with {device}: {help} Tell us how it went, under {number}.",
        "zh": "上门之前，请先对 {device} 尝试：{help} 结果请告知我们，工单号 {number}。",
    },
    "in_progress": {
        "en": "We are working on {device} ({number}: {title}).",
        "zh": "我们正在处理 {device}（{number}：{title}）。",
    },
    "waiting": {
        "en": "{number}, {device}: we are waiting for {reason}, and go on as soon as we can.",
        "zh": "{number}，{device}：正在等待{reason}，完成后立即继续处理。",
    },
    "repaired": {
        "en": "{device} has been repaired ({number}). We watch it for a while before we close the ticket.",
        "zh": "{device} 已修复（{number}）。我们会继续观察一段时间，再关闭工单。",
    },
    "closed": {
        "en": "{number} is closed: {device} works again. Tell us if it does not.",
        "zh": "{number} 已关闭：{device} 已恢复正常。如仍有问题，请告知我们。",
    },
}
WAITS_FOR: dict[str, Text] = {
    "customer": {"en": "your answer", "zh": "您的回复"},
    "part": {"en": "a part", "zh": "备件"},
    "approval": {"en": "an approval", "zh": "审批"},
    "access": {"en": "access to the place", "zh": "进场许可"},
    "weather": {"en": "better weather", "zh": "天气好转"},
    "visit": {"en": "the visit", "zh": "上门服务"},
}
