"""New problems by changing a known one.

MuggleMath (arXiv 2310.05506, its augmentation prompts): as a teacher, make of a problem one new problem for each of
five kinds of change. DotaMath (arXiv 2407.04078, its augmentation prompt): ask for ten variations at once, in ways of
the model's own. Markers number the variations in both.
"""

from collections.abc import Sequence
from typing import ClassVar

from mathkit.dialects import problem_of
from mathkit.language import language_for
from mathkit.recipes.made import NOT_PARSED, Flaw, Made, Question, carried
from mathkit.recipes.replies import problem_blocks
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample

KINDS = ("numbers", "fractions", "combine", "condition", "complexity")
TEN = "ten"  # ten variations of any kind


class Augment:
    """Changes a problem in several ways."""

    name: ClassVar[str] = "augment"
    poses: ClassVar[bool] = True

    def __init__(self, wording: Wording, lang: str | None, kinds: Sequence[str]) -> None:
        self._wording = wording
        self._lang = lang
        self._kinds = [kind for name in kinds for kind in ([name] * 10 if name == TEN else [name])]

    def question(self, record: Record) -> Question | Rejected:
        """Ask for one new problem of each kind."""
        problem = problem_of(record)
        lang = self._lang or language_for(record, problem)
        listed = "\n".join(f"{number}. {self._wording(kind, lang)}" for number, kind in enumerate(self._kinds, 1))
        prompt = self._wording("ask", lang, count=len(self._kinds), kinds=listed, problem=problem)
        return Question(record, lang, prompt, [record["id"]])

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the new problems with the kind of change that each was asked for."""
        found: list[Made | Flaw] = []
        for block in problem_blocks(reply):
            if isinstance(block, Flaw):
                found.append(block)
            elif not 1 <= block.number <= len(self._kinds):
                found.append(Flaw(NOT_PARSED, block.text, {"number": block.number}))
            else:
                fields = {"problem": block.text, **carried(question.record)}
                found.append(Made(fields, block.text, {"kind": self._kinds[block.number - 1]}))
        return found
