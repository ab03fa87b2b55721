"""A lead passed to another team, or a team has something to do."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from schemas.instant import Instant
from schemas.outcome import Outcome, Part, Score
from schemas.vocabulary import Team


class TodoItem(Part):
    """One thing to do; what it needs depends on `do` and stands beside it."""

    model_config = ConfigDict(extra="allow")

    do: str = Field(
        description="`create_opportunity`, `create_account_contact_opportunity`, `attach_contact`, `review` ..."
    )


class PastActivity(Part):
    """Something that happened to the lead."""

    type: str
    occurred_at: Instant


class LeadSnapshot(Part):
    """The lead as it was handed over."""

    profile: dict[str, Any]
    score: Score
    activities: list[PastActivity] = Field(description="The last five, in order.")
    answers: dict[str, Any]


class Handoff(Outcome):
    """A lead passed to another team, or its new status carries actions (topic `leads.handoff.v1`)."""

    from_team: Team
    to_team: Team
    status: str = Field(description="The status that carries it.")
    kind: str = Field(description="`<from_status>_to_<to_status>`; `new_to_<status>` at the first.")
    respond_by: Instant | None = Field(
        description="When the first response is due; null if the policy sets none."
    )
    actions: list[TodoItem]
    lead: LeadSnapshot
