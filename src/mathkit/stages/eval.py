"""Grade samples against gold answers, and measure what they amount to."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mathkit.answers import Grader, Verdict
from mathkit.answers.equal import Policy
from mathkit.answers.samples import grade_sample, set_verdict
from mathkit.dialects import answer_of, has_samples, with_samples
from mathkit.errors import BadRecord
from mathkit.metrics import Graded, Metric
from mathkit.parallel import ordered_map
from mathkit.records import Failed, Record, Sample, new_sample

_EXAMPLES = 20  # of labels and verdicts that differ, named in the report


@dataclass(frozen=True, slots=True)
class Judged:
    """A record whose samples are graded, under the other policy too where that was asked."""

    record: Record
    samples: list[Sample]
    gold: str | None
    verdicts: list[Verdict]
    group: list[int | None]
    trusted: list[bool]  # its label counts, not its grade
    other_verdicts: list[Verdict]
    other_group: list[int | None]


@dataclass
class Evaluation:
    """The graded problems of a run, and the count of labels and of policies that differ from the verdict."""

    breakdown: Sequence[str] = ()
    problems: list[Graded] = field(default_factory=list)
    others: list[Graded] = field(default_factory=list)  # under the other policy; the same object where it is the same
    samples: int = 0
    without_answer: int = 0
    labels: int = 0
    labels_that_differ: int = 0
    label_examples: list[dict[str, Any]] = field(default_factory=list)
    judged_twice: int = 0
    verdicts_that_differ: int = 0
    verdict_examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, judged: Judged, policy: Policy) -> None:
        """Take in a problem, its verdicts not yet written into its samples."""
        self.samples += len(judged.samples)
        for index, (sample, verdict) in enumerate(zip(judged.samples, judged.verdicts, strict=True)):
            if (label := sample["correct"]) is not None:
                self._note_label(judged, index, label, verdict)
        problem = Graded(
            id=str(judged.record["id"]),
            correct=_correct(judged, judged.verdicts),
            group=tuple(judged.group),
            rewards=tuple(sample["reward"] for sample in judged.samples),
            fields=tuple(_field(judged.record, name) for name in self.breakdown),
        )
        self.problems.append(problem)
        if not judged.other_verdicts:
            self.others.append(problem)
            return
        for index, verdict in enumerate(judged.other_verdicts):
            self._note_policy(judged, index, verdict, policy)
        other = replace(problem, correct=_correct(judged, judged.other_verdicts), group=tuple(judged.other_group))
        self.others.append(problem if other == problem else other)

    def _note_label(self, judged: Judged, index: int, label: bool, verdict: Verdict) -> None:
        self.labels += 1
        if label == verdict.correct:
            return
        self.labels_that_differ += 1
        if len(self.label_examples) < _EXAMPLES:
            self.label_examples.append(
                {"id": judged.record["id"], "sample": index, "label": label, "grade": verdict.correct,
                 "extracted": verdict.extracted, "answer": judged.gold, "reason": verdict.reason}
            )  # fmt: skip

    def _note_policy(self, judged: Judged, index: int, other: Verdict, policy: Policy) -> None:
        if judged.trusted[index]:
            return
        self.judged_twice += 1
        verdict = judged.verdicts[index]
        if verdict.correct == other.correct:
            return
        self.verdicts_that_differ += 1
        if len(self.verdict_examples) < _EXAMPLES:
            self.verdict_examples.append(
                {"id": judged.record["id"], "sample": index, "extracted": verdict.extracted, "answer": judged.gold,
                 policy: verdict.reason, other_policy(policy): other.reason}
            )  # fmt: skip


def other_policy(policy: Policy) -> Policy:
    """Return the policy that a policy is not."""
    return "strict" if policy == "lenient" else "lenient"


def gradable(metrics: Sequence[Metric]) -> Any:
    """Return a Need: samples or a prediction, as many as the metrics take, with the rewards that they take."""
    largest = max(metrics, key=lambda metric: metric.k, default=Metric("pass", 1))
    rewarded = max((metric.k for metric in metrics if metric.kind == "rm"), default=0)

    def check(record: Record) -> list[Sample]:
        samples = _samples(record)
        if answer_of(record) is None:
            return samples
        if len(samples) < largest.k:
            needed = f"{largest.k} sample{'s' if largest.k > 1 else ''}"
            raise BadRecord("too few samples", f"{largest} needs {needed}, the record has {len(samples)}")
        for index, sample in enumerate(samples[:rewarded]):
            if sample["reward"] is None:
                raise BadRecord("no reward", f"samples[{index}] has no reward, which rm@{rewarded} needs")
        return samples

    return check


def grade_samples(
    records: Iterable[Record | Failed],
    evaluation: Evaluation,
    *,
    policy: Policy,
    trust_labels: bool,
    group: bool,
    both: bool,
    jobs: int,
) -> Iterator[Record | Failed]:
    """Yield each record with its samples (or its prediction) graded, and take it into the evaluation.

    A record without a gold answer passes with `correct` null and counts in no metric. `trust_labels` keeps the
    labels that came with the samples; either way each is compared with the grade. `group` groups the samples of
    equal answers, which maj@k needs. `both` has the evaluation know the verdicts of the other policy too.
    """
    with Grader(jobs) as grader:

        def judge(record: Record | Failed) -> Judged | Failed:
            if isinstance(record, Failed):
                return record
            return _judge(grader, record, policy, trust_labels=trust_labels, group=group, both=both)

        for judged in ordered_map(judge, records, jobs):
            if isinstance(judged, Failed):
                yield judged
                continue
            if judged.gold is None:
                evaluation.without_answer += 1
            else:
                evaluation.add(judged, policy)
            yield _written(judged)


def _judge(grader: Grader, record: Record, policy: Policy, *, trust_labels: bool, group: bool, both: bool) -> Judged:
    """Grade a record's samples, and again under the other policy those that can differ.

    What is equal strictly is equal leniently, by definition. So only what is right leniently or wrong strictly is
    asked again, and only equal answers of a lenient group are grouped again. A label that is trusted is no
    policy's.
    """
    samples, gold = _samples(record), answer_of(record)
    verdicts = [grade_sample(grader, sample, gold, policy) for sample in samples]
    trusted = [trust_labels and sample["correct"] is not None for sample in samples]
    answers = [verdict.extracted for verdict in verdicts]
    nobody: list[int | None] = [None] * len(samples)
    group = group and gold is not None
    if not both or gold is None or all(trusted):
        own = _groups(grader, answers, policy, [0] * len(samples)) if group else nobody
        return Judged(record, samples, gold, verdicts, own, trusted, [], [])
    others = [
        verdict if known else _again(grader, sample, verdict, gold, policy)
        for sample, verdict, known in zip(samples, verdicts, trusted, strict=True)
    ]
    lenient = _groups(grader, answers, "lenient", [0] * len(samples)) if group else nobody
    strict = _groups(grader, answers, "strict", lenient) if group else nobody
    own, other = (strict, lenient) if policy == "strict" else (lenient, strict)
    return Judged(record, samples, gold, verdicts, own, trusted, others, other)


def _again(grader: Grader, sample: Sample, verdict: Verdict, gold: str, policy: Policy) -> Verdict:
    """Return the verdict of the other policy."""
    if verdict.correct == (policy == "strict") or verdict.reason in ("timed out", "too large to compute"):
        return verdict
    return grade_sample(grader, sample, gold, other_policy(policy))


def _groups(
    grader: Grader, answers: list[str | None], policy: Policy, within: Sequence[int | None]
) -> list[int | None]:
    """Number the answers, equal ones alike, of which only those can be equal that have one number in `within`."""
    classes: dict[int | None, list[int]] = {}
    for place, answer in enumerate(answers):
        if answer:
            classes.setdefault(within[place], []).append(place)
    numbers: list[int | None] = [None] * len(answers)
    count = 0
    for places in classes.values():
        for members in grader.groups([answers[place] or "" for place in places], policy):
            for member in members:
                numbers[places[member]] = count
            count += 1
    return numbers


def _correct(judged: Judged, verdicts: list[Verdict]) -> tuple[bool, ...]:
    return tuple(
        bool(sample["correct"]) if trusted else verdict.correct
        for sample, trusted, verdict in zip(judged.samples, judged.trusted, verdicts, strict=True)
    )


def _written(judged: Judged) -> Record:
    """Return the record with the verdicts in its samples, or as the grade of its prediction."""
    for sample, verdict, trusted in zip(judged.samples, judged.verdicts, judged.trusted, strict=True):
        label = sample["correct"]
        set_verdict(sample, verdict, judged.gold)
        if trusted:
            sample["correct"] = label
    if not _has_prediction(judged.record):
        return with_samples(judged.record, judged.samples)
    sample = judged.samples[0]
    grade = {"correct": sample["correct"], "reason": sample["reason"], "extracted": sample["answer"]}
    return {**judged.record, "grade": grade}


def _has_prediction(record: Record) -> bool:
    return "prediction" in record and "samples" not in record


def _samples(record: Record) -> list[Sample]:
    if not _has_prediction(record):
        try:
            return has_samples(record)
        except BadRecord as error:
            if error.reason != "no samples":
                raise
            raise BadRecord(error.reason, f"{error.detail}, and no prediction") from None
    prediction = record["prediction"]
    if prediction is not None and not isinstance(prediction, str):
        raise BadRecord("wrong type of prediction", "prediction is not a string")
    return [new_sample(prediction or "")]


def _field(record: Record, name: str) -> str | None:
    """Return a field as text; a name with dots that is no field is a path into objects."""
    value: Any = record.get(name)
    if name not in record:
        value = record
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
