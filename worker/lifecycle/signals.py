"""What an activity is called: the words that rules, points and stays wait for.

An opened, clicked or replied e-mail that a machine caused has no name at all, so nothing can wait for it.
"""

from __future__ import annotations

from schemas.spine import (
    AccountUpdated,
    CallDisposed,
    ConsentChanged,
    EmailEngaged,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    PageVisited,
    ProfileUpdated,
    Told,
)
from schemas.vocabulary import Intent

Signals = frozenset[str]

SILENT: Signals = frozenset()
_DID = frozenset({"marketing_activity", "lead_acted"})
_FORM = _DID | {"form", "profile_activity"}
_RAISED_HAND = _FORM | {"hand_raised"}
_OPENED = frozenset({"email_opened", "lead_acted"})
_CLICKED = _DID | {"email_clicked"}
_REPLIED = _DID | {"email_replied"}
_REPLIED_TO_A_PERSON = _REPLIED | {"live_exchange"}
_CONNECTED = frozenset({"connected_call", "live_exchange", "lead_acted"})
_ATTEMPT = frozenset({"attempt"})
_CREATED = frozenset({"created", "profile_activity"})
_CARD = _CREATED | _DID | {"trade_show_card"}
_UNSUBSCRIBED = frozenset({"unsubscribed"})
_COMPLAINED = frozenset({"complained"})
_HARD_BOUNCED = frozenset({"hard_bounced"})
ACCOUNT_HEARD: Signals = frozenset({"account_heard"})
"""Something new about the lead's account: what it is to us, or that it is another one."""

_DONE_BY_PEOPLE = {"opened", "clicked", "replied"}
_OF_EMAILS = {
    "opened": _OPENED,
    "clicked": _CLICKED,
    "unsubscribed": _UNSUBSCRIBED,
    "complained": _COMPLAINED,
}
_OF_CALLS = {
    "connected": _CONNECTED,
    "wrong_number": frozenset({"wrong_number"}),
    "do_not_call": frozenset({"do_not_call"}),
    **dict.fromkeys(("gatekeeper", "left_voicemail", "no_answer", "busy"), _ATTEMPT),
}
_ALWAYS: dict[type, Signals] = {
    AccountUpdated: ACCOUNT_HEARD,
    OwnershipRequested: frozenset({"ownership_requested"}),
    PageVisited: _DID | {"web_visit"},
    ProfileUpdated: frozenset({"profile_updated", "profile_activity"}),
}


def signals_of(activity: Told, intent: Intent | None, *, in_talks: bool) -> Signals:
    """Returns the names of an activity; `in_talks` says that the lead is with a team that talks to it."""
    if type(activity) is EmailEngaged:
        return _signals_of_email(activity, in_talks=in_talks)
    if type(activity) is FormSubmitted:
        return _RAISED_HAND if intent == "action" else _FORM
    if type(activity) is CallDisposed:
        return _OF_CALLS.get(activity.outcome, SILENT)
    if type(activity) is LeadCreated:
        return _CARD if activity.origin == "trade_show" else _CREATED
    if type(activity) is ConsentChanged:
        return _UNSUBSCRIBED if activity.consent.email is False else SILENT
    return _ALWAYS.get(type(activity), SILENT)


def _signals_of_email(activity: EmailEngaged, *, in_talks: bool) -> Signals:
    kind = activity.kind
    if activity.automated and kind in _DONE_BY_PEOPLE:
        return SILENT
    if kind == "bounced":
        return _HARD_BOUNCED if activity.bounce == "hard" else SILENT
    if kind == "replied":
        return _REPLIED_TO_A_PERSON if in_talks else _REPLIED
    return _OF_EMAILS.get(kind, SILENT)
