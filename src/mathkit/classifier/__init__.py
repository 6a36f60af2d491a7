"""fastText classifiers: training one, reading any, and the probabilities of many texts at once."""

from mathkit.classifier.model import Classifier
from mathkit.classifier.training import GENERAL, MATH, Calibration, Training, train

__all__ = ["GENERAL", "MATH", "Calibration", "Classifier", "Training", "train"]
