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
