"""Whether a channel may be used: what takes the permission away, and the opt-in that alone gives it back."""

from __future__ import annotations

from schemas.spine import CallDisposed, Consent, ConsentChanged, EmailEngaged, FormSubmitted, Told
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
    match activity:
        case EmailEngaged():
            hard = activity.kind == "bounced" and activity.bounce == "hard"
            reason = "hard_bounce" if hard else _BY_EMAIL.get(activity.kind)
            turn.lead.email_bounced |= hard
            if reason is not None:
                set_channel(turn, "email", allowed=False, reason=reason)
        case CallDisposed():
            reason = _BY_CALL.get(activity.outcome)
            turn.lead.phone_wrong |= activity.outcome == "wrong_number"
            if reason is not None:
                set_channel(turn, "phone", allowed=False, reason=reason)
        case FormSubmitted(consent=Consent() as consent) | ConsentChanged(consent=consent):
            _consent(turn, "email", consent.email, "unsubscribed")
            _consent(turn, "phone", consent.phone, "do_not_call")


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
