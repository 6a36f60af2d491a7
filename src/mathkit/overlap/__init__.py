"""Which of a set of items a text shares words with, exactly: the index behind decontam.

spelling      texts as strings of one character a word
ngrams        the items that share words in a row with a text: an index that is asked for a batch of texts
similar       the items that may share enough words in any order, by exact bounds
benchmarks    both, confirmed by the longest common subsequence
"""

from mathkit.overlap.benchmarks import Benchmarks, Leak

__all__ = ["Benchmarks", "Leak"]
