"""Solutions that reason in words and compute with a program, which is run.

solve: the hybrid instruction of Qihoo 360's talk (reasoning first, then a program for the computation) in the form of
Qwen2.5-Math's tool-integrated solutions (arXiv 2409.12122, section 3.1.2): prose, a python block, an output block.
decompose: DotaMath (arXiv 2407.04078): sub-tasks, one program that prints the result of each, and its output. Where
there is no answer to compare with, it drops only what crashes; so does this.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Protocol

from mathkit.dialects import answer_of, problem_of
from mathkit.language import language_for
from mathkit.recipes.made import NOT_PARSED, Flaw, Made, Question, carried, truncated, unread
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample

OUTPUT = "```output"

_PROGRAM = re.compile(r"```(?:python|py)[ \t]*\n(?P<code>.*?)(?P<end>\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE)
_SUB_TASK = re.compile(r"^[ \t]*\**(?:\d{1,2}[.)、．:：]|[-*][ \t])[ \t]*(?P<task>\S.*)$", re.MULTILINE)
_LONGEST_OUTPUT = 2000  # characters
_SHOWN = 500  # characters of what a program complained


class Run(Protocol):
    """What became of a program."""

    @property
    def stdout(self) -> str:
        """What it printed."""

    @property
    def stderr(self) -> str:
        """What it complained."""

    @property
    def status(self) -> int:
        """How it ended, as a shell says it: 0 is well."""


class Solve:
    """Solves a problem in words and with a program."""

    name: ClassVar[str] = "solve"
    poses: ClassVar[bool] = False

    def __init__(
        self,
        wording: Wording,
        lang: str | None,
        *,
        run: Callable[[str], Run],
        equal: Callable[[str, str], bool],
    ) -> None:
        self._wording = wording
        self._lang = lang
        self._run = run
        self._equal = equal  # an answer, and the right one

    def question(self, record: Record) -> Question | Rejected:
        """Ask for a solution whose program prints the answer."""
        problem = problem_of(record)
        lang = self._lang or language_for(record, problem)
        return Question(record, lang, self._wording("ask", lang, problem=problem), [record["id"]])

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the solution with the output of its program, if that ran and printed the right answer."""
        text = reply["text"].partition(OUTPUT)[0]  # what a model imagines of it
        programs = list(_PROGRAM.finditer(text))
        if not programs:
            flaw = unread(reply)
            return [replace(flaw, reason="no program") if flaw.reason == NOT_PARSED else flaw]
        if not programs[-1]["end"].strip() and truncated(reply):
            return [unread(reply)]
        text = text[: programs[-1].end("code")].rstrip()
        ran = self._run("\n\n".join(program["code"] for program in programs))
        if ran.status:
            evidence = {"status": ran.status, "stderr": ran.stderr.strip()[-_SHOWN:]}
            return [Flaw("program failed", reply["text"], evidence)]
        printed = ran.stdout.strip()
        if not printed:
            return [Flaw("no output", reply["text"])]
        if len(printed) > _LONGEST_OUTPUT:
            return [Flaw("too long an output", reply["text"], {"characters": len(printed)})]
        last = printed.splitlines()[-1].strip()
        gold = answer_of(question.record)
        if gold is not None and not self._equal(last, gold) and (last == printed or not self._equal(printed, gold)):
            return [Flaw("answer disagreement", reply["text"], {"output": last, "answer": gold})]
        answer = last if gold is None else gold
        parts = self._parts(text[: programs[0].start()])
        if parts is None:
            return [Flaw(NOT_PARSED, reply["text"])]
        conclusion = self._wording("conclusion", question.lang, answer=answer)
        solution = f"{text}\n```\n{OUTPUT}\n{printed}\n```\n{conclusion}"
        fields = {"problem": problem_of(question.record), **parts, "solution": solution, "answer": answer}
        notes = {"checked": "ran" if gold is None else "answer"}
        return [Made({**fields, **carried(question.record, "level")}, None, notes)]

    def _parts(self, prose: str) -> Record | None:
        """Return what else is read from the words before the program; None where it is missing."""
        return {}


class Decompose(Solve):
    """Breaks a problem down into sub-tasks, which a program solves one by one."""

    name: ClassVar[str] = "decompose"

    def _parts(self, prose: str) -> Record | None:
        subtasks = [match["task"].strip() for match in _SUB_TASK.finditer(prose)]
        return {"subtasks": subtasks} if subtasks else None
