"""A lead moved to another status."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from schemas.instant import Instant
from schemas.outcome import Outcome, Part, Score
from schemas.vocabulary import Outreach

Phase = Literal["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "D1", "D2", "D3", "D4", "D5"]
"""Where a status stands whatever its policy: P0 unfiltered to P8 active pipeline; D1 to D5 out of the way."""


class Deadline(Part):
    """When the new status ends by itself, and how."""

    due_at: Instant
    to_status: str | None = Field(description="Null where only contactability will change.")
    reason: str | None = Field(description="The reason the change will carry.")


class StatusChange(Outcome):
    """A lead moved to another status (topic `leads.status-change.v1`)."""

    from_status: str | None = Field(description="Null at the first.")
    to_status: str
    from_phase: Phase | None
    to_phase: Phase
    rule: str = Field(description="The policy rule that moved it, or `deadline`, or `request`.")
    reason: str | None = Field(description="A reason code, where the change has one.")
    details: dict[str, Any] = Field(description="What the status declares it carries.")
    score: Score
    dwell_seconds: int | None = Field(
        description="Whole seconds spent in `from_status`; null at the first."
    )
    deadline: Deadline | None
    outreach: Outreach = Field(
        description="What marketing automation is to do now; `suppress` while e-mail is not allowed."
    )
