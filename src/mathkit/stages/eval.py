"""Grade samples against gold answers, and measure what they amount to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from mathkit.answers import Grader, Verdict
from mathkit.answers.equal import Policy
from mathkit.answers.samples import grade_sample, set_verdict
from mathkit.dialects import answer_of, has_samples, with_samples
from mathkit.errors import BadRecord
from mathkit.metrics import Interval, Metric, best_reward, mean_with_interval, pass_at_k
from mathkit.parallel import ordered_map
from mathkit.records import Record, Sample, new_sample

_EXAMPLES = 20  # of labels that differ from the grade, named in the report


@dataclass(frozen=True, slots=True)
class Graded:
    """What is kept of a problem for the metrics, in the order of its samples."""

    correct: tuple[bool, ...]
    group: tuple[int | None, ...]  # samples of equal answers have equal numbers; None without an answer
    rewards: tuple[float | None, ...]
    fields: tuple[str | None, ...]  # its values of the fields to break down by


@dataclass
class Evaluation:
    """The graded problems of a run (about 20 bytes a sample) and the count of labels that differ."""

    breakdown: Sequence[str] = ()
    problems: list[Graded] = field(default_factory=list)
    samples: int = 0
    without_answer: int = 0
    labels: int = 0
    differing: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: Record, samples: list[Sample], group: list[int | None]) -> None:
        """Take in a problem whose samples are graded."""
        self.samples += len(samples)
        self.problems.append(
            Graded(
                correct=tuple(bool(sample["correct"]) for sample in samples),
                group=tuple(group),
                rewards=tuple(sample["reward"] for sample in samples),
                fields=tuple(None if record.get(name) is None else str(record[name]) for name in self.breakdown),
            )
        )

    def note_label(self, record: Record, index: int, label: bool, verdict: Verdict) -> None:
        """Count a label, and remember it where the grade differs."""
        self.labels += 1
        if label != verdict.correct:
            self.differing += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(
                    {"id": record["id"], "sample": index, "label": label, "grade": verdict.correct,
                     "extracted": verdict.extracted, "answer": answer_of(record), "reason": verdict.reason}
                )  # fmt: skip

    def default_metrics(self) -> list[Metric]:
        """Return pass@1, and maj@k, rm@k and pass@k at the k samples that every problem has."""
        k = min((len(problem.correct) for problem in self.problems), default=1)
        metrics = [Metric("pass", 1)]
        if k > 1:
            metrics += [Metric("maj", k), *([Metric("rm", k)] if self._rewarded() else []), Metric("pass", k)]
        return metrics

    def measure(self, metrics: Sequence[Metric], seed: int) -> dict[str, Interval]:
        """Return each metric over all problems."""
        return _measure(self.problems, metrics, seed)

    def measure_by(self, metrics: Sequence[Metric], seed: int) -> dict[str, dict[str, dict[str, Interval]]]:
        """Return each metric for each value of each field of the breakdown."""
        found: dict[str, dict[str, dict[str, Interval]]] = {}
        for position, name in enumerate(self.breakdown):
            parts: dict[str, list[Graded]] = {}
            for problem in self.problems:
                value = problem.fields[position]
                parts.setdefault("(none)" if value is None else value, []).append(problem)
            found[name] = {value: _measure(parts[value], metrics, seed) for value in sorted(parts)}
        return found

    def _rewarded(self) -> bool:
        return all(None not in problem.rewards for problem in self.problems)


def gradable(metrics: Sequence[Metric]) -> Any:
    """Return a Need: samples or a prediction, as many as the metrics take, with the rewards that they take."""
    most = max((metric.k for metric in metrics), default=1)
    rewarded = max((metric.k for metric in metrics if metric.kind == "rm"), default=0)

    def check(record: Record) -> list[Sample]:
        samples = _samples(record)
        if answer_of(record) is None:
            return samples
        if len(samples) < most:
            name = next(str(metric) for metric in metrics if metric.k == most) if metrics else "pass@1"
            raise BadRecord("too few samples", f"{name} needs {most} samples, the record has {len(samples)}")
        for index, sample in enumerate(samples[:rewarded]):
            if sample["reward"] is None:
                raise BadRecord("no reward", f"samples[{index}] has no reward, which rm@{rewarded} needs")
        return samples

    return check


def grade_samples(
    records: Iterable[Record], evaluation: Evaluation, *, policy: Policy, trust_labels: bool, compare: bool, jobs: int
) -> Iterator[Record]:
    """Yield each record with its samples (or its prediction) graded, and take it into the evaluation.

    A record without a gold answer passes with `correct` null and counts in no metric. `trust_labels` keeps the
    labels that came with the samples; either way each is compared with the grade. `compare` groups the samples of
    equal answers, which maj@k needs.
    """
    with Grader(jobs) as grader:

        def grade(record: Record) -> tuple[Record, list[Verdict], list[int | None]]:
            verdicts = [grade_sample(grader, sample, answer_of(record), policy) for sample in _samples(record)]
            return record, verdicts, _groups(grader, verdicts, policy) if compare else [None] * len(verdicts)

        for record, verdicts, groups in ordered_map(grade, records, jobs):
            yield _take_in(record, verdicts, groups, evaluation, trust_labels=trust_labels)


def _take_in(
    record: Record,
    verdicts: list[Verdict],
    groups: list[int | None],
    evaluation: Evaluation,
    *,
    trust_labels: bool,
) -> Record:
    samples = _samples(record)
    gold = answer_of(record)
    labels = [sample["correct"] for sample in samples]
    for index, (sample, label, verdict) in enumerate(zip(samples, labels, verdicts, strict=True)):
        if label is not None and gold is not None:
            evaluation.note_label(record, index, label, verdict)
        set_verdict(sample, verdict, gold)
        if trust_labels and label is not None:
            sample["correct"] = label
    if gold is not None:
        evaluation.add(record, samples, groups)
    else:
        evaluation.without_answer += 1
    if not _has_prediction(record):
        return with_samples(record, samples)
    grade = {name: samples[0][name] for name in ("correct", "reason")}
    return {**record, "grade": {**grade, "extracted": samples[0]["answer"]}}


def _groups(grader: Grader, verdicts: list[Verdict], policy: Policy) -> list[int | None]:
    places = [index for index, verdict in enumerate(verdicts) if verdict.extracted]
    answers = [cast(str, verdicts[index].extracted) for index in places]
    group: list[int | None] = [None] * len(verdicts)
    for number, members in enumerate(grader.groups(answers, policy)):
        for member in members:
            group[places[member]] = number
    return group


def _has_prediction(record: Record) -> bool:
    return "prediction" in record and "samples" not in record


def _samples(record: Record) -> list[Sample]:
    if not _has_prediction(record):
        return has_samples(record)
    prediction = record["prediction"]
    if prediction is not None and not isinstance(prediction, str):
        raise BadRecord("wrong type of prediction", "prediction is not a string")
    return [new_sample(prediction or "")]


def _measure(problems: Sequence[Graded], metrics: Sequence[Metric], seed: int) -> dict[str, Interval]:
    if not problems:
        return {}
    return {
        str(metric): mean_with_interval([_value(problem, metric) for problem in problems], seed) for metric in metrics
    }


def _value(problem: Graded, metric: Metric) -> float:
    k, correct = metric.k, problem.correct
    match metric.kind:
        case "pass":
            return pass_at_k(len(correct), sum(correct), k)
        case "avg":
            return sum(correct[:k]) / k
        case "rm":
            return float(correct[best_reward([reward for reward in problem.rewards[:k] if reward is not None])])
    counts: dict[int, int] = {}
    for number in problem.group[:k]:
        if number is not None:
            counts[number] = counts.get(number, 0) + 1
    if not counts:
        return 0.0
    winner = max(counts, key=lambda number: counts[number])  # of those that tie the first seen
    return float(correct[problem.group.index(winner)])
