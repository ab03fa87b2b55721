"""The parts of a policy file, as types: what each table may say, and nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from schemas.vocabulary import Channel, Intent, LeadOrigin, Team
from worker.lifecycle.language.words import (
    Name,
    Names,
    Part,
    Phase,
    Signal,
    Signals,
    SpanText,
    When,
    by_name,
    listed,
    ordered,
)

Given = Annotated[
    dict[Name, str | int | bool], AfterValidator(by_name), Field(default_factory=dict)
]
"""Values that a rule or a pick puts into the details of the change."""


class Pick(Part):
    """Who may ask for a status, from where; `reasons` where this team gives other ones than the status takes."""

    by: Names
    from_: Names = Field(alias="from")
    reasons: Names | None = None
    set: Given


class Leg(Part):
    """How long a lead may stay and what comes then; or, under `none`, why this needs no end.

    The time runs from entering, or from the last activity of `since`. It leads `to` a status, or it `closes` a channel
    and the status stays. An activity of `until` ends the leg before its time, and the next one of the list begins.
    """

    none: str | None = None
    for_: SpanText | None = Field(default=None, alias="for")
    since: Signals = ()
    until: Signals = ()
    to: Name | None = None
    closes: Channel | None = None
    reason: Name | None = None
    keep_reason: bool = False
    except_reasons: Names = ()


class Forgets(Part):
    """What is forgotten at entering from some statuses; engagement from zero forgets the answers too."""

    what: Literal["answers", "engagement"]
    from_: Names = Field(alias="from")


class Conditional(Part):
    """Something the receiving team is to do, where the conditions hold."""

    when: When = When()


class CreateOpportunity(Conditional):
    """Open an opportunity in the CRM; `timeline_from` names the answer that says by when."""

    do: Literal["create_opportunity"]
    amount: int | None = None
    timeline_from: Name | None = None


class CreateAccount(Conditional):
    """Open an account, a contact and an opportunity in the CRM."""

    do: Literal["create_account_contact_opportunity"]


class AttachContact(Conditional):
    """Make the lead a contact of the account it belongs to."""

    do: Literal["attach_contact"]


class Review(Conditional):
    """Put the lead into the receiving team's review queue."""

    do: Literal["review"]


Action = Annotated[
    CreateOpportunity | CreateAccount | AttachContact | Review, Field(discriminator="do")
]


class HandoffTerms(Part):
    """What the receiving team is to do, and by when it has to answer."""

    respond_within: SpanText | None = None
    actions: tuple[Action, ...] = ()


class Status(Part):
    """One status: whose it is, how long, and what a change to it carries."""

    phase: Phase
    team: Team | None = None
    outreach: Literal["nurture", "re_engage", "none"]
    pick: Annotated[tuple[Pick, ...], BeforeValidator(listed)] = ()
    reasons: Names = ()
    requires: Names = ()
    details: tuple[Name, ...] = ()
    stay: Annotated[tuple[Leg, ...], BeforeValidator(listed)] = ()
    forgets: Annotated[tuple[Forgets, ...], BeforeValidator(listed)] = ()
    handoff: HandoffTerms = HandoffTerms()


class Rule(Part):
    """A change that follows from an activity.

    `reason_of_call` takes the reason that the call gave, where the status takes that one, in place of `reason`.
    """

    id: Name
    on: Signals
    from_: Names = Field(alias="from")
    when: When = When()
    to: Name
    reason: Name | None = None
    reason_of_call: bool = False
    set: Given


class Lock(Part):
    """Statuses that stay shut from entering one status until entering another."""

    bars: Names
    set_on: Names
    lifted_on: Names


class Counter(Part):
    """How often something happened: ever, since entering the status, since engagement was zeroed, or of late."""

    of: Signal
    since: Literal["ever", "entering", "zeroing"] = "ever"
    within: SpanText | None = None


class Cap(Part):
    """The most points a signal gives in a UTC day, or in a week from Monday."""

    points: int
    per: Literal["day", "week"]


class Points(Part):
    """What an activity adds to engagement."""

    on: Signal
    when: When = When()
    points: int | float
    cap: Cap | None = None


class FitPoints(Part):
    """What a trait of the person adds to fit."""

    when: When
    points: int | float


class Idle(Part):
    """What each such span adds in which the lead did nothing; points below 0 take no more away than there is."""

    after: SpanText
    points: int | float


class Engagement(Part):
    """How activity turns into points, and how they fade; without a half-life they do not."""

    half_life: SpanText | None = None
    idle: Idle | None = None
    points: tuple[Points, ...]


class Forms(Part):
    """What is asked for by each form: the table that gives a submission its intent."""

    default: Intent
    informational: Annotated[tuple[str, ...], AfterValidator(ordered)] = ()
    action: Annotated[tuple[str, ...], AfterValidator(ordered)] = ()


class FirstHandoff(Part):
    """Which team hands over a lead that had no status."""

    from_: Team = Field(alias="from")
    origin: Annotated[dict[LeadOrigin, Team], AfterValidator(by_name)] = Field(default_factory=dict)
    picked_by: Annotated[dict[Team, Team], AfterValidator(by_name)] = Field(default_factory=dict)
