"""A call ended."""

from __future__ import annotations

from pydantic import Field

from schemas.event import Event
from schemas.instant import Day, Instant, Seconds
from schemas.person import Answers
from schemas.vocabulary import CallOutcome, Direction, Sentiment


class CallDisposition(Event):
    """How a call with a lead ended (topic `leads.call-disposition.v1`)."""

    outcome: CallOutcome = Field(
        description="`connected` is a live exchange; gatekeeper, voicemail, no answer and busy are attempts."
    )
    sentiment: Sentiment | None = Field(None, description="How it went, with `connected`.")
    follow_up_at: Instant | None = Field(None, description="The meeting or call that was arranged.")
    reason: str | None = Field(
        None,
        description="Why the lead says no, one of the policy's reason codes; others are kept and otherwise ignored.",
    )
    qualification: Answers = Field(
        default_factory=Answers,
        description="What was learnt; a later answer replaces an earlier one, one that lacks included.",
    )
    expected_close_on: Day | None = Field(
        None, description="When the deal is expected to be signed."
    )
    agent_id: str | None = Field(None, description="Who called.")
    duration_seconds: Seconds | None = Field(None, description="How long it took, in seconds.")
    direction: Direction | None = Field(None, description="Who called whom, seen from us.")
