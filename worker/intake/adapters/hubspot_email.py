"""HubSpot's e-mail events: an event, an array, or a page of the API with `events`.

`created` is in milliseconds. What HubSpot itself recognised as a machine (`filteredEvent`) is left out. A bounce is
hard where the address is the trouble, soft where the message, the sender or the moment is; where no category says
which, the SMTP status does. Leaving one kind of mail counts as leaving; only a subscription to the whole portal is
an opt-in; of several kinds left and joined at once, the ones left count. What a later event makes obsolete is left out.
`lead_id` travels as a property of that name. `id` and `created` together name an event, for HubSpot repeats an `id`;
one without an `id` is named by a digest of all its keys.
"""

from __future__ import annotations

from worker.intake.adapters.reading import milliseconds, text
from worker.intake.adapters.table import Becomes, Ignore, Read, Table, When

_MAIL = (
    Read("message_id", ("smtpId", "sentBy.id"), text),
    Read("campaign", ("emailCampaignId",), text),
)
_CLICK = (*_MAIL, Read("link_url", ("url",)))

_OF_THE_MOMENT = (
    "mailbox_full|mailbox_misconfiguration|isp_misconfiguration|sending_domain_misconfiguration|greylisting|throttled"
    "|timeout|temporary_problem|ip_reputation|domain_reputation|dmarc|dns_failure|filtered|policy|content|spam"
)


def _mail(when: When, kind: str, reads: tuple[Read, ...] = _MAIL) -> Becomes:
    return Becomes(when, "email-engagement", {"kind": kind}, reads)


def _bounce(when: When, bounce: str) -> Becomes:
    return Becomes(when, "email-engagement", {"kind": "bounced", "bounce": bounce}, _MAIL)


HUBSPOT_EMAIL = Table(
    vendor="hubspot-email",
    kind_path="type",
    page="events",
    rules=(
        Ignore({"obsoletedBy?": "true"}, "obsolete: a later event tells it better"),
        Ignore({"filteredEvent": "true"}, "filtered: a machine did it"),
        _mail({"type": "delivered"}, "delivered"),
        _mail({"type": "open"}, "opened"),
        _mail({"type": "click"}, "clicked", _CLICK),
        _mail({"type": "reply"}, "replied"),
        _bounce({"type": "bounce", "category": "unknown_user|hubspot_global_bounce"}, "hard"),
        _bounce({"type": "bounce", "category": _OF_THE_MOMENT}, "soft"),
        _bounce({"type": "bounce", "status": "5.*"}, "hard"),
        _bounce({"type": "bounce"}, "soft"),
        _mail({"type": "spamreport"}, "complained"),
        _mail({"type": "unsubscribed"}, "unsubscribed"),
        _mail({"type": "statuschange", "portalSubscriptionStatus": "unsubscribed"}, "unsubscribed"),
        Becomes(
            {"type": "statuschange", "portalSubscriptionStatus": "subscribed"},
            "crm-update",
            {"action": "consent_changed", "consent": {"email": True}},
        ),
        _mail(
            {"type": "statuschange", "subscriptions.*.status": "(.*,)?unsubscribed(,.*)?"},
            "unsubscribed",
        ),
        Ignore(
            {"type": "statuschange", "subscriptions.*.status": "(.*,)?subscribed(,.*)?"},
            "subscribed to one kind of mail only",
        ),
        Ignore(
            {"type": "statuschange", "bounced": "true"},
            "the bounce itself is told by its own event",
        ),
        _bounce({"type": "dropped", "dropReason": "previously_bounced|invalid_to_address"}, "hard"),
        _mail({"type": "dropped", "dropReason": "previously_unsubscribed_.*"}, "unsubscribed"),
        _mail({"type": "dropped", "dropReason": "previous_spam"}, "complained"),
        Ignore(
            {"type": "dropped|mta_dropped|suppressed"},
            "not sent for a reason that says nothing of the lead",
        ),
        Ignore({"type": "sent|processed"}, "on its way"),
        Ignore({"type": "deferred"}, "deferred: HubSpot tries again"),
        Ignore({"type": "unbounce"}, "the address works again, which is no opt-in"),
        Ignore({"type": "forward|print"}, "forwarded or printed"),
    ),
    named_by=(Read("event_id", ("id",), text), Read("event_id", ("created",), text)),
    reads=(
        Read("occurred_at", ("created",), milliseconds),
        Read("lead_id", ("lead_id", "properties.lead_id"), text),
        Read("email", ("recipient",)),
    ),
)
