"""What a company is to us now."""

from __future__ import annotations

from pydantic import Field

from schemas.event import Event
from schemas.vocabulary import Relationship


class AccountUpdate(Event):
    """A company became, or ceased to be, a client or partner (topic `leads.account-update.v1`); needs no lead."""

    account_id: str = Field(
        min_length=1,
        max_length=1000,
        description="The company, as profiles name it in `account_id`.",
    )
    relationship: Relationship = Field(description="What it is to us from now on.")
