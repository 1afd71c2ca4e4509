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
