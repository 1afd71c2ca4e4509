"""Text concepts: words of the trade that mean the same in both languages, so that one language teaches the other."""

import re
from collections.abc import Iterator, Mapping
from unicodedata import normalize

CONCEPTS: Mapping[str, str] = {
    "screen": r"screen|display|\btv\b|telly|television|signage|panel|picture|monitor|屏|电视|显示器|画面",
    "restart": r"restart|reboot|crash|freez|frozen|hang|stuck on the logo|boots? again|重启|死机|卡死|卡住|定住"
    r"|花屏|黑屏",
    "black": r"\bblack|flicker|dark|闪|不亮|起不来",
    "air": r"air.?con|\bac\b|split unit|outdoor unit|compressor|空调|外机|压缩机|挂机|机组",
    "room": r"office|bedroom|gym|\broom\b|室温|卧室|健身房|机房|办公室",
    "hot": r"\bhot\b|warm|overheat|degrees|melted|lukewarm|热|温|烫|化了|度",
    "cool": r"cool|cold|chill|fridge|refrigerat|frozen|\bice[sd]?\b|制冷|不凉|冷|冰|冻",
    "charger": r"charg|wallbox|\bev\b|\bpost\b|充电|桩|枪",
    "car": r"\bcar\b|driver|socket|plug|cable|connector|kwh?\b|车|度电|千瓦|枪",
    "network": r"offline|network|connect|reach|server|wifi|\bsim\b|signal|heartbeat|back end|router"
    r"|communication|online|离线|网|连|掉线|后台|心跳|信号|通信|路由器|上线|流量卡|远程",
    "vending": r"vending|snack|drinks? machine|\bdrinks?\b|coffee|goods|bottle|售货机|零食|饮料|咖啡|货|瓶|可乐"
    r"|牛奶",
    "food": r"chocolate|cola|milk|yoghurt|sandwich|crisps|巧克力|可乐|牛奶|酸奶|三明治|薯片",
    "money": r"coin|card|money|\bnote\b|\bpa(?:y|id)\b|payment|cash|change\b|contactless|euro|币|刷卡|钱|付"
    r"|扫码|找零|退款|支付|纸币",
    "dispense": r"spiral|stuck|tray|row|flap|lift|shaft|dispens|hatch|door|spring|\bfalls?\b|selection|jam|弹簧"
    r"|货道|取货|升降台|出货|卡住|出两|落杯|门|排|层",
    "pump": r"pump|booster|impeller|water|水泵|泵|叶轮|增压",
    "leak": r"leak|drip|puddle|flood|seal|gasket|spray|wet|lose water|water under|漏|滴|渗|一滩水|进水|密封"
    r"|轴封|喷水|湿|少水|流下来",
    "noise": r"noise|grind|squeal|knock|rattl|howl|gravel|rubbing|声|异响|尖叫|啸叫|哐当|咯吱|咔哒|敲击",
    "shake": r"vibrat|shak|bearing|coupling|shaft has play|cavitation|wear|worn|振动|抖|轴承|联轴器|间隙|气蚀"
    r"|磨损|叶轮",
    "power": r"breaker|fuse|\btrips?\b|current|inverter|converter|phase|power|motor|earth fault|wiring"
    r"|insulation|switch box|跳闸|保险|电流|变频器|过流|缺相|没电|电机|接地|接线|空气开关|开关箱"
    r"|控制柜",
    "sensor": r"sensor|flow meter|reading|传感器|流量计|读数",
    "start": r"does not start|not run|does not turn|不启动|不转|停机",
    "office": r"invoice|contract|password|address|warranty|appointment|thank|sell|deliver|mailing|cost"
    r"|technician|portal|language|who do|\?|发票|合同|密码|地址|保修|上门|谢谢|卖|送到|邮件|多少钱"
    r"|师傅|平台|语言|新大楼|？|搬家",
}
PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in CONCEPTS.items()}


def concepts_in(text: str) -> Iterator[str]:
    """The concepts that a text speaks of, and their pairs."""
    plain = normalize("NFKC", text).casefold()
    found = [name for name, pattern in PATTERNS.items() if pattern.search(plain)]
    yield from found
    yield from (f"{one}+{other}" for nth, one in enumerate(found) for other in found[nth + 1 :])
