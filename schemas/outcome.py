"""What every outcome has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from schemas.instant import Instant


class Part(BaseModel):
    """A piece of an outcome; fields that a newer worker adds are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True)


class Cause(Part):
    """The event that brought the outcome about, or the deadline."""

    type: str = Field(
        description="The event's type: its topic without `leads.` and `.v1`; or `deadline`."
    )
    event_id: str | None = Field(description="The event's id; null for a deadline.")
    source: str | None = Field(description="Who emitted the event; null for a deadline.")
    occurred_at: Instant = Field(
        description="When the event happened by its own account; for a deadline when it was due."
    )


class PolicyInForce(Part):
    """The policy that decided."""

    name: str
    version: int | str
    digest: str = Field(description="Tells two texts of the same name and version apart.")


class Score(Part):
    """Points, to one decimal, after the cause."""

    engagement: int | float = Field(
        description="What the lead did, fading with time; may be negative."
    )
    fit: int | float = Field(description="Who the lead is.")


class Outcome(Part):
    """One thing decided about one lifecycle of a lead."""

    event_id: str = Field(
        description="`<lead_id>/<product>/<seq>`: the same for ever, whoever decides again."
    )
    lead_id: str
    product: str = Field(description="`*` where no product was named.")
    seq: int = Field(
        ge=1, description="Counts the outcomes of this lifecycle, of all kinds, without gaps."
    )
    occurred_at: Instant = Field(
        description="The lead's time: the latest `occurred_at` applied to it."
    )
    cause: Cause
    policy: PolicyInForce
