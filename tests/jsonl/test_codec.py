import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathkit.errors import BadRecord
from mathkit.jsonl import dump, parse
from mathkit.records import content_id

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_what_is_read_is_written(record: dict[str, Any]) -> None:
    line = json.dumps(record, ensure_ascii=False).encode("utf-8", "ignore")
    try:
        read = parse(line)
    except BadRecord:
        assert any(0xD800 <= ord(character) < 0xE000 for character in json.dumps(record, ensure_ascii=False))
        return
    assert parse(dump(read)) == read
    assert list(read) == list(json.loads(line))
    assert json.loads(dump(read)) == json.loads(line)


@pytest.mark.parametrize("digits", [19, 20, 25, 308, 309, 400, 4300, 4301, 100_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_integers_of_any_length_are_kept_digit_by_digit(sign: str, digits: int) -> None:
    line = b'{"n":' + sign.encode() + b"7" * digits + b',"in":[{"n":' + b"1" * digits + b"}]}\n"
    assert dump(parse(line)) == line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": 0' + b"1" * 30 + b"}", "not JSON"),
        (b'{"a": ' + b"1" * 30 + b', "b": NaN}', "not JSON"),
        (b'{"a": ' + b"1" * 30 + b', "b": "\\udc00"}', "not JSON"),
        (b'{"a": ' + b"1" * 30 + b', "b": ' + b"[" * 1000 + b"]" * 1000 + b"}", "nested too deep"),
        (b'{"a": ' + b"[" * 260 + b"]" * 260 + b"}", "nested too deep"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b"null", "not an object"),
    ],
)
def test_what_is_no_record_is_refused_with_a_reason(line: bytes, reason: str) -> None:
    with pytest.raises(BadRecord) as caught:
        parse(line)
    assert caught.value.reason == reason


def test_nesting_that_can_be_read_can_be_written() -> None:
    line = b'{"a":' + b"[" * 248 + b"]" * 248 + b"}\n"
    assert dump(parse(line)) == line


def test_the_id_of_a_record_is_that_of_its_content() -> None:
    assert content_id({"text": "a", "url": "x"}) == content_id({"url": "y", "text": "a"})
    assert content_id({"text": "a"}) != content_id({"text": "b"})
    assert content_id({"z": 2**70}) == content_id({"z": 2**70})
