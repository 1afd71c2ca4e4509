"""Every sentence that routing says, in English and Chinese."""

from domain.person import UNCLASSED, Reason
from domain.text import Text

WAITS: dict[str, Text] = {
    Reason.INACTIVE: {"en": "nobody is active", "zh": "没有在岗人员"},
    Reason.SKILL: {"en": "nobody has the skills", "zh": "没有人具备所需技能"},
    Reason.CERTIFICATE: {"en": "nobody who has the skills has valid certificates", "zh": "具备技能者均无有效证书"},
    Reason.TERRITORY: {"en": "the place is in nobody's territory", "zh": "该地点不在任何人的服务区域内"},
    Reason.REFUSED: {"en": "everybody who could have it has refused it", "zh": "能处理的人均已拒绝"},
    Reason.LEAVE: {"en": "everybody who could have it is on leave", "zh": "能处理的人均在休假"},
    Reason.SHIFT: {"en": "nobody who could have it is on shift", "zh": "能处理的人当前均不在班"},
    Reason.FULL: {"en": "everybody who could have it is full", "zh": "能处理的人在办工单均已达上限"},
    UNCLASSED: {"en": "nothing is known of its class; set ticket_class", "zh": "工单类别未知，请设置 ticket_class"},
}
"""Why a ticket has no owner yet."""
OBSTACLES: dict[str, Text] = {
    Reason.INACTIVE: {"en": "not active", "zh": "停用"},
    Reason.SKILL: {"en": "without the skills", "zh": "缺少技能"},
    Reason.CERTIFICATE: {"en": "without a valid certificate", "zh": "无有效证书"},
    Reason.TERRITORY: {"en": "of another territory", "zh": "区域不符"},
    Reason.REFUSED: {"en": "refused it", "zh": "已拒绝"},
    Reason.LEAVE: {"en": "on leave", "zh": "休假"},
    Reason.SHIFT: {"en": "off shift", "zh": "不在班"},
    Reason.FULL: {"en": "full", "zh": "已满"},
}
"""Stands before how many there are."""
ACROSS: Text = {"en": "{sentence} ({counts})", "zh": "{sentence}（{counts}）"}
SUGGESTION: Text = {
    "en": "Give it to {group}: {fixed} of {tried} first repairs of {mode} held. It went {way} ({transfers} transfers).",
    "zh": "建议转交 {group}：其 {mode} 首次修复 {tried} 次，成功 {fixed} 次。流转路径：{way}（转派 {transfers} 次）。",
}
OWNED: Text = {"en": "{number} is yours ({priority})", "zh": "工单 {number} 已分配给您（{priority}）"}
OWNED_BODY: Text = {
    "en": "{title}. Acknowledge it, or refuse it with a reason.",
    "zh": "{title}。请确认接收，或说明理由后拒绝。",
}
HANDED_BODY: Text = {
    "en": "{title}. From {by}: {why}",
    "zh": "{title}。转派人 {by}：{why}",
}
"""What the new owner is told; `{title}` is the ticket's."""
