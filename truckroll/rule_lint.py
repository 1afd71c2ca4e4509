"""What rule files leave open: classes that nobody describes, job plans that do not exist, skills that nobody has."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from detectors.lint import Remark, lint, placed
from detectors.rule_lines import Lines
from detectors.rules import RuleFile, read_rules
from domain.ticket_class import TicketClass
from ticketing.classes import Classes, read_classes
from ticketing.people_file import skills_in

SKILLS = "skills"

Read = Sequence[tuple[RuleFile, str]]
"""Rule files and their texts."""


@dataclass(frozen=True, slots=True)
class Linted:
    """Rule files that are right, and what is to be looked at in them."""

    rules: int
    remarks: Sequence[Remark]


def lint_files(paths: Iterable[Path], people: Path | None = None) -> Linted:
    """Everything about some rule files together. Raises WrongFormat with every mistake, OSError."""
    texts = [(str(path), path.read_text(encoding="utf-8")) for path in paths]
    files = [(read_rules(text, name), text) for name, text in texts]
    classes = read_classes(texts)
    skills = skills_in(people.read_text(encoding="utf-8-sig"), str(people)) if people else None
    remarks = [*lint(files), *unknown_classes(files, classes), *needs(files, classes, skills)]
    return Linted(sum(len(file.rules) for file, _ in files), sorted(remarks))


def unknown_classes(files: Read, classes: Classes) -> Iterator[Remark]:
    """Rules of a class that stands in none of the files."""
    for each in placed(files):
        name = each.rule.ticket_class
        if name and name not in classes.classes:
            yield each.remark(f"class {name} is in none of these files{meant(name, classes.classes)}", "class")


def needs(files: Read, classes: Classes, skills: Collection[str] | None) -> Iterator[Remark]:
    """Classes whose job plan does not exist, or that need a skill that nobody has; None = nobody said who has which."""
    for file, text in files:
        lines = Lines(text)
        for nth, row in enumerate(file.classes):
            kind = classes.classes[row["id"]]
            for key, sentence in (*without_plan(kind, classes), *without_people(kind, classes, skills)):
                yield Remark(file.name, lines.line("class", nth, (key,)), f"class {kind.id}: {sentence}")


def without_plan(kind: TicketClass, classes: Classes) -> Iterator[tuple[str, str]]:
    """Its job plan, where there is none of that name."""
    if kind.job_plan and kind.job_plan not in classes.plans:
        yield "job_plan", f"job_plan {kind.job_plan} is in none of these files{meant(kind.job_plan, classes.plans)}"


def without_people(kind: TicketClass, classes: Classes, skills: Collection[str] | None) -> Iterator[tuple[str, str]]:
    """The skills that it or its job plan asks for and nobody has."""
    plan = classes.plan_of(kind.id)
    for skill in dict.fromkeys((*kind.skills, *(plan.skills if plan else ()))):
        if skills is not None and skill not in skills:
            yield SKILLS, f"nobody has the skill {skill}{meant(skill, skills)}"


def meant(word: str, words: Iterable[str]) -> str:
    """The end of a sentence: the word that was probably meant, if there is one."""
    close = get_close_matches(word, list(words), 1)
    return f"; did you mean {close[0]}?" if close else "."
