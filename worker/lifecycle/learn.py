"""What an activity tells of the person, whatever becomes of it."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.spine import AccountUpdated, Told
from schemas.vocabulary import Relationship
from worker.lifecycle.answers import kept_of
from worker.lifecycle.record import (
    ACTIVITY_TYPES,
    MOST_CHARACTERS,
    RECENT_ACTIVITIES,
    Lead,
)

_PLACES = {name: place for place, name in enumerate(ACTIVITY_TYPES)}


def learn(lead: Lead, activity: Told, relationship: Relationship | None) -> bool:
    """Takes over what an event says of the person, and that it happened; True where it brings news of the account."""
    happened = (_PLACES[activity.topic_type], activity.at)
    lead.recent = (*lead.recent[1 - RECENT_ACTIVITIES :], happened)
    if type(activity) is AccountUpdated:
        lead.relationship = activity.relationship
        return True
    before = lead.profile
    for name, value in activity.profile.items():
        if getattr(before, name) != value:
            break
    else:  # most events repeat the lead's own address, and say no more
        return False
    lead.profile = now = replace(before, **kept_of(activity.profile))
    if "email" in activity.profile:
        lead.email_plausible = now.email is not None and "email" not in activity.implausible
        lead.email_bounced = lead.email_bounced and now.email == before.email
    if "phone" in activity.profile:
        lead.phone_plausible = now.phone is not None and "phone" not in activity.implausible
        lead.phone_wrong = lead.phone_wrong and now.phone == before.phone
    if now.account_id == before.account_id:
        return False
    lead.relationship = relationship
    return relationship is not None


def account_in(activity: Told) -> str | None:
    """Returns the account that an activity names, as a lead's record keeps it; None where it names none."""
    account_id = activity.profile.get("account_id")
    return None if account_id is None else str(account_id)[:MOST_CHARACTERS]
