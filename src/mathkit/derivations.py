"""Derivations: the steps by which a solution reaches its answer, whether they are right, and which are the same.

RFT (arXiv 2308.01825, section 3.3 and appendix A.3): a derivation is the list of a solution's equations.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from typing import Literal

from rapidfuzz.distance import Levenshtein

from mathkit.text import normalize

Distinct = Literal["equations", "code", "text", "none"]

_TOLERANCE = 1e-3  # RFT's
_LONGEST = 500  # characters of an expression
_MARK = re.compile(r"<<([^<>]*)>>")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_CODE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"
_EQUATION = re.compile(rf"(?<![\w.)*/+^-])(?<![-+*/]\s)(-?{_NUMBER}%?(?:\s*[-+*/]\s*{_NUMBER}%?)+)\s*=\s*(-?{_NUMBER})")
_SIGNS = [
    (re.compile(pattern), sign)
    for pattern, sign in (
        (r"\\times(?![a-z])|\\cdot(?![a-z])|×|·|(?<=\d)\s+x\s+(?=\d)", "*"),
        (r"\\div(?![a-z])|÷", "/"),
        (r"\\frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", r"\1/\2"),
        (r"[−–]", "-"),
        (r"(?<=\d),(?=\d{3})|\\?[$€£¥]|\\[()\[\]!,;]|\*\*(?=\s|$)", ""),
    )
]
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
}


def equations(text: str) -> list[str]:
    r"""Return the equations of a solution in order, without spaces: its <<...>> marks, or what it computes in prose.

    >>> equations("He has 3+4 = <<3 + 4=7>>7 and 7*2 = <<7*2=14>>14.")
    ['3+4=7', '7*2=14']
    >>> equations(r"So $3 \times 1,000 = 3000$ in all.")
    ['3*1000=3000']
    """
    if marks := _MARK.findall(text):
        return ["".join(mark.split()) for mark in marks]
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    return ["".join(f"{left}={right}".split()) for left, right in _EQUATION.findall(text)]


def wrong_mark(text: str) -> str | None:
    """Return the first <<...>> mark of a solution whose arithmetic is wrong or cannot be read, or None.

    >>> wrong_mark("5+2 = <<5+2=7>>7, halved <<7/2=3>>3")
    '7/2=3'
    """
    for mark in _MARK.findall(text):
        sides = mark.split("=")
        if len(sides) < 2:
            return str(mark)
        left, right = (evaluate(side) for side in sides[:2])
        if left is None or right is None or not abs(left - right) < _TOLERANCE:
            return str(mark)
    return None


def evaluate(expression: str) -> float | None:
    """Return the value of an arithmetic expression, or None where it is none; no code is run.

    >>> evaluate("2*(3+1)/4"), evaluate("1/0"), evaluate("open('x')")
    (2.0, None, None)
    """
    if len(expression) > _LONGEST:
        return None
    try:
        value = _value(ast.parse(expression.replace(",", "").strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None
    return value if math.isfinite(value) else None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_value(left), _value(right)))
    raise ValueError("not arithmetic")


def derivation_key(text: str, distinct: Distinct) -> str | None:
    """Return what two solutions of the same derivation share; None where each counts as its own."""
    match distinct:
        case "equations":
            return "|".join(equations(text))
        case "code":
            return canonical_code("\n".join(_CODE.findall(text)) or text)
        case "text":
            return normalize(text, "ws")
        case "none":
            return None


def canonical_code(code: str) -> str:
    """Return a program without comments, and its own names replaced in the order in which they come.

    Builtins, imported names and attributes keep theirs. What does not parse is compared without comments and spaces.

    >>> canonical_code("apples = 3  # red\\nprint(apples)") == canonical_code("n = 3\\nprint(n)")
    True
    """
    try:
        return ast.unparse(ast.fix_missing_locations(_renamed(ast.parse(code))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(re.sub(r"#[^\n]*", "", code).split())


def _renamed(tree: ast.Module) -> ast.Module:
    nodes = list(ast.walk(tree))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)} | functions
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    keywords = {id(word) for call in calls if getattr(call.func, "id", None) in functions for word in call.keywords}
    names: dict[str, str] = {}

    def renamed(name: str) -> str:
        return names.setdefault(name, f"v{len(names)}") if name in own else name

    for node in nodes:
        match node:
            case ast.Name():
                node.id = renamed(node.id)
            case ast.arg():
                node.arg, node.annotation = renamed(node.arg), None
            case ast.FunctionDef():
                node.name = renamed(node.name)
            case ast.keyword(arg=str()) if id(node) in keywords:
                node.arg = renamed(str(node.arg))
        body = getattr(node, "body", None)
        if isinstance(body, list):  # a docstring says nothing to the machine
            node.body = [line for line in body if not _is_text(line)] or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def one_of_each(texts: Sequence[str], keys: Sequence[str | None]) -> list[int]:
    """Choose one solution for each derivation, as unlike the other chosen ones as can be; return their positions.

    RFT's algorithm 1: in the order of sampling, a solution of a derivation that is there already takes its place if
    the sum of its Levenshtein distances to the other chosen solutions is greater.

    >>> one_of_each(["3+4=7", "so 3+4 = 7!", "7"], ["3+4=7", "3+4=7", ""])
    [0, 2]
    """
    owner: dict[str, int] = {}
    chosen: list[int] = []
    for position, key in enumerate(keys):
        if key is None or key not in owner:
            chosen.append(position)
            if key is not None:
                owner[key] = position
            continue
        held = owner[key]
        others = [other for other in chosen if other != held]
        if _distance(texts, position, others) > _distance(texts, held, others):
            chosen[chosen.index(held)] = owner[key] = position
    return sorted(chosen)


def most_different(texts: Sequence[str], positions: Sequence[int], count: int) -> list[int]:
    """Return `count` of the positions whose texts lie farthest apart.

    Starts from the first and adds, one at a time, the text whose nearest chosen one is farthest away (in Levenshtein
    distance over the longer length); of those that tie the earlier.
    """
    if len(positions) <= count:
        return list(positions)
    chosen = [positions[0]]
    nearest = dict.fromkeys(positions[1:], math.inf)
    while len(chosen) < count:
        for position in nearest:
            distance = Levenshtein.normalized_distance(texts[position], texts[chosen[-1]])
            nearest[position] = min(nearest[position], distance)
        farthest = max(nearest, key=lambda position: (nearest[position], -position))
        del nearest[farthest]
        chosen.append(farthest)
    return sorted(chosen)


def spread_programs(programs: Sequence[str], count: int | None) -> list[int]:
    """Choose at most `count` of some canonical programs, one of those that are equal, the nearest two far apart.

    In their order: while there is room each is taken; then one takes the place of whichever leaves the least distance
    of two chosen ones largest, if that is larger than it was. The distance is Levenshtein's in tokens, normalised.

    >>> spread_programs(["v0 = 1", "v0 = 1", "v0 = 2", "print(7)"], 2)
    [0, 3]
    """
    tokens = [_TOKEN.findall(program) for program in programs]

    @cache
    def distance(one: int, other: int) -> float:
        return Levenshtein.normalized_distance(tokens[one], tokens[other])

    def least(places: Sequence[int]) -> float:
        return min((distance(*pair) for pair in combinations(sorted(places), 2)), default=0.0)

    chosen: list[int] = []
    for place, own in enumerate(tokens):
        if any(own == tokens[other] for other in chosen):
            continue
        if count is None or len(chosen) < count:
            chosen.append(place)
            continue
        swaps = [[other for other in chosen if other != leaving] + [place] for leaving in reversed(chosen)]
        best = max(swaps, key=least)  # of those that tie, the one in which the latest leaves
        if least(best) > least(chosen):
            chosen = best
    return sorted(chosen)


def _distance(texts: Sequence[str], position: int, others: Sequence[int]) -> int:
    return sum(Levenshtein.distance(texts[position], texts[other]) for other in others)
