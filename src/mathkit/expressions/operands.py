"""The part of the parser that reads the operands: numbers, names, functions, commands."""

from fractions import Fraction

from mathkit.expressions import units
from mathkit.expressions.brackets import MOST_LETTERS, Brackets
from mathkit.expressions.cursor import CLOSING, Unreadable
from mathkit.expressions.nodes import Node, name, number, power, product, quotient
from mathkit.expressions.tokens import Token, value_of

_MATRICES = frozenset(
    ["matrix", "pmatrix", "bmatrix", "Bmatrix", "array", "smallmatrix", "psmallmatrix", "bsmallmatrix"]
)


_SHORT_WORDS = "not no the for all any but is are was has if so we it of per by at an its then"
_WORDS = frozenset(_SHORT_WORDS.split())


class Operands(Brackets):
    """Reads what stands between two signs."""

    def _primary(self) -> Node:
        self._descend()
        node = self._operand(self._take())
        self._depth -= 1
        return node

    def _operand(self, token: Token) -> Node:
        match token.kind:
            case "number":
                return self._number(token)
            case "name":
                return self._name(token)
            case "word" | "text":
                return self._word(token)
            case "function":
                return self._function(token.text)
            case "command":
                return self._command(token)
        return self._bracketed(token.text)

    def _number(self, token: Token) -> Node:
        value, places = value_of(token.text)
        if value.denominator == 1 and places is None and (fraction := self._fraction_beside()):
            return number(value + fraction)
        return number(value, places)

    def _fraction_beside(self) -> Fraction | None:
        """Return the fraction that makes a mixed number of a whole one, taken from the tokens, or None."""
        start = self._at
        token = self._next
        if (
            token.kind == "number"
            and token.spaced
            and self._tokens[start + 1].text == "/"
            and self._tokens[start + 2].kind == "number"
        ):
            top, bottom = value_of(token.text)[0], value_of(self._tokens[start + 2].text)[0]
            self._at += 3
        elif token.kind == "command" and token.text == "frac":
            self._take()
            fraction = self._argument(), self._argument()
            if not all(part.op == "number" for part in fraction):
                self._at = start
                return None
            top, bottom = fraction[0].args[0], fraction[1].args[0]
        else:
            return None
        if not (top.denominator == bottom.denominator == 1 and top > 0 and bottom > 0):
            self._at = start
            return None
        return top / bottom

    def _name(self, token: Token) -> Node:
        if token.text in ("angle", "triangle"):
            label = token.text
            while self._next.kind in ("name", "number", "word"):
                label += self._take().text
            return name(label)
        if token.text in ("f", "g", "h") and self._sees("(") and not self._next.spaced:
            self._take()
            return Node("apply", (token.text, *self._items(")")))
        return name(token.text)

    def _word(self, token: Token) -> Node:
        if (scale := units.scale_named(token.text)) and self._at > 1:
            return number(scale)
        if (currency := units.named(token.text)) and self._next.kind == "number":
            return product(self._postfix(self._primary()), Node("unit", (currency,)))
        if token.text.lower() in _WORDS:
            raise Unreadable(token.text)
        if token.kind == "text" and not (token.text.isascii() and len(token.text) <= MOST_LETTERS):
            raise Unreadable(token.text)
        if len(token.text) > MOST_LETTERS or not token.text.isascii():
            raise Unreadable(token.text)
        letters = [Token("name", letter, False, token.start, token.end) for letter in token.text]
        self._tokens[self._at : self._at] = letters[1:]
        return self._name(letters[0])

    def _function(self, function: str) -> Node:
        if function == "sqrt":
            return self._root()
        base = exponent = None
        for _ in range(2):
            if function == "log" and self._accept("_"):
                base = self._group() if self._sees("{") else self._primary()
            elif self._accept("^"):
                exponent = self._group() if self._sees("{") else self._factor()
        operands = self._function_arguments()
        if len(operands) > 1 and function not in ("max", "min", "gcd", "lcm"):
            raise Unreadable(f"{function} of several operands")
        node = Node("call", (function, *operands))
        if base:
            node = Node("call", ("log_base", base, node.args[1]))
        if exponent is None:
            return node
        if exponent == number(-1) and function in ("sin", "cos", "tan", "cot"):
            return Node("call", (f"arc{function}", *node.args[1:]))
        return power(node, exponent)

    def _function_arguments(self) -> list[Node]:
        if self._sees("(", "{", "[", "\\{"):
            opening = self._take().text
            return self._items(CLOSING[opening])
        node = self._factor()
        while True:
            following = self._next
            is_over_pi = self._sees("/") and node == name("pi") and self._tokens[self._at + 1].kind == "number"
            if is_over_pi:
                self._take()
                node = quotient(node, self._factor())
            elif (
                following.kind == "name"
                or (following.kind == "command" and following.text == "frac")
                or following.kind == "number"
            ):
                node = product(node, self._factor())
            else:
                return [node]

    def _root(self) -> Node:
        index = number(2)
        if self._accept("["):
            index, *others = self._items("]")
            if others:
                raise Unreadable("a root of several degrees")
        radicand = self._group() if self._sees("{") else self._primary()
        return power(radicand, quotient(number(1), index))

    def _command(self, token: Token) -> Node:
        match token.text:
            case "frac":
                return quotient(self._argument(), self._argument())
            case "binom":
                return Node("call", ("binom", self._argument(), self._argument()))
            case "begin":
                return self._environment()
            case "emptyset":
                return Node("set", ((),))
            case "reals":
                return Node("reals", ())
            case "circled":
                return Node("words", (f"({self._raw_argument()})",))
            case "overline" | "vec" | "hat":
                return self._decorated(token.text)
        if unit := units.named("\\" + token.text):
            return self._money(unit)
        raise Unreadable(token.text)

    def _decorated(self, mark: str) -> Node:
        """Read a name with a mark: the segment AB is BA, the vector AB is not."""
        letters = self._raw_argument()
        if mark == "overline" and letters.isupper():
            letters = "".join(sorted(letters))
        return name(f"{mark} {letters}")

    def _environment(self) -> Node:
        kind = self._raw_argument()
        if kind == "array" and self._sees("{"):
            self._raw_argument()
        if kind not in _MATRICES:
            raise Unreadable(kind)
        rows: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        while not (self._next.kind == "command" and self._next.text == "end"):
            if self._next.kind == "command" and self._next.text == "hline":
                self._take()
                continue
            cells.append(self._sum())
            if self._accept("and", "&"):
                continue
            rows.append(tuple(cells))
            cells = []
            if not self._accept("\\\\"):
                break
        if not (self._next.kind == "command" and self._next.text == "end"):
            raise Unreadable(kind)
        self._take()
        self._raw_argument()
        if len({len(row) for row in rows}) != 1:
            raise Unreadable("rows of different length")
        return Node("matrix", (tuple(rows),))
