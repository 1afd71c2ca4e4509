"""What the crew plan says to people, in every language."""

from collections.abc import Mapping

from domain.crew import Obstacle, Rule
from domain.crew_proposal import Easing
from domain.text import Text

BROKEN: Mapping[Rule, Text] = {
    Rule.KNOWN: {
        "en": "{what} is in the plan, but not among what was to be planned.",
        "zh": "计划中出现了 {what}，但它不在待排范围内。",
    },
    Rule.ONCE: {
        "en": "{order} is in the plan {count} times; it needs {crew} of the crew, or one reason why not.",
        "zh": "{order} 在计划中出现 {count} 次；应派 {crew} 人一次完成，或给出一个未安排的原因。",
    },
    Rule.ORDER: {
        "en": "{technician} is in two places at {at}.",
        "zh": "{technician} 在 {at} 同时出现在两处。",
    },
    Rule.SKILL: {
        "en": "{technician} cannot do {order}: the skill {what} is missing.",
        "zh": "{technician} 无法完成 {order}：缺少技能 {what}。",
    },
    Rule.CERTIFICATE: {
        "en": "{technician} may not do {order}: the certificate {what} is missing or has expired by then.",
        "zh": "{technician} 不得执行 {order}：证书 {what} 缺失或届时已过期。",
    },
    Rule.SHIFT: {
        "en": "{technician} is on the way from {at} until {until}, outside every shift.",
        "zh": "{technician} 从 {at} 到 {until} 在途，超出所有班次。",
    },
    Rule.LEAVE: {
        "en": "{technician} is on leave between {at} and {until}.",
        "zh": "{technician} 在 {at} 至 {until} 之间休假。",
    },
    Rule.HOLIDAY: {
        "en": "{technician} does not work on holidays, but is planned between {at} and {until}.",
        "zh": "{technician} 节假日不上班，却被安排在 {at} 至 {until} 之间。",
    },
    Rule.BREAK: {
        "en": "{technician} has no break of {minutes} minutes that begins between {at} and {until}.",
        "zh": "{technician} 在 {at} 至 {until} 之间没有开始一次 {minutes} 分钟的休息。",
    },
    Rule.WINDOW: {
        "en": "{technician} begins {order} at {at}, outside the times at which it may begin.",
        "zh": "{technician} 于 {at} 开始 {order}，不在允许的开始时间内。",
    },
    Rule.PROMISE: {
        "en": "{order} begins at {at}; the customer was promised {what}.",
        "zh": "{order} 于 {at} 开始；已向客户承诺的时间为 {what}。",
    },
    Rule.TRAVEL: {
        "en": "{technician} would have to be at {what} by {at}, but cannot arrive before {until}.",
        "zh": "{technician} 须在 {at} 前到达 {what}，但最早 {until} 才能到达。",
    },
    Rule.DURATION: {
        "en": "{technician} has {minutes} minutes at {what}, which is not what it takes.",
        "zh": "{technician} 在 {what} 的时间为 {minutes} 分钟，与所需时间不符。",
    },
    Rule.PART: {
        "en": "{technician} lacks the part {what} for {order} and has not been to the depot.",
        "zh": "{technician} 执行 {order} 缺少备件 {what}，且尚未到过仓库。",
    },
    Rule.TOOL: {
        "en": "{technician} lacks the tool {what} for {order} and has not been to the depot.",
        "zh": "{technician} 执行 {order} 缺少工具 {what}，且尚未到过仓库。",
    },
    Rule.DEPOT: {
        "en": "The depot cannot give what the plan takes: {what}.",
        "zh": "仓库无法满足计划所需：{what}。",
    },
    Rule.TEAM: {
        "en": "The {count} technicians of {order} do not begin it at the same time.",
        "zh": "{order} 的 {count} 名技术员没有同时开始。",
    },
    Rule.PIN: {
        "en": "{order} is for {what} only, but {technician} is planned.",
        "zh": "{order} 只能由 {what} 执行，却安排了 {technician}。",
    },
    Rule.FREEZE: {
        "en": "{order} stays as it is ({what}), or begins after the freeze ends at {until}.",
        "zh": "{order} 须保持不变（{what}），或在冻结期 {until} 之后开始。",
    },
}

WHY_NOT: Mapping[Obstacle, Text] = {
    Obstacle.PLACE: {
        "en": "Nobody said where {what} is, so nobody can be sent to {order}; give the asset its lat and lon.",
        "zh": "{what} 的位置未登记，无法为 {order} 派人；请为该资产登记经纬度。",
    },
    Obstacle.NOBODY: {
        "en": "There is no technician of whom is known where they start; {order} waits for one with lat and lon.",
        "zh": "没有已登记出发地的技术员；{order} 须等待登记了经纬度的技术员。",
    },
    Obstacle.CREW: {
        "en": "{order} asks for a crew of {crew}; one or two are planned. Divide it into several orders.",
        "zh": "{order} 需要 {crew} 人；计划只支持一人或两人。请拆分为多个工单。",
    },
    Obstacle.TERRITORY: {
        "en": "Nobody's territory holds the site {what} of {order}; widen somebody's.",
        "zh": "没有人的负责区域包含 {order} 的站点 {what}；请扩大某人的区域。",
    },
    Obstacle.PIN: {
        "en": "{order} is for {what} only, who is not among the technicians; release the pin or add the technician.",
        "zh": "{order} 只能由 {what} 执行，但此人不在技术员名单中；请取消指定或加入该技术员。",
    },
    Obstacle.SKILL: {
        "en": "Nobody has all the skills that {order} needs: {what}.",
        "zh": "没有人具备 {order} 所需的全部技能：{what}。",
    },
    Obstacle.CERTIFICATE: {
        "en": "Nobody with the skills has the certificates that {order} needs: {what}.",
        "zh": "具备技能者均无 {order} 所需的证书：{what}。",
    },
    Obstacle.TEAM: {
        "en": "{order} needs {crew} technicians at the same time, and only {count} may do it.",
        "zh": "{order} 需要 {crew} 名技术员同时到场，但只有 {count} 名可以执行。",
    },
    Obstacle.PART: {
        "en": "The parts for {order} are neither in a van nor in the depot: {what}.",
        "zh": "{order} 所需备件车上和仓库均无库存：{what}。",
    },
    Obstacle.TOOL: {
        "en": "Nobody who may do {order} has the tools, and there is no depot: {what}.",
        "zh": "可执行 {order} 的人没有所需工具，且没有仓库：{what}。",
    },
    Obstacle.WINDOW: {
        "en": "Nobody who may do {order} works at a time at which it may begin.",
        "zh": "可执行 {order} 的人在允许的开始时间内均不上班。",
    },
    Obstacle.TRAVEL: {
        "en": "Nobody who may do {order} can get there, do it and be home within one shift.",
        "zh": "可执行 {order} 的人无法在一个班次内往返并完成。",
    },
    Obstacle.FULL: {
        "en": "Everybody who may do {order} is busy at the times at which it may begin.",
        "zh": "可执行 {order} 的人在允许的开始时间内均已排满。",
    },
}

CONTRADICTS: Text = {
    "en": "{order} is under way with {who}, which the planner would not have allowed (way, shift or skill); "
    "it is left as it is, and {who} is planned around it.",
    "zh": "{order} 正由 {who} 执行，但不符合规划规则（路程、班次或技能）；保持不变，并围绕它为 {who} 排程。",
}

DAYS: Text = {
    "en": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "zh": "周一,周二,周三,周四,周五,周六,周日",
}

RELIEF: Mapping[Easing, Text] = {
    Easing.PRICE: {
        "en": "It has a place on {day}, but leaving it out costs less.",
        "zh": "{day} 可以安排，但不安排的费用更低。",
    },
    Easing.PIN: {
        "en": "It has a place on {day} if somebody else than {who} may do it.",
        "zh": "若允许 {who} 以外的人执行，可安排在 {day}。",
    },
    Easing.PART: {
        "en": "It has a place on {day} once {what} is in the depot or in {technician}'s van.",
        "zh": "若 {what} 到达仓库或 {technician} 的车上，可安排在 {day}。",
    },
    Easing.WINDOW: {
        "en": "It has a place if its window lasts until {until} on {day}.",
        "zh": "若时间窗延长到 {day} {until}，即可安排。",
    },
    Easing.PROMISE: {
        "en": "It has a place if the customer accepts {until} on {day}.",
        "zh": "若客户接受 {day} {until}，即可安排。",
    },
    Easing.OVERTIME: {
        "en": "It has a place on {day} with {hours} more hours of overtime for {who}.",
        "zh": "若 {who} 再加班 {hours} 小时，可安排在 {day}。",
    },
    Easing.PERSON: {
        "en": "It has a place with one more person{with_skill} on {day}.",
        "zh": "若 {day} 增加一名技术员{with_skill}，即可安排。",
    },
}

HOMELESS: Text = {
    "en": "Nobody said where {who} start from, so they are not planned; give them lat and lon.",
    "zh": "未登记 {who} 的出发地，因此未排入计划；请登记其经纬度。",
}

COUNTED_ON: Text = {
    "en": "Of {part} {there} are there and {coming} on their way; the plan counts on their arriving as expected.",
    "zh": "零件 {part} 现有 {there} 件，在途 {coming} 件；本计划以其按期到货为前提。",
}

PAGE: Mapping[str, Text] = {
    "day": {"en": "{who}, {day}", "zh": "{who}，{day}"},
    "week": {"en": "Who is where in week {week}", "zh": "{week} 周人员安排"},
    "nothing": {"en": "Nobody is sent anywhere.", "zh": "没有安排。"},
    "notes": {"en": "Notes and signature", "zh": "备注与签名"},
    "where": {"en": "Where", "zh": "地点"},
    "with": {"en": "With", "zh": "同行"},
    "promised": {"en": "Promised to the customer", "zh": "已向客户承诺"},
    "due": {"en": "Due", "zh": "到期"},
    "parts": {"en": "Parts", "zh": "备件"},
    "tools": {"en": "Tools", "zh": "工具"},
    "certificates": {"en": "Certificates", "zh": "证书"},
    "late": {"en": "ends after it is due", "zh": "晚于到期时间"},
    "time": {"en": "Time", "zh": "时间"},
    "who": {"en": "Who", "zh": "人员"},
    "order": {"en": "Order", "zh": "作业单"},
    "asset": {"en": "Asset", "zh": "资产"},
    "state": {"en": "State", "zh": "状态"},
}
