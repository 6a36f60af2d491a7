"""Choose among sampled solutions the right and different ones: rejection sampling fine-tuning (arXiv 2308.01825)."""

from collections.abc import Iterable, Iterator

from mathkit.answers import Grader
from mathkit.answers.samples import grade_sample, set_verdict
from mathkit.derivations import Distinct, derivation_key, most_different, one_of_each, wrong_mark
from mathkit.dialects import answer_of, problem_of, samples_of, with_samples
from mathkit.parallel import ordered_map
from mathkit.prompts import as_training_example
from mathkit.records import Failed, Kept, Outcome, Record, Rejected, Sample
from mathkit.spool import Spool


def merge_by_id(records: Iterable[Record]) -> Iterator[Kept]:
    """Yield each problem once, with the samples of all its records in input order.

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
        first = next((part for part in parts if answer_of(part) is not None), parts[0])
        samples = [sample for part in parts for sample in samples_of(part)]
        yield Kept([with_samples(first, samples)], len(parts))


def choose_samples(
    problems: Iterable[Kept | Failed],
    *,
    distinct: Distinct,
    max_paths: int | None,
    band: tuple[int, int] | None,
    as_messages: bool,
    system: str,
    jobs: int,
) -> Iterator[Outcome]:
    """Grade the samples of each problem and choose the right ones, one for each derivation.

    Every sample is kept, with `chosen` and the reason. `band` rejects problems with fewer or more correct samples;
    `as_messages` writes the chosen samples as training examples and rejects problems that have none.
    """
    with Grader(jobs) as grader:

        def choose(problem: Kept | Failed) -> Outcome:
            if isinstance(problem, Failed):
                return problem
            (record,) = problem.records
            gold = answer_of(record)
            samples = samples_of(record)
            for sample in samples:
                set_verdict(sample, grade_sample(grader, sample, gold, "strict"), gold)
            correct = sum(sample["correct"] is True for sample in samples)
            chosen = _choose(samples, distinct, max_paths)
            done = with_samples(record, samples)
            if band and gold is None:
                return Rejected(done, "no gold answer", inputs=problem.inputs)
            if band and not band[0] <= correct <= band[1]:
                return Rejected(done, "outside the band", {"correct": correct}, inputs=problem.inputs)
            if not as_messages:
                return Kept([done], problem.inputs)
            if not chosen:
                return Rejected(done, "no right path", inputs=problem.inputs)
            question = problem_of(record)
            examples = [
                as_training_example(f"{record['id']}/{index}", system, question, samples[index]["text"])
                for index in chosen
            ]
            return Kept(examples, problem.inputs)

        yield from ordered_map(choose, problems, jobs)


def _choose(samples: list[Sample], distinct: Distinct, max_paths: int | None) -> list[int]:
    """Set `chosen` and the reason of each sample; return the positions of the chosen ones."""
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
    different = one_of_each(texts, [derivation_key(text, distinct) for text in texts])
    chosen = different if max_paths is None else most_different(texts, different, max_paths)
    for position, index in enumerate(right):
        sample = samples[index]
        sample["chosen"] = position in chosen
        if position not in different:
            sample["reason"] = "same derivation"
        elif position not in chosen:
            sample["reason"] = "beyond --max-paths"
        else:
            sample["reason"] = "chosen"
    return [right[position] for position in chosen]
