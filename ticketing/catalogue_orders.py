"""What work orders say to people, in every language."""

from domain.text import Text

WHY_ALWAYS: Text = {
    "en": "Ticket {ticket} is of a kind that always needs a visit.",
    "zh": "工单 {ticket} 的类别总是需要上门处理。",
}
WHY_DECIDED: Text = {
    "en": "{by} decided that ticket {ticket} needs a visit.",
    "zh": "{by} 决定工单 {ticket} 需要上门处理。",
}
WHY_RELAPSE: Text = {
    "en": "The fault of ticket {ticket} came back after the work of order {follows}.",
    "zh": "作业单 {follows} 完成后，工单 {ticket} 的故障再次出现。",
}
ASKED: Text = {
    "en": "{order} is worked on, but ticket {ticket} has ended",
    "zh": "作业单 {order} 正在施工，但工单 {ticket} 已结束",
}
ASKED_BODY: Text = {
    "en": "Finish the order, put it on hold and cancel it, or reopen the ticket: {title}",
    "zh": "请完成该作业单，或先暂停再取消，或重新打开工单：{title}",
}
