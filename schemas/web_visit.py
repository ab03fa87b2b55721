"""A page was looked at."""

from __future__ import annotations

from pydantic import Field

from schemas.event import Event
from schemas.instant import Seconds


class WebVisit(Event):
    """A lead that is known looked at a page (topic `leads.web-visit.v1`)."""

    page_url: str | None = Field(None, description="Which page.")
    category: str | None = Field(
        None, description="What kind of page: `pricing`, `careers`, `product` ..."
    )
    seconds: Seconds | None = Field(None, description="How long it was looked at, in seconds.")
