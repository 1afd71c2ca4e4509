"""What is said to people about campaigns, in every language."""

from domain.text import Text

TITLE: Text = {"en": "{campaign}: {asset}", "zh": "{campaign}：{asset}"}
WHY: Text = {"en": "Campaign {campaign}: {why}", "zh": "专项活动“{campaign}”：{why}"}
PAUSED: Text = {
    "en": "{failed} of {finished} finished units had their trouble back within {days} days ({percent} %, allowed are "
    "{allowed} %): {tickets}. Look into it, then resume or stop the campaign.",
    "zh": "{finished} 台已完工设备中有 {failed} 台在 {days} 天内再次出现故障（{percent}%，"
    "允许 {allowed}%）：{tickets}。请先查明原因，再恢复或终止该活动。",
}
PAUSED_SUBJECT: Text = {"en": "Campaign {campaign} has paused itself", "zh": "专项活动“{campaign}”已自动暂停"}
EVERY_OTHER = "…"
GONE = {
    "stopped": "campaign {campaign} was stopped",
    "retired": "the asset is retired",
    "other": "the asset is none of the campaign's any more",
}
"""Why an order is taken back, in the event log."""
