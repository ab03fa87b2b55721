"""The parts of a policy file, as types: what each table may say, and nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from schemas.vocabulary import Intent, LeadOrigin, Team
from worker.lifecycle.calendar import span_of

NEW = "new"
"""How a policy names a lead without a status."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$", strict=True)]
Phase = Literal["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "D1", "D2", "D3", "D4", "D5"]
Signal = Literal[
    "form",
    "email_opened",
    "email_clicked",
    "email_replied",
    "connected_call",
    "attempt",
    "created",
    "ownership_requested",
    "profile_updated",
    "web_visit",
    "marketing_activity",
    "hand_raised",
    "live_exchange",
    "lead_acted",
    "profile_activity",
]
"""What an activity can be called in `on` and `since`; `signals` says which activity is what."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def ordered(names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns names whose order means nothing in the one order that is digested."""
    return tuple(sorted(set(names)))


def _is_span(text: str) -> str:
    span_of(text)
    return text


Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), AfterValidator(ordered)]
"""One name, or a list of them whose order means nothing."""
Signals = Annotated[tuple[Signal, ...], BeforeValidator(_listed), AfterValidator(ordered)]
SpanText = Annotated[str, AfterValidator(_is_span)]
Given = dict[Name, str | int | bool]
"""Values that a rule or a pick puts into the details of the change."""


class Part(BaseModel):
    """A part of a policy: closed, and never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AtLeast(Part):
    """A number that is reached."""

    at_least: int | float


class Below(Part):
    """A number that is not reached."""

    below: int | float


Matcher = AtLeast | Below | bool | int | str | tuple[str, ...]
"""What a fact is held against: a bound, a value, or a list of values of which it is one."""


def _sorted_keys(conditions: dict[str, Matcher]) -> dict[str, Matcher]:
    return dict(sorted(conditions.items()))


Conditions = Annotated[dict[Name, Matcher], AfterValidator(_sorted_keys)]
"""Facts that must all hold."""


class Pick(Part):
    """Who may ask for a status, from where."""

    by: Names
    from_: Names = Field(alias="from")
    set: Given = {}


class Stay(Part):
    """The longest stay in a status and what comes after it; or, under `none`, why it needs no end."""

    none: str | None = None
    for_: SpanText | None = Field(default=None, alias="for")
    since: Signals = ()
    to: Name | None = None
    reason: Name | None = None
    keep_reason: bool = False
    except_reasons: Names = ()


class CreateOpportunity(Part):
    """Open an opportunity in the CRM."""

    do: Literal["create_opportunity"]
    amount: int | None = None


class Review(Part):
    """Put the lead into the receiving team's review queue."""

    do: Literal["review"]


class HandoffTerms(Part):
    """What the receiving team is to do, and by when it has to answer."""

    respond_within: SpanText | None = None
    actions: tuple[Annotated[CreateOpportunity | Review, Field(discriminator="do")], ...] = ()


class Status(Part):
    """One status: whose it is, how long, and what a change to it carries."""

    phase: Phase
    team: Team | None = None
    outreach: Literal["nurture", "re_engage", "none"]
    pick: tuple[Pick, ...] = ()
    reasons: Names = ()
    requires: Names = ()
    details: tuple[Name, ...] = ()
    stay: Stay
    handoff: HandoffTerms = HandoffTerms()


class Rule(Part):
    """A change that follows from an activity."""

    id: Name
    on: Signals
    from_: Names = Field(alias="from")
    when: Conditions = {}
    to: Name
    reason: Name | None = None
    reason_of_call: bool = False
    set: Given = {}


class Lock(Part):
    """Statuses that stay shut from entering one status until entering another."""

    bars: Names
    set_on: Names
    lifted_on: Names


class Cap(Part):
    """The most points a signal gives in a UTC day."""

    points: int
    per: Literal["day"]


class Points(Part):
    """What an activity adds to engagement."""

    on: Signal
    when: Conditions = {}
    points: int | float
    cap: Cap | None = None


class FitPoints(Part):
    """What a trait of the person adds to fit."""

    when: Conditions
    points: int | float


class Engagement(Part):
    """How activity turns into points, and how they fade."""

    half_life: SpanText
    points: tuple[Points, ...]


class Forms(Part):
    """What is asked for by each form: the table that gives a submission its intent."""

    default: Intent
    informational: tuple[str, ...] = ()
    action: tuple[str, ...] = ()


class FirstHandoff(Part):
    """Which team hands over a lead that had no status."""

    from_: Team = Field(alias="from")
    origin: dict[LeadOrigin, Team] = {}
    picked_by: dict[Team, Team] = {}
