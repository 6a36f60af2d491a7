"""Composable tools for building mathematical language models.

The names below are the public Python interface; importing them loads nothing heavy, for algebra happens in worker
processes. Every filter of the command line is a generator in `mathkit.stages`.
"""

__version__ = "0.1.0"

from mathkit.answers import Verdict, extract_answer, grade, grade_many

__all__ = ["Verdict", "__version__", "extract_answer", "grade", "grade_many"]
