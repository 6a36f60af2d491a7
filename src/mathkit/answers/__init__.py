"""Answers: find the final one in a text, and tell whether two are equal."""

from mathkit.answers.extract import extract_answer
from mathkit.answers.grader import Grader, Verdict

__all__ = ["Grader", "Verdict", "extract_answer"]
