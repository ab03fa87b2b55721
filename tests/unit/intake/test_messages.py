"""What each event becomes on the spine."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas import spine
from tests.unit.intake.events import AT_MS, NAMED, activity, item
from worker.intake.items import AccountHeard

SHARED: dict[str, Any] = {"event_id": "e-1", "source": "test", "at": AT_MS}


def crm(action: str, **told: object) -> dict[str, Any]:
    return {**NAMED, "action": action, **told}


TABLE: list[tuple[str, dict[str, Any], spine.Told]] = [
    (
        "form-submission",
        {**NAMED, "form_id": "quote", "intent": "action", "product": "crm", "campaign": "spring", "page_url": "/q",
         "lead_source": "search", "consent": {"email": False},
         "fields": {"lead_source": "fair", "email": "A@Example.com", "phone": "+49 30 901820", "employees": "0250",
                    "company": "", "country": None, "budget": "10k", "need": "", "authority": False, "utm": "x"}},
        spine.FormSubmitted(
            **SHARED, content=0, product="crm", form_id="quote", intent="action", campaign="spring", page_url="/q",
            profile={"email": "a@example.com", "phone": "+4930901820", "employees": 250, "lead_source": "search"},
            answers={"budget": "10k", "authority": False}, consent=spine.Consent(email=False)),
    ),
    (
        "form-submission",
        {**NAMED, "form_id": "x", "product": "", "email": "b@example.com", "fields": {"email": "a@example.com"}},
        spine.FormSubmitted(**SHARED, content=0, form_id="x", profile={"email": "b@example.com"}),
    ),
    (
        "email-engagement",
        {**NAMED, "kind": "bounced", "bounce": "soft", "link_url": "/l", "message_id": "m", "campaign": "c",
         "automated": True},
        spine.EmailEngaged(**SHARED, content=0, kind="bounced", bounce="soft", link_url="/l", message_id="m",
                           campaign="c", automated=True),
    ),
    (
        "call-disposition",
        {**NAMED, "outcome": "connected", "sentiment": "positive", "follow_up_at": "2026-03-01T10:30:00.25+01:00",
         "reason": "other", "qualification": {"budget": None, "need": "", "size": 3}, "expected_close_on": "2026-06-30",
         "agent_id": "7", "duration_seconds": 61.5, "direction": "outbound"},
        spine.CallDisposed(**SHARED, content=0, outcome="connected", sentiment="positive", follow_up_at=AT_MS,
                           reason="other", qualification={"budget": None, "need": "", "size": 3},
                           expected_close_on="2026-06-30", agent_id="7", duration_seconds=61.5, direction="outbound"),
    ),
    (
        "crm-update",
        crm("created", origin="import", worked_with="direct",
            fields={"company": "Acme", "budget": "10k", "job_title": None}),
        spine.LeadCreated(**SHARED, content=0, origin="import", worked_with="direct", profile={"company": "Acme"}),
    ),
    (
        "crm-update",
        crm("ownership_requested", by_team="sales", email="a@example.com"),
        spine.OwnershipRequested(**SHARED, content=0, by_team="sales"),
    ),
    (
        "crm-update",
        crm("status_requested", status="sql", by_team="sales", by="Ann", reason="", product="crm",
            fields={"budget": "10k", "need": None, "size": "", "company": "Acme", "permission": False,
                    "follow_up_at": "2026-03-01T10:30:00.25+01:00", "expected_close_on": "2026-06-30"}),
        spine.StatusRequested(**SHARED, content=0, product="crm", status="sql", by_team="sales", by="Ann",
                              fields={"budget": "10k", "company": "Acme", "permission": False,
                                      "follow_up_at": "2026-03-01T09:30:00.250Z", "expected_close_on": "2026-06-30"}),
    ),
    (
        "crm-update",
        crm("profile_updated",
            fields={"email": None, "company": None, "country": "", "job_title": "CTO", "employees": 0}),
        spine.ProfileUpdated(**SHARED, content=0,
                             profile={"email": None, "job_title": "CTO", "company": None, "employees": 0}),
    ),
    (
        "crm-update",
        crm("consent_changed", consent={"phone": True}, email="a@example.com"),
        spine.ConsentChanged(**SHARED, content=0, consent=spine.Consent(phone=True),
                             profile={"email": "a@example.com"}),
    ),
    (
        "web-visit",
        {**NAMED, "page_url": "/p", "category": "pricing", "seconds": 12},
        spine.PageVisited(**SHARED, content=0, page_url="/p", category="pricing", seconds=12),
    ),
]  # fmt: skip


@pytest.mark.parametrize("kind, told, message", TABLE)
def test_an_event_becomes_its_message(kind: str, told: dict[str, Any], message: spine.Told) -> None:
    became = activity(kind, told)
    assert msgspec.structs.replace(became, content=0) == message
    assert list(became.profile) == list(message.profile)
    assert spine.decode(spine.encode(became)) == became


def test_an_account_update_is_for_the_account_log() -> None:
    heard = item(
        "account-update", {**NAMED, "lead_id": None, "account_id": "A-1", "relationship": "partner"}
    )
    assert isinstance(heard, AccountHeard)
    assert (heard.account_id, heard.update.relationship, heard.update.at) == (
        "A-1",
        "partner",
        AT_MS,
    )
