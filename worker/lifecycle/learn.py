"""What an activity tells of the person, whatever becomes of it."""

from __future__ import annotations

from schemas.spine import AccountUpdated, Told
from schemas.vocabulary import Relationship
from worker.lifecycle.record import ACTIVITY_TYPES, MOST_CHARACTERS, RECENT_ACTIVITIES, Lead


def learn(lead: Lead, activity: Told, relationship: Relationship | None) -> bool:
    """Takes over what an event says of the person, and that it happened; True where it brings news of the account."""
    happened = (ACTIVITY_TYPES.index(activity.topic_type), activity.at)
    lead.recent = (*lead.recent, happened)[-RECENT_ACTIVITIES:]
    if isinstance(activity, AccountUpdated):
        lead.relationship = activity.relationship
        return True
    if not activity.profile:
        return False
    before = lead.profile.account_id
    for name, value in activity.profile.items():
        setattr(lead.profile, name, _kept(value))
    if "email" in activity.profile:
        lead.email_plausible = (
            "email" not in activity.implausible and lead.profile.email is not None
        )
    if "phone" in activity.profile:
        lead.phone_plausible = (
            "phone" not in activity.implausible and lead.profile.phone is not None
        )
    if lead.profile.account_id == before:
        return False
    lead.relationship = relationship
    return relationship is not None


def account_in(activity: Told) -> str | None:
    """Returns the account that an activity names, as a lead's record keeps it; None where it names none."""
    account_id = activity.profile.get("account_id")
    return None if account_id is None else str(_kept(account_id))


def _kept(value: str | int | None) -> str | int | None:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else value
