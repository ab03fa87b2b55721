"""What every event read has in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.instant import Instant
from schemas.lacking import lacking_is_allowed, without_lacking
from schemas.person import Answers, Consent


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError(
            "string_printable", "String should have printable characters only"
        )
    return text


_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"
Name = Annotated[str, Field(min_length=1, max_length=128)]
EventId = Annotated[
    Name, AfterValidator(_printable), Field(json_schema_extra={"pattern": _NO_CONTROLS})
]
LeadId = Annotated[str, Field(min_length=1, max_length=128, pattern=_NO_CONTROLS)]
"""It becomes a Kafka key; keys that begin with a control character are the worker's own."""


class Event(BaseModel):
    """One thing that happened, told by whoever saw it."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        defer_build=True,
        hide_input_in_errors=True,
        json_schema_extra=lacking_is_allowed,
    )

    event_id: EventId = Field(
        description="The producer's own id, 1 to 128 printable characters; told again by the same source, a repeat."
    )
    source: Name = Field("unknown", description="Who emitted it.")
    occurred_at: Instant = Field(
        description="When it happened, with an offset; from 2000 on, and at most 5 minutes ahead of the record."
    )
    lead_id: LeadId | None = Field(
        None,
        description="The producer's id of the lead; without one the e-mail address, else the phone number, is it.",
    )
    email: str | None = Field(None, description="The lead's address, as typed.")
    phone: str | None = Field(
        None, description="The lead's number with + and country code, as typed."
    )
    product: Name | None = Field(
        None,
        description="Which of our products it is about; none speaks to every lifecycle the lead has.",
    )

    _lacking_is_absent = model_validator(mode="before")(classmethod(without_lacking))  # type: ignore[arg-type] # as documented


_PARTS = (
    ("consent", frozenset(Consent.model_fields)),
    ("qualification", frozenset(Answers.__annotations__)),
)
"""Parts of events whose keys are a closed list."""


@cache
def _keys(model: type[Event]) -> frozenset[str]:
    return frozenset(model.model_fields)


def unknown_fields(model: type[Event], told: Mapping[str, Any]) -> int:
    """Returns how many keys of an event, or of its parts with closed lists of keys, nobody reads."""
    known = _keys(model)
    unknown = 0 if known.issuperset(told) else len(told.keys() - known)
    for part, keys in _PARTS:
        if isinstance(inner := told.get(part), dict):
            unknown += len(inner.keys() - keys)
    return unknown
