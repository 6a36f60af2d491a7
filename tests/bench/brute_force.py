r"""Which problems leak which items, by the definition alone: every pair compared, in plain Python.

The tokens of a text are, after NFKC and lower-casing, its runs of letters and digits and each CJK character; \dfrac and
\tfrac are \frac, \left and \right are nothing. Two texts of at least 13 tokens each: a shared 13-gram, and a longest
common subsequence of at least 3/5 of the shorter (rule "and"), or one of the two (rule "or"). A shorter text is leaked
by one that is equal as a whole, operators kept. Written apart from mathkit's own code, to be compared with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NGRAM = 13
_CJK = (
    ("\u2e80", "\u2fd5"), ("\u3005", "\u3007"), ("\u3041", "\u3096"), ("\u30a1", "\u30fa"), ("\u30fc", "\u30ff"),
    ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uac00", "\ud7a3"), ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003fffd"),
)  # fmt: skip
_NO_OPERATORS = set("\\$(){}[].,;:?\"'`#&@_")
_SPACING = re.compile(r"\\[,;:!> ]|\\q?quad(?![a-z])")


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the definition sees it."""

    tokens: list[str]
    grams: frozenset[tuple[str, ...]]
    whole: str  # with its operators
    places: dict[str, int]  # token -> a bit for each place where it stands


def read(text: str) -> Text:
    """Return what the definition needs of a text."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\\[dt]frac(?![a-z])", r"\\frac", text)
    text = re.sub(r"\\(left|right)(?![a-z])", "", text)
    tokens = split(text, operators=False)
    places: dict[str, int] = {}
    for place, token in enumerate(tokens):
        places[token] = places.get(token, 0) | 1 << place
    grams = frozenset(zip(*(tokens[start:] for start in range(NGRAM)), strict=False))
    return Text(tokens, grams, " ".join(split(_SPACING.sub(" ", text), operators=True)), places)


def split(text: str, *, operators: bool) -> list[str]:
    """Return the tokens of a normalised text, if asked with each sign of mathematics as a token."""
    tokens, run = [], ""
    for character in text + " ":
        is_cjk = any(first <= character <= last for first, last in _CJK)
        if character.isalnum() and not is_cjk:
            run += character
            continue
        if run:
            tokens.append(run)
            run = ""
        if is_cjk or (operators and not character.isspace() and character not in _NO_OPERATORS):
            tokens.append(character)
    return tokens


def common_subsequence(one: Text, other: Text) -> int:
    """Return the length of the longest common subsequence of two texts' tokens.

    Dynamic programming with a row of the table in the bits of one integer (Hyyrö 2004, "Bit-parallel LCS-length
    computation revisited"): where the row does not grow is a 1.
    """
    everywhere = (1 << len(one.tokens)) - 1
    row = everywhere
    for token in other.tokens:
        if matches := row & one.places.get(token, 0):
            row = (row + matches | row - matches) & everywhere
    return len(one.tokens) - row.bit_count()


def leaks(record: Text, item: Text, rule: str) -> bool:
    """Return whether a record leaks an item of a benchmark."""
    shorter = min(len(record.tokens), len(item.tokens))
    if shorter < NGRAM:
        return max(len(record.tokens), len(item.tokens)) < NGRAM and record.whole == item.whole != ""
    shares = not record.grams.isdisjoint(item.grams)
    if rule == "and":
        return shares and 5 * common_subsequence(record, item) >= 3 * shorter
    return shares or 5 * common_subsequence(record, item) >= 3 * shorter


def leaking(records: Iterable[Text], items: Sequence[Text], rule: str) -> list[bool]:
    """Return for each record whether it leaks any of the items."""
    return [any(leaks(record, item, rule) for item in items) for record in records]
