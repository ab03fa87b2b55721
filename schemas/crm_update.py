"""What people and the CRM say of a lead, whatever the action."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from schemas.crm_actions import (
    ConsentChanged,
    Created,
    OwnershipRequested,
    ProfileUpdated,
    StatusRequested,
)

Action = Created | OwnershipRequested | StatusRequested | ProfileUpdated | ConsentChanged


class CrmUpdate(RootModel[Annotated[Action, Field(discriminator="action")]]):
    """What people and the CRM say of a lead, told apart by `action` (topic `leads.crm-update.v1`)."""

    model_config = ConfigDict(strict=True, frozen=True, defer_build=True, hide_input_in_errors=True)
