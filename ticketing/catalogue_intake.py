"""Every sentence that intake says, in English and Chinese."""

from domain.text import Text

TITLE: Text = {"en": "Reported: {what}", "zh": "报修：{what}"}
TITLE_OF_DEVICE: Text = {"en": "{what}: {asset}", "zh": "{asset}：{what}"}
UNNAMED: Text = {"en": "a report without a subject", "zh": "无主题的报修"}
SUMMARY: Text = {"en": "{reporter} reported ({channel}): {text}", "zh": "{reporter}报修（{channel}）：{text}"}
SOMEBODY: Text = {"en": "Somebody", "zh": "有人"}
CHANNELS: dict[str, Text] = {
    "form": {"en": "form", "zh": "网页表单"},
    "api": {"en": "programming interface", "zh": "接口"},
    "mail": {"en": "e-mail", "zh": "电子邮件"},
    "webhook": {"en": "webhook", "zh": "外部系统"},
    "csv": {"en": "imported list", "zh": "导入的列表"},
}
MISSING: Text = {"en": "Still to be asked: {names}.", "zh": "尚需询问：{names}。"}
PARTS: Text = {"en": "Parts to have ready: {parts}.", "zh": "建议备件：{parts}。"}
FORM_TITLE: Text = {"en": "Report a fault", "zh": "报修"}
FORM_FIELDS: dict[str, Text] = {
    "device": {"en": "Device number (on the label)", "zh": "设备编号（见标签）"},
    "subject": {"en": "What is wrong, in a few words", "zh": "故障简述"},
    "text": {"en": "What happened", "zh": "详细情况"},
    "reporter": {"en": "Your name or address", "zh": "您的姓名或联系方式"},
}
FORM_SEND: Text = {"en": "Send", "zh": "提交"}
FORM_THANKS: Text = {"en": "Thank you. Your ticket is {number}.", "zh": "谢谢。您的工单号是 {number}。"}
FORM_EMPTY: Text = {"en": "Please say in a few words what is wrong.", "zh": "请简单说明故障情况。"}
