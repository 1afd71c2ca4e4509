"""Every sentence that the desk writes, in English and Chinese. `{…}` are filled in by `words`."""

from domain.text import Text

TITLE: Text = {"en": "{what}: {asset}", "zh": "{what}：{asset}"}
TITLE_OF_PART: Text = {"en": "{what}: {asset}, {component}", "zh": "{what}：{asset}（{component}）"}

EVIDENCE: Text = {
    "en": "{count} × {signal}, first at {first}, last at {last}.",
    "zh": "{signal} {count} 次，首次 {first}，最近 {last}。",
}
ONE_PIECE: Text = {"en": "{signal} at {first}.", "zh": "{signal}，时间 {first}。"}
DEVICE: Text = {"en": "Device: {facts}.", "zh": "设备：{facts}。"}
BEFORE: Text = {
    "en": "Last ticket of this asset: {number} ({what}).",
    "zh": "该资产上一张工单：{number}（{what}）。",
}
RULE: Text = {"en": "Found by rule {rule}, version {version}.", "zh": "由规则 {rule}（版本 {version}）发现。"}

FACTS: dict[str, Text] = {
    "model": {"en": "model {value}", "zh": "型号 {value}"},
    "firmware": {"en": "firmware {value}", "zh": "固件 {value}"},
    "site": {"en": "site {value}", "zh": "地点 {value}"},
    "owner": {"en": "owner {value}", "zh": "所有者 {value}"},
    "warranty_until": {"en": "warranty until {value}", "zh": "保修至 {value}"},
}
"""What is said of a device, in this order, where it is known."""
BETWEEN_FACTS: Text = {"en": ", ", "zh": "，"}
BETWEEN_SENTENCES: Text = {"en": " ", "zh": ""}
NAMELESS: Text = {"en": "Fault", "zh": "故障"}
"""Stands where neither the rule nor the failure mode has a name."""
