"""Text class: what kind of trouble a report is about, by the letters of its words, and how sure that is.

Regularised least squares over hashed character n-grams (1 to 4 letters) and concepts (tf-idf, unit length), solved in
the space of the examples. Its scores become probabilities by one temperature (Guo et al. 2017), chosen on what it says
of each example when that one is left out, which for least squares has a closed form (Rifkin and Lippert 2007).
Training draws nothing at random: the same examples give the same model.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from domain.finding import Severity
from domain.report import Reading
from ticketing.text_concepts import concepts_in
from ticketing.text_fields import fields_in, tells_of_danger, without_fields

SHORTEST, LONGEST = 1, 4
COLUMNS = 1 << 13
CONCEPT_WEIGHT = 3.0
"""A concept counts as much as so many mentions of a run of letters."""
RESTRAINT = 0.3
TEMPERATURES = np.geomspace(0.02, 2.0, 60)
SURE = 0.6
"""From so probable on a class is set; below it is only suggested."""
SUGGESTED = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose class is known."""

    text: str
    ticket_class: str


@dataclass(frozen=True, slots=True)
class TextModel:
    """A trained model."""

    classes: tuple[str, ...]
    rarity: Floats
    weights: Floats
    """[column, class]"""
    temperature: float

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """[text, class]"""
        return softmax(rows_of([columns_of(text) for text in texts], self.rarity) @ self.weights / self.temperature)

    def classify(self, text: str) -> tuple[tuple[str, float], ...]:
        """The likeliest classes with the probability of each."""
        shares = self.probabilities([text])[0]
        best = np.argsort(-shares, kind="stable")[:SUGGESTED]
        return tuple((self.classes[i], float(shares[i])) for i in best)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads reports: class by the model, fields by rules."""

    model: TextModel | None
    """None where there is nothing to learn from."""
    sure: float = SURE

    def read(self, text: str, known: Iterable[str] = ()) -> Reading:
        """What the words say; `known` are registered names that stand in them."""
        suggested = self.model.classify(text) if self.model is not None and text.strip() else ()
        is_sure = bool(suggested) and suggested[0][1] >= self.sure and suggested[0][0] != OTHER
        return Reading(
            ticket_class=suggested[0][0] if is_sure else "",
            suggested=suggested,
            fields=fields_in(text, known),
            severity=Severity.S1 if tells_of_danger(text) else None,
        )


OTHER = "other"
"""The class of examples that are about no fault; nothing is ever set to it."""


def trained(examples: Sequence[Example]) -> TextModel | None:
    """A model of the examples; None where they know fewer than two classes."""
    classes = tuple(sorted({example.ticket_class for example in examples}))
    if len(classes) < 2:
        return None
    kinds = np.array([classes.index(example.ticket_class) for example in examples])
    counted = [columns_of(example.text) for example in examples]
    rarity = rarity_of(counted)
    rows = rows_of(counted, rarity)
    wanted = np.eye(len(classes))[kinds]
    inverse = np.linalg.inv(rows @ rows.T + RESTRAINT * np.eye(len(rows)))
    share = inverse @ wanted
    left_out = wanted - share / np.diag(inverse)[:, None]
    return TextModel(classes, rarity, rows.T @ share, temperature_of(left_out, wanted))


def temperature_of(scores: Floats, wanted: Floats) -> float:
    """The temperature under which what is wanted surprises least."""
    losses = [surprise(softmax(scores / warmth), wanted) for warmth in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def surprise(shares: Floats, wanted: Floats) -> float:
    """Mean negative log likelihood."""
    return float(-np.log(np.maximum((shares * wanted).sum(axis=1), 1e-12)).mean())


def softmax(scores: Floats) -> Floats:
    """Shares of one a row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


# -- letters


def rarity_of(counted: Sequence[Mapping[int, float]]) -> Floats:
    """For each column how much it tells: the fewer texts have it, the more."""
    among = np.zeros(COLUMNS)
    for columns in counted:
        among[list(columns)] += 1
    rarity: Floats = np.log((1 + len(counted)) / (1 + among)) + 1
    return rarity


def rows_of(counted: Sequence[Mapping[int, float]], rarity: Floats) -> Floats:
    """[text, column], each row of length one."""
    rows = np.zeros((len(counted), COLUMNS))
    for nth, columns in enumerate(counted):
        places = list(columns)
        rows[nth, places] = (1 + np.log(list(columns.values()))) * rarity[places]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, 1e-12)
    return unit


def columns_of(text: str) -> Mapping[int, float]:
    """How much each column of a text's n-grams and concepts counts."""
    counted: Counter[int] = Counter(crc32(gram.encode("utf-8", "surrogatepass")) % COLUMNS for gram in grams(text))
    columns: dict[int, float] = dict(counted)
    for concept in concepts_in(without_fields(text)):
        columns[crc32(b"\x00" + concept.encode()) % COLUMNS] = np.exp(CONCEPT_WEIGHT - 1)
    return columns


def grams(text: str) -> Iterable[str]:
    """Runs of one to four letters; every digit is the same, and words keep their edges."""
    letters = "".join("0" if letter.isdigit() else letter for letter in without_fields(text).casefold())
    plain = f" {' '.join(letters.split())} "
    for size in range(SHORTEST, LONGEST + 1):
        yield from (plain[i : i + size] for i in range(len(plain) - size + 1))
