"""The part of the parser that reads what stands in brackets."""

from mathkit.expressions import units
from mathkit.expressions.cursor import CLOSING, Cursor, Unreadable
from mathkit.expressions.nodes import Node, number, product

MOST_LETTERS = 3  # of a word that may be a product of variables


class Brackets(Cursor):
    """Reads groups, tuples, intervals, sets, absolute values, and the arguments of commands."""

    def _bracketed(self, opening: str) -> Node:
        match opening:
            case "∞":
                return Node("infinity", ())
            case "|":
                self._bars += 1
                node = self._sum()
                self._expect("|")
                self._bars -= 1
                return Node("call", ("abs", node))
            case "⌊" | "⌈":
                node = self._sum()
                self._expect(CLOSING[opening])
                return Node("call", ("floor" if opening == "⌊" else "ceil", node))
            case "$" | "¥" | "£" | "€" | "₹":
                return self._money(units.named("\\$" if opening == "$" else opening) or units.ONE)
            case "\\{":
                return self._set()
            case "{":
                self._at -= 1
                return self._group(may_be_set=True)
            case "(" | "[" | "⟨":
                return self._parenthesised(opening)
        raise Unreadable(opening)

    def _money(self, unit: units.Unit) -> Node:
        return product(self._factor(), Node("unit", (unit,)))

    def _parenthesised(self, opening: str) -> Node:
        self._depth += 1
        bars, self._bars = self._bars, 0
        items = self._separated(self._relation)
        closing = self._take().text
        self._bars = bars
        self._depth -= 1
        if closing not in (")", "]", "⟩"):
            raise Unreadable(closing)
        if len(items) > 1:
            if opening == "[" and all(item.op == "tuple" and item.args[0] == "[" for item in items):
                rows = tuple(item.args[1] for item in items)
                if len({len(row) for row in rows}) == 1:
                    return Node("matrix", (rows,))
            return Node("tuple", (opening, tuple(items), closing))
        if items[0].op == "matrix":
            return items[0]
        if items[0].op in ("relation", "list", "set", "union") or opening == "⟨":
            raise Unreadable(items[0].op)
        return items[0]

    def _items(self, closing: str) -> list[Node]:
        """Read what stands up to a closing bracket whose opening one is taken."""
        bars, self._bars = self._bars, 0
        items = self._separated(self._sum)
        self._expect(closing)
        self._bars = bars
        return items

    def _set(self) -> Node:
        if self._accept("\\}"):
            return Node("set", ((),))
        bars, self._bars = self._bars, 1
        self._in_set = True
        items = self._separated(self._relation)
        self._in_set = False
        if self._accept("|", ":"):
            if len(items) > 1 or not _is_any_real(items[0]):
                raise Unreadable("a set of other things than real numbers")
            node = self._conditions()
            self._expect("\\}")
            self._bars = bars
            return node
        self._expect("\\}")
        self._bars = bars
        return Node("set", (tuple(items),))

    def _conditions(self) -> Node:
        """Read what the members of a set fulfil."""
        items, either = [self._relation()], False
        while self._next.kind == "separator":
            either |= self._take().text == "or"
            items.append(self._relation())
        return Node("either" if either and len(items) > 1 else "such_that", (tuple(items),))

    def _group(self, *, may_be_set: bool = False) -> Node:
        self._expect("{")
        bars, self._bars = self._bars, 0
        if may_be_set and self._next.kind == "name" and self._tokens[self._at + 1].text in ("|", ":"):
            self._at += 2  # {x | x > 1}
            node = self._conditions()
            self._expect("}")
            self._bars = bars
            return node
        items = self._separated(self._relation) if may_be_set else [self._relation()]
        node = items[0] if len(items) == 1 else Node("set", (tuple(items),))
        self._expect("}")
        self._bars = bars
        return node

    def _argument(self) -> Node:
        r"""Read the argument of a command: a group, or one digit or letter as in \frac12."""
        if self._sees("{"):
            return self._group()
        token = self._next
        if token.kind == "number" and len(token.text) > 1 and token.text.isdecimal():
            self._tokens[self._at] = token._replace(text=token.text[1:], spaced=False)
            return number(int(token.text[0]))
        if token.kind == "word" and len(token.text) <= MOST_LETTERS:
            self._tokens[self._at : self._at + 1] = [token._replace(kind="name", text=letter) for letter in token.text]
        return self._primary()


def _is_any_real(node: Node) -> bool:
    """Return whether what stands before the bar of a set stands for any real number: x, or x in R."""
    is_member = node.op == "relation" and node.args[1] == ("∈",) and node.args[0][1].op == "reals"
    return node.op == "name" or (is_member and node.args[0][0].op == "name")
