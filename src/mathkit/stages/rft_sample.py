"""Choose among sampled solutions the right and different ones: rejection sampling fine-tuning (arXiv 2308.01825)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from mathkit.answers import Grader
from mathkit.answers.samples import grade_sample, set_verdict
from mathkit.derivations import (
    Distinct,
    derivation_key,
    most_different,
    one_of_each,
    spread_programs,
    wrong_mark,
)
from mathkit.dialects import answer_of, problem_of, samples_of, solution_of, with_samples
from mathkit.metrics.paths import Paths
from mathkit.parallel import ordered_map
from mathkit.prompts import as_training_example
from mathkit.records import Failed, Kept, Outcome, Record, Rejected, Sample
from mathkit.spool import Spool
from mathkit.text import normalize

DrawMore = Callable[[Iterable[Record]], Iterable[tuple[Record, list[Sample]] | Failed]]

_WINDOW = 256  # problems of which the hard ones get more samples together


@dataclass(frozen=True, slots=True)
class _Choice:
    """The samples of a problem, the derivation of each right one (None for others), and which are chosen."""

    samples: list[Sample]
    keys: list[object]
    chosen: list[int]


def merge_by_id(records: Iterable[Record]) -> Iterator[Kept | Rejected]:
    """Yield each problem once, with the samples of all its records in input order; reject others of its id.

    The records wait on disk; memory holds their ids. A problem's other fields are those of its first record that has
    an answer, or else of the first.
    """
    spool = Spool()
    places: dict[str, list[int]] = {}
    for record in records:
        places.setdefault(repr(record["id"]), []).append(spool.append(record))
    for positions in places.values():
        parts = [spool.get(position) for position in positions]
        if len(parts) == 1:
            yield Kept(parts)
            continue
        texts = [normalize(problem_of(part), "latex") for part in parts]
        for part, text in zip(parts, texts, strict=True):
            if text != texts[0]:
                yield Rejected(part, "another problem has its id")
        parts = [part for part, text in zip(parts, texts, strict=True) if text == texts[0]]
        first = next((part for part in parts if answer_of(part) is not None), parts[0])
        samples = [sample for part in parts for sample in samples_of(part)]
        yield Kept([with_samples(first, samples)], len(parts))


def draw_for_hard(problems: Iterable[Kept | Failed], draw: DrawMore, *, jobs: int) -> Iterator[Kept | Failed]:
    """Yield each problem, with more samples where fewer than half of those it has are right (Qwen2.5-Math, 3.1.2).

    Some hundreds of problems wait for each other. A problem without a gold answer has no hard samples.
    """
    coming = iter(problems)
    with Grader(jobs) as grader:
        while window := list(islice(coming, _WINDOW)):
            hard = [place for place, is_hard in enumerate(ordered_map(_is_hard(grader), window, jobs)) if is_hard]
            drawn = draw(problem.records[0] for place in hard if isinstance(problem := window[place], Kept))
            for place, more in zip(hard, drawn, strict=True):
                if isinstance(more, Failed):
                    window[place] = more
                else:
                    record, samples = more
                    window[place] = Kept([with_samples(record, samples_of(record) + samples)])
            yield from window


def _is_hard(grader: Grader) -> Callable[[Kept | Failed], bool]:
    def judge(problem: Kept | Failed) -> bool:
        if isinstance(problem, Failed) or (gold := answer_of(problem.records[0])) is None:
            return False
        samples = samples_of(problem.records[0])
        return 2 * sum(grade_sample(grader, sample, gold, "strict").correct for sample in samples) < len(samples)

    return judge


def choose_samples(
    problems: Iterable[Kept | Failed | Rejected],
    *,
    distinct: Distinct,
    max_paths: int | None,
    band: tuple[int, int] | None,
    as_messages: bool,
    reference: bool,
    system: str,
    jobs: int,
    paths: Paths | None = None,
) -> Iterator[Outcome]:
    """Grade the samples of each problem and choose the right ones, one for each derivation.

    Every sample is kept, with `chosen` and the reason. `band` rejects problems with fewer or more correct samples;
    `as_messages` writes the chosen samples as training examples, with `reference` the problem's own solution before
    them, and rejects problems that have none. `paths` takes note of the derivations.
    """
    with Grader(jobs) as grader:

        def choose(problem: Kept | Failed | Rejected) -> tuple[Kept | Failed | Rejected, _Choice | None]:
            if not isinstance(problem, Kept):
                return problem, None
            (record,) = problem.records
            gold = answer_of(record)
            samples = samples_of(record)
            for sample in samples:
                set_verdict(sample, grade_sample(grader, sample, gold, "strict"), gold)
            return Kept([with_samples(record, samples)], problem.inputs), _choose(samples, distinct, max_paths)

        for problem, choice in ordered_map(choose, problems, jobs):
            if not isinstance(problem, Kept) or choice is None:
                yield problem
                continue
            if paths:
                models = [sample["model"] for sample in choice.samples]
                paths.add(choice.keys, models, len(choice.chosen))
            done = with_samples(problem.records[0], choice.samples)
            yield _outcome(done, choice, problem.inputs, band, system if as_messages else None, reference=reference)


def _outcome(
    record: Record, choice: _Choice, inputs: int, band: tuple[int, int] | None, system: str | None, *, reference: bool
) -> Outcome:
    """Return what becomes of a problem; with a system prompt, training examples."""
    correct = sum(sample["correct"] is True for sample in choice.samples)
    if band and answer_of(record) is None:
        return Rejected(record, "no gold answer", inputs=inputs)
    if band and not band[0] <= correct <= band[1]:
        return Rejected(record, "outside the band", {"correct": correct}, inputs=inputs)
    if system is None:
        return Kept([record], inputs)
    solutions = [(str(place), choice.samples[place]["text"]) for place in choice.chosen]
    if reference and (own := solution_of(record)) is not None:
        solutions.insert(0, ("reference", own))
    if not solutions:
        return Rejected(record, "no right path", inputs=inputs)
    question = problem_of(record)
    return Kept(
        [as_training_example(f"{record['id']}/{name}", system, question, text) for name, text in solutions], inputs
    )


def _choose(samples: list[Sample], distinct: Distinct, max_paths: int | None) -> _Choice:
    """Set `chosen` and the reason of each sample."""
    right = []
    for index, sample in enumerate(samples):
        sample["chosen"] = False
        if not sample["correct"] or not sample["text"]:
            continue
        if (mark := wrong_mark(sample["text"])) is not None:
            sample["reason"] = f"wrong arithmetic: {mark}"
        else:
            right.append(index)
    texts = [samples[index]["text"] for index in right]
    keys = [derivation_key(text, distinct) for text in texts]
    if distinct == "code":
        programs = [str(key) for key in keys]
        different, chosen = spread_programs(programs, None), spread_programs(programs, max_paths)
    else:
        different = one_of_each(texts, keys)
        chosen = different if max_paths is None else most_different(texts, different, max_paths)
    of_sample: list[object] = [None] * len(samples)
    for position, index in enumerate(right):
        sample = samples[index]
        of_sample[index] = position if keys[position] is None else keys[position]
        sample["chosen"] = position in chosen
        if position not in different:
            sample["reason"] = "same derivation"
        elif position not in chosen:
            sample["reason"] = "beyond --max-paths"
        else:
            sample["reason"] = "chosen"
    return _Choice(samples, of_sample, [right[position] for position in chosen])
