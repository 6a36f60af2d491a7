"""Grade the samples of a record."""

from mathkit.answers.equal import Policy
from mathkit.answers.extract import marked_answers, unmarked_answers
from mathkit.answers.grader import Grader, Verdict
from mathkit.answers.prose import is_bare
from mathkit.records import PROGRAM_FAILED, Sample

_UNFINISHED = ("length", PROGRAM_FAILED)


def answer_of_sample(sample: Sample, gold: str | None = None) -> str | None:
    """Return the final answer of a sample, or None: the likeliest of its possible answers."""
    return next(iter(_possible_answers(sample, gold)), None)


def grade_sample(grader: Grader, sample: Sample, gold: str | None, policy: Policy) -> Verdict:
    """Grade a sample; without a gold answer it is not correct, but its answer is found."""
    possible = _possible_answers(sample, gold)
    if not possible and gold is not None and sample["finish_reason"] not in _UNFINISHED:
        whole = grader.grade(sample["text"], gold, policy)  # a sentence may still say what the gold answer says
        if whole.correct:
            return whole
    if not possible:
        return Verdict(False, "truncated" if sample["finish_reason"] == "length" else "no answer found", None)
    if gold is None:
        return Verdict(False, "no gold answer", possible[0])
    return grader.grade_any(possible, gold, policy)


def set_verdict(sample: Sample, verdict: Verdict, gold: str | None) -> None:
    """Write a verdict into a sample."""
    sample["answer"] = verdict.extracted
    sample["reason"] = verdict.reason
    sample["correct"] = None if gold is None else verdict.correct


def _possible_answers(sample: Sample, gold: str | None) -> list[str]:
    """Return what could be the answer of a sample, what is likeliest first.

    What its text marks as the answer counts first; then the answer that came with it (of a program, what running it
    printed); then what the text ends with (where `gold` is a letter, its last letter), or all of a text that is an
    answer and nothing else. A sample that the token limit cut off, or whose program failed, has only what it marks.
    """
    text = sample["text"].strip()
    marked = marked_answers(text)
    if marked or sample["finish_reason"] in _UNFINISHED:
        return marked or []
    if given := (sample["answer"] or "").strip():
        return [given]
    found = unmarked_answers(text, gold) if marked is None else []
    is_answer = is_bare(text) or (found and found[0] != text)  # a sentence without a number is none
    return found if is_answer else []
