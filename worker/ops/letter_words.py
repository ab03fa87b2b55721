"""What is said of a dead letter, in words and as JSON; what its sender wrote only where that is asked for."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import orjson

from worker.lifecycle.calendar import rfc3339
from worker.stream.letters import Letter, written
from worker.stream.resending import Resent


def described(letter: Letter) -> dict[str, Any]:
    """Returns what may be said of a dead letter without what its sender wrote."""
    return {
        "written_at": rfc3339(letter.record.timestamp_ms),
        "code": letter.code,
        "origin": written(letter.origin),
        "attempt": letter.attempt,
        "message": letter.message,
    }


def in_a_line(letter: Letter) -> str:
    """Returns the same on a line."""
    told = {name: _escaped(str(value).encode()) for name, value in described(letter).items()}
    return "{written_at} {code:26} {origin} attempt {attempt}: {message}".format(**told)


def whole(letter: Letter, *, with_value: bool) -> dict[str, Any]:
    """Returns a dead letter with its headers, and key and value if asked for, exactly."""
    headers = [[name, _exact(value)] for name, value in letter.record.headers]
    line = {**described(letter), "headers": headers, "left_out": letter.left_out}
    if with_value:
        line |= {"key": _exact(letter.key), "value": _exact(letter.value)}
    return line


def in_lines(letter: Letter, *, with_value: bool) -> Iterator[str]:
    """Yields the same in lines, what is not printable escaped."""
    yield in_a_line(letter)
    for name, value in letter.record.headers:
        yield f"  {_escaped(name.encode())}: {_escaped(value)}"
    if with_value:
        yield f"  key: {_escaped(letter.key)}"
        yield f"  value: {_escaped(letter.value)}"


def fate(resent: Resent, *, dry_run: bool) -> str:
    """Returns what became of a dead letter that was to be replayed, in two or three words."""
    if resent.why_not:
        return "cannot be replayed"
    if resent.before:
        return "replayed before"
    return "would be replayed" if dry_run else "replayed"


def fate_in_a_line(resent: Resent, became: str) -> str:
    """Returns the same with the letter and the place of its replay."""
    tail = f" as {resent.to}" if resent.to else ""
    tail += f": {resent.why_not}" if resent.why_not else ""
    origin = _escaped(written(resent.letter.origin).encode())
    return f"{origin} {_escaped(resent.letter.code.encode())}: {became}{tail}"


def fate_as_json(resent: Resent, became: str) -> bytes:
    """Returns the same as a JSON line."""
    line = {**described(resent.letter), "became": became}
    return orjson.dumps({**line, "as": resent.to, "why_not": resent.why_not})


def _exact(data: bytes | None) -> str | dict[str, str] | None:
    """Returns bytes as text where they are UTF-8, else in base64."""
    try:
        return None if data is None else data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data or b"").decode()}


def _escaped(data: bytes | None) -> str:
    """Returns bytes as text that changes nothing on a screen but its own line."""
    if data is None:
        return "(null)"
    text = data.decode(errors="backslashreplace")
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
