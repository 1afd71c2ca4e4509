"""Text fields: what can be read off the words of a report: order number, device, error code, address, danger."""

import re
from collections.abc import Iterable, Iterator, Mapping
from unicodedata import normalize

NAMES = ("order", "code", "address", "device")

WORDED_ORDER = re.compile(
    r"(?:\border\b|\breference\b|\bref\b|订单号?|单号|编号) ?(?:no\.?|number|#|号)? ?[:：#]? ?"
    r"((?:[A-Z]{1,4}-)?\d{4,12})",
    re.IGNORECASE,
)
ORDER = re.compile(r"(?<![A-Za-z0-9])((?:SO|PO|WO)-?\d{4,10})(?![A-Za-z0-9])", re.IGNORECASE)
HEX = re.compile(r"(?<![A-Za-z0-9])(0x[0-9A-F]{1,8})(?![A-Za-z0-9])", re.IGNORECASE)
WORDED_CODE = re.compile(
    r"(?:\berror\b|\bfault\b|\bcode\b|\balarm\b|故障码|故障代码|错误代码|错误码|代码|报警|报)"
    r" ?(?:code|no\.?)? ?[:：#]? ?([A-Z]{1,2}-?\d{1,4}|\d{2,5})(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
BARE_CODE = re.compile(r"(?<![A-Za-z0-9-])([A-Z]-?\d{1,3})(?![A-Za-z0-9-])")
DEVICE = re.compile(r"(?<![A-Za-z0-9-])([A-Za-z]{2,8}-\d{1,5})(?![A-Za-z0-9-]|\.\d)")
ENGLISH_ADDRESS = re.compile(
    r"(?<![\w-])(\d{1,4}[a-z]?\s(?:[A-Z][a-z']+\s){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Square|Drive|Way|Court))\b"
)
CHINESE_ADDRESS = re.compile(
    r"((?:[\u4e00-\u9fff]{2,3}(?:省|自治区))?[\u4e00-\u9fff]{2,4}市(?:[\u4e00-\u9fff]{1,4}[区县])?"
    r"[\u4e00-\u9fff]{1,8}?(?:路|街|道|巷|大道)\d{1,5}号)"
)
WHERE = re.compile(r"^.*?(?:在|地址|位于)")
NO_DEVICES = frozenset({"so", "po", "wo", "ref", "no"})
DANGER = re.compile(
    r"\bsmok(?:e|ing)\b|\bfire\b|\bflames?\b|\bburn(?:ing|t)\b|\bmelted\b|\bsparks?\b|\belectric(?:al)? shock\b"
    r"|\bflooded\b|冒烟|起火|着火|烧焦|焦热|熔化|触电|漏电|打火|进水了",
    re.IGNORECASE,
)


def plain_of(text: str) -> str:
    """The text in its plain letters, with one space where there was any white space: patterns rely on that."""
    return " ".join(normalize("NFKC", text).split())


def fields_in(text: str, known: Iterable[str] = ()) -> Mapping[str, str]:
    """What is found in a text, by name; `known` are registered names of devices or assets that stand in it."""
    plain = plain_of(text)
    registered = next(iter(known), "")
    found = {
        "order": first(plain, WORDED_ORDER, ORDER),
        "code": first(plain, HEX, WORDED_CODE, BARE_CODE),
        "address": address_in(plain),
        "device": registered or next(iter(device_names(plain)), ""),
    }
    return {name: value for name, value in found.items() if value}


def first(text: str, *patterns: re.Pattern[str]) -> str:
    """What the first pattern that fits finds first."""
    return next((match[1] for match in (pattern.search(text) for pattern in patterns) if match), "").upper()


def device_names(text: str) -> Iterator[str]:
    """What looks like the name of a device, in order."""
    for match in DEVICE.finditer(plain_of(text)):
        if match[1].split("-")[0].casefold() not in NO_DEVICES:
            yield match[1].upper()


def address_in(text: str) -> str:
    """A street with its number, English or Chinese."""
    if match := ENGLISH_ADDRESS.search(text):
        return match[1]
    match = CHINESE_ADDRESS.search(text)
    return WHERE.sub("", match[1]) if match else ""


def tells_of_danger(text: str) -> bool:
    """Somebody may get hurt: fire, smoke, shock, flood."""
    return DANGER.search(plain_of(text)) is not None


def without_fields(text: str) -> str:
    """The text with orders, devices and addresses taken out: what is left says what is wrong, not where."""
    plain = plain_of(text)
    for pattern in (WORDED_ORDER, ORDER, DEVICE, ENGLISH_ADDRESS, CHINESE_ADDRESS):
        plain = pattern.sub(" ", plain)
    return plain
