"""Whether a channel may be used: what takes the permission away, and the opt-in that alone gives it back."""

from __future__ import annotations

from schemas.spine import CallDisposed, ConsentChanged, EmailEngaged, FormSubmitted, Told
from schemas.vocabulary import ANY_PRODUCT, Channel, ContactabilityReason
from worker.lifecycle.outcomes import Turn

_BY_EMAIL: dict[str, ContactabilityReason] = {
    "unsubscribed": "unsubscribed",
    "complained": "complained",
}
_BY_CALL: dict[str, ContactabilityReason] = {
    "do_not_call": "do_not_call",
    "wrong_number": "wrong_number",
}


def heed(turn: Turn, activity: Told) -> None:
    """Publishes every change of contactability that an activity makes, e-mail before phone."""
    if type(activity) is EmailEngaged:
        _heed_email(turn, activity)
    elif type(activity) is CallDisposed:
        reason = _BY_CALL.get(activity.outcome)
        turn.lead.phone_wrong |= activity.outcome == "wrong_number"
        if reason is not None:
            set_channel(turn, "phone", allowed=False, reason=reason)
    elif type(activity) is FormSubmitted or type(activity) is ConsentChanged:
        consent = activity.consent
        if consent is not None:
            _consent(turn, "email", consent.email, "unsubscribed")
            _consent(turn, "phone", consent.phone, "do_not_call")


def _heed_email(turn: Turn, activity: EmailEngaged) -> None:
    kind = activity.kind
    if kind == "bounced" and activity.bounce == "hard":
        turn.lead.email_bounced = True
        set_channel(turn, "email", allowed=False, reason="hard_bounce")
    elif kind in _BY_EMAIL:
        set_channel(turn, "email", allowed=False, reason=_BY_EMAIL[kind])


def _consent(turn: Turn, channel: Channel, said: bool | None, no: ContactabilityReason) -> None:  # noqa: FBT001
    if said is not None:
        set_channel(turn, channel, allowed=said, reason="opted_in" if said else no)


def set_channel(
    turn: Turn, channel: Channel, *, allowed: bool, reason: ContactabilityReason
) -> None:
    """Allows a channel or closes it, and publishes that where it is a change."""
    name = f"{channel}_allowed"
    if getattr(turn.lead, name) == allowed:
        return
    setattr(turn.lead, name, allowed)
    turn.publish(
        "contactability",
        ANY_PRODUCT,
        {"channel": channel, "allowed": allowed, "reason": reason},
    )
