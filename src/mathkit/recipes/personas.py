"""Problems for people: a persona is inferred from a text, and a problem is written for it.

PersonaHub (arXiv 2406.20094, section 2 and its code, prompt_templates): who would read, write, like or dislike a text;
a challenging problem tied to that person, of at most two parts, unsolved, that begins with "Math problem:". With a
known problem beside the persona, a new one of its kind.
"""

from collections.abc import Sequence
from random import Random
from typing import ClassVar

from mathkit.dialects import poses_problem, problem_of, string_in, text_of
from mathkit.language import language_for
from mathkit.recipes.made import Flaw, Made, Question, carried, truncated, unread
from mathkit.recipes.replies import parts
from mathkit.recipes.texts import about_text
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample


class Persona:
    """Writes problems for personas: the records' own, those it is given, or who would read a record's text."""

    name: ClassVar[str] = "persona"
    poses: ClassVar[bool] = True

    def __init__(self, wording: Wording, lang: str | None, *, personas: Sequence[str], longest: int, seed: int) -> None:
        self._wording = wording
        self._lang = lang
        self._personas = personas  # one is drawn for each record; none: they are inferred
        self._longest = longest  # characters of a text
        self._seed = seed

    def question(self, record: Record) -> Question | Rejected:
        """Ask for a problem for a persona, or who would read the record's text."""
        if record.get("persona") is not None:
            return self._for(persona_of(record), record)
        if self._personas:
            return self._for(Random(f"{self._seed}/{record['id']}").choice(self._personas), record)
        return about_text(record, self._wording, self._lang, self._longest)

    def follow(self, asked: Question, reply: Sample) -> Question | Rejected:
        """Ask for a problem for the persona that was inferred."""
        persona = reply["text"].strip()
        if truncated(reply) or not persona:
            return Rejected(asked.record, unread(reply).reason, {"reply": reply["text"]})
        return self._for(persona, asked.record)

    def _for(self, persona: str, record: Record) -> Question:
        known = problem_of(record) if poses_problem(record) else None
        lang = self._lang or language_for(record, known or persona)
        example = "" if known is None else self._wording("example", lang, problem=known)
        prompt = self._wording("again", lang, persona=persona, example=f"\n{example}\n" if example else "")
        return Question(record, lang, prompt, [record["id"]], {"persona": persona})

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the problem."""
        found = parts(reply["text"], ["problem", "solution", "answer"])
        if truncated(reply) or not found.get("problem"):
            return [unread(reply)]
        problem = found["problem"]
        return [Made({"problem": problem, **carried(question.record)}, problem, question.notes)]


def persona_of(record: Record) -> str:
    """Return the persona that a record describes."""
    return string_in("persona")(record)


def persona_or_text(record: Record) -> str:
    """Return what a persona can be had from: the persona itself, or a text that somebody reads."""
    return persona_of(record) if record.get("persona") is not None else text_of(record)
