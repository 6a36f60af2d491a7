"""A problem, its solution and its answer in another language.

Qwen2.5-Math (arXiv 2409.12122, section 3.1.2) has annotated problems translated by a model; how translations were
checked is not published. Here every number and every formula must be there again.
"""

import re
import unicodedata
from collections import Counter
from typing import ClassVar

from mathkit.dialects import answer_of, problem_of, solution_of
from mathkit.language import FORMULA, LANGUAGES, language_for
from mathkit.recipes.made import Flaw, Made, Question, carried, truncated, unread
from mathkit.recipes.replies import blocks, parts
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected, Sample
from mathkit.text import plain_latex

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d)(?:,|\{,\}|\\,)(?=\d{3}(?!\d))")
_WORDED = re.compile(  # a number without a digit, which a translation may write with digits
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven"
    r"|eigh|nine)ty|hundreds?|thousands?|millions?|dozens?|half|halves|thirds?|quarters?|fourths?|fifths?|once|twice"
    r"|thrice|doubles?|triples?|pairs?|first|second|an?|each|every)\b|[零一二两三四五六七八九十百千万亿半双倍]",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_TEXT_IN_FORMULA = re.compile(r"\\(?:text|mbox|textbf|textrm|textit|mathrm|operatorname)\s*\{[^{}]*\}")
_LAYOUT = re.compile(r"\\(?:q?quad|displaystyle)(?![a-zA-Z])|\\[,;:! ]|\s|~")
_END = ".,;，。；"
_WORD = re.compile(r"[^\W\d_]{2,}")


class Translate:
    """Translates a problem with what is known of its solution and answer."""

    name: ClassVar[str] = "translate"
    poses: ClassVar[bool] = False

    def __init__(self, wording: Wording, lang: str | None) -> None:
        self._wording = wording
        self._lang = lang

    def question(self, record: Record) -> Question | Rejected:
        """Ask for the translation into the other language, or the one that is wanted."""
        problem = problem_of(record)
        given = language_for(record, problem)
        lang = self._lang or next(other for other in LANGUAGES if other != given)
        if lang == given:
            return Rejected(record, "in that language already", {"lang": given})
        texts = _texts(record)
        labels = {name: self._wording(name, lang) for name in texts}
        colon = "：" if lang == "zh" else ": "
        form = "\n".join(f"{labels[name]}{colon}..." for name in texts)
        shown = "\n\n".join(f"{labels[name]}{colon}{text}" for name, text in texts.items())
        prompt = self._wording("ask", lang, form=form, parts=shown, problem=problem)
        return Question(record, lang, prompt, [record["id"]])

    def read(self, question: Question, reply: Sample) -> list[Made | Flaw]:
        """Return the translation, if nothing was lost."""
        texts = _texts(question.record)
        numbered = blocks(reply["text"])
        whole = numbered[0].whole if numbered else False
        found = parts(numbered[0].text if numbered else reply["text"], list(texts))
        if (truncated(reply) and not whole) or not all(found.get(name) for name in texts):
            return [unread(reply)]
        for name, text in texts.items():
            if (loss := lost(text, found[name])) is not None:
                reason, evidence = loss
                return [Flaw(reason, reply["text"], {"field": name, **evidence})]
        fields = {name: found[name] for name in texts}
        answer = answer_of(question.record)
        if answer is not None and "answer" not in fields:
            fields["answer"] = answer
        return [Made({**fields, **carried(question.record, "level")}, None)]


def lost(source: str, translated: str) -> tuple[str, Record] | None:
    r"""Return what a translation does not keep of the numbers and formulas of its source, or None.

    A number without a digit may get one: three apples are 3个苹果, but 3 apples are not 4个.

    >>> lost("Tom has 3 apples and two pears, $x^2$.", "汤姆有3个苹果和2个梨，$x ^2$。")
    >>> lost("3 apples cost $1,200.50", "4个苹果1200.5元")
    ('numbers changed', {'missing': ['3'], 'added': ['4']})
    >>> lost(r"solve $x^2=\text{yes}$", r"解 $x=\text{是}$ 2")
    ('formulas changed', {'missing': ['x^2=']})
    """
    before, after = (Counter(_numbers(text)) for text in (source, translated))
    missing, added = before - after, after - before
    if missing or added.total() > len(_WORDED.findall(source)):
        return "numbers changed", {"missing": sorted(missing.elements()), "added": sorted(added.elements())}
    formulas = Counter(_formulas(source)) - Counter(_formulas(translated))
    if not formulas:
        formulas = Counter(_commands(source)) - Counter(_commands(translated))
    return ("formulas changed", {"missing": sorted(formulas.elements())}) if formulas else None


def _texts(record: Record) -> dict[str, str]:
    """Return what must be translated of a record; an answer without words is the same in every language."""
    texts = {"problem": problem_of(record)}
    if solution := solution_of(record):
        texts["solution"] = solution
    answer = answer_of(record)
    if answer and _WORD.search(_COMMAND.sub(" ", answer)):
        texts["answer"] = answer
    return texts


def _numbers(text: str) -> list[str]:
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    return [_short(number) for number in _NUMBER.findall(plain)]


def _short(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _formulas(text: str) -> list[str]:
    formulas = FORMULA.findall(plain_latex(text))
    found = (_LAYOUT.sub("", _TEXT_IN_FORMULA.sub("", formula).strip("$")) for formula in formulas)
    return [bare for formula in found if (bare := formula.removeprefix("\\(").removesuffix("\\)").rstrip(_END))]


def _commands(text: str) -> list[str]:
    return _COMMAND.findall(_LAYOUT.sub(" ", _TEXT_IN_FORMULA.sub(" ", plain_latex(text))))
