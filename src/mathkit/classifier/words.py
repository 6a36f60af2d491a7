r"""How a text is cut into words for a classifier of mathematics.

fastText splits at white space alone, which Chinese does not have. So a text is cut first: words, and each Chinese
character, of which n-grams make words again. What formulas are made of is kept, LaTeX commands, variables, numbers and
signs, but each of it counts once in a stretch of sixty words: that there are formulas tells mathematics from news, how
many there are does not tell it from physics. Of numbers only the length counts. What tells no more than how a source
writes is left out: punctuation and the signs of Markdown.
"""

import re

from mathkit.text import CJK

VERSION = 1  # of this cutting; a saved model names the one that it was trained with

SIGNS = "$^{}&+=<>±×÷∓√∞∑∏∫∂∇∈∉∩∪⊂⊆≈≠≡≤≥→⇒⇔¬∧∨∀∃°′−"
_WORD = re.compile(rf"\\[a-z]+|[{CJK}]|[^\W\d_{CJK}]+|\d+|[{SIGNS}]")
STRETCH = 60
LONGEST_NUMBER = 3


def classifier_words(text: str) -> list[str]:
    r"""Return the words of a text that the classifier sees.

    >>> classifier_words("**Let** $\\frac{1}{2024}$, so $\\frac{x}{7}$ 小明小")
    ['let', '$', '\\frac', '{', '0', '}', '000', 'so', 'x', '小', '明', '小']
    """
    words: list[str] = []
    seen: set[str] = set()  # of formulas
    count = 0
    for word in _WORD.findall(text.lower()):
        first = word[0]
        if first.isalpha() and (len(word) > 1 or not word.isascii()):
            count += 1
            if count % STRETCH == 0:
                seen.clear()
        else:
            if first.isdecimal():
                word = "0" * min(len(word), LONGEST_NUMBER)
            if word in seen:
                continue
            seen.add(word)
        words.append(word)
    return words
