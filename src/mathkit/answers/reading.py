"""Read an answer as a whole: what it lists, names, says in words; expressions are the parser's."""

import re

from mathkit.answers.formats import formatted
from mathkit.answers.listing import label_of, listed, named_values
from mathkit.answers.wording import SAME_WORDS, WRAPPED, words
from mathkit.expressions.cursor import Nonsense, Unreadable
from mathkit.expressions.nodes import EXPRESSIONS, Node, name
from mathkit.expressions.notation import plain
from mathkit.expressions.remembering import remembered
from mathkit.expressions.syntax import Parser
from mathkit.expressions.tokens import Token, tokens_of
from mathkit.expressions.values import variables
from mathkit.text import CJK

_WORD = re.compile(r"(?=.*[aeiouyAEIOUY])(?!pi\b|exp\b)[A-Za-z]{3,}|[A-Z]{3,}")
_LABELLED = re.compile(r"([A-Za-z]) ?= ?(.+)", re.DOTALL)
_LONGEST = 8000  # characters of plain LaTeX
_LONGEST_LABEL = 60
_NO_LABEL = re.compile(
    r"\d|[<>]|\b(?:not|twice|double|triple|half|more|less|than|times|plus|minus|squared?|cubed?|root|percent)\b|[不倍]"
)
_OPENING = frozenset(["(", "[", "{", "\\{", "⟨", "⌊", "⌈"])
_CLOSING = frozenset([")", "]", "}", "\\}", "⟩", "⌋", "⌉"])


@remembered
def readings(answer: str, *, letters_are_units: bool = False) -> tuple[Node, ...]:
    """Return the ways to read an answer, none where it is no mathematics known here and no words.

    1,234 is read as a number and as a list, 3:30 as a time and as a ratio.
    """
    text = plain(answer)
    if len(text) > _LONGEST:
        return ()
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
        except (ValueError, OverflowError, ZeroDivisionError):  # what cannot be read, digits without end
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
    said = " ".join(item.args[0] for item in items if item.op == "words").split()
    if all(item.op == "words" for item in items) and len(said) > 2 * len(items) + 3:
        return Node("words", (words(text[tokens[0].start : tokens[-1].end]),))  # a sentence with commas
    return listed(items, {separator for _, separator in parts[1:]})


def _item(text: str, tokens: list[Token], letters_are_units: bool) -> Node:
    try:
        return _settled(Parser(tokens, letters_are_units=letters_are_units).item())
    except Unreadable as error:
        problem = error
    said_first = next((n for n, token in enumerate(tokens) if token.text != "="), 0)
    if said_first:
        return _item(text, tokens[said_first:], letters_are_units)
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
    is_label = re.search(rf"[A-Za-z]{{2}}|[{CJK}]|\(", label) and not _NO_LABEL.search(label)
    if len(label) > _LONGEST_LABEL or not is_label:
        return None
    try:
        value = _settled(Parser(tokens[signs[-1] + 1 :], letters_are_units=letters_are_units).item())
    except Unreadable:
        return None
    return value if value.op == "relation" else Node("relation", ((name("label " + words(label)), value), ("=",)))


def _settled(node: Node) -> Node:
    """Return a node without what the parser leaves open: chains, members of a list, 5 = x, (x, y) = (1, 2)."""
    if node.op == "relation" and "⇒" in node.args[1]:
        last = max(n for n, sign in enumerate(node.args[1]) if sign == "⇒")
        sides, signs = node.args[0][last + 1 :], node.args[1][last + 1 :]
        node = Node("relation", (sides, signs)) if signs else sides[0]
    if node.op == "relation" and len(node.args[0]) == 2:
        return _settled_relation(node)
    if node.op == "set" and len(node.args[0]) > 0 and all(map(label_of, node.args[0])):
        return named_values(list(node.args[0]), are_alternatives=False)
    if node.op == "tuple" and node.args[0] == "[" and all(map(label_of, node.args[1])):
        return named_values(list(node.args[1]), are_alternatives=False)
    return node


def _settled_relation(node: Node) -> Node:
    (left, right), (sign,) = node.args
    if sign == "∈" and right.op == "set":
        return Node(*right)
    if sign == "=" and right.op == "name" and left.op in EXPRESSIONS and not variables(left):
        return Node("relation", ((right, left), ("=",)))
    if sign == "=" and left.op == right.op == "tuple" and all(part.op == "name" for part in left.args[1]):
        pairs = zip(left.args[1], right.args[1], strict=False)
        return named_values([Node("relation", (pair, ("=",))) for pair in pairs], are_alternatives=False)
    return node
