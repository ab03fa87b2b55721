"""What an event says, as one number: equal for the same content, however it was written down."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel

from schemas import EVENTS
from schemas.crm_actions import ProfileUpdated
from schemas.event import Event
from schemas.vocabulary import ANY_PRODUCT
from topics.catalogue import name_of

_EXACT = 2.0**53
"""Up to here a float without a fraction is the integer it looks like."""


_TOPICS = {kind: name_of(kind) for kind in EVENTS}
_MAY_HOLD_FLOATS = frozenset({"fields", "qualification", "duration_seconds", "seconds"})


@cache
def _may_hold_floats(model: type[Event]) -> frozenset[str]:
    return _MAY_HOLD_FLOATS.intersection(model.model_fields)


def content_of(kind: str, event: Event) -> int:
    """Returns the first 8 bytes of BLAKE2b over topic and known fields, defaults filled in, null and "" left out.

    In what a call learnt both are answers, in a correction null is one.
    """
    known = {name: value for name, value in event.__dict__.items() if value is not None}
    if known.get("product") == ANY_PRODUCT:
        del known["product"]
    fields = known.get("fields")
    if fields and (None in fields.values() or "" in fields.values()):
        lacking = {""} if type(event) is ProfileUpdated else {"", None}
        known["fields"] = {key: value for key, value in fields.items() if value not in lacking}
    for name in _may_hold_floats(type(event)):
        if name in known:
            known[name] = _with_whole_numbers(known[name])
    told = orjson.dumps([_TOPICS[kind], known], default=_plain, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(told).digest()[:8])


def _plain(part: BaseModel) -> dict[str, Any]:
    return {key: value for key, value in part if value is not None}


def _with_whole_numbers(value: Any) -> Any:  # noqa: ANN401 - any value of a field
    """Returns 5 for 5.0: JSON has one kind of number, whatever its writers make of it."""
    kind = type(value)
    if kind is dict and float in map(type, value.values()):
        return {key: _with_whole_numbers(inner) for key, inner in value.items()}
    whole = kind is float and abs(value) < _EXACT and value.is_integer()
    return int(value) if whole else value
