"""Answers: find the final one in a text, and tell whether two are equal."""

from mathkit.answers.extract import extract_answer
from mathkit.answers.grader import Grader, Verdict, grade, grade_many

__all__ = ["Grader", "Verdict", "extract_answer", "grade", "grade_many"]
