"""New problems of a sub-discipline from seeds.

Self-Instruct (arXiv 2212.10560, section 2.2; its code, bootstrap_instructions): eight examples are shown, at most a
quarter of them made by a model, and what follows is new. Qihoo 360 (a talk) runs it inside each sub-discipline, with
keywords extracted and expanded; how is not published: here some keywords of the sub-discipline that the examples do
not have are named, and notions close to them are welcome.
"""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from math import log
from random import Random
from typing import ClassVar, TypeVar

from mathkit.dialects import problem_of
from mathkit.language import FORMULA, language_for, language_of
from mathkit.recipes.made import Flaw, Made, Question, carried
from mathkit.recipes.replies import problem_blocks
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample
from mathkit.text import CJK

Field = tuple[str, str]  # a sub-discipline and a language
F = TypeVar("F", bound=Hashable)

_TERM = re.compile(rf"[^\W\d_{CJK}]{{4,}}|[{CJK}]+")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_MACHINE_MADE = 4  # one in so many examples
_KEYWORDS = 50  # of a sub-discipline, the best


class SelfInstruct:
    """Has a model write new problems after examples of the same sub-discipline (`subject`) and language."""

    name: ClassVar[str] = "self-instruct"
    poses: ClassVar[bool] = True

    def __init__(
        self, wording: Wording, lang: str | None, *, examples: int, new: int, keywords: int, seed: int
    ) -> None:
        self._wording = wording
        self._lang = lang
        self._examples = examples
        self._new = new
        self._count = keywords
        self._seed = seed

    def learn(self, records: Sequence[Record]) -> None:
        """Learn the seeds of each sub-discipline in each language, and its keywords."""
        self._fields: dict[Field, list[Record]] = {}
        for record in records:
            self._fields.setdefault(_field(record), []).append(record)
        self._keywords = keywords_of({
            field: [problem_of(seed) for seed in seeds] for field, seeds in self._fields.items()
        })  # fmt: skip

    def question(self, record: Record) -> Question | Rejected:
        """Ask for new problems after some of the sub-discipline: this one, and others drawn by the seed and its id."""
        random = Random(f"{self._seed}/{record['id']}")
        others = [seed for seed in self._fields[_field(record)] if seed is not record]
        machine = [seed for seed in others if "synth" in seed]
        people = [seed for seed in others if "synth" not in seed]
        room = self._examples - 1
        shown = random.sample(machine, min(len(machine), self._examples // _MACHINE_MADE, room))
        shown += random.sample(people, min(len(people), room - len(shown)))
        random.shuffle(shown)
        shown.append(record)
        problems = [problem_of(seed) for seed in shown]
        lang = self._lang or language_for(record, problems[-1])
        keywords = self._drawn_keywords(record, problems, lang, random)
        subject = record.get("subject")
        listed = (self._wording("example", lang, number=n, problem=text) for n, text in enumerate(problems, 1))
        prompt = self._wording(
            "ask", lang, count=len(shown), new=self._new, examples="\n\n".join(listed),
            subject=self._wording("subject", lang, subject=subject) if subject else "",
            keywords=self._wording("keywords", lang, keywords=", ".join(keywords)) if keywords else "",
        )  # fmt: skip
        notes = {"keywords": keywords} if self._count else {}
        return Question(record, lang, prompt, [seed["id"] for seed in reversed(shown)], notes)

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the new problems."""
        return [
            block
            if isinstance(block, Flaw)
            else Made({"problem": block.text, **carried(question.record)}, block.text, question.notes)
            for block in problem_blocks(reply)
        ]

    def _drawn_keywords(self, record: Record, problems: list[str], lang: str, random: Random) -> list[str]:
        there = set().union(*map(_terms, problems))
        known = [
            word for word in self._keywords[_field(record)] if word not in there and (language_of(word) or lang) == lang
        ]
        return random.sample(known, min(self._count, len(known)))


def keywords_of(fields: dict[F, list[str]]) -> dict[F, list[str]]:
    """Return the keywords of each sub-discipline, the best first: in many of its problems, in few of the others'.

    English words of four letters and more, and two Chinese characters in a row.

    >>> keywords_of({"a": ["find the angle", "the angle is"], "b": ["find the mean", "the mean is"]})["a"]
    ['angle', 'find']
    """
    within = {field: Counter(term for text in texts for term in _terms(text)) for field, texts in fields.items()}
    everywhere: Counter[str] = sum(within.values(), Counter())
    problems = sum(map(len, fields.values()))
    return {
        field: sorted(counts, key=lambda term: (-counts[term] * log(1 + problems / everywhere[term]), term))[:_KEYWORDS]
        for field, counts in within.items()
    }


def _terms(text: str) -> set[str]:
    runs = _TERM.findall(_COMMAND.sub(" ", FORMULA.sub(" ", text)).lower())
    return {term for run in runs for term in ([run] if run[0] < "\u2e80" else _pairs(run))}


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _field(record: Record) -> Field:
    subject = record.get("subject")
    return subject if isinstance(subject, str) else "", language_for(record, problem_of(record))
