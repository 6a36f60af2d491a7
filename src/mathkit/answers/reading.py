"""Read an answer as a whole: what it lists, names, says in words; expressions are the parser's."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from mathkit.answers.formats import formatted
from mathkit.answers.wording import SAME_WORDS, WRAPPED, words
from mathkit.expressions.cursor import Nonsense, Unreadable
from mathkit.expressions.nodes import EXPRESSIONS, Node, name
from mathkit.expressions.notation import plain
from mathkit.expressions.regions import says_region
from mathkit.expressions.syntax import Parser
from mathkit.expressions.tokens import Token, tokens_of
from mathkit.expressions.values import variables
from mathkit.text import CJK

_WORD = re.compile(r"(?=.*[aeiouyAEIOUY])(?!pi\b|exp\b)[A-Za-z]{3,}")
_LABELLED = re.compile(r"([A-Za-z]) ?= ?(.+)", re.DOTALL)
_OPENING = frozenset(["(", "[", "{", "\\{", "⟨", "⌊", "⌈"])
_CLOSING = frozenset([")", "]", "}", "\\}", "⟩", "⌋", "⌉"])


@lru_cache(maxsize=1 << 15)
def readings(answer: str, *, letters_are_units: bool = False) -> tuple[Node, ...]:
    """Return the ways to read an answer, none where it is no mathematics known here and no words.

    1,234 is read as a number and as a list, 3:30 as a time and as a ratio.
    """
    text = plain(answer)
    special = formatted(text)
    if not special and (labelled := _LABELLED.fullmatch(text)) and (inner := formatted(labelled[2])):
        special = Node("relation", ((name(labelled[1]), inner), ("=",)))
    if special and not (special.op == "time" and special.args[1] is None):
        return (special,)
    found = [special] if special else []
    if _WORD.fullmatch(text):
        return (_meant(words(text)),)
    for grouped in (True, False) if re.search(r"\d(?:,| )\d{3}", text) else (True,):
        try:
            node = _whole(text, tokens_of(text, grouped=grouped), letters_are_units=letters_are_units)
        except Nonsense:
            node = Node("words", (text,))
        except (Unreadable, OverflowError, ZeroDivisionError):
            continue
        if node not in found:
            found.append(node)
    return tuple(found)


def _whole(text: str, tokens: list[Token], *, letters_are_units: bool) -> Node:
    if (meaning := words(text)) in SAME_WORDS.values():
        return _meant(meaning)
    if any(token.text == ";" for token in tokens):
        parts = [part for part, _ in _split(tokens, ";")]
        return Node("list", (tuple(_listed(text, part, letters_are_units) for part in parts if part), True, None))
    return _listed(text, tokens, letters_are_units)


def _meant(meaning: str) -> Node:
    match meaning:
        case "no solution":
            return Node("set", ((),))
        case "all real numbers":
            return Node("reals", ())
        case "infinity":
            return Node("infinity", ())
    return Node("words", (meaning,))


def _split(tokens: list[Token], *only: str) -> list[tuple[list[Token], str]]:
    """Split tokens at the separators outside brackets; each part comes with the separator before it."""
    parts: list[tuple[list[Token], str]] = [([], "")]
    depth, environments, bar = 0, 0, False
    for token in tokens:
        if token.kind in ("sign", "command"):
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            environments += (token.text == "begin") - (token.text == "end")
            bar ^= token.text == "|"
        at_top = depth <= 0 and environments <= 0 and not bar
        if token.kind == "separator" and at_top and (token.text in only or not only):
            parts.append(([], token.text))
        else:
            parts[-1][0].append(token)
    return parts


def _listed(text: str, tokens: list[Token], letters_are_units: bool) -> Node:
    parts = [(part, separator) for part, separator in _split(tokens) if part]
    if not parts:
        raise Unreadable("nothing")
    if len(parts) == 1:
        return _item(text, parts[0][0], letters_are_units)
    items = [_item(text, part, letters_are_units) for part, _ in parts]
    separators = {separator for _, separator in parts[1:]}
    if (
        all(item.op == "words" for item in items)
        and len(" ".join(item.args[0] for item in items).split()) > 2 * len(items) + 3
    ):
        return Node("words", (words(text[tokens[0].start : tokens[-1].end]),))  # a sentence with commas
    first = items[0]
    if first.op == "relation" and first.args[1] == ("!=",) and all(item.op in EXPRESSIONS for item in items[1:]):
        return Node(
            "relation", ((first.args[0][0], Node("list", ((first.args[0][1], *items[1:]), False, None))), ("!=",))
        )
    if "or" in separators and all(says_region(item) or item.op == "tuple" for item in items):
        return Node("either", (tuple(items),))
    if all(item.op == "relation" or item.op == "such_that" for item in items) and any(
        set(item.args[-1]) - {"="} for item in items if item.op == "relation"
    ):
        return Node("either" if "or" in separators else "both", (tuple(items),))
    if separators <= {"and"} and all(item.op == "product" and item.args[-1].op == "unit" for item in items):
        powers = {item.args[-1].args[0].powers for item in items}
        scales = [item.args[-1].args[0].scale for item in items]
        if len(powers) == 1 and len(set(scales)) == len(scales):
            return Node("sum", tuple(items))  # 5 dollars and 20 cents
    return _named_values(items)


def _named_values(items: list[Node]) -> Node:
    """Return a list of values, or where they have different names, assignments."""
    labels = [_label(item) for item in items]
    if all(labels):
        items = [Node("relation", ((side, item.args[0][-1]), ("=",))) for item in items for side in item.args[0][:-1]]
        labels = [_label(item) for item in items]
    if all(labels):
        letters = [label.partition("_")[0] for label in labels if label]
        if len(set(letters)) == 1 and (len(set(labels)) == 1 or "_" in str(labels[0])):
            return Node("list", (tuple(item.args[0][-1] for item in items), False, letters[0]))
        if len(set(labels)) == len(labels):
            pairs = dict(zip(map(str, labels), (item.args[0][-1] for item in items), strict=True))
            order = sorted(pairs, key=_coordinate_order(pairs))
            return Node("assignments", (tuple(order), tuple(pairs[label] for label in order)))
    if labels[0] and not any(labels[1:]):
        items = [items[0].args[0][-1], *items[1:]]
        return Node("list", (tuple(items), False, labels[0]))
    return Node("list", (tuple(items), False, None))


def _coordinate_order(labels: Iterable[str]) -> Callable[[str], int | str]:
    """Return what sorts labels as coordinates: x, y, z, w; other letters by the alphabet; else as they were written."""
    if set(labels) <= set("xyzw"):
        return "xyzw".index
    written = list(labels)
    return str if all(len(label) == 1 for label in written) else written.index


def _label(item: Node) -> str | None:
    if (
        item.op == "relation"
        and set(item.args[1]) <= {"=", ":="}
        and all(side.op in ("name", "apply") for side in item.args[0][:-1])
    ):
        first = item.args[0][0]
        return str(first.args[0]) if first.op == "name" else repr(first)
    return None


def _item(text: str, tokens: list[Token], letters_are_units: bool) -> Node:
    try:
        return _settled(Parser(tokens, letters_are_units=letters_are_units).item())
    except Unreadable as error:
        problem = error
    if tokens[0].text == "=" and len(tokens) > 1:
        return _item(text, tokens[1:], letters_are_units)
    if node := _after_label(text, tokens, letters_are_units):
        return node
    said = text[tokens[0].start : tokens[-1].end]
    bare = WRAPPED.sub(r"\1", said)
    if "\\" in bare.replace("\\circ", "") or not re.search(rf"[A-Za-z]{{2}}|[{CJK}]", bare):
        raise problem
    meaning = words(said)
    return _meant(meaning) if meaning in SAME_WORDS.values() else Node("words", (meaning,))


def _after_label(text: str, tokens: list[Token], letters_are_units: bool) -> Node | None:
    """Return what is said of a label in words: "radius = 5", "Area: 12"."""
    signs = []
    depth = 0
    for n, token in enumerate(tokens):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if n and depth <= 0 and token.text in ("=", ":", "is", "≈"):
            signs.append(n)
    if not signs:
        return None
    label = text[tokens[0].start : tokens[signs[-1]].start]
    if len(label) > 60 or not re.search(rf"[A-Za-z]{{2}}|[{CJK}]|\(", label) or re.search(r"\d\s*[-+*/^]|[<>]", label):
        return None
    try:
        value = _settled(Parser(tokens[signs[-1] + 1 :], letters_are_units=letters_are_units).item())
    except Unreadable:
        return None
    return Node("relation", ((name("label " + words(label)), value), ("=",)))


def _settled(node: Node) -> Node:
    """Return a node without what the parser leaves open: what a chain concludes, x in a list, 5 = x."""
    if node.op == "relation" and node.args[1] == ("∈",) and node.args[0][1].op == "set":
        return Node(*node.args[0][1])
    if (
        node.op == "relation"
        and node.args[1] == ("=",)
        and node.args[0][1].op == "name"
        and not variables(node.args[0][0])
    ):
        return Node("relation", (node.args[0][::-1], ("=",)))
    if node.op == "tuple" and node.args[0] == "[" and all(map(_label, node.args[1])):
        return _named_values(list(node.args[1]))
    if node.op == "relation" and "⇒" in node.args[1]:
        last = max(n for n, sign in enumerate(node.args[1]) if sign == "⇒")
        sides, signs = node.args[0][last + 1 :], node.args[1][last + 1 :]
        return Node("relation", (sides, signs)) if signs else sides[0]
    return node
