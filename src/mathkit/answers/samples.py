"""Grade the samples of a record."""

from mathkit.answers.extract import choice, extract_answer, is_bare, marked_answer
from mathkit.answers.grader import Grader, Policy, Verdict
from mathkit.records import Sample


def answer_of_sample(sample: Sample, gold: str | None = None) -> str | None:
    """Return the final answer of a sample, or None.

    What its text marks as the answer counts first; then the answer that came with it (of a program, what running it
    printed); then what the text ends with (where `gold` is a letter, its last letter), or all of a text that is an
    answer and nothing else. A sample that the token limit cut off has only the answer that it marks.
    """
    text = sample["text"].strip()
    marked = marked_answer(text)
    if marked or sample["finish_reason"] == "length":
        return marked
    given = (sample["answer"] or "").strip()
    return given or choice(text, gold) or extract_answer(text) or (text if is_bare(text) else None) or None


def grade_sample(grader: Grader, sample: Sample, gold: str | None, policy: Policy) -> Verdict:
    """Grade a sample; without a gold answer it is not correct, but its answer is found."""
    answer = answer_of_sample(sample, gold)
    if answer is None:
        return Verdict(False, "truncated" if sample["finish_reason"] == "length" else "no answer", None)
    if gold is None:
        return Verdict(False, "no gold answer", answer)
    correct, reason = grader.equal(answer, gold, policy)
    return Verdict(correct, reason, answer)


def set_verdict(sample: Sample, verdict: Verdict, gold: str | None) -> None:
    """Write a verdict into a sample."""
    sample["answer"] = verdict.extracted
    sample["reason"] = verdict.reason
    sample["correct"] = None if gold is None else verdict.correct
