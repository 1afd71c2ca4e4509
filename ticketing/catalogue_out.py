"""Every sentence that leaves for chats, phones and mailboxes, in English and Chinese."""

from domain.text import Text

LINE: Text = {
    "en": "{number} {what}: {title} [{severity}, {state}], {asset}. By {actor}{why}.",
    "zh": "{number} {what}：{title}【{severity}，{state}】，{asset}。操作：{actor}{why}。",
}
LINE_WITHOUT: Text = {"en": "{what}. By {actor}{why}.", "zh": "{what}。操作：{actor}{why}。"}
STATES: dict[str, Text] = {
    "new": {"en": "new", "zh": "新建"},
    "triaged": {"en": "triaged", "zh": "已受理"},
    "assigned": {"en": "assigned", "zh": "已派单"},
    "in_progress": {"en": "in progress", "zh": "处理中"},
    "waiting": {"en": "waiting", "zh": "等待中"},
    "resolved": {"en": "resolved", "zh": "已解决"},
    "verifying": {"en": "verifying", "zh": "验证中"},
    "closed": {"en": "closed", "zh": "已关闭"},
    "cancelled": {"en": "cancelled", "zh": "已取消"},
}
KINDS: dict[str, Text] = {
    "opened": {"en": "opened", "zh": "已创建"},
    "evidence": {"en": "has more evidence", "zh": "有新证据"},
    "severity": {"en": "changed its severity", "zh": "严重程度已变更"},
    "moved": {"en": "moved on", "zh": "状态已变更"},
    "edited": {"en": "was edited", "zh": "已修改"},
    "reopened": {"en": "was opened again", "zh": "已重新打开"},
    "withdrawn": {"en": "was withdrawn", "zh": "已撤回"},
    "cleared": {"en": "cleared", "zh": "故障已消失"},
    "split": {"en": "was split", "zh": "已拆分"},
    "linked": {"en": "was linked", "zh": "已关联"},
    "acknowledged": {"en": "was acknowledged", "zh": "已确认"},
    "sla_warned": {"en": "is about to break its promise", "zh": "即将超时"},
    "escalated": {"en": "was escalated", "zh": "已升级"},
    "notified": {"en": "told somebody", "zh": "已通知"},
    "remedy_asked": {"en": "has a remote remedy that was asked for", "zh": "申请了远程处置"},
    "remedy_approved": {"en": "has a remote remedy that was approved", "zh": "远程处置已批准"},
    "remedy_refused": {"en": "has a remote remedy that was refused", "zh": "远程处置已拒绝"},
    "remedy_sent": {"en": "has a remote remedy that was sent", "zh": "远程处置已下发"},
    "remedy_confirmed": {"en": "has a remote remedy that the device confirmed", "zh": "设备已确认远程处置"},
    "remedy_failed": {"en": "has a remote remedy that failed", "zh": "远程处置失败"},
    "remedy_undone": {"en": "has a remote remedy that was undone", "zh": "远程处置已撤销"},
    "webhook_disabled": {"en": "A webhook was switched off", "zh": "Webhook 已停用"},
    "webhook_test": {"en": "A test message from Truckroll", "zh": "Truckroll 测试消息"},
}
