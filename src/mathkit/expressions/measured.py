"""The part of the parser that reads the unit after a value."""

from mathkit.expressions import units
from mathkit.expressions.cursor import CLOSING, RELATIONS, Cursor
from mathkit.expressions.nodes import Node, children, name, percent, product

_LONGEST_UNIT = 12  # tokens


class Measured(Cursor):
    """Reads units: 5 cm, 60 km/h, 3 apples."""

    def _unit_of(self, value: Node) -> Node | None:
        """Return a value with the unit that stands after it, or None where none does."""
        if value.op in ("relation", "tuple", "set", "words", "list", "unit"):
            return None
        start = end = self._at
        text, found = "", None
        while end < start + _LONGEST_UNIT and (piece := self._unit_piece(end, text)) is not None:
            text += piece
            end += 1
            if unit := units.read(text):
                found, self._at = unit, end
        is_noun = found is not None and any(base.startswith("noun:") for base, _ in found.powers)
        if found is None or (is_noun and not _is_constant(value)):
            self._at = start
            return None
        match found:
            case units.DEGREE:
                return Node("degrees", (value,))
            case units.PERCENT:
                return percent(value)
            case units.FAHRENHEIT:
                return Node("fahrenheit", (value,))
        return product(value, Node("unit", (found,)))

    def _unit_piece(self, at: int, before: str) -> str | None:
        """Return the text of a token that may go on with a unit after what stands before it, or None."""
        token = self._tokens[at]
        if token.kind in ("text", "word"):
            if units.scale_named(token.text) and not before:
                return None
            known = units.named(token.text) is not None
            stands_alone = token.kind == "text" or token.spaced or not token.text.isascii()
            return f" {token.text}" if stands_alone or before or known else None
        if token.kind == "command" and units.named("\\" + token.text):
            return "\\" + token.text
        if token.kind == "name":
            is_unit = units.is_single_letter(token.text) and (before or self._letters_are_units)
            return f" {token.text}" if is_unit and self._ends_unit(at + 1) else None
        if token.text == "/":
            after = self._tokens[at + 1]
            is_unit = after.kind in ("text", "word") or (
                after.kind == "name" and units.is_single_letter(after.text) and before
            )
            return "/" if is_unit else None
        if token.text in ("^", "{", "}", "-", "*", "(", ")") and before:
            return token.text if token.text != "-" or before.endswith(("^", "{")) else None
        if token.kind == "number" and before.endswith(("^", "{", "-")):
            return token.text
        return None

    def _ends_unit(self, at: int) -> bool:
        token = self._tokens[at]
        return token.kind in ("end", "separator", "text", "word", "number") or token.text in (
            "^",
            "/",
            "*",
            *CLOSING.values(),
            *RELATIONS,
        )


def _is_constant(node: Node) -> bool:
    if node.op in ("number", "name"):
        return node.op == "number" or node == name("pi")
    return all(_is_constant(child) for child in children(node))
