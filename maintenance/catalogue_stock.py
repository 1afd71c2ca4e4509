"""What the stock ledger says to people, in every language."""

from domain.text import Text

SHORT: Text = {
    "en": "{pieces} × {part} ({name}) {are} missing",
    "zh": "缺少 {pieces} 件 {part}（{name}）",
}
ELSEWHERE: Text = {"en": "{pieces} at {location}", "zh": "{location} 有 {pieces} 件"}
SUBSTITUTE: Text = {
    "en": "{pieces} × {part} at {location} can stand in",
    "zh": "可用 {location} 的 {pieces} 件 {part} 代替",
}
BOUGHT: Text = {"en": "enough is bought and should arrive on {day}", "zh": "已订购，预计 {day} 到货"}
TO_BUY: Text = {"en": "bought now, it would arrive on {day}", "zh": "若现在订购，预计 {day} 到货"}
JOIN: Text = {"en": "; ", "zh": "；"}
END: Text = {"en": ".", "zh": "。"}

SHORT_SUBJECT: Text = {"en": "{order} has no complete kit", "zh": "作业单 {order} 的备件不齐"}
PROPOSED: Text = {
    "en": "{available} available and {on_order} on order are less than the reorder point of {point}; "
    "{demand} are expected within the lead time of {days} days.",
    "zh": "可用 {available} 件加在途 {on_order} 件，低于再订货点 {point} 件；{days} 天交货期内预计需要 {demand} 件。",
}
SURGE_SUBJECT: Text = {"en": "Tickets of {model} surge", "zh": "{model} 的工单激增"}
SURGE: Text = {
    "en": "{now} tickets of model {model} in the last {days} days; usual are {usual} (+{more} %). "
    "Look at the parts: {parts}.",
    "zh": "最近 {days} 天型号 {model} 有 {now} 张工单，通常为 {usual} 张（+{more} %）。请检查备件：{parts}。",
}
NO_PARTS: Text = {"en": "none is known for this model", "zh": "没有该型号的已知备件"}
