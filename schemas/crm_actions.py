"""What people and the CRM say of a lead: one model an action."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from schemas.event import Event
from schemas.instant import day_of, instant_of, rfc3339
from schemas.person import Consent, Fields
from schemas.vocabulary import LeadOrigin, Team, WorkedWith, lacks


class Created(Event):
    """A record was entered by other means than a form."""

    action: Literal["created"]
    origin: LeadOrigin = Field(description="By which means.")
    fields: Fields = Field(
        default_factory=Fields, description='What is known of the person; null and "" are ignored.'
    )
    worked_with: WorkedWith | None = Field(
        None, description="Whether sales works a lead of its own alone or with inside sales."
    )


class OwnershipRequested(Event):
    """A team asks for the lead."""

    action: Literal["ownership_requested"]
    by_team: Team = Field(description="Which team asks.")


def _canonical(told: str | None) -> str | None:
    return rfc3339(instant_of(told)) if told else told


def _existing_day(told: str | None) -> str | None:
    return day_of(told).isoformat() if told else told


def _given(told: object) -> object:
    """Returns what was filled in, None for an answer that lacks."""
    return None if isinstance(told, str | int | float) and lacks(told) else told


def _or_lacking(form: str) -> WithJsonSchema:
    """Returns the schema of a text of this format, or of what is as good as none."""
    words = "^ *(|0|[Nn][Oo]|[Nn][Oo][Nn][Ee]|[Uu][Nn][Kk][Nn][Oo][Ww][Nn]) *$"
    lacking = [{"enum": [None, False, 0]}, {"type": "string", "pattern": words}]
    return WithJsonSchema({"anyOf": [{"type": "string", "format": form}, *lacking]})


class RequestedFields(Fields, total=False):
    """What was filled in with a request; a time or a day in it is checked like those of a call, unless it lacks."""

    follow_up_at: Annotated[
        str | None, BeforeValidator(_given), AfterValidator(_canonical), _or_lacking("date-time")
    ]
    expected_close_on: Annotated[
        str | None, BeforeValidator(_given), AfterValidator(_existing_day), _or_lacking("date")
    ]


class StatusRequested(Event):
    """A person picks a value of the status list."""

    action: Literal["status_requested"]
    status: str = Field(
        min_length=1, description="The status asked for, an id of the policy in force."
    )
    by_team: Team = Field(description="The team of the person who asks.")
    by: str | None = Field(None, description="Who asks.")
    reason: str | None = Field(None, description="A reason code, where the status takes one.")
    fields: RequestedFields = Field(
        default_factory=RequestedFields,
        description="What the status requires; feeds answers and details, not the profile.",
    )


class ProfileUpdated(Event):
    """Somebody corrected what is known of the person."""

    action: Literal["profile_updated"]
    fields: Fields = Field(
        default_factory=Fields, description='The corrections; null clears, "" is ignored.'
    )


class ConsentChanged(Event):
    """The person opted in or out."""

    action: Literal["consent_changed"]
    consent: Consent = Field(description="What is allowed from now on, by channel.")


ACTIONS: dict[str, type[Event]] = {
    "created": Created,
    "ownership_requested": OwnershipRequested,
    "status_requested": StatusRequested,
    "profile_updated": ProfileUpdated,
    "consent_changed": ConsentChanged,
}
"""The model of each action; erased, merged and unmerged are reserved and not read yet."""
