"""Something happened to an e-mail."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import Event
from schemas.vocabulary import Bounce, EmailKind


class EmailEngagement(Event):
    """An e-mail of ours arrived or did not, or the lead did something with it (`leads.email-engagement.v1`)."""

    kind: EmailKind = Field(description="What happened.")
    bounce: Bounce | None = Field(
        None, description="How final the refusal is; required with `bounced`."
    )
    automated: bool = Field(
        default=False,
        description="Done by a scanner or a mail-privacy proxy: such an open, click or reply moves nothing.",
    )
    link_url: str | None = Field(None, description="Which link was clicked.")
    campaign: str | None = Field(None, description="Which mailing it belongs to.")
    message_id: str | None = Field(None, description="The mail system's id of the message.")

    @model_validator(mode="after")
    def _bounce_is_told(self) -> Self:
        if self.kind == "bounced" and self.bounce is None:
            raise PydanticCustomError(
                "bounce_missing", "bounce should be hard or soft where kind is bounced"
            )
        return self
