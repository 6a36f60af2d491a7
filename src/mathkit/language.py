"""English or Chinese: the language of a text, whatever formulas it holds."""

import re

from mathkit.records import Record
from mathkit.text import CJK

LANGUAGES = ("en", "zh")

_CHINESE = re.compile(f"[{CJK}]")
_LETTER = re.compile(r"[^\W\d_]")
FORMULA = re.compile(  # a dollar that is money has no other one for an end: $5 and $6
    r"\$\$.+?\$\$|(?<![\\$])\$(?![\s$])[^$]+?(?<![\s\\])\$(?![\d$])|\\\((?:(?!\\\().)+?\\\)|\\\[(?:(?!\\\[).)+?\\\]",
    re.DOTALL,
)
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_PROGRAM = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SHARE = 0.2  # of the letters; an English word has some five of them where Chinese has one or two
_SEEN = 20_000  # characters that tell the language of a text


def language_of(text: str) -> str | None:
    """Return "zh" for a text of which a fifth of the letters are Chinese, else "en"; None for one without words.

    Formulas and programs count for nothing, for they are the same in every language.

    >>> language_of("已知 $f(x)=x^2$，求 f(3)。"), language_of("Find $x$ if 中 is 3."), language_of("$3+x$")
    ('zh', 'en', None)
    """
    words = _COMMAND.sub(" ", FORMULA.sub(" ", _PROGRAM.sub(" ", text[:_SEEN])))
    letters = len(_LETTER.findall(words))
    if not letters:
        return None
    return "zh" if len(_CHINESE.findall(words)) >= _SHARE * letters else "en"


def language_for(record: Record, text: str) -> str:
    """Return the language of a text of a record; where it has no words, the one the record names, or English."""
    named = record.get("lang")
    return language_of(text) or (named if named in LANGUAGES else "en")
