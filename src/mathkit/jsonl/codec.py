"""One line of JSON <-> one record, exactly.

orjson does the work. It has three limits that a pipeline must not have: integers beyond 64 bits become floats
or errors, and what nests deeper than 254 levels can be read but not written. The first are kept digit by digit,
the second is refused when it is read, where the line is known.
"""

import json
import re
from typing import Any

import orjson

from mathkit.errors import BadRecord
from mathkit.records import Record

MAX_DEPTH = 250  # levels of nesting; orjson writes 254
_PYTHON_INT_DIGITS = 4300  # more digits than this Python refuses to convert (CVE-2020-10735)
_LONG_DIGITS = re.compile(rb"[0-9]{19,}")
_STRING_OR_LONG_DIGITS = re.compile(rb'"(?:[^"\\]|\\.)*"|[0-9]{19,}')
_SAFE = 2.0**63


class BigInteger:
    """An integer too long for Python to convert; it is carried from input to output as its digits."""

    __slots__ = ("digits",)

    def __init__(self, digits: str) -> None:
        self.digits = digits

    def __repr__(self) -> str:
        return self.digits


def parse(line: bytes) -> Record:
    """Return the record on a line; raise BadRecord for anything but one JSON object.

    >>> parse(b'{"n": 123456789012345678901234567890}')
    {'n': 123456789012345678901234567890}
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not _LONG_DIGITS.search(line):
            raise _not_json(line, error) from None
        record = _parse_exactly(line)  # an integer of over 308 digits overflows orjson's double
    if not isinstance(record, dict):
        raise BadRecord("not an object", f"a JSON object is needed, this is {json_type(record)}")
    depth, beyond_64_bits = _inspect(record)
    if depth > MAX_DEPTH:
        raise BadRecord("nested too deep", f"nested {depth} levels deep; {MAX_DEPTH} is the limit")
    if beyond_64_bits and _LONG_DIGITS.search(line):
        return dict(_parse_exactly(line))
    return record


def dump(record: Any) -> bytes:
    """Return a record as one compact line, with its line feed.

    >>> dump({"n": 2**70})
    b'{"n":1180591620717411303424}\\n'
    """
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return orjson.dumps(_with_fragments(record), option=orjson.OPT_APPEND_NEWLINE)


def json_type(value: object) -> str:
    """Name the JSON type of a value with its article, for messages.

    >>> json_type([1]), json_type(None)
    ('an array', 'null')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case BigInteger():
            return "a number of more digits than can be used"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _not_json(line: bytes, error: json.JSONDecodeError) -> BadRecord:
    try:
        orjson.loads(line.rstrip())
    except orjson.JSONDecodeError as better:  # without the line feed, which a torn line holds inside a string
        error = better
    message = str(error).split(": line ")[0]
    if b"\xff\xfe" in line[:2] or b"\x00" in line[:4]:
        message = "not UTF-8 text (UTF-16?)"
    if re.search(rb"\b-?(NaN|Infinity)\b", line):
        message += " (NaN and Infinity are not JSON)"
    return BadRecord("not JSON", f"not JSON: {message}, column {error.colno}")


def _inspect(record: Record) -> tuple[int, bool]:
    """Return how deep a record nests, and whether it holds a number that may be a wider integer."""
    depth, wide = 0, False
    level: list[Any] = [record]
    while level:
        depth += 1
        deeper: list[Any] = []
        for node in level:
            for value in node.values() if type(node) is dict else node:
                kind = type(value)
                if kind is dict or kind is list:
                    deeper.append(value)
                elif kind is float and not -_SAFE < value < _SAFE:
                    wide = True
        level = deeper
    return depth, wide


def _parse_exactly(line: bytes) -> Any:
    """Parse with Python's own parser, which keeps integers, after orjson has checked all the rest."""
    try:
        orjson.loads(_STRING_OR_LONG_DIGITS.sub(lambda match: match[0] if match[0][:1] == b'"' else b"1", line))
        return json.loads(line.decode(), parse_int=_integer)
    except json.JSONDecodeError as error:  # orjson's is one too
        raise _not_json(line, error) from None
    except RecursionError:
        raise BadRecord("nested too deep", f"nested deeper than {MAX_DEPTH} levels") from None


def _integer(digits: str) -> int | BigInteger:
    return int(digits) if len(digits) <= _PYTHON_INT_DIGITS else BigInteger(digits)


def _with_fragments(value: Any) -> Any:
    match value:
        case BigInteger():
            return orjson.Fragment(value.digits)
        case int() if not isinstance(value, bool) and not -(2**63) <= value < 2**64:
            return orjson.Fragment(str(value))
        case dict():
            return {name: _with_fragments(item) for name, item in value.items()}
        case list() | tuple():
            return [_with_fragments(item) for item in value]
        case _:
            return value
