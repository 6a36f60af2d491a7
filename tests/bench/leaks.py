r"""Problems made of real ones, and the ways in which a benchmark's problem comes back in training data."""

import json
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

Leak = Callable[[str, random.Random], str]

_SENTENCE = re.compile(r"(?<=[.?!。？！])\s*")
_NUMBER = re.compile(r"\d+")
_FORMULA = re.compile(r"(?<!\$)\$([^$]+)\$(?!\$)")
_CHINESE = "〇一二三四五六七八九"


def read_problems(paths: Iterable[Path]) -> list[str]:
    """Return the distinct problems of files of problems, by whichever name the files call them."""
    records = (json.loads(line) for path in paths for line in path.open("rb"))
    return list(dict.fromkeys(record.get("problem") or record["question"] for record in records))


def mixed(problems: list[str], count: int, chance: random.Random) -> list[str]:
    """Return `count` problems: the first half of one's sentences, the second of another's, two in three renumbered."""

    def one() -> str:
        first, second = (_SENTENCE.split(chance.choice(problems)) for _ in range(2))
        text = " ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :]).strip()
        return renumbered(text, chance) if chance.random() < 2 / 3 else text

    return [one() for _ in range(count)]


def verbatim(text: str, chance: random.Random) -> str:
    return text


def rewrapped(text: str, chance: random.Random) -> str:
    return re.sub(r"\s+", lambda _: chance.choice((" ", "  ", "\n", "\n\n")), text)


def renumbered(text: str, chance: random.Random) -> str:
    """Return a text with every number another of as many digits."""

    def another(match: re.Match[str]) -> str:
        least, most = 10 ** (len(match[0]) - 1), 10 ** len(match[0]) - 1
        number = chance.randint(least, most - 1)
        return str(number + (number >= int(match[0])))

    return _NUMBER.sub(another, text)


def in_a_page(words: list[str]) -> Leak:
    """Return what puts a text amid 300 of the words, in no order."""

    def embed(text: str, chance: random.Random) -> str:
        around = chance.choices(words, k=300)
        start = chance.randrange(len(around))
        return " ".join([*around[:start], text, *around[start:]])

    return embed


def restyled(text: str, chance: random.Random) -> str:
    r"""Return a text whose formulas are typeset otherwise: \dfrac, sized brackets, \( \), spacing."""

    def other(match: re.Match[str]) -> str:
        formula = match[1].replace(r"\frac", r"\dfrac")
        if r"\left" not in formula and formula.count("(") == formula.count(")"):
            formula = formula.replace("(", r"\left(").replace(")", r"\right)")
        return r"\(" + re.sub(r"(?<=[=+<>]) ?", lambda _: r"\, ", formula) + r"\)"

    return _FORMULA.sub(other, text)


def full_width(text: str, chance: random.Random) -> str:
    return _NUMBER.sub(lambda match: "".join(chr(ord("０") + int(digit)) for digit in match[0]), text)


def chinese_numerals(text: str, chance: random.Random) -> str:
    return _NUMBER.sub(lambda match: "".join(_CHINESE[int(digit)] for digit in match[0]), text)


LEAKS: dict[str, Leak] = {
    "verbatim": verbatim,
    "re-wrapped": rewrapped,
    "renumbered": renumbered,
    "LaTeX restyled": restyled,
    "full-width digits": full_width,
    "Chinese numerals": chinese_numerals,
}
