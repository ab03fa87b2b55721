"""Every topic once: name, direction, what it carries, its key, and how long it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["input", "raw", "outcome", "internal"]
Cleanup = Literal["delete", "compact"]
Partitions = Literal["spine", "accounts", "inputs", "free"]
"""`spine`: as many as the spine has. `accounts`: as many as the account-log has. `inputs`: as many as the widest topic
that intake reads. `free`: any number."""

DAY = 24 * 60 * 60 * 1000
FOR_EVER = -1
A_YEAR = 366 * DAY
"""Longer than any stay of a lead: the broker deletes by the producer's timestamps, so a backfill stamped with its
own times is lost once it is older than this."""
A_QUARTER = 92 * DAY
"""Time enough to mend a sender and replay; dead letters carry the time they were written."""

DEFAULT_APPLICATION = "lead-router"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; `retention_ms` is FOR_EVER (-1) for no limit, and always so where compacted."""

    name: str
    direction: Direction
    carries: str
    key: str
    partitions: Partitions = "free"
    cleanup: Cleanup = "delete"
    retention_ms: int = A_YEAR


def _input(kind: str, carries: str, key: str = "any; lead_id keeps order") -> Topic:
    return Topic(name_of(kind), "input", carries, key)


def _raw(vendor: str, carries: str) -> Topic:
    return Topic(name_of(f"raw.{vendor}"), "raw", carries, "any; lead_id keeps order")


def _outcome(kind: str, carries: str) -> Topic:
    return Topic(name_of(kind), "outcome", carries, "lead_id", partitions="spine")


def name_of(kind: str) -> str:
    """Returns the topic of an event type: `form-submission` is on `leads.form-submission.v1`."""
    return f"leads.{kind}.v1"


def kind_of(topic: str) -> str:
    """Returns the event type of a topic: its name without `leads.` and `.v1`."""
    return topic.removeprefix("leads.").removesuffix(".v1")


SPINE = Topic(
    name_of("activity"),
    "internal",
    "everything that happens to a lead, in order",
    "lead_id",
    partitions="spine",
    retention_ms=FOR_EVER,
)

INPUTS = (
    _input("form-submission", "a form was sent"),
    _input(
        "email-engagement", "an e-mail of ours was delivered, opened, clicked, replied to, refused"
    ),
    _input("call-disposition", "how a call ended"),
    _input("crm-update", "what people and the CRM say of a lead"),
    _input("account-update", "what a company is to us now", key="any; account_id keeps order"),
    _input("web-visit", "a page was looked at"),
)

RAW = (
    _raw("sendgrid", "SendGrid's event webhook, as posted"),
    _raw("typeform", "Typeform's response webhook, as posted"),
    _raw("hubspot-call", "HubSpot call objects"),
    _raw("hubspot-email", "HubSpot e-mail events"),
)

OUTCOMES = (
    _outcome("status-change", "a lead moved from one status to another"),
    _outcome("handoff", "a lead passed to another team, or a team has something to do"),
    _outcome("contactability", "a channel to a lead was closed or opened"),
    _outcome("refusal", "a readable event that the policy does not allow"),
)

DEAD_LETTER = Topic(
    name_of("dead-letter"),
    "outcome",
    "an item that could not be read, byte for byte, and why",
    "as it came",
    retention_ms=A_QUARTER,
)

ACCOUNT_LOG = Topic(
    name_of("account-log"),
    "internal",
    "what is said of an account, and who belongs to it",
    "account_id",
    partitions="accounts",
    retention_ms=FOR_EVER,
)

ACCOUNT_ACTIVITY = Topic(
    name_of("account-activity"),
    "internal",
    "what an account has to say to each of its leads, on the partition of the account",
    "lead_id",
    partitions="accounts",
)

RELAYED = (*INPUTS, *RAW, ACCOUNT_ACTIVITY)
"""What intake reads."""


def lifecycle_changelog(application_id: str = DEFAULT_APPLICATION) -> Topic:
    """Returns the topic that holds the latest record of every lead."""
    return Topic(
        f"{application_id}.lifecycle.changelog",
        "internal",
        "the record of each lead, and how far its partition of the spine is read",
        "lead_id",
        partitions="spine",
        cleanup="compact",
        retention_ms=FOR_EVER,
    )


def accounts_changelog(application_id: str = DEFAULT_APPLICATION) -> Topic:
    """Returns the topic that holds what each account is to us, and who belongs to it."""
    return Topic(
        f"{application_id}.accounts.changelog",
        "internal",
        "the record of each account and each member, and how far its partition of the account-log is read",
        "account_id, lead_id",
        partitions="accounts",
        cleanup="compact",
        retention_ms=FOR_EVER,
    )


def intake_positions(application_id: str = DEFAULT_APPLICATION) -> Topic:
    """Returns the topic that holds how far each input partition is relayed."""
    return Topic(
        f"{application_id}.intake.positions",
        "internal",
        "how far each partition of the inputs is relayed",
        "position",
        partitions="inputs",
        cleanup="compact",
        retention_ms=FOR_EVER,
    )


def catalogue(application_id: str = DEFAULT_APPLICATION) -> tuple[Topic, ...]:
    """Returns every topic of one installation, inputs first."""
    return (
        *INPUTS,
        *RAW,
        SPINE,
        ACCOUNT_LOG,
        ACCOUNT_ACTIVITY,
        *OUTCOMES,
        DEAD_LETTER,
        lifecycle_changelog(application_id),
        accounts_changelog(application_id),
        intake_positions(application_id),
    )
