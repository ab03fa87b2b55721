"""A form was sent."""

from __future__ import annotations

from pydantic import Field

from schemas.event import Event
from schemas.person import Consent, Fields
from schemas.vocabulary import Intent


class FormSubmission(Event):
    """Somebody sent a form (topic `leads.form-submission.v1`)."""

    form_id: str = Field(
        min_length=1, description="Which form; the policy's form table gives its intent."
    )
    intent: Intent | None = Field(
        None, description="The sender's own word for what the form means; overrides the table."
    )
    fields: Fields = Field(
        default_factory=Fields, description='What was typed in; null and "" are ignored.'
    )
    page_url: str | None = Field(None, description="Where the form stood.")
    campaign: str | None = Field(None, description="What brought the person there.")
    lead_source: str | None = Field(
        None, description="Where the lead comes from; over `fields.lead_source`."
    )
    consent: Consent | None = Field(None, description="The boxes that were ticked, or were not.")
