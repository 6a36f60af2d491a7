r"""How a text is cut into words for a classifier of mathematics.

fastText splits at white space alone, which Chinese does not have. So a text is cut first, and nothing that tells
mathematics is thrown away: LaTeX commands, words and mathematical signs are words, and so is each Chinese character, of
which n-grams make words again. What tells only how a source writes is left out or made alike: punctuation and the signs
of Markdown, and of numbers all but whether they have one, two or more digits.
"""

import re

from mathkit.text import CJK

VERSION = 1  # of this cutting; a saved model names the one that it was trained with

_SIGNS = r"$^{}&+=<>±×÷∓√∞∑∏∫∂∇∈∉∩∪⊂⊆≈≠≡≤≥→⇒⇔¬∧∨∀∃°′−"
_WORD = re.compile(rf"\\[a-z]+|[{CJK}]|[^\W\d_{CJK}]+|\d+|[{_SIGNS}]")
_NUMBERS = ("0", "00", "000")


def classifier_words(text: str) -> list[str]:
    r"""Return the words of a text that the classifier sees.

    >>> classifier_words("**Let** $\\frac{1}{2024}$, 小明")
    ['let', '$', '\\frac', '{', '0', '}', '{', '000', '}', '$', '小', '明']
    """
    words = _WORD.findall(text.lower())
    return [_NUMBERS[min(len(word), 3) - 1] if word[0].isdecimal() else word for word in words]
