"""mathkit synth."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Option

from mathkit.cli import options
from mathkit.cli.dry_run import show_plan
from mathkit.cli.manifest import note_model
from mathkit.cli.sampling import Sampling
from mathkit.cli.synth_recipes import (
    Making,
    RecipeName,
    check,
    limits_of,
    make_recipe,
    needs,
    own_prompts,
    read_shots,
)
from mathkit.jsonl import Stream
from mathkit.records import Message

if TYPE_CHECKING:
    from mathkit.backends.draw import Drawn
    from mathkit.recipes.made import Question
    from mathkit.stages.synth import Ask


@dataclass
class Asking(Sampling):
    """Sampling, for what is no solution: one reply, and no system prompt."""

    samples: Annotated[
        int, Option("-n", "--samples", min=1, metavar="N", help="Replies to each question (to the last, of two).")
    ] = 1
    system: options.System = ""
    prompt_file: Annotated[
        Path | None,
        Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="A prompt of your own with {problem} (or {text}, {examples}); .toml: ask = ..., again = ...",
        ),
    ] = None
    shots: Annotated[
        str | None,
        Option(metavar="FILE", help="Worked examples: the problem or text, and as solution the reply to it."),
    ] = None

    def _template(self) -> str:
        return "{problem}"  # what is asked is the recipe's


def synth(
    stream: Stream,
    sampling: Asking,
    making: Making,
    recipe: Annotated[
        RecipeName,
        Option(metavar="RECIPE", help="extract, augment, self-instruct, persona, decompose, translate or solve."),
    ],
) -> None:
    r"""Make problems, translations and solutions with a model, by a recipe.

    extract: questions with answers out of documents, refined. augment: changes of a problem. self-instruct: problems
    after examples of one subject. persona: problems for the reader of a text. decompose: sub-tasks and a program.
    translate: English and Chinese. solve: reasoning and a program, which is run. What is kept names its parents.

    Example:
        cat examples/data/problems-zh.jsonl | mathkit synth --recipe augment --kinds numbers,complexity \
          --model tape:examples/data/augment.tape --limit 2
    """
    from mathkit.answers import Grader
    from mathkit.stages.synth import synthesize

    if not sampling.model:
        raise BadParameter("a model is needed", param_hint="'--model'")
    check(making, recipe)
    if sampling.shots and recipe == "self-instruct":
        raise BadParameter("--recipe self-instruct shows records as examples", param_hint="'--shots'")
    sampling.check()
    limits = limits_of(making, recipe)
    own = own_prompts(sampling.prompt_file, recipe) if sampling.prompt_file else {}
    with Grader(stream.jobs) as grader:
        way = make_recipe(recipe, making, stream.seed, own, grader)
        shots = read_shots(sampling.shots, way) if sampling.shots else []
        outcomes = synthesize(
            stream.read(*needs(recipe)), way, _ask(stream, sampling, recipe),
            system=sampling.prompt(), shots=shots, limits=limits, jobs=stream.jobs,
        )  # fmt: skip
        stream.write(outcomes)


def _ask(stream: Stream, sampling: Asking, recipe: RecipeName) -> "Ask":
    from mathkit.backends import open_model
    from mathkit.backends.draw import Sampling as HowToSample
    from mathkit.backends.draw import draw
    from mathkit.recipes.programs import OUTPUT

    assert sampling.model
    stop = (OUTPUT,) if recipe in ("solve", "decompose") else ()  # what a model would imagine of it
    how = HowToSample(sampling.samples, sampling.temperatures(), sampling.top_p, sampling.max_tokens, stream.seed, stop)

    def dry(items: Iterable[tuple["Question", list[Message]]], *, once: bool) -> Iterator["Drawn[Question]"]:
        samples = 1 if once else how.samples
        show_plan((messages for _, messages in items), samples=samples, longest=how.max_tokens)
        yield from ()

    if sampling.dry_run:
        return dry
    model = open_model(sampling.model, sampling.tape, sampling.engine or [])
    note_model(stream, ", ".join(sampling.model), model.name)
    return lambda items, *, once: draw(model, items, replace(how, samples=1) if once else how)
