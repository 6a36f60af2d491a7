"""The recipes of mathkit synth as its options make them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.errors import UsageError
from mathkit.jsonl import read_file
from mathkit.jsonl.reading import Need
from mathkit.records import Rejected

if TYPE_CHECKING:
    from mathkit.answers import Grader
    from mathkit.recipes.made import Recipe
    from mathkit.stages.synth import Limits

RecipeName = Literal["extract", "augment", "self-instruct", "persona", "decompose", "translate", "solve"]

_SIMILAR = 0.7  # Self-Instruct's
_HOLES = {  # what a prompt must have a place for
    "extract": {"ask": "text", "again": "pairs"}, "augment": {"ask": "problem"}, "self-instruct": {"ask": "examples"},
    "persona": {"ask": "text", "again": "persona"}, "decompose": {"ask": "problem"}, "translate": {"ask": "parts"},
    "solve": {"ask": "problem"},
}  # fmt: skip


@dataclass
class Making:
    """What the recipes are to make; None where the user said nothing."""

    lang: Annotated[
        Literal["auto", "en", "zh"],
        Option(
            metavar="auto|en|zh",
            help="Language to ask in and to be answered in; auto: the record's (translate: the other).",
        ),
    ] = "auto"
    kinds: Annotated[
        str | None,
        Option(
            metavar="KIND[,KIND...]",
            help="augment: numbers, fractions, combine, condition, complexity (all five by default), or ten: any ten.",
        ),
    ] = None
    examples: Annotated[
        int | None,
        Option(min=1, metavar="K", help="self-instruct: problems shown, a quarter of them synth's.  [default: 8]"),
    ] = None
    new: Annotated[
        int | None, Option(min=1, metavar="N", help="self-instruct: problems asked for at a time.  [default: 4]")
    ] = None
    keywords: Annotated[
        int | None, Option(min=0, metavar="N", help="self-instruct: notions of the subject to name.  [default: 3]")
    ] = None
    personas: Annotated[
        str | None, Option(metavar="FILE", help="persona: draw one for each record from here (field persona).")
    ] = None
    max_text: Annotated[
        int | None,
        Option(min=1, metavar="N", help="extract, persona: longest text to show, in characters.  [default: 20000]"),
    ] = None
    timeout: Annotated[
        float | None, Option(min=0.1, metavar="S", help="solve, decompose: seconds a program may run.  [default: 10]")
    ] = None
    words: Annotated[
        str | None,
        Option(metavar="LO:HI", help="Words of a new problem; a Chinese character is one.  [default: 4:400]"),
    ] = None
    similarity: Annotated[
        Literal["rouge-l", "lcs", "jaccard"] | None,
        Option(metavar="rouge-l|lcs|jaccard", help="How alike two problems are.  [default: rouge-l]"),
    ] = None
    max_similarity: Annotated[
        float | None,
        options.share_option(
            "Refuse a problem more like a known one, and equal ones.  [default: self-instruct, persona 0.7; others 1]"
        ),
    ] = None


_ONLY_FOR = {
    "kinds": ("augment",), "examples": ("self-instruct",), "new": ("self-instruct",), "keywords": ("self-instruct",),
    "personas": ("persona",), "max_text": ("extract", "persona"), "timeout": ("solve", "decompose"),
    **dict.fromkeys(("words", "similarity", "max_similarity"), ("extract", "augment", "self-instruct", "persona")),
}  # fmt: skip


def limits_of(making: Making, recipe: RecipeName) -> "Limits":
    """Return what a new problem must be like."""
    from mathkit.stages.synth import Limits

    low, high = _words(making.words or "4:400")
    most = making.max_similarity
    if most is None:
        most = _SIMILAR if recipe in ("self-instruct", "persona") else 1.0  # a change of a problem is much like it
    return Limits(low, high, making.similarity or "rouge-l", most)


def check(making: Making, recipe: RecipeName) -> None:
    """Raise a usage error for an option that the recipe has no use for."""
    for option, recipes in _ONLY_FOR.items():
        if getattr(making, option) is not None and recipe not in recipes:
            name = option.replace("_", "-")
            raise BadParameter(f"--recipe {recipe} has no use for it", param_hint=f"'--{name}'")


def make_recipe(name: RecipeName, making: Making, seed: int, own: dict[str, str], grader: "Grader") -> "Recipe":
    """Return a recipe as its options make it."""
    from mathkit.recipes.documents import Extract
    from mathkit.recipes.personas import Persona
    from mathkit.recipes.seeds import SelfInstruct
    from mathkit.recipes.translations import Translate
    from mathkit.recipes.variations import Augment
    from mathkit.recipes.wording import Wording

    wording = Wording(name, own)
    lang = None if making.lang == "auto" else making.lang
    longest = making.max_text or 20_000
    match name:
        case "extract":
            return Extract(wording, lang, longest)
        case "augment":
            return Augment(wording, lang, _kinds(making.kinds))
        case "self-instruct":
            examples, new = making.examples or 8, making.new or 4
            keywords = 3 if making.keywords is None else making.keywords
            return SelfInstruct(wording, lang, examples=examples, new=new, keywords=keywords, seed=seed)
        case "persona":
            personas = _personas(making.personas) if making.personas else []
            return Persona(wording, lang, personas=personas, longest=longest, seed=seed)
        case "translate":
            return Translate(wording, lang)
        case "decompose" | "solve":
            from mathkit import run_python
            from mathkit.recipes.programs import Decompose, Solve

            timeout = making.timeout or 10.0
            kind = Solve if name == "solve" else Decompose
            return kind(
                wording, lang,
                run=lambda code: run_python(code, timeout=timeout),
                equal=lambda answer, gold: grader.grade(answer, gold, "strict").correct,
            )  # fmt: skip


def needs(recipe: RecipeName) -> list[Need]:
    """Return what a recipe reads of each record."""
    from mathkit.dialects import answer_of, poses_problem, problem_of, solution_of, text_of
    from mathkit.recipes.personas import persona_or_text

    match recipe:
        case "extract":
            return [text_of, lambda record: poses_problem(record) and problem_of(record)]
        case "persona":
            return [persona_or_text, lambda record: poses_problem(record) and problem_of(record)]
        case "augment" | "self-instruct":
            return [problem_of]
        case "decompose" | "translate" | "solve":
            return [problem_of, answer_of, solution_of]


def _words(given: str) -> tuple[int, int]:
    low, colon, high = given.partition(":")
    if not (colon and low.isdecimal() and high.isdecimal() and len(given) < 20):
        raise BadParameter(f"{given!r} is not LO:HI", param_hint="'--words'")
    if int(low) > int(high):
        raise BadParameter(f"{low} is more than {high}", param_hint="'--words'")
    return int(low), int(high)


def _kinds(given: str | None) -> list[str]:
    from mathkit.recipes.variations import KINDS, TEN

    kinds = list(KINDS) if given is None else given.split(",")
    for kind in kinds:
        if kind not in (*KINDS, TEN):
            raise BadParameter(f"{kind!r} is none of {', '.join((*KINDS, TEN))}", param_hint="'--kinds'")
    return kinds


def _personas(path: str) -> list[str]:
    from mathkit.recipes.personas import persona_of

    personas = [persona_of(record) for record in read_file(path, persona_of)]
    if not personas:
        raise UsageError(f"--personas {path}: holds none")
    return personas


def own_prompts(path: Path, recipe: RecipeName) -> dict[str, str]:
    """Return the user's own prompts by their names."""
    place = f"--prompt-file {path}"
    try:
        text = path.read_text(encoding="utf-8")
        prompts: dict[str, Any] = tomllib.loads(text) if path.suffix == ".toml" else {"ask": text}
    except UnicodeDecodeError:
        raise UsageError(f"{place}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place}: {error}") from None
    holes = _HOLES[recipe]
    for name, prompt in prompts.items():
        if name not in holes or not isinstance(prompt, str):
            raise UsageError(f"{place}: {name} is no prompt of {recipe}; it has {' and '.join(holes)}")
        if f"{{{holes[name]}}}" not in prompt:
            raise UsageError(f"{place}: {name} has no {{{holes[name]}}}")
    return prompts


def read_shots(path: str, recipe: "Recipe") -> list[tuple[str, str]]:
    """Return the questions that would be asked about the examples, with the replies to them."""
    from mathkit.dialects import solution_of, text_of

    shots = []
    for record in read_file(path, text_of, solution_of):
        asked = {name: value for name, value in record.items() if name not in ("solution", "answer")}
        question = recipe.question(asked)
        reply = solution_of(record)
        if isinstance(question, Rejected) or not reply:
            raise UsageError(f"--shots {path}: {record['id']} is no example: it must have a problem and a solution")
        shots.append((question.prompt, reply))
    return shots
