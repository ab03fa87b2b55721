"""A readable event that the policy does not allow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.outcome import Outcome, Part
from schemas.vocabulary import Team

LockCode = Annotated[str, Field(pattern=r"^lock\.[a-z][a-z0-9_]*$")]
"""The status asked for is shut by the lock of that name; the policies shipped have one, `lock.mql`."""

RefusalCode = (
    Literal[
        "event.conflict",
        "status.unknown",
        "already_in_status",
        "status.not_selectable",
        "transition.not_allowed",
        "reason.missing",
        "reason.not_allowed",
        "field.missing",
    ]
    | LockCode
)
"""What is looked at first stands first; a lock is looked at before `status.not_selectable`."""


class Asked(Part):
    """What was asked for."""

    status: str | None = Field(description="Null where ownership was asked for.")
    by_team: Team


class Refusal(Outcome):
    """A request that changed nothing, and why (topic `leads.refusal.v1`)."""

    code: RefusalCode
    message: str = Field(
        description="One sentence for a person: what was asked, why not, what is allowed."
    )
    asked: Asked | None = Field(
        description="Null where an event contradicts an earlier one of the same id."
    )
