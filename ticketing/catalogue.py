"""Every sentence that the desk writes, in English and Chinese. `{…}` are filled in by `words`."""

from domain.text import Text

TITLE: Text = {"en": "{what}: {asset}", "zh": "{what}：{asset}"}
TITLE_OF_PART: Text = {"en": "{what}: {asset}, {component}", "zh": "{what}：{asset}（{component}）"}

FLOOD_TITLE: Text = {"en": "{what}: too many at once", "zh": "{what}：一次过多"}
FLOOD: Text = {
    "en": "Rule {rule}, version {version}, found more than it may open tickets for. What it finds beyond that is a "
    "member of this incident and gets no ticket of its own until a visit is needed or this ticket is ended.",
    "zh": "规则 {rule}（版本 {version}）发现的问题超过其工单上限。"
    "超出的设备归入本事件，在需要上门或本工单结束之前不单独开工单。",
}
SUSPECT: Text = {"en": "Suspected: {suspect}.", "zh": "疑似原因：{suspect}。"}
FLEET: Text = {"en": "All devices with {facts}.", "zh": "涉及设备：{facts}。"}

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
