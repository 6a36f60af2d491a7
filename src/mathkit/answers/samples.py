"""Grade the samples of a record."""

from mathkit.answers.extract import extract_answer, marked_answer
from mathkit.answers.grader import Grader, Policy, Verdict
from mathkit.records import Sample


def grade_sample(grader: Grader, sample: Sample, gold: str | None, policy: Policy) -> Verdict:
    """Grade a sample; without a gold answer it is not correct, but its answer is found.

    A sample that the token limit cut off counts only by an answer that it marks as final.
    """
    text = sample["text"] or sample["answer"] or ""
    truncated = sample["finish_reason"] == "length"
    if truncated or gold is None:
        found = marked_answer(text) if truncated else extract_answer(text)
        if found is None or gold is None:
            return Verdict(False, "truncated" if truncated else "no gold answer", found)
        return grader.grade_answer(found, gold, policy)
    return grader.grade(text, gold, policy)


def set_verdict(sample: Sample, verdict: Verdict, gold: str | None) -> None:
    """Write a verdict into a sample."""
    sample["answer"] = verdict.extracted
    sample["reason"] = verdict.reason
    sample["correct"] = None if gold is None else verdict.correct
