"""The words of the policy language: names, spans, signals, and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from worker.lifecycle.calendar import span_of

NEW = "new"
"""How a policy names a lead without a status."""
ANYWHERE = "any"
"""How a policy says: wherever the lead is, `new` included."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$", strict=True)]
Phase = Literal["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "D1", "D2", "D3", "D4", "D5"]
Signal = Literal[
    "form",
    "email_opened",
    "email_clicked",
    "email_replied",
    "hard_bounced",
    "unsubscribed",
    "complained",
    "connected_call",
    "attempt",
    "wrong_number",
    "do_not_call",
    "created",
    "trade_show_card",
    "ownership_requested",
    "profile_updated",
    "web_visit",
    "account_heard",
    "marketing_activity",
    "hand_raised",
    "live_exchange",
    "lead_acted",
    "profile_activity",
]
"""What an activity can be called in `on`, `since`, `until` and `of`; `signals` says which activity is what."""
SIGNALS: dict[Signal, str] = {
    "form": "a form was sent",
    "email_opened": "a person opened a mail",
    "email_clicked": "a person followed a link in a mail",
    "email_replied": "a person answered a mail",
    "hard_bounced": "a mail came back for good",
    "unsubscribed": "the person wants no more mail",
    "complained": "the person called a mail unwanted",
    "connected_call": "somebody talked to the person on the phone",
    "attempt": "a call that reached a gatekeeper, a voicemail or nobody",
    "wrong_number": "a call that reached somebody else",
    "do_not_call": "the person wants no more calls",
    "created": "a record was entered by other means than a form",
    "trade_show_card": "a record was entered from a card of a trade show",
    "ownership_requested": "a team asks for the lead",
    "profile_updated": "somebody corrected what is known of the person",
    "web_visit": "the person looked at a page",
    "account_heard": "news of what the person's account is to us",
    "marketing_activity": "a form, a click, a reply, a visit or a trade-show card",
    "hand_raised": "a form that asks for something to be done",
    "live_exchange": "a connected call, or a reply to a team that is in talks",
    "lead_acted": "anything the person did: a marketing activity, an opened mail, a connected call",
    "profile_activity": "a form, a record that was entered, or a correction",
}
"""What each signal means."""


def listed(value: object) -> object:
    """Returns one word or one table as a list of one."""
    return [value] if isinstance(value, str | Mapping) else value


def ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns names whose order means nothing in the one order that is digested."""
    return tuple(sorted(set(names)))


def by_name(table: dict[str, Any]) -> dict[str, Any]:
    """Returns a table whose order means nothing in the one order that is digested."""
    return dict(sorted(table.items()))


def _is_span(text: str) -> str:
    span_of(text)
    return text


Names = Annotated[tuple[Name, ...], BeforeValidator(listed), AfterValidator(ordered)]
"""One name, or a list of them whose order means nothing."""
Signals = Annotated[tuple[Signal, ...], BeforeValidator(listed), AfterValidator(ordered)]
SpanText = Annotated[str, AfterValidator(_is_span)]


class Part(BaseModel):
    """A part of a policy: closed, and never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AtLeast(Part):
    """A number that is reached."""

    at_least: int | float


class Below(Part):
    """A number that is not reached."""

    below: int | float


class Known(Part):
    """Whether anything is known of it at all."""

    known: bool


class AllOf(Part):
    """Several values, all of them there."""

    all_of: tuple[str, ...]


def _held(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """Reads what a fact is held against; one fault says what that can be, not one for each kind."""
    try:
        return handler(value)
    except ValidationError:
        raise ValueError(
            'a fact is held against "this", ["this", "or this"], a whole number, true or false, { at_least = 5 },'
            ' { below = 5 }, { known = true } or { all_of = ["this", "and this"] }'
        ) from None


Matcher = Annotated[
    AtLeast | Below | Known | AllOf | bool | int | str | tuple[str, ...], WrapValidator(_held)
]
"""What a fact is held against: a bound, a value, a list of values of which it is one, or all of a list."""


class When(Part):
    """Conditions that must all hold: facts by name, and `any`, `all` and `not` of further conditions.

    In a file the facts stand beside the three words: `{ sentiment = "negative", not = { origin = "channel" } }`.
    """

    facts: dict[Name, Matcher] = {}
    any: tuple[When, ...] = ()
    all: tuple[When, ...] = ()
    not_: When | None = Field(default=None, alias="not")

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, table: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        if not isinstance(table, dict) or "facts" in table:
            return table
        joined = {name: table[name] for name in ("any", "all", "not") if name in table}
        facts = {name: table[name] for name in sorted(table.keys() - joined.keys())}
        return joined | ({"facts": facts} if facts else {})
