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
_BINARY = {f"ce_{name}": name for name in ("specversion", "type", "id", "source", "time")}
"""The attributes that are looked at, by header."""
_OURS = re.compile(r"leads\.(?P<kind>[a-z][a-z0-9.-]*)\.v(?P<version>\d+)", re.ASCII)


class EnvelopeFault(ValueError):
    """The envelope cannot be read; the sentence names the attribute and what it should be."""


class UnsupportedVersion(EnvelopeFault):
    """The envelope, or the event in it, is of a version this code does not know."""


class Opened(NamedTuple):
    """An event out of its envelope; an attribute is None where the envelope has none."""

    event: Any
    event_id: str | None = None
    source: str | None = None
    occurred_at: str | None = None


def opened(value: Any, headers: Headers, kinds: Iterable[str]) -> Opened:  # noqa: ANN401 - any JSON value
    """Takes the event out of its envelope; `kinds` are the event types whose version 1 is known.

    Raises UnsupportedVersion, or EnvelopeFault where a structured envelope is no such thing.
    """
    attributes: dict[str, str] = {}
    for name, told in headers:
        lower = name.lower()
        if told is not None and lower in _BINARY:
            attributes[_BINARY[lower]] = _text(lower, told)
        elif told is not None and lower == "content-type" and _media_type(told) == STRUCTURED:
            return _structured(value, kinds)
    if not attributes:
        return Opened(value)
    _check_versions(attributes, kinds)
    return Opened(value, attributes.get("id"), attributes.get("source"), attributes.get("time"))


def _structured(value: Any, kinds: Iterable[str]) -> Opened:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        raise EnvelopeFault("the value should be an object")
    attributes = {}
    for name in _BINARY.values():
        told = value.get(name)
        if told is not None and not isinstance(told, str):
            raise EnvelopeFault(f"{name} should be text")
        attributes[name] = told
    _check_versions(attributes, kinds)
    if "data" not in value:
        raise EnvelopeFault("data is missing")
    return Opened(value["data"], attributes["id"], attributes["source"], attributes["time"])


def _check_versions(attributes: Mapping[str, str | None], kinds: Iterable[str]) -> None:
    specversion = attributes.get("specversion")
    if specversion is not None and not re.fullmatch(r"1(\.\d+)*", specversion, re.ASCII):
        raise UnsupportedVersion("specversion should be 1.x")
    ours = _OURS.fullmatch(attributes.get("type") or "")
    if ours and ours["version"] != "1" and ours["kind"] in kinds:
        raise UnsupportedVersion("type should name version 1 of its topic")


def _text(name: str, told: bytes) -> str:
    try:
        return told.decode()
    except UnicodeDecodeError:
        raise EnvelopeFault(f"{name} should be UTF-8") from None


def _media_type(told: bytes) -> str:
    return told.decode("latin-1").partition(";")[0].strip().lower()


def written(outcome: Mapping[str, Any], topic: str, application_id: str) -> list[tuple[str, bytes]]:
    """Returns the headers that make an outcome a binary CloudEvent on its topic."""
    told = (
        ("ce_specversion", "1.0"),
        ("ce_id", outcome["event_id"]),
        ("ce_type", topic),
        ("ce_source", f"/lead-router/{application_id}"),
        ("ce_subject", outcome["lead_id"]),
        ("ce_time", outcome["occurred_at"]),
        ("content-type", "application/json"),
    )
    return [(name, value.encode()) for name, value in told]
