"""What the vendors post in place of our own schema: the same moments in SendGrid's, Typeform's and HubSpot's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

from worker.ops.traffic.diary import Body, Moment, time_text

VendorItems = Callable[[Moment], Iterator[Body]]

SENDGRID_EVENTS = {
    "delivered": "delivered",
    "opened": "open",
    "clicked": "click",
    "bounced": "bounce",
    "unsubscribed": "unsubscribe",
    "complained": "spamreport",
}
HUBSPOT_EVENTS = {
    "delivered": "DELIVERED",
    "opened": "OPEN",
    "clicked": "CLICK",
    "replied": "REPLY",
    "bounced": "BOUNCE",
}
HUBSPOT_DISPOSITIONS = {
    "connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "left_voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "no_answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "wrong_number": "17b47fee-58de-441e-a44c-c6300d46f273",
}
TYPEFORM_TEXTS = ("first_name", "last_name", "job_title", "company", "country")


def vendor_of(moment: Moment) -> str | None:
    """The vendor that tells of this moment, None where our own systems do."""
    person, body = moment.person, moment.body
    if moment.topic == "email-engagement" and person.email is not None:
        if person.mailer == "sendgrid" and body["kind"] in SENDGRID_EVENTS:
            return "sendgrid"
        if (
            person.mailer == "hubspot-email"
            and person.lead_id is None
            and body["kind"] in HUBSPOT_EVENTS
        ):
            return "hubspot-email"
    if moment.topic == "form-submission" and person.form_vendor == "typeform":
        return "typeform"
    plain_call = moment.topic == "call-disposition" and not body.keys() & {"sentiment", "reason"}
    if plain_call and person.dialer == "hubspot-call" and body["outcome"] in HUBSPOT_DISPOSITIONS:
        return "hubspot-call"
    return None


def sendgrid_items(moment: Moment) -> Iterator[Body]:
    """A delivery, with the notice of processing that SendGrid posts before it."""
    body, person = moment.body, moment.person
    event_id = str(body["event_id"])
    common: Body = {
        "email": person.email,
        "timestamp": moment.at // 1000,
        "sg_message_id": f"{body['message_id']}.filter0425p1mdw1.13037",
        "category": [body["campaign"]],
    }
    if person.lead_id is not None:
        common["lead_id"] = person.lead_id
    kind = body["kind"]
    if kind == "delivered":
        yield {**common, "event": "processed", "sg_event_id": f"{event_id}-p"}
    item: Body = {**common, "event": SENDGRID_EVENTS[str(kind)], "sg_event_id": event_id}
    if kind == "opened":
        item["sg_machine_open"] = bool(body.get("automated"))
    elif kind == "clicked":
        item["url"] = body["link_url"]
    elif kind == "bounced":
        item["type"] = "bounce" if body["bounce"] == "hard" else "blocked"
    yield item


def hubspot_email_items(moment: Moment) -> Iterator[Body]:
    """One event of HubSpot's email events API."""
    body = moment.body
    item: Body = {
        "id": body["event_id"],
        "type": HUBSPOT_EVENTS[str(body["kind"])],
        "created": moment.at,
        "recipient": moment.person.email,
        "emailCampaignId": moment.at // (30 * 86_400_000),
        "portalId": 6015,
        "filteredEvent": bool(body.get("automated")),
    }
    if "link_url" in body:
        item["url"] = body["link_url"]
    if "bounce" in body:
        item["category"] = "UNKNOWN_USER" if body["bounce"] == "hard" else "MAILBOX_FULL"
    yield item


def hubspot_call_items(moment: Moment) -> Iterator[Body]:
    """One call object with its disposition."""
    body, person = moment.body, moment.person
    properties: Body = {
        "hs_timestamp": time_text(moment.at),
        "hs_call_title": f"Call with {person.first_name}",
        "hs_call_duration": str(int(str(body["duration_seconds"])) * 1000),
        "hs_call_direction": "OUTBOUND",
        "hs_call_disposition": HUBSPOT_DISPOSITIONS[str(body["outcome"])],
        "hs_call_to_number": person.phone,
        "hs_call_status": "COMPLETED",
        "hubspot_owner_id": body["agent_id"],
    }
    properties.update(person.identity)
    yield {"id": body["event_id"], "properties": properties}


def typeform_items(moment: Moment) -> Iterator[Body]:
    """One form response."""
    body, person = moment.body, moment.person
    fields = cast("Body", body["fields"])
    answers: list[Body] = [
        {
            "type": "text",
            "text": fields[name],
            "field": {"id": f"q-{name}", "type": "short_text", "ref": name},
        }
        for name in TYPEFORM_TEXTS
    ]
    if person.email is not None:
        field = {"id": "q-email", "type": "email", "ref": "email"}
        answers.append({"type": "email", "email": person.email, "field": field})
    if "phone" in fields:
        field = {"id": "q-phone", "type": "phone_number", "ref": "phone"}
        answers.append({"type": "phone_number", "phone_number": person.phone, "field": field})
    submitted_at = datetime.fromtimestamp(moment.at // 1000, UTC).isoformat().replace("+00:00", "Z")
    response: Body = {
        "form_id": body["form_id"],
        "token": body["event_id"],
        "submitted_at": submitted_at,
        "hidden": {} if person.lead_id is None else {"lead_id": person.lead_id},
        "answers": answers,
    }
    yield {"event_id": body["event_id"], "event_type": "form_response", "form_response": response}


VENDORS: dict[str, VendorItems] = {
    "sendgrid": sendgrid_items,
    "hubspot-email": hubspot_email_items,
    "hubspot-call": hubspot_call_items,
    "typeform": typeform_items,
}
"""How each vendor words a moment."""

IN_ARRAYS = frozenset({"sendgrid", "hubspot-email"})
"""The vendors that collect their events for a while and post an array."""
