"""Question-answer pairs out of documents, and their refinement.

MAmmoTH2 (arXiv 2405.03548, section 2): a model extracts the pairs that a document holds, leaving out what is not
content, and says so where there are none; another question has it repair the format, complete the question, add the
steps that are missing, and correct a result only when it is sure. Qwen2.5-Math (arXiv 2409.12122, section 2) does so,
too.
"""

import re
from typing import ClassVar

from mathkit.recipes.made import TRUNCATED, Flaw, Made, Question, carried, truncated, unread
from mathkit.recipes.replies import blocks, parts
from mathkit.recipes.texts import about_text
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample
from mathkit.text import last_boxed

_VOID = re.compile(r"[\W_]*(?:void|none|无)(?![^\W_])", re.IGNORECASE)
_PAIR = ("problem", "answer")


class Extract:
    """Takes question-answer pairs from a document and has them refined."""

    name: ClassVar[str] = "extract"
    poses: ClassVar[bool] = True

    def __init__(self, wording: Wording, lang: str | None, longest: int) -> None:
        self._wording = wording
        self._lang = lang
        self._longest = longest  # characters of a document

    def question(self, record: Record) -> Question | Rejected:
        """Ask for the pairs of a document."""
        return about_text(record, self._wording, self._lang, self._longest)

    def follow(self, asked: Question, reply: Sample) -> Question | Rejected:
        """Ask for the refinement of the pairs, or say why there are none."""
        found = _pairs(reply)
        pairs = [pair for pair in found if isinstance(pair, tuple)]
        flaws = [pair for pair in found if isinstance(pair, Flaw)]
        if not pairs:
            if _VOID.match(reply["text"]):
                return Rejected(asked.record, "no question and answer")
            return Rejected(asked.record, flaws[0].reason, {"reply": reply["text"]})
        labels = ("问题：", "答案：") if asked.lang == "zh" else ("Question: ", "Answer: ")
        listed = "\n\n".join(
            f"##{number}\n{labels[0]}{question}\n{labels[1]}{answer}\n##end{number}"
            for number, (question, answer) in enumerate(pairs, 1)
        )
        prompt = self._wording("again", asked.lang, pairs=listed)
        return Question(asked.record, asked.lang, prompt, asked.parents, flaws=flaws)

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the refined pairs: a problem, its solution and the final answer that it marks."""
        found: list[Made | Flaw] = []
        for pair in _pairs(reply):
            if isinstance(pair, Flaw):
                found.append(pair)
                continue
            problem, solution = pair
            fields: Record = {"problem": problem, "solution": solution, **carried(question.record)}
            if (answer := last_boxed(solution)) is not None:
                fields["answer"] = answer
            found.append(Made(fields, problem))
        return found


def _pairs(reply: Sample) -> list[tuple[str, str] | Flaw]:
    """Return the questions with their answers, and what is wrong with other blocks."""
    found: list[tuple[str, str] | Flaw] = []
    for block in blocks(reply["text"]):
        pair = parts(block.text, _PAIR)
        if not block.whole and truncated(reply):
            found.append(Flaw(TRUNCATED, block.text))
        elif pair.get("problem") and pair.get("answer"):
            found.append((pair["problem"], pair["answer"]))
        else:
            found.append(Flaw("no question and answer", block.text))
    return found or [unread(reply)]
