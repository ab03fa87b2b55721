"""The words that events, policies and outcomes share (closed lists, one name each)."""

from __future__ import annotations

from typing import Literal

Intent = Literal["informational", "action"]
EmailKind = Literal[
    "delivered", "opened", "clicked", "replied", "bounced", "unsubscribed", "complained"
]
Bounce = Literal["hard", "soft"]
CallOutcome = Literal[
    "connected",
    "gatekeeper",
    "left_voicemail",
    "no_answer",
    "busy",
    "wrong_number",
    "failed",
    "do_not_call",
]
Sentiment = Literal["positive", "neutral", "negative"]
Direction = Literal["inbound", "outbound"]
LeadOrigin = Literal[
    "purchased_list",
    "content_syndication",
    "trade_show",
    "research_upload",
    "manual_entry",
    "channel",
    "sales_generated",
    "import",
]
WorkedWith = Literal["direct", "inside_sales"]
Team = Literal["marketing", "inside_sales", "sales", "channel", "operations"]
Relationship = Literal["prospect", "client", "partner", "former_client", "former_partner"]
Channel = Literal["email", "phone"]
ContactabilityReason = Literal[
    "unsubscribed",
    "hard_bounce",
    "complained",
    "do_not_call",
    "wrong_number",
    "no_engagement",
    "opted_in",
]
Outreach = Literal["nurture", "re_engage", "none", "suppress"]

PROFILE_KEYS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "country",
    "employees",
    "industry",
    "account_id",
    "account_tier",
    "lead_source",
)
"""What is known of a person, in the order it is stored and shown."""

ANSWER_KEYS = (
    "timeline",
    "budget",
    "authority",
    "need",
    "compelling_event",
    "buy_cycle",
    "size",
    "permission",
)
"""The qualification questions; asked on calls, typed into forms, or given with a request."""

ANY_PRODUCT = "*"
"""The lifecycle of a lead that names no product."""


LACKING_WORDS = frozenset({"", "0", "no", "none", "unknown"})
"""Answers in words that answer nothing, in any case."""


def lacks(answer: str | float | bool | None) -> bool:  # noqa: FBT001 - a value like the others
    """Tells whether an answer says nothing that counts."""
    return answer.strip().lower() in LACKING_WORDS if isinstance(answer, str) else not answer
