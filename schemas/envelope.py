"""CloudEvents 1.0 on Kafka: the three envelopes that are read, and the one that is written.

Binary: attributes in headers `ce_*`, the value is the event. Structured: `content-type: application/cloudevents+json`,
the value holds the attributes and the event under `data`. Bare: the value is the event and there are no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Headers = Iterable[tuple[str, bytes | None]]
"""Kafka's; a header may have no value."""

STRUCTURED = "application/cloudevents+json"
_PLAIN = b"application/json"
_SAYS = {
    "specversion": "specversion",
    "type": "type",
    "id": "event_id",
    "source": "source",
    "time": "occurred_at",
}
"""The attributes that are looked at; three of them say what a field of the event says, and have its name here."""
_HEADERS = {**{f"ce_{name}": said for name, said in _SAYS.items()}, "content-type": "content-type"}
"""The headers that are looked at."""
_OURS = re.compile(r"leads\.(?P<kind>[a-z][a-z0-9.-]*)\.v(?P<version>\d+)", re.ASCII)


class EnvelopeFault(ValueError):
    """The envelope cannot be read; the sentence names the attribute and what it should be."""


class UnsupportedVersion(EnvelopeFault):
    """The envelope, or the event in it, is of a version this code does not know."""


class Opened(NamedTuple):
    """An event out of its envelope, and what the envelope says: `event_id`, `source`, `occurred_at`, and of itself."""

    event: Any
    said: Mapping[str, str] = {}


def opened(value: Any, headers: Headers, kinds: Iterable[str]) -> Opened:  # noqa: ANN401 - any JSON value
    """Takes the event out of its envelope; `kinds` are the event types whose version 1 is known.

    Raises UnsupportedVersion, or EnvelopeFault where a structured envelope is no such thing.
    """
    said: dict[str, str] = {}
    header = ""
    try:
        for header, told in headers:
            name = _HEADERS.get(header) or _HEADERS.get(header.lower())
            if name is None or told is None:
                continue
            if name != "content-type":
                said[name] = told.decode()
            elif told != _PLAIN and _media_type(told) == STRUCTURED:
                return _structured(value, kinds)
    except UnicodeDecodeError:
        raise EnvelopeFault(f"{header.lower()} should be UTF-8") from None
    if said:
        _check_versions(said, kinds)
    return Opened(value, said)


def _structured(value: Any, kinds: Iterable[str]) -> Opened:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        raise EnvelopeFault("the value should be an object")
    said: dict[str, str] = {}
    for name, field in _SAYS.items():
        told = value.get(name)
        if isinstance(told, str):
            said[field] = told
        elif told is not None:
            raise EnvelopeFault(f"{name} should be text")
    _check_versions(said, kinds)
    if "data" not in value:
        raise EnvelopeFault("data is missing")
    return Opened(value["data"], said)


def _check_versions(said: Mapping[str, str], kinds: Iterable[str]) -> None:
    specversion, kind = said.get("specversion", "1.0"), said.get("type", "")
    if specversion != "1.0" and not re.fullmatch(r"1(\.\d+)*", specversion, re.ASCII):
        raise UnsupportedVersion("specversion should be 1.x")
    ours = None if kind.endswith(".v1") else _OURS.fullmatch(kind)
    if ours and ours["version"] != "1" and ours["kind"] in kinds:
        raise UnsupportedVersion("type should name version 1 of its topic")


def _media_type(told: bytes) -> str:
    return told.decode("latin-1").partition(";")[0].strip().lower()


class Envelope:
    """The binary CloudEvent in which outcomes are written onto one topic."""

    def __init__(self, topic: str, application_id: str) -> None:
        self._kind = ("ce_type", topic.encode())
        self._source = ("ce_source", f"/lead-router/{application_id}".encode())

    def headers(self, outcome: Mapping[str, Any]) -> tuple[tuple[str, bytes], ...]:
        """Returns the headers that say what an outcome is."""
        return (
            ("ce_specversion", b"1.0"),
            ("ce_id", outcome["event_id"].encode()),
            self._kind,
            self._source,
            ("ce_subject", outcome["lead_id"].encode()),
            ("ce_time", outcome["occurred_at"].encode()),
            ("content-type", _PLAIN),
        )
