"""What graded samples amount to: pass@k, maj@k, rm@k, avg@k, and how sure one can be of them and of a change.

A problem is its list of samples in the order they were drawn; each metric gives it a value between 0 and 1.
"""

from mathkit.metrics.changes import sign_flip_p, unpaired_difference
from mathkit.metrics.drawing import draw_curves, draw_paths, require_matplotlib
from mathkit.metrics.estimates import Interval, Metric, best_reward, mean_with_interval, pass_at_k
from mathkit.metrics.problems import Graded, curves, default_metrics, measure, measure_by, values

__all__ = [
    "Graded",
    "Interval",
    "Metric",
    "best_reward",
    "curves",
    "default_metrics",
    "draw_curves",
    "draw_paths",
    "mean_with_interval",
    "measure",
    "measure_by",
    "pass_at_k",
    "require_matplotlib",
    "sign_flip_p",
    "unpaired_difference",
    "values",
]
