"""Something happened to an e-mail."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from schemas.event import Event
from schemas.lacking import lacking_is_allowed
from schemas.vocabulary import Bounce, EmailKind


def _told_with_bounced(bounce: Bounce | None, info: ValidationInfo) -> Bounce | None:
    if bounce is None and info.data.get("kind") == "bounced":
        raise PydanticCustomError("bounce_missing", "Input should be hard or soft with bounced")
    return bounce


def _bounced_needs_bounce(schema: dict[str, Any]) -> None:
    lacking_is_allowed(schema)
    schema["if"] = {"properties": {"kind": {"const": "bounced"}}, "required": ["kind"]}
    schema["then"] = {
        "properties": {"bounce": {"enum": list(get_args(Bounce))}},
        "required": ["bounce"],
    }


class EmailEngagement(Event):
    """An e-mail of ours arrived or did not, or the lead did something with it (`leads.email-engagement.v1`)."""

    model_config = ConfigDict(json_schema_extra=_bounced_needs_bounce)

    kind: EmailKind = Field(description="What happened.")
    bounce: Annotated[Bounce | None, AfterValidator(_told_with_bounced)] = Field(
        None,
        validate_default=True,
        description="How final the refusal is; required with `bounced`.",
    )
    automated: bool = Field(
        default=False,
        description="Done by a scanner or a mail-privacy proxy: such an open, click or reply moves nothing.",
    )
    link_url: str | None = Field(None, description="Which link was clicked.")
    campaign: str | None = Field(None, description="Which mailing it belongs to.")
    message_id: str | None = Field(None, description="The mail system's id of the message.")
