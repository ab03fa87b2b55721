"""Bytes to a value: what is broken, what is too much, what is fine."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.intake.items import Fault
from worker.intake.parse import LARGEST, LARGEST_PARSED, MOST_KEYS, value_of


def nested(depth: int, inner: str = "1") -> bytes:
    return ('{"a":' * depth + inner + "}" * depth).encode()


def keys(count: int) -> bytes:
    return json.dumps({f"k{n}": n for n in range(count)}).encode()


FINE = {
    "sixteen deep": nested(16),
    "sixteen arrays": b"[" * 16 + b"]" * 16,
    "two hundred keys": keys(MOST_KEYS),
    "largest": b'"' + b"x" * (LARGEST - 2) + b'"',
    "greatest integer": b"9223372036854775807",
    "least integer": b"-9223372036854775808",
    "a float beyond every integer": b'{"a":1e300}',
    "two to the 64 as a float": b"18446744073709551616.0",
    "the same key in two objects": b'{"a":{"k":1},"b":{"k":1}}',
    "the same key in an array's objects": b'[{"k":1},{"k":1}]',
    "a quote and a colon in a text": rb'{"a":"say \"x\":1"}',
    "blank before a colon": b'{"a" : 1, "b"\n:2}',
    "a pair of surrogates": rb'"\ud83d\ude00"',
    "whitespace around": b' \r\n\t{"a": [1 , 2 ] } \n',
    "unicode": '{"ключ":"日本"}'.encode(),
    "an empty key": b'{"":1}',
}

FAULTS = {
    "not UTF-8": (b'{"a":"\xff"}', "encoding.invalid"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "encoding.invalid"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "encoding.invalid"),
    "broken and not UTF-8": (b'{"a":\xff', "encoding.invalid"),
    "large and not UTF-8": (b'"' + b"\xff" * LARGEST + b'"', "encoding.invalid"),
    "no value": (None, "json.invalid"),
    "empty": (b"", "json.invalid"),
    "blank": (b"  \n", "json.invalid"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "json.invalid"),
    "a lone surrogate": (rb'"\ud800"', "json.invalid"),
    "a low surrogate first": (rb'"\udc00\ud800"', "json.invalid"),
    "cut short": (b'{"a":1', "json.invalid"),
    "two values": (b"{} {}", "json.invalid"),
    "a trailing comma": (b"[1,]", "json.invalid"),
    "single quotes": (b"{'a':1}", "json.invalid"),
    "a comment": (b"{} // x", "json.invalid"),
    "NaN": (b'{"a":NaN}', "json.invalid"),
    "Infinity": (b'{"a":-Infinity}', "json.invalid"),
    "a leading zero": (b'{"a":01}', "json.invalid"),
    "a tab in a text": (b'{"a":"\t"}', "json.invalid"),
    "deep and never closed": (b"[" * 100_000, "json.invalid"),
    "deep and closed wrongly": (b"[" * 5_000 + b"}" * 5_000, "json.invalid"),
    "deep and broken inside": (b"[" * 5_000 + b"nul" + b"]" * 5_000, "json.invalid"),
    "infinite, and broken later": (b"[1e400,]", "json.invalid"),
    "large and broken": (b"[" + b"1" * LARGEST, "json.invalid"),
    "large": (b'"' + b"x" * LARGEST + b'"', "json.limits"),
    "larger than is looked at": (b"[" * (LARGEST_PARSED + 1), "json.limits"),
    "larger than is looked at, and not UTF-8": (b"\xff" * (LARGEST_PARSED + 1), "encoding.invalid"),
    "seventeen deep": (nested(17), "json.limits"),
    "seventeen arrays": (b"[" * 17 + b"]" * 17, "json.limits"),
    "deeper than any parser goes": (nested(5_000), "json.limits"),
    "201 keys": (keys(MOST_KEYS + 1), "json.limits"),
    "201 keys further down": (b'{"a":[' + keys(MOST_KEYS + 1) + b"]}", "json.limits"),
    "a repeated key": (b'{"a":1,"a":1}', "json.limits"),
    "a repeated key further down": (b'{"x":[{"a":1,"b":2,"a":3}]}', "json.limits"),
    "a repeated key, blank before the colon": (b'{"a" :1,"a"\t:1}', "json.limits"),
    "a repeated key, written otherwise": (rb'{"a":1,"\u0061":1}', "json.limits"),
    "one above int64": (b"9223372036854775808", "json.limits"),
    "one below int64": (b'{"a":-9223372036854775809}', "json.limits"),
    "two to the 64": (b'{"a":[18446744073709551616]}', "json.limits"),
    "an integer of five thousand digits": (b"9" * 5_000, "json.limits"),
    "a number that is infinite": (b'{"a":1e400}', "json.limits"),
    "a negative one": (b'{"a":-1E999}', "json.limits"),
}


@pytest.mark.parametrize("raw", FINE.values(), ids=FINE)
def test_a_value_within_the_limits_is_read(raw: bytes) -> None:
    assert value_of(raw) == json.loads(raw)


@pytest.mark.parametrize("raw, code", FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_code(raw: bytes | None, code: str) -> None:
    with pytest.raises(Fault) as told:
        value_of(raw)
    assert told.value.code == code


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]), st.booleans())
def test_whatever_another_writer_wrote_is_read_the_same(
    value: object,
    separators: tuple[str, str],
    ascii_only: bool,
) -> None:
    raw = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode()
    assert value_of(raw) == value


@given(st.text(min_size=1), st.text(min_size=1), values)
def test_a_repeated_key_never_passes(key: str, other: str, value: object) -> None:
    name, told = json.dumps(key), json.dumps(value)
    raw = f"{{{json.dumps(other + key)}:[{told},{{{name}:1,{name}:{told}}}]}}"
    with pytest.raises(Fault):
        value_of(raw.encode())


@given(
    st.binary(max_size=64)
    | st.text(alphabet='{}[]",:0123456789eE.+-\\u \ntruefalsn', max_size=40).map(str.encode)
)
def test_anything_is_a_value_or_a_fault(raw: bytes) -> None:
    with suppress(Fault):
        value_of(raw)
