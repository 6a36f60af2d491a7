r"""Read an expression into a tree: a recursive descent over the tokens of plain LaTeX.

relation := ratio ((= < <= ≠ ∈ ...) ratio)*
ratio    := sum (: sum)*
sum      := term ((+ - ± ∓ ∪ ∖) term)*
term     := factor ((* /)? factor)* unit?
factor   := ± factor | primary postfix*
"""

from mathkit.expressions import units
from mathkit.expressions.cursor import RELATIONS, Nonsense, Unreadable
from mathkit.expressions.measured import Measured
from mathkit.expressions.nodes import (
    EXPRESSIONS,
    Node,
    contains,
    factorial,
    name,
    negative,
    number,
    percent,
    power,
    product,
    quotient,
    sum_of,
)  # fmt: skip
from mathkit.expressions.operands import Operands
from mathkit.expressions.tokens import value_of

_INVERSE = [["^", "{", "-", "1", "}"], ["^", "(", "-", "1", ")"], ["^", "-", "1"]]


class Parser(Operands, Measured):
    """Reads a part of a list of tokens."""

    def item(self) -> Node:
        """Read all tokens as one item: a value or a relation."""
        node = self._relation()
        if self._next.kind != "end":
            raise Unreadable(self._next.text)
        return node

    def _relation(self) -> Node:
        self._accept("≈")
        sides, signs = [self._defined() or self._ratio()], []
        while self._sees(*RELATIONS):
            signs.append(self._take().text)
            if signs[-1] in ("=", "∈", "≈"):
                self._accept("≈")
            sides.append(self._ratio())
        return Node("relation", (tuple(sides), tuple(signs))) if signs else sides[0]

    def _defined(self) -> Node | None:
        """Return the function that an equation defines, P(x) or g^{-1}(x), if it begins like that."""
        texts = [token.text for token in self._tokens[self._at :]]
        inverse = next((len(mark) + 1 for mark in _INVERSE if texts[1 : len(mark) + 1] == mark), 1)
        if self._next.kind != "name" or texts[inverse : inverse + 1] != ["("] or ")" not in texts:
            return None
        end = texts.index(")")
        operands = texts[inverse + 1 : end : 2]
        is_plain = all(
            token.kind in ("name", "number", "separator")
            for token in self._tokens[self._at + inverse + 1 : self._at + end]
        )
        if texts[end + 1 : end + 2] != ["="] or not is_plain or set(texts[inverse + 2 : end : 2]) - {","}:
            return None
        function = texts[0] + ("^-1" if inverse > 1 else "")
        self._at += end + 1
        return Node("apply", (function, *(number(int(text)) if text.isdecimal() else name(text) for text in operands)))

    def _ratio(self) -> Node:
        terms = [self._sum()]
        while not self._in_set and self._accept(":"):
            terms.append(self._sum())
        return Node("ratio", (tuple(terms),)) if len(terms) > 1 else terms[0]

    def _sum(self) -> Node:
        self._descend()
        node = Node("pm", (_value(self._term()), 1)) if self._accept("±") else self._term()
        while self._sees("+", "-", "±", "∓", "∪", "∩", "∖"):
            sign = self._take().text
            other = self._term()
            if sign == "∪":
                node = Node("union", ((*node.args[0], other) if node.op == "union" else (node, other),))
            elif sign == "∖":
                node = Node("without", (node, other))
            elif sign == "∩":
                raise Unreadable(sign)
            else:
                other = _value(other)
                signed = {"+": other, "-": negative(other)}.get(sign) or Node("pm", (other, 1 if sign == "±" else -1))
                node = sum_of(_value(node), signed)
        self._depth -= 1
        return node

    def _term(self) -> Node:
        node = self._factor()
        while True:
            if self._accept("*"):
                node = self._beside(node, self._factor())
            elif self._sees("/") and (read := self._unit_of(node)):
                node = read
            elif self._accept("/"):
                node = quotient(_value(node), _value(self._factor()))
            elif read := self._unit_of(node):
                node = read
                if self._next.kind == "number" and contains(rest := self._term(), "unit"):
                    return sum_of(node, rest)  # 1 hour 30 minutes
            elif self._next.kind == self._tokens[self._at - 1].kind == "number":
                raise Nonsense("two numbers without a sign")
            elif self._starts_factor():
                node = self._beside(node, self._factor())
            else:
                return node

    def _beside(self, left: Node, right: Node) -> Node:
        """Return what two factors without a sign between them mean."""
        if right.op == "tuple" and left.op == "name" and left.args[0][0].isupper():
            return Node("relation", ((left, right), ("=",)))  # a point and its label
        if right.op == "matrix" and left.op in EXPRESSIONS:
            return Node("matrix", (tuple(tuple(product(left, cell) for cell in row) for row in right.args[0]),))
        return product(_value(left), _value(right))

    def _starts_factor(self) -> bool:
        token = self._next
        if token.kind in ("number", "name", "word", "function", "command"):
            return token.text not in ("end", "text")
        if token.text == "|":
            return not self._bars
        return token.kind == "sign" and token.text in ("(", "[", "{", "⌊", "⌈", "√", "∞", "⟨")

    def _factor(self) -> Node:
        if self._accept("-"):
            self._descend()
            inner = self._factor()
            node = self._beside(number(-1), inner) if inner.op == "matrix" else negative(_value(inner))
            self._depth -= 1
            return node
        if self._sees("+", "±"):
            self._descend()
            sign, inner = self._take().text, self._factor()
            self._depth -= 1
            return inner if sign == "+" else Node("pm", (_value(inner), 1))
        return self._postfix(self._primary())

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._accept("^"):
                node = self._raised(node)
            elif self._accept("!"):
                node = factorial(node)
            elif self._accept("%"):
                node = percent(node)
            elif self._accept("‰"):
                node = quotient(node, number(1000))
            elif self._sees("'") and node.op in ("name", "degrees", "sum"):
                node = self._primed(node)
            elif self._accept("_"):
                node = self._subscripted(node)
            else:
                return node

    def _raised(self, base: Node) -> Node:
        if self._sees("°") or (self._sees("{") and self._tokens[self._at + 1].text == "°"):
            braces = self._accept("{")
            self._accept("°")
            if braces:
                self._expect("}")
            return self._degrees(base)
        if self._accept("'"):
            return self._mark(base, "'")
        if self._accept("*"):
            return self._mark(base, "*")
        if self._next.kind == "name" and self._next.text == "T" and base.op in ("matrix", "tuple"):
            self._take()
            return (
                Node("tuple", ("(", base.args[1], ")"))
                if base.op == "tuple"
                else Node("matrix", (tuple(zip(*base.args[0], strict=True)),))
            )
        minus = self._accept("-")
        exponent = self._group() if self._sees("{") else self._primary()
        if self._sees("^") and exponent.op != "relation":
            exponent = self._postfix(exponent)
        return power(base, negative(exponent) if minus else exponent)

    def _degrees(self, base: Node) -> Node:
        if self._next.kind in ("name", "text", "word") and self._next.text in ("C", "F"):
            celsius = product(base, Node("unit", (units.CELSIUS,)))
            return celsius if self._take().text == "C" else Node("fahrenheit", (base,))
        if self._next.kind == "number" and self._tokens[self._at + 1].text == "'":
            minutes = self._take()
            self._take()
            base = sum_of(base, number(value_of(minutes.text)[0] / 60))
        return Node("degrees", (base,))

    def _primed(self, node: Node) -> Node:
        self._take()
        return self._mark(node, "'")

    def _mark(self, node: Node, mark: str) -> Node:
        if node.op != "name":
            raise Unreadable(mark)
        return name(node.args[0] + mark)

    def _subscripted(self, node: Node) -> Node:
        content = self._raw_argument()
        if node.op == "number" and content.isdecimal():
            return Node("base", (str(node.args[0]), int(content)))
        if node.op != "name":
            raise Unreadable("a subscript")
        return name(f"{node.args[0]}_{content}")


def _value(node: Node) -> Node:
    """Return an operand; raises Unreadable for what has no value."""
    if node.op not in EXPRESSIONS:
        raise Unreadable(node.op)
    return node
