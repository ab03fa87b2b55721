"""SendGrid's event webhook: an array of events, each with `event`, `timestamp` (seconds) and `email`.

`lead_id` travels as a custom argument, which SendGrid puts beside the event's own keys; older posts nest them under
`unique_args`. A drop because of an earlier bounce, unsubscribe or complaint says again what that event said, which
may never have reached us; any other drop says nothing of the lead. Leaving one group counts as leaving; coming back
to one group does not lift it, for who left everything may be coming back to one thing. An event without `sg_event_id`
is named by a digest of all its keys, so that it is the same when it is posted again.
"""

from __future__ import annotations

from worker.intake.adapters.reading import first_text, flag, seconds, text
from worker.intake.adapters.table import Becomes, Ignore, Read, Table, When

_MAIL = (
    Read("message_id", ("sg_message_id", "smtp-id"), text),
    Read("campaign", ("marketing_campaign_name", "singlesend_name", "category"), first_text),
)
_OPEN = (*_MAIL, Read("automated", ("sg_machine_open",), flag))
_CLICK = (*_MAIL, Read("link_url", ("url",)))


def _mail(when: When, kind: str, reads: tuple[Read, ...] = _MAIL) -> Becomes:
    return Becomes(when, "email-engagement", {"kind": kind}, reads)


def _bounce(when: When, bounce: str) -> Becomes:
    return Becomes(when, "email-engagement", {"kind": "bounced", "bounce": bounce}, _MAIL)


SENDGRID = Table(
    vendor="sendgrid",
    kind_path="event",
    rules=(
        _mail({"event": "delivered"}, "delivered"),
        _mail({"event": "open"}, "opened", _OPEN),
        _mail({"event": "click"}, "clicked", _CLICK),
        _bounce({"event": "bounce", "type": "bounce|bounced|"}, "hard"),
        _bounce({"event": "bounce", "type": "blocked|expired"}, "soft"),
        _mail({"event": "unsubscribe|group_unsubscribe"}, "unsubscribed"),
        _mail({"event": "spamreport"}, "complained"),
        _bounce({"event": "dropped", "reason": "bounced address|invalid"}, "hard"),
        _mail({"event": "dropped", "reason": "unsubscribed address"}, "unsubscribed"),
        _mail({"event": "dropped", "reason": "spam reporting address"}, "complained"),
        Ignore({"event": "dropped"}, "dropped for a reason that says nothing of the lead"),
        Ignore({"event": "processed"}, "processed: on its way"),
        Ignore({"event": "deferred"}, "deferred: SendGrid tries again"),
        Ignore({"event": "group_resubscribe"}, "resubscribed to one group only"),
        Ignore({"event": "account_status_change"}, "about the account at SendGrid, not a lead"),
    ),
    named_by=(Read("event_id", ("sg_event_id",), text),),
    reads=(
        Read("occurred_at", ("timestamp",), seconds),
        Read("lead_id", ("lead_id", "unique_args.lead_id"), text),
        Read("email", ("email",)),
    ),
)
