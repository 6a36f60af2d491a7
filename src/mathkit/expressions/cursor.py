"""A place in a list of tokens, which the parts of the parser share."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from mathkit.expressions.arithmetic import TooLarge
from mathkit.expressions.nodes import Node
from mathkit.expressions.tokens import Token

CLOSING = {"(": ")", "[": "]", "\\{": "\\}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "{": "}"}
RELATIONS = frozenset(["=", "<", ">", "<=", ">=", "!=", "∈", "≈", "⇒", ":="])


_DEEPEST = 80


class Unreadable(ValueError):
    """What stands there is no mathematics that the parser knows."""


class Nonsense(Unreadable):
    """What stands there is no mathematics to anybody."""


class Cursor(ABC):
    """Takes tokens from the left. `letters_are_units` reads the m of 5m as metres."""

    def __init__(self, tokens: list[Token], *, letters_are_units: bool = False) -> None:
        self._tokens = [*tokens, Token("end", "", True, -1, -1)]
        self._at = 0
        self._bars = 0
        self._in_set = False
        self._depth = 0
        self._letters_are_units = letters_are_units

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise Unreadable("the end")
        self._at += 1
        return token

    def _sees(self, *signs: str) -> bool:
        token = self._tokens[self._at]
        return token.text in signs and token.kind in ("sign", "separator")

    def _accept(self, *signs: str) -> bool:
        if self._sees(*signs):
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise Unreadable(f"no {sign}")

    def _separated(self, read: Callable[[], Node]) -> list[Node]:
        """Read what stands between separators."""
        items = [read()]
        while self._next.kind == "separator":
            self._take()
            items.append(read())
        return items

    def _raw_argument(self) -> str:
        """Read the argument of a command as text."""
        if not self._accept("{"):
            return self._take().text
        content = ""
        while not self._accept("}"):
            content += self._take().text
        return content

    def _descend(self) -> None:
        """Note that something stands in something; raises TooLarge where that goes too deep."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooLarge("nesting")

    # -- what the parts of the parser ask of each other, from the weakest binding to the strongest

    @abstractmethod
    def _relation(self) -> Node: ...

    @abstractmethod
    def _sum(self) -> Node: ...

    @abstractmethod
    def _factor(self) -> Node: ...

    @abstractmethod
    def _postfix(self, node: Node) -> Node: ...

    @abstractmethod
    def _primary(self) -> Node: ...
