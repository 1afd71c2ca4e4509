"""What is said to people about reviewed orders, in every language."""

from collections.abc import Mapping

from domain.text import Text

SUMMARY: Text = {"en": "Of {orders} {noun} of plan {plan}: {said}.", "zh": "计划 {plan} 的 {orders} 个作业单：{said}。"}
JOIN: Text = {"en": ", ", "zh": "，"}
FATES: Mapping[str, Text] = {
    "as_they_were": {"en": "{many} approved as they were", "zh": "{many} 个原样批准"},
    "changed": {"en": "{many} approved after changes", "zh": "{many} 个修改后批准"},
    "automatic": {"en": "{many} approved by the plan itself", "zh": "{many} 个由计划自动批准"},
    "refused": {"en": "{many} refused", "zh": "{many} 个被拒绝"},
    "merged": {"en": "{many} merged into others", "zh": "{many} 个并入其他作业单"},
    "cancelled": {"en": "{many} cancelled", "zh": "{many} 个已取消"},
    "waiting": {"en": "{many} not decided yet", "zh": "{many} 个尚未决定"},
}
SHIFTS: Mapping[str, Text] = {
    "later": {"en": "{many} moved later by {days} {day_word} in the median", "zh": "{many} 个推后（中位数 {days} 天）"},
    "earlier": {
        "en": "{many} moved earlier by {days} {day_word} in the median",
        "zh": "{many} 个提前（中位数 {days} 天）",
    },
    "deferred": {
        "en": "{many} {deferrals} by {days} {day_word} in the median",
        "zh": "延期 {many} 次（中位数 {days} 天）",
    },
}
HOURS: Text = {
    "en": "hours of {many} changed from {before} to {after} in the median",
    "zh": "{many} 个工时由 {before} 改为 {after}（中位数）",
}
KIT: Text = {"en": "{part} {pieces} in the kits", "zh": "备件 {part} {pieces}"}
BECAUSE: Text = {"en": ": {reasons}", "zh": "：{reasons}"}
QUOTED: Text = {"en": "'{reason}'", "zh": "“{reason}”"}

# -- printed pages

WEEK: Text = {"en": "Orders of week {week}", "zh": "{week} 周作业计划"}
SPAN: Text = {"en": "{begin} to {end}", "zh": "{begin} 至 {end}"}
COUNTED: Text = {
    "en": "{orders} orders, {hours} hours, printed {day}",
    "zh": "{orders} 个作业单，{hours} 工时，打印于 {day}",
}
EARLIER: Text = {"en": "Open from before", "zh": "此前未完成"}
NO_ORDERS: Text = {"en": "No orders in this week.", "zh": "本周没有作业单。"}
NO_SITE: Text = {"en": "Site not said", "zh": "未说明地点"}
WEEKDAYS: Text = {
    "en": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "zh": "星期一,星期二,星期三,星期四,星期五,星期六,星期日",
}
WORDS: Mapping[str, Text] = {
    "order": {"en": "Order", "zh": "作业单"},
    "asset": {"en": "Asset", "zh": "资产"},
    "work": {"en": "Work and why", "zh": "工作与原因"},
    "why": {"en": "Why", "zh": "原因"},
    "parts": {"en": "Parts", "zh": "备件"},
    "skills": {"en": "Skills", "zh": "技能"},
    "due": {"en": "Due", "zh": "到期"},
    "hours": {"en": "Hours", "zh": "工时"},
    "crew": {"en": "Crew", "zh": "人数"},
    "who": {"en": "Who", "zh": "人员"},
    "state": {"en": "State", "zh": "状态"},
    "site": {"en": "Site", "zh": "地点"},
    "model": {"en": "Model", "zh": "型号"},
    "ready": {"en": "Not before", "zh": "最早"},
    "ideal": {"en": "Best on", "zh": "最佳日期"},
    "window": {"en": "Promised", "zh": "承诺时段"},
    "ticket": {"en": "Ticket", "zh": "工单"},
    "plan": {"en": "Plan", "zh": "计划"},
    "campaign": {"en": "Campaign", "zh": "专项活动"},
    "job_plan": {"en": "Job plan", "zh": "作业指导"},
    "priority": {"en": "Priority", "zh": "优先级"},
    "waiting": {"en": "Waiting costs", "zh": "等待成本"},
    "tasks": {"en": "Tasks", "zh": "任务"},
    "tools": {"en": "Tools", "zh": "工具"},
    "certificates": {"en": "Certificates", "zh": "证书"},
    "evidence": {"en": "Evidence", "zh": "凭证"},
    "needed": {"en": "Needed", "zh": "需要"},
    "from": {"en": "From", "zh": "取自"},
    "used": {"en": "Used", "zh": "实用"},
    "arrived": {"en": "Arrived", "zh": "到达"},
    "left": {"en": "Left", "zh": "离开"},
    "found": {"en": "What was found and done", "zh": "发现的情况与处理"},
    "technician": {"en": "Technician, date, signature", "zh": "技术员、日期、签名"},
    "customer": {"en": "Customer, date, signature", "zh": "客户、日期、签名"},
    "place": {"en": "Where", "zh": "位置"},
}
MISSING: Text = {"en": "{pieces} missing", "zh": "缺 {pieces}"}
DAYS_COST: Text = {"en": "{days} d: {cost} {currency}", "zh": "{days} 天：{cost} {currency}"}
ASSUMED: Text = {"en": "assumed", "zh": "假定"}
GATES: Mapping[str, Text] = {
    "photo_before": {"en": "Photo before the work", "zh": "作业前照片"},
    "photo_after": {"en": "Photo after the work", "zh": "作业后照片"},
    "signature": {"en": "Signature of the customer", "zh": "客户签名"},
    "codes": {"en": "Closing codes: problem, cause, remedy", "zh": "关闭代码：问题、原因、措施"},
}
STATES: Mapping[str, Text] = {
    "draft": {"en": "draft", "zh": "草稿"},
    "in_review": {"en": "to be approved", "zh": "待批准"},
    "approved": {"en": "approved", "zh": "已批准"},
    "released": {"en": "released", "zh": "已下达"},
    "dispatched": {"en": "on the way", "zh": "已派出"},
    "in_progress": {"en": "in progress", "zh": "进行中"},
    "on_hold": {"en": "on hold", "zh": "暂停"},
    "deferred": {"en": "deferred", "zh": "已延期"},
    "work_done": {"en": "done", "zh": "已完工"},
    "closed": {"en": "closed", "zh": "已关闭"},
    "rejected": {"en": "refused", "zh": "已拒绝"},
    "cancelled": {"en": "cancelled", "zh": "已取消"},
    "merged": {"en": "merged", "zh": "已合并"},
}
PRIORITIES: Mapping[str, Text] = {
    "urgent": {"en": "urgent", "zh": "紧急"},
    "high": {"en": "high", "zh": "高"},
    "medium": {"en": "medium", "zh": "中"},
    "low": {"en": "low", "zh": "低"},
}
