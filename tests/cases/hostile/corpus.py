"""Hostile messages: what arrives at the door, and the one word with which it is turned away, or `marked`."""

from typing import NamedTuple

T = "devices/d1/telemetry"
E = "devices/d1/events"
S = "devices/d1/status"
J = "plant/line1/d1/data"
V = "home/d1/temp"
P = "spBv1.0/group/NDATA/edge"
MARKED = "marked"
NOW_MS = 1_795_334_400_123
"""Every message of the corpus arrives at this time: 2026-11-22T08:00:00.123Z."""

SOURCES = (
    {
        "name": "plant",
        "topic": "plant/{site}/{device}/data",
        "codec": "json",
        "time": {"field": "when"},
        "scale": {"load": 1e300},
    },
    {"name": "home", "topic": "home/{device}/{metric}", "codec": "value"},
    {"name": "table", "topic": "table/{device}", "codec": "json", "values": {"a.b": "ab"}},
    {"name": "strict", "topic": "strict/{device}/{metric}", "codec": "value", "unknown": "quarantine"},
    {"name": "gateway", "topic": "gateway/{device**}/up", "codec": "json"},
    {"name": "packs", "topic": "senml", "codec": "senml"},
    {"name": "things", "topic": "v1/gateway/telemetry", "codec": "thingsboard"},
    {"name": "plants", "codec": "sparkplug"},
)


class Hostile(NamedTuple):
    """One message and what must become of it."""

    name: str
    topic: str
    payload: bytes
    reason: str


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """Lists (or what is given) so deep in each other."""
    return opening * depth + closing * depth


def objects(depth: int) -> bytes:
    """Objects so deep in each other."""
    return b'{"a":' * depth + b"1" + b"}" * depth


def keys(number: int) -> bytes:
    """An object of so many names."""
    return b"{" + b",".join(b'"k%d":1.5' % n for n in range(number)) + b"}"


def values(text: bytes) -> bytes:
    """Telemetry of one value."""
    return b'{"values":{"t":' + text + b"}}"


def event(rest: bytes) -> bytes:
    """A crash with something more."""
    return b'{"event":"crash",' + rest + b"}"


ENCODING = (
    Hostile("a lone continuation byte", T, b"\x80", "not_json"),
    Hostile("a byte that UTF-8 never has, in a name", T, b'{"values":{"t\xff":1}}', "bad_utf8"),
    Hostile("a byte that UTF-8 never has, in a state", T, values(b'"\xff"'), "bad_utf8"),
    Hostile("an overlong zero", T, values(b'"\xc0\x80"'), "bad_utf8"),
    Hostile("an overlong slash", E, b'{"event":"a\xc0\xaf"}', "bad_utf8"),
    Hostile("a surrogate in UTF-8", T, values(b'"\xed\xa0\x80"'), "bad_utf8"),
    Hostile("a character beyond Unicode", T, values(b'"\xf5\x80\x80\x80"'), "bad_utf8"),
    Hostile("a character cut short", T, values(b'"\xe2\x82"'), "bad_utf8"),
    Hostile("bad UTF-8 in an event", E, b'{"event":"\xfe"}', "bad_utf8"),
    Hostile("bad UTF-8 in details", E, event(b'"details":{"x":"\xff"}'), "bad_utf8"),
    Hostile("bad UTF-8 in a field nobody reads", T, b'{"values":{},"note":"\xff"}', "bad_utf8"),
    Hostile("bad UTF-8 in a list", T, b'[{"values":{}},{"values":{"a":"\xff"}}]', "bad_utf8"),
    Hostile("bad UTF-8 in a status", S, b'{"status":"\xff"}', "bad_utf8"),
    Hostile("bad UTF-8 in foreign JSON", J, b'{"a":"\xff"}', "bad_utf8"),
    Hostile("bad UTF-8 as a value", V, b"\xff\xfe", "bad_utf8"),
    Hostile("Latin-1 as a value", V, "zu heiß".encode("latin-1"), "bad_utf8"),
    Hostile("half a surrogate pair, escaped", T, values(b'"\\ud800"'), "not_json"),
    Hostile("half a surrogate pair in a name", T, b'{"values":{"\\ud800":1}}', "not_json"),
    Hostile("UTF-16", T, '{"values":{}}'.encode("utf-16"), "not_json"),
    Hostile("UTF-32", T, '{"values":{}}'.encode("utf-32-le"), "not_json"),
    Hostile("a byte order mark", T, b"\xef\xbb\xbf" + values(b"1"), "byte_order_mark"),
    Hostile("a byte order mark before foreign JSON", J, b'\xef\xbb\xbf{"a":1}', "byte_order_mark"),
    Hostile("a byte order mark before a value", V, b"\xef\xbb\xbf21.5", "byte_order_mark"),
)

SHAPE = (
    Hostile("nothing", T, b"", "empty"),
    Hostile("nothing as an event", E, b"", "empty"),
    Hostile("a retained status removed", S, b"", "empty"),
    Hostile("nothing as foreign JSON", J, b"", "empty"),
    Hostile("nothing as a value", V, b"", "empty"),
    Hostile("blanks as a value", V, b" \r\n\t ", "empty"),
    Hostile("blanks as JSON", T, b"   ", "not_json"),
    Hostile("a zero byte", T, b"\0", "not_json"),
    Hostile("a number where an object belongs", T, b"41.2", "not_an_object"),
    Hostile("text where an object belongs", T, b'"hello"', "not_an_object"),
    Hostile("true where an object belongs", E, b"true", "not_an_object"),
    Hostile("null where an object belongs", E, b"null", "not_an_object"),
    Hostile("an empty list", T, b"[]", "nothing_said"),
    Hostile("a list of numbers", T, b"[1,2]", "not_an_object"),
    Hostile("a list with one number among objects", T, b'[{"values":{}},1]', "not_an_object"),
    Hostile("a list in a list", T, b'[[{"values":{}}]]', "not_an_object"),
    Hostile("an object that says nothing", T, b"{}", "nothing_said"),
    Hostile("a misspelt key", T, b'{"vaules":{"t":1}}', "nothing_said"),
    Hostile("values that are null", T, b'{"values":null}', "nothing_said"),
    Hostile("one of a list says nothing", T, b'[{"values":{"t":1}},{"ts":1}]', "nothing_said"),
    Hostile("an object cut short", T, b'{"values":{"t":1', "not_json"),
    Hostile("text cut short", T, b'{"values":{"t":"on', "not_json"),
    Hostile("two objects", T, values(b"1") + values(b"2"), "not_json"),
    Hostile("an object and garbage", T, values(b"1") + b"garbage", "not_json"),
    Hostile("a comma too many", T, b'{"values":{"t":1,}}', "not_json"),
    Hostile("single quotes", T, b"{'values':{'t':1}}", "not_json"),
    Hostile("names without quotes", T, b"{values:{t:1}}", "not_json"),
    Hostile("a comment", T, b'{"values":{} /* ok */}', "not_json"),
    Hostile("XML", T, b"<values><t>1</t></values>", "not_json"),
    Hostile("an HTTP request", T, b"GET / HTTP/1.1\r\n\r\n", "not_json"),
    Hostile("MessagePack", T, b"\x81\xa6values\x81\xa1t\xcb\x40\x44\x99\x99\x99\x99\x99\x9a", "not_json"),
    Hostile("gzip", T, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "not_json"),
    Hostile("a line break in text", T, values(b'"a\nb"'), "not_json"),
    Hostile("an unknown escape", T, values(b'"\\x41"'), "not_json"),
    Hostile("a leading zero", T, values(b"007"), "not_json"),
    Hostile("a hexadecimal number", T, values(b"0x1F"), "not_json"),
    Hostile("a number with a plus", T, values(b"+1"), "not_json"),
    Hostile("a number that ends in its point", T, values(b"1."), "not_json"),
    Hostile("a number with a comma", T, values(b"41,2"), "not_json"),
    Hostile("a number with an underline", T, values(b"1_000"), "not_json"),
    Hostile("values that are a list", T, b'{"values":[1,2]}', "bad_type"),
    Hostile("values that are a number", T, b'{"values":7}', "bad_type"),
    Hostile("values that are text", T, b'{"values":"t=1"}', "bad_type"),
    Hostile("foreign JSON that is a number", J, b"12", "not_an_object"),
    Hostile("foreign JSON that is text", J, b'"on"', "not_an_object"),
    Hostile("foreign JSON that is no JSON", J, b"on", "not_json"),
    Hostile("foreign JSON that is an empty list", J, b"[]", "nothing_said"),
    Hostile("nothing that the source maps", "table/d1", b'{"a":{"c":1}}', "nothing_mapped"),
    Hostile("an object where a value belongs", V, b'{"t":1}', "not_a_value"),
    Hostile("a list where a value belongs", V, b"[1]", "not_a_value"),
    Hostile("quoted text cut short", V, b'"on', "not_json"),
)

SIZE = (
    Hostile("a payload of one byte too many", T, values(b"1") + b" " * (65_537 - len(values(b"1"))), "too_big"),
    Hostile("a megabyte", T, b"x" * 1_000_000, "too_big"),
    Hostile("a megabyte of foreign JSON", J, b"[" * 1_000_000, "too_big"),
    Hostile("a megabyte of value", V, b"9" * 1_000_000, "too_big"),
    Hostile("a megabyte of status", S, b" " * 1_000_000, "too_big"),
    Hostile("17 lists deep", T, nested(17), "too_deep"),
    Hostile("30,000 lists deep", T, nested(30_000), "too_deep"),
    Hostile("60,000 lists that never end", T, b"[" * 60_000, "too_deep"),
    Hostile("10,000 objects deep", T, objects(10_000), "too_deep"),
    Hostile("60,000 closing brackets", T, b"]" * 60_000, "not_json"),
    Hostile("values 17 deep", T, b'{"values":' + objects(16) + b"}", "too_deep"),
    Hostile("details 17 deep", E, event(b'"details":' + objects(16)), "too_deep"),
    Hostile("a field nobody reads, 17 deep", T, b'{"values":{},"x":' + nested(16) + b"}", "too_deep"),
    Hostile("depth hidden behind brackets in text", T, b'{"x":"]]]]}}}}","values":' + objects(16) + b"}", "too_deep"),
    Hostile("depth hidden behind escaped quotes", T, b'{"x":"\\"}}}}","values":' + objects(16) + b"}", "too_deep"),
    Hostile("foreign JSON 17 deep", J, objects(17), "too_deep"),
    Hostile("foreign JSON 9,000 deep", J, nested(9_000), "too_deep"),
    Hostile("a status 17 deep", S, b'{"status":"offline","x":' + nested(16) + b"}", "too_deep"),
    Hostile("257 values", T, b'{"values":' + keys(257) + b"}", "too_many_keys"),
    Hostile("4,000 values", T, b'{"values":' + keys(4_000) + b"}", "too_many_keys"),
    Hostile("257 keys beside the values", T, b'{"values":{},' + keys(257)[1:], "too_many_keys"),
    Hostile("257 details", E, event(b'"details":' + keys(257)), "too_many_keys"),
    Hostile("257 values by nesting", T, b'{"values":{"a":' + keys(200) + b',"b":' + keys(57) + b"}}", "too_many_keys"),
    Hostile("a list of 300 numbers as a value", T, values(b"[" + b"1," * 299 + b"1]"), "too_many_keys"),
    Hostile("257 foreign fields", J, keys(257), "too_many_keys"),
    Hostile("a foreign list of 300 numbers", J, b'{"a":[' + b"1," * 299 + b"1]}", "too_many_keys"),
    Hostile("a state of 4,097 bytes", T, values(b'"' + b"x" * 4_097 + b'"'), "string_too_long"),
    Hostile("a state of 2,049 two-byte characters", T, values(('"' + "é" * 2_049 + '"').encode()), "string_too_long"),
    Hostile("a detail of 4,097 bytes", E, event(b'"details":{"x":"' + b"x" * 4_097 + b'"}'), "string_too_long"),
    Hostile("a name in details of 5,000 bytes", E, event(b'"details":{"' + b"x" * 5_000 + b'":1}'), "string_too_long"),
    Hostile("text of 5,000 bytes nobody reads", T, b'{"values":{},"n":"' + b"x" * 5_000 + b'"}', "string_too_long"),
    Hostile("a value of 5,000 bytes", V, b"x" * 5_000, "string_too_long"),
    Hostile("a foreign state of 5,000 bytes", J, b'{"a":"' + b"x" * 5_000 + b'"}', "string_too_long"),
)

NUMBERS = (
    Hostile("NaN", T, values(b"NaN"), "not_finite"),
    Hostile("Infinity", T, values(b"Infinity"), "not_finite"),
    Hostile("minus Infinity", T, values(b"-Infinity"), "not_finite"),
    Hostile("nan as C writes it", T, values(b"nan"), "not_finite"),
    Hostile("inf as C writes it", T, values(b"-inf"), "not_finite"),
    Hostile("NaN in a list", T, b'[{"values":{"t":1}},{"values":{"t":NaN}}]', "not_finite"),
    Hostile("NaN in details", E, event(b'"details":{"x":NaN}'), "not_finite"),
    Hostile("NaN as the time", T, b'{"ts":NaN,"values":{}}', "not_finite"),
    Hostile("NaN in foreign JSON", J, b'{"a":NaN}', "not_finite"),
    Hostile("NaN as a value", V, b"NaN", "not_finite"),
    Hostile("infinity as a value", V, b"-Infinity", "not_finite"),
    Hostile("1e400", T, values(b"1e400"), "not_finite"),
    Hostile("minus 1e400", T, values(b"-1e400"), "not_finite"),
    Hostile("1e400 in foreign JSON", J, b'{"a":1e400}', "not_finite"),
    Hostile("1e400 as a value", V, b"1e400", "not_finite"),
    Hostile("1e999999 as a value", V, b"1e999999", "not_finite"),
    Hostile("a number too large once scaled", J, b'{"load":1e300}', "not_finite"),
    Hostile("a whole number of 400 digits", T, values(b"9" * 400), "int_too_big"),
    Hostile("a negative whole number of 400 digits", T, values(b"-" + b"9" * 400), "int_too_big"),
    Hostile("a whole number of 6,000 digits", T, values(b"9" * 6_000), "int_too_big"),
    Hostile("2 to the 64th", T, values(b"18446744073709551616"), "int_too_big"),
    Hostile("one below minus 2 to the 63rd", T, values(b"-9223372036854775809"), "int_too_big"),
    Hostile("2 to the 64th beside text", T, b'{"values":{"s":"on","t":18446744073709551616}}', "int_too_big"),
    Hostile("2 to the 64th, nested", T, values(b'{"a":18446744073709551616}'), "int_too_big"),
    Hostile("400 digits in details", E, event(b'"details":{"x":' + b"9" * 400 + b"}"), "int_too_big"),
    Hostile("400 digits nobody reads", T, b'{"values":{},"x":' + b"9" * 400 + b"}", "int_too_big"),
    Hostile("400 digits in foreign JSON", J, b'{"a":' + b"9" * 400 + b"}", "int_too_big"),
    Hostile("400 digits as a value", V, b"9" * 400, "int_too_big"),
    Hostile("50,000 digits as a value", V, b"9" * 50_000, "int_too_big"),
    Hostile("400 digits as the boot", T, b'{"boot":' + b"9" * 400 + b',"values":{}}', "int_too_big"),
    Hostile("400 digits as the time", T, b'{"ts":' + b"9" * 400 + b',"values":{}}', "int_too_big"),
    Hostile("a negative boot", T, b'{"boot":-1,"seq":1,"values":{}}', "bad_counter"),
    Hostile("a negative seq", T, b'{"boot":1,"seq":-1,"values":{}}', "bad_counter"),
    Hostile("a seq of 2 to the 63rd", T, b'{"boot":1,"seq":9223372036854775808,"values":{}}', "bad_counter"),
    Hostile("a negative seq of an event", E, event(b'"seq":-5'), "bad_counter"),
    Hostile("a negative boot in a list", T, b'[{"values":{}},{"boot":-1,"seq":1,"values":{}}]', "bad_counter"),
    Hostile("half a boot", T, b'{"boot":41.5,"seq":1,"values":{}}', "bad_type"),
    Hostile("a boot in words", T, b'{"boot":"41","seq":1,"values":{}}', "bad_type"),
    Hostile("a true seq", T, b'{"boot":1,"seq":true,"values":{}}', "bad_type"),
    Hostile("a seq that is a list", E, event(b'"seq":[1]'), "bad_type"),
)

NAMES = (
    Hostile("an empty metric", T, b'{"values":{"":1}}', "bad_name"),
    Hostile("a metric of 129 characters", T, b'{"values":{"' + b"m" * 129 + b'":1}}', "bad_name"),
    Hostile("a metric too long by nesting", T, values(b'{"' + b"m" * 127 + b'":1}'), "bad_name"),
    Hostile("a metric with a line break", T, b'{"values":{"a\\nb":1}}', "control_character"),
    Hostile("a metric with a zero", T, b'{"values":{"a\\u0000":1}}', "control_character"),
    Hostile("a metric with an escape sequence", T, b'{"values":{"\\u001b[2J":1}}', "control_character"),
    Hostile("a metric with a deleting character", T, b'{"values":{"a\x7f":1}}', "control_character"),
    Hostile("a metric with a C1 control", T, '{"values":{"a\x85":1}}'.encode(), "control_character"),
    Hostile("a metric with a line separator", T, '{"values":{"a\u2028":1}}'.encode(), "control_character"),
    Hostile("a state with a zero", T, values(b'"\\u0000"'), "control_character"),
    Hostile("a state with an escape sequence", T, values(b'"\\u001b]0;x\\u0007"'), "control_character"),
    Hostile("a state with a tab", T, values(b'"a\\tb"'), "control_character"),
    Hostile("a firmware with a line break", T, b'{"fw":"1\\n2","values":{}}', "control_character"),
    Hostile("a firmware of 129 characters", T, b'{"fw":"' + b"1" * 129 + b'","values":{}}', "bad_name"),
    Hostile("a firmware that is a number", T, b'{"fw":2.4,"values":{}}', "bad_type"),
    Hostile("an event without a name", E, b'{"event":""}', "bad_name"),
    Hostile("an event of 129 characters", E, b'{"event":"' + b"e" * 129 + b'"}', "bad_name"),
    Hostile("an event with a zero", E, b'{"event":"crash\\u0000"}', "control_character"),
    Hostile("an event that is a number", E, b'{"event":7}', "bad_type"),
    Hostile("an event that is an object", E, b'{"event":{"name":"crash"}}', "bad_type"),
    Hostile("an event that is a list", E, b'{"event":["crash"]}', "bad_type"),
    Hostile("a code with a line break", E, event(b'"code":"0x\\n"'), "control_character"),
    Hostile("a code of 129 characters", E, event(b'"code":"' + b"c" * 129 + b'"'), "bad_name"),
    Hostile("a code that is an object", E, event(b'"code":{}'), "bad_type"),
    Hostile("a code that is true", E, event(b'"code":true'), "bad_type"),
    Hostile("details that are text", E, event(b'"details":"why"'), "bad_type"),
    Hostile("details that are a list", E, event(b'"details":[1]'), "bad_type"),
    Hostile("a zero in details", E, event(b'"details":{"x":"a\\u0000b"}'), "control_character"),
    Hostile("a zero in a name of details", E, event(b'"details":{"a\\u0000":1}'), "control_character"),
    Hostile("a zero as a value", V, b"a\0b", "control_character"),
    Hostile("a bell as a value", V, b"\x07", "control_character"),
    Hostile("a zero in a foreign name", J, b'{"a\\u0000":1}', "control_character"),
    Hostile("a line break in a foreign state", J, b'{"a":"x\\ny"}', "control_character"),
    Hostile("an empty foreign name", J, b'{"":1}', "bad_name"),
    Hostile("a status nobody knows", S, b"resting", "bad_status"),
    Hostile("a status nobody knows, in JSON", S, b'{"status":"resting"}', "bad_status"),
    Hostile("a status that is a number", S, b'{"status":1}', "bad_status"),
    Hostile("a status object without a status", S, b'{"values":{"t":1}}', "bad_status"),
    Hostile("a status with half its quotes", S, b'"offline', "bad_status"),
    Hostile("a status as a list", S, b'["offline"]', "bad_status"),
)

IDS = (
    Hostile("the id of another device", T, b'{"device":"d2","values":{"t":1}}', "foreign_id"),
    Hostile("the id of another device in an event", E, event(b'"device":"d2"'), "foreign_id"),
    Hostile("the id of another device in a list", T, b'[{"values":{}},{"device":"d2","values":{}}]', "foreign_id"),
    Hostile("the id of another device in a status", S, b'{"status":"offline","device":"d2"}', "foreign_id"),
    Hostile("an id in other letters", T, b'{"device":"D1","values":{}}', "foreign_id"),
    Hostile("an id that is a number", T, b'{"device":1,"values":{}}', "foreign_id"),
    Hostile("an empty id in the payload", T, b'{"device":"","values":{}}', "foreign_id"),
    Hostile("an id of 65 characters", f"devices/{'d' * 65}/telemetry", values(b"1"), "bad_id"),
    Hostile("an id with a blank", "devices/d 1/telemetry", values(b"1"), "bad_id"),
    Hostile("an id with an umlaut", "devices/dü/telemetry", values(b"1"), "bad_id"),
    Hostile("an id with a colon", "devices/d:1/telemetry", values(b"1"), "bad_id"),
    Hostile("an id with SQL", "devices/d';drop table x--/status", b"offline", "bad_id"),
    Hostile("an empty id", "devices//telemetry", values(b"1"), "no_source"),
    Hostile("an outside name too long once inside", f"home/{'ü' * 9}/temp", b"1", "bad_id"),
    Hostile("an outside path of 65 levels", f"gateway/{'/'.join('a' * 65)}/up", b"{}", "bad_id"),
    Hostile("a plus in the topic", "devices/+/telemetry", values(b"1"), "wildcard"),
    Hostile("a hash in the topic", "devices/#", values(b"1"), "wildcard"),
    Hostile("a plus inside a level", "home/d+1/temp", b"1", "wildcard"),
    Hostile("a zero in the topic", "devices/d1\0/telemetry", values(b"1"), "control_character"),
    Hostile("a line break in the topic", "home/d\n1/temp", b"1", "control_character"),
    Hostile("an escape sequence in the topic", "home/\x1b[2J/temp", b"1", "control_character"),
    Hostile("half a surrogate pair in the topic", "home/\ud800/temp", b"1", "control_character"),
    Hostile("a topic of 5,000 bytes", "home/" + "d" * 5_000 + "/temp", b"1", "string_too_long"),
    Hostile("a metric in the topic of 129 characters", f"home/d1/{'m' * 129}", b"1", "bad_name"),
    Hostile("an empty topic", "", values(b"1"), "no_source"),
    Hostile("a topic of nobody", "somewhere/else", values(b"1"), "no_source"),
    Hostile("a level too many", "devices/d1/telemetry/x", values(b"1"), "no_source"),
    Hostile("a level too few", "devices/d1", values(b"1"), "no_source"),
    Hostile("a leading slash", "/devices/d1/telemetry", values(b"1"), "no_source"),
    Hostile("a topic in other letters", "Devices/d1/telemetry", values(b"1"), "no_source"),
    Hostile("the broker's own topic", "$SYS/broker/uptime", b"1", "no_source"),
    Hostile("a device that nobody registered", "strict/d1/temp", b"1", "unknown_device"),
)

TIMES = (
    Hostile("1970", T, b'{"ts":0,"values":{"t":1}}', MARKED),
    Hostile("1970 plus uptime", T, b'{"ts":12345,"values":{"t":1}}', MARKED),
    Hostile("1970 in a crash", E, event(b'"ts":5021'), MARKED),
    Hostile("1970 in words", E, event(b'"ts":"1970-01-01T00:00:05Z"'), MARKED),
    Hostile("before 1970", T, b'{"ts":-1,"values":{"t":1}}', MARKED),
    Hostile("the year 1", T, b'{"ts":"0001-01-01T00:00:00+14:00","values":{}}', MARKED),
    Hostile("the year 9999", T, b'{"ts":"9999-12-31T23:59:59-14:00","values":{}}', MARKED),
    Hostile("seconds instead of milliseconds", T, b'{"ts":1795334400,"values":{"t":1}}', MARKED),
    Hostile("microseconds instead of milliseconds", T, b'{"ts":1795334400123000,"values":{"t":1}}', MARKED),
    Hostile("nanoseconds instead of milliseconds", T, b'{"ts":1795334400123000000,"values":{"t":1}}', MARKED),
    Hostile("the largest time of 64 bits", T, b'{"ts":9223372036854775807,"values":{"t":1}}', MARKED),
    Hostile("the smallest time of 64 bits", T, b'{"ts":-9223372036854775808,"values":{"t":1}}', MARKED),
    Hostile("a time of 1e300", T, b'{"ts":1e300,"values":{"t":1}}', MARKED),
    Hostile("a time of -1e300", T, b'{"ts":-1e300,"values":{"t":1}}', MARKED),
    Hostile("five minutes and a millisecond ahead", T, b'{"ts":%d,"values":{}}' % (NOW_MS + 300_001), MARKED),
    Hostile("30 days and a millisecond behind", T, b'{"ts":%d,"values":{}}' % (NOW_MS - 2_592_000_001), MARKED),
    Hostile("1970 in foreign JSON", J, b'{"when":0,"a":1}', MARKED),
    Hostile("a true time", T, b'{"ts":true,"values":{}}', "bad_time"),
    Hostile("a time that is a list", T, b'{"ts":[2026,11,22],"values":{}}', "bad_time"),
    Hostile("a time that is an object", E, event(b'"ts":{}'), "bad_time"),
    Hostile("an empty time", T, b'{"ts":"","values":{}}', "bad_time"),
    Hostile("a time in words", T, b'{"ts":"yesterday","values":{}}', "bad_time"),
    Hostile("a number in quotes", T, b'{"ts":"1795334400123","values":{}}', "bad_time"),
    Hostile("a date without a time", T, b'{"ts":"2026-11-22","values":{}}', "bad_time"),
    Hostile("a week", T, b'{"ts":"2026-W47-7","values":{}}', "bad_time"),
    Hostile("the 30th of February", T, b'{"ts":"2026-02-30T08:00:00Z","values":{}}', "bad_time"),
    Hostile("25 o'clock", T, b'{"ts":"2026-11-22T25:00:00Z","values":{}}', "bad_time"),
    Hostile("the 61st second", T, b'{"ts":"2026-11-22T08:00:60Z","values":{}}', "bad_time"),
    Hostile("an offset of 99 hours", T, b'{"ts":"2026-11-22T08:00:00+99:00","values":{}}', "bad_time"),
    Hostile("Arabic digits", T, '{"ts":"٢٠٢٦-11-22T08:00:00Z","values":{}}'.encode(), "bad_time"),
    Hostile("a time and garbage", T, b'{"ts":"2026-11-22T08:00:00Z; rm","values":{}}', "bad_time"),
    Hostile("a time without a zone", T, b'{"ts":"2026-11-22T08:00:00","values":{}}', "no_zone"),
    Hostile("a foreign time without a zone", J, b'{"when":"2026-11-22T08:00:00","a":1}', "no_zone"),
    Hostile("a foreign time that is true", J, b'{"when":true,"a":1}', "bad_time"),
    Hostile("a bad time in a list", T, b'[{"values":{"t":1}},{"ts":"soon","values":{}}]', "bad_time"),
)


def field(number: int, content: bytes) -> bytes:
    """A protobuf field that holds bytes, up to 16 KiB."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """A number as protobuf writes it, up to 14 bits."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])


def templates(depth: int) -> bytes:
    """A Sparkplug metric with templates so deep in each other."""
    metric = field(1, b"m")
    for _ in range(depth):
        metric = field(1, b"m") + field(18, field(2, metric))
    return field(2, metric)


CODECS = (
    Hostile("SenML that is an object", "senml", b'{"n":"a/b","v":1}', "not_an_object"),
    Hostile("SenML without a record", "senml", b"[]", "nothing_said"),
    Hostile("SenML of a later version", "senml", b'[{"bver":11,"n":"a/b","v":1}]', "bad_version"),
    Hostile("SenML that must be understood", "senml", b'[{"n":"a/b","v":1,"key_":1}]', "unknown_field"),
    Hostile("SenML of nobody", "senml", b'[{"n":"temp","v":1}]', "bad_id"),
    Hostile("SenML with a name of 300 letters", "senml", b'[{"n":"a/%s","v":1}]' % (b"b" * 300), "bad_name"),
    Hostile(
        "SenML with base names that grow", "senml", b'[{"bn":"%s","n":"b","v":1}]' % (b"a" * 5000), "string_too_long"
    ),
    Hostile("SenML with a sum beyond all numbers", "senml", b'[{"n":"a/b","bv":1e308,"v":1e308}]', "not_finite"),
    Hostile("SenML in the far future", "senml", b'[{"n":"a/b","t":1e300,"v":1}]', "bad_time"),
    Hostile("SenML of 1999", "senml", b'[{"n":"a/b","t":930000000,"v":1}]', MARKED),
    Hostile("a gateway that names no device", "v1/gateway/telemetry", b"{}", "nothing_said"),
    Hostile("a gateway of plain values", "v1/gateway/telemetry", b'{"t":1}', "not_an_object"),
    Hostile("a gateway with an impossible device", "v1/gateway/telemetry", b'{"%s":[{"t":1}]}' % (b"x" * 99), "bad_id"),
    Hostile("a gateway's list in a list", "v1/gateway/telemetry", b'{"A":[[{"t":1}]]}', "not_an_object"),
    Hostile("a gateway that greets nobody", "v1/gateway/connect", b"{}", "bad_type"),
    Hostile("Sparkplug that is JSON", P, b'{"t":1}', "not_sparkplug"),
    Hostile("Sparkplug cut off", P, field(2, field(1, b"temp"))[:-1], "not_sparkplug"),
    Hostile("Sparkplug with templates 200 deep", P, templates(200), "not_sparkplug"),
    Hostile("Sparkplug that nobody was born for", P, field(2, b"\x10\x01"), "no_birth"),
    Hostile("Sparkplug with an empty metric", P, field(2, b""), "no_birth"),
    Hostile("Sparkplug with an empty name", P, field(2, field(1, b"") + b"\x58\x01"), "no_birth"),
    Hostile("Sparkplug with a name in Latin-1", P, field(2, field(1, b"K\xfcche")), "bad_utf8"),
    Hostile("Sparkplug with NaN", P, field(2, field(1, b"t") + b"\x65\x00\x00\xc0\x7f"), "not_finite"),
)

CORPUS = (*ENCODING, *SHAPE, *SIZE, *NUMBERS, *NAMES, *IDS, *TIMES, *CODECS)
