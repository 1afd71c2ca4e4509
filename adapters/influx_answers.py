"""What InfluxDB's answers mean: kept, try other lines, or try later; told to a person in one sentence."""

import re
import time
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import NamedTuple

import msgspec

from adapters.influx_settings import InfluxSettings
from domain.errors import TryLater

NO_ANSWER = 0
"""The status of an answer that never came."""
KEPT = 204
LINES = frozenset({400, 413, 422})
"""The server would not have these lines: all of them, some of them, or so many at once."""
BUSY = frozenset({429, 503})
LONGEST_WORDS = 500
DROPPED = re.compile(r"partial write: .* dropped=(\d+)\s*$", re.DOTALL)
NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Answer(NamedTuple):
    """What came back for a request."""

    status: int
    """Of HTTP; `NO_ANSWER` = the server was not reached or did not finish."""
    words: str = ""
    """The server's, or the network's."""
    wait_seconds: float | None = None
    """How long the server asks to be left alone."""


class Verdict(Enum):
    """What an answer to a write means for its lines."""

    KEPT = auto()
    REFUSED = auto()
    LATER = auto()


class InfluxAway(TryLater):
    """InfluxDB does not take or give anything at the moment; `seconds` = how long to leave it alone."""

    def __init__(self, sentence: str, seconds: float = 0.0) -> None:
        self.seconds = seconds
        super().__init__(sentence)


def verdict(answer: Answer) -> Verdict:
    """Only 204 keeps lines: a proxy's friendly page does not."""
    if answer.status == KEPT:
        return Verdict.KEPT
    return Verdict.REFUSED if answer.status in LINES else Verdict.LATER


def refuses_all(answer: Answer, lines: int) -> bool:
    """The server says itself that it dropped every one of so many lines."""
    found = DROPPED.search(answer.words)
    return answer.status != 413 and found is not None and int(found[1]) == lines


def words_of(body: bytes, secret: str) -> str:
    """The server's own words in an answer's body: one line, printable, without the secret, at most 500 characters."""
    try:
        said = msgspec.json.decode(body, type=dict[str, object])
        text = str(said.get("error") or said.get("message") or said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode("utf-8", "replace")
    if secret:
        text = text.replace(secret, "***")
    text = NOT_PRINTABLE.sub(" ", text).strip()
    # The end of a long answer says more than its middle: the beginning repeats a line, the end says what is wrong.
    half = LONGEST_WORDS // 2
    return text if len(text) <= LONGEST_WORDS else f"{text[:half]} … {text[-half:]}"


def seconds_asked(header: str | None) -> float | None:
    """The seconds of a `Retry-After` header, written as a number or as a date."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def sentence(answer: Answer, settings: InfluxSettings) -> str:
    """What is wrong and what to do about it."""
    place, words = settings.place, f" ({answer.words})" if answer.words else ""
    where = f'bucket "{settings.bucket}"' if settings.flavour == "v2" else f'database "{settings.database}"'
    match answer.status:
        case 0:
            return f"{place} does not answer{words}; start it, or correct url; work goes on by itself."
        case 401:
            return f"{place} does not know us{words}; correct {proof(settings)}; work goes on by itself."
        case 403:
            return f"{place} forbids it{words}; give {proof(settings)} the right to read and write {where}."
        case 404:
            return f"{place} does not have {where}{words}; make it, or correct the settings; work goes on by itself."
        case status if status in BUSY:
            return f"{place} is too busy ({status}){words}; give it time, or a larger machine."
        case status if status >= 500:
            return f"{place} has a trouble of its own ({status}){words}; its log says more; work goes on by itself."
        case status:
            return f"{place} answers {status}, as InfluxDB does not{words}; check that url leads to it directly."


def proof(settings: InfluxSettings) -> str:
    """By what the server knows us."""
    if settings.username:
        return "username and password"
    return "token_file" if settings.token_file else "token"
