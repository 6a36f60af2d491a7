"""Rubrics: what a language model is asked of a text, a problem or a solution, and what its answers are worth.

A rubric is a TOML file, here or anywhere:

scores      what it judges: "text" (a text, or the problem of a record without one), "problem" or "samples"
combine     with several questions: "mean" of their scores (default) or "product"
longest     characters of a text that are shown; what is beyond is cut (default 4000)
questions   each with `answers` (what the model may say, and what that is worth) and the prompt in `en`, `zh` or both,
            with {text}, or {problem}, {answer}, {solution} (reference) and {response} (the sample)

The score of a question is the mean worth of its answers under the probabilities that the model gives their first
tokens, which takes one forward pass and no luck of sampling.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from mathkit.errors import UsageError
from mathkit.language import language_of

NAMES = ("quality", "educational", "difficulty", "critique")
_FIELDS = re.compile(r"\{(text|problem|answer|solution|response)\}")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a rubric."""

    prompts: Mapping[str, str]  # by language
    answers: tuple[str, ...]
    worths: tuple[float, ...]

    def prompt(self, **fields: str) -> str:
        """Return the question about something, in the language of what it is about."""
        language = language_of(fields.get("problem") or fields.get("text", ""))
        template = self.prompts.get(language or "en") or next(iter(self.prompts.values()))
        return _FIELDS.sub(lambda match: fields.get(match[1], ""), template).strip()

    def score(self, log_probabilities: Sequence[float]) -> float:
        """Return the mean worth of the answers.

        >>> Question({}, ("YES", "NO"), (1.0, 0.0)).score([math.log(0.2), math.log(0.2)])
        0.5
        """
        highest = max(log_probabilities)
        weights = [math.exp(value - highest) for value in log_probabilities]
        return sum(map(lambda weight, worth: weight * worth, weights, self.worths)) / sum(weights)

    def nearest(self, score: float) -> str:
        """Return the answer that is worth most nearly a score.

        >>> Question({}, ("0", "1", "2"), (0, 1, 2)).nearest(1.6)
        '2'
        """
        return min(zip(self.answers, self.worths, strict=True), key=lambda answer: abs(answer[1] - score))[0]


@dataclass(frozen=True, slots=True)
class Rubric:
    """What is asked, and how the answers make a score."""

    name: str
    scores: Literal["text", "problem", "samples"]
    product: bool
    longest: int
    questions: tuple[Question, ...]

    def score(self, answers: Sequence[Sequence[float]]) -> float:
        """Return the score, given the log-probabilities of the answers to each question."""
        values = [question.score(found) for question, found in zip(self.questions, answers, strict=True)]
        return round(math.prod(values) if self.product else sum(values) / len(values), 4)


def read_rubric(where: str) -> Rubric:
    """Return a rubric of a name or in a file; raise UsageError for what is none."""
    try:
        if where in NAMES:
            text = files(__package__).joinpath(f"{where}.toml").read_text(encoding="utf-8")
        else:
            text = Path(where).read_text(encoding="utf-8")
        return _rubric(where if where in NAMES else Path(where).stem, tomllib.loads(text))
    except FileNotFoundError:
        raise UsageError(f"--rubric {where}: no such file, and none of {', '.join(NAMES)}") from None
    except OSError as error:
        raise UsageError(f"--rubric {where}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--rubric {where}: not TOML: {error}") from None
    except _Wrong as error:
        raise UsageError(f"--rubric {where}: {error}") from None


class _Wrong(Exception):
    """What is wrong with a rubric."""


def _rubric(name: str, told: dict[str, Any]) -> Rubric:
    if unknown := told.keys() - {"scores", "combine", "longest", "questions"}:
        raise _Wrong(f"what is {min(unknown)!r}?")
    scores, combine, longest = told.get("scores"), told.get("combine", "mean"), told.get("longest", 4000)
    if scores not in ("text", "problem", "samples"):
        raise _Wrong('scores is "text", "problem" or "samples"')
    if combine not in ("mean", "product"):
        raise _Wrong('combine is "mean" or "product"')
    if not isinstance(longest, int) or longest < 1:
        raise _Wrong("longest is a number of characters")
    questions = told.get("questions")
    if not isinstance(questions, list) or not questions:
        raise _Wrong("has no [[questions]]")
    return Rubric(name, scores, combine == "product", longest, tuple(map(_question, questions)))


def _question(told: Any) -> Question:
    answers = told.get("answers") if isinstance(told, dict) else None
    if not isinstance(answers, dict) or len(answers) < 2:
        raise _Wrong("a question has two answers at least: answers = { YES = 1, NO = 0 }")
    if not all(isinstance(worth, int | float) and not isinstance(worth, bool) for worth in answers.values()):
        raise _Wrong("what an answer is worth is a number")
    if len({answer[:1] for answer in answers}) < len(answers) or "" in answers:
        raise _Wrong("no two answers may begin with the same character, for the first token must tell them apart")
    prompts = {language: told[language] for language in ("en", "zh") if isinstance(told.get(language), str)}
    if not prompts or (unknown := told.keys() - {"answers", "en", "zh"}):
        raise _Wrong("a question has its prompt in en or zh" if not prompts else f"what is {min(unknown)!r}?")
    return Question(prompts, tuple(answers), tuple(map(float, answers.values())))
