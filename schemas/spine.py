"""What travels on the spine: everything that happens to a lead, read, checked and normalised.

One message is one activity of the lead named by the Kafka key. Times are UTC milliseconds since 1970; `at` is the
producer's `occurred_at`. `came_from` is the origin of the message on the input topics; it makes a repeated relay
recognisable. `content` tells two events with the same id apart: the first 8 bytes of a BLAKE2b digest of the event's
topic and known fields. `profile` and `answers` hold what the event says of the person, already normalised: known keys
only, e-mail addresses in lower case, phone numbers as E.164, and a value of None means that the key is cleared.
`implausible` names what of `profile` is kept as it was typed, because nobody can be reached by it.

A message is of its class and of no other (`final`): the core, which asks at every message, asks `type(...) is`.
msgspec's classes answer isinstance four times as slowly where the answer is no.
"""

from __future__ import annotations

from typing import ClassVar, final

import msgspec

from schemas.vocabulary import (
    Bounce,
    CallOutcome,
    Channel,
    Direction,
    EmailKind,
    Intent,
    LeadOrigin,
    Relationship,
    Sentiment,
    Team,
    WorkedWith,
)

Scalar = str | int | float | bool | None


class CameFrom(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Where an activity was read: input topic, partition, offset, and its place in a vendor's array (0 else)."""

    topic: str
    partition: int
    offset: int
    item: int


class Consent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a person allows, by channel; None says nothing."""

    email: bool | None = None
    phone: bool | None = None


class Activity(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What all messages from producers share."""

    topic_type: ClassVar[str]

    event_id: str
    source: str
    at: int
    content: int
    product: str | None = None
    profile: dict[str, str | int | None] = {}
    implausible: tuple[Channel, ...] = ()
    came_from: CameFrom | None = None


@final
class FormSubmitted(Activity, frozen=True, kw_only=True, omit_defaults=True, tag="form-submission"):
    """A form was sent; `intent` is the sender's own word and overrides the policy's form table."""

    topic_type: ClassVar[str] = "form-submission"

    form_id: str
    intent: Intent | None = None
    answers: dict[str, Scalar] = {}
    consent: Consent | None = None
    page_url: str | None = None
    campaign: str | None = None


@final
class EmailEngaged(Activity, frozen=True, kw_only=True, omit_defaults=True, tag="email-engagement"):
    """Something happened to an e-mail of ours, or the lead did something with it."""

    topic_type: ClassVar[str] = "email-engagement"

    kind: EmailKind
    bounce: Bounce | None = None
    automated: bool = False
    link_url: str | None = None
    campaign: str | None = None
    message_id: str | None = None


@final
class CallDisposed(Activity, frozen=True, kw_only=True, omit_defaults=True, tag="call-disposition"):
    """A call ended; `qualification` holds answers, lacking ones included."""

    topic_type: ClassVar[str] = "call-disposition"

    outcome: CallOutcome
    sentiment: Sentiment | None = None
    follow_up_at: int | None = None
    reason: str | None = None
    qualification: dict[str, Scalar] = {}
    expected_close_on: str | None = None
    agent_id: str | None = None
    duration_seconds: int | float | None = None
    direction: Direction | None = None


@final
class LeadCreated(
    Activity, frozen=True, kw_only=True, omit_defaults=True, tag="crm-update.created"
):
    """A record was entered by other means than a form."""

    topic_type: ClassVar[str] = "crm-update"

    origin: LeadOrigin
    worked_with: WorkedWith | None = None


@final
class OwnershipRequested(
    Activity, frozen=True, kw_only=True, omit_defaults=True, tag="crm-update.ownership_requested"
):
    """A team asks for the lead."""

    topic_type: ClassVar[str] = "crm-update"

    by_team: Team


@final
class StatusRequested(
    Activity, frozen=True, kw_only=True, omit_defaults=True, tag="crm-update.status_requested"
):
    """A person picks a status; `fields` are what they filled in with it."""

    topic_type: ClassVar[str] = "crm-update"

    status: str
    by_team: Team
    by: str | None = None
    reason: str | None = None
    fields: dict[str, Scalar] = {}


@final
class ProfileUpdated(
    Activity, frozen=True, kw_only=True, omit_defaults=True, tag="crm-update.profile_updated"
):
    """Somebody corrected what is known of the person."""

    topic_type: ClassVar[str] = "crm-update"


@final
class ConsentChanged(
    Activity, frozen=True, kw_only=True, omit_defaults=True, tag="crm-update.consent_changed"
):
    """The lead opted in or out, by channel."""

    topic_type: ClassVar[str] = "crm-update"

    consent: Consent


@final
class PageVisited(Activity, frozen=True, kw_only=True, omit_defaults=True, tag="web-visit"):
    """The lead looked at a page."""

    topic_type: ClassVar[str] = "web-visit"

    page_url: str | None = None
    category: str | None = None
    seconds: int | float | None = None


@final
class AccountUpdated(Activity, frozen=True, kw_only=True, omit_defaults=True, tag="account-update"):
    """What a company is to us now."""

    topic_type: ClassVar[str] = "account-update"

    account_id: str
    relationship: Relationship


@final
class AccountAnswered(msgspec.Struct, frozen=True, omit_defaults=True, tag="account-answer"):
    """What the account is to us that a lead has come to: the latest word on it, None where nobody said anything."""

    account_id: str
    heard: AccountUpdated | None = None
    came_from: CameFrom | None = None


@final
class DeadlineReached(msgspec.Struct, frozen=True, gc=False, tag="deadline"):
    """The wall clock passed `due` (UTC milliseconds), and intake passed what the inputs held then."""

    due: int


@final
class PolicyInForce(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="policy"):
    """From here on this partition decides under another policy; `text` is its canonical JSON.

    A changelog keeps it with `since_ms`: when it came (UTC), 0 before the lane has read it, None where an older version
    wrote it. On the spine there is none, but what it replaces: the digest in `over`, empty where it is the first one,
    and `over_ms`, since when that is in force, None where an older version wrote that. It takes effect over nothing
    else, unless it is an older version's, which says nothing of it.
    """

    digest: str
    text: str
    since_ms: int | None = None
    over: str | None = None
    over_ms: int | None = None


Told = (
    FormSubmitted
    | EmailEngaged
    | CallDisposed
    | LeadCreated
    | OwnershipRequested
    | StatusRequested
    | ProfileUpdated
    | ConsentChanged
    | PageVisited
    | AccountUpdated
)
"""What producers tell of one lead, or of the account it belongs to."""

Relayed = Told | AccountAnswered
"""What intake puts on the spine, each with its origin."""

SpineMessage = Relayed | DeadlineReached | PolicyInForce

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(SpineMessage).decode
