"""What crosses Kafka: public events and outcomes as models, the spine, the envelope.

`from schemas import FormSubmission` gives a producer or a consumer the model of one topic; each is imported when it is
first asked for, so that who needs one message does not pay for all. Unknown fields are ignored, wrong types are not
coerced, null in an optional field is absent. The same shapes as JSON Schema (2020-12) lie frozen in `v1/`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.account_update import AccountUpdate as AccountUpdate
    from schemas.call_disposition import CallDisposition as CallDisposition
    from schemas.contactability import Contactability as Contactability
    from schemas.crm_update import CrmUpdate as CrmUpdate
    from schemas.email_engagement import EmailEngagement as EmailEngagement
    from schemas.form_submission import FormSubmission as FormSubmission
    from schemas.handoff import Handoff as Handoff
    from schemas.refusal import Refusal as Refusal
    from schemas.status_change import StatusChange as StatusChange
    from schemas.web_visit import WebVisit as WebVisit

EVENTS = {
    "form-submission": "FormSubmission",
    "email-engagement": "EmailEngagement",
    "call-disposition": "CallDisposition",
    "crm-update": "CrmUpdate",
    "account-update": "AccountUpdate",
    "web-visit": "WebVisit",
}
"""The model of each event read, by type (its topic without `leads.` and `.v1`)."""

OUTCOMES = {
    "status-change": "StatusChange",
    "handoff": "Handoff",
    "contactability": "Contactability",
    "refusal": "Refusal",
}
"""The model of each event written."""

_FILES = {name: kind.replace("-", "_") for kind, name in {**EVENTS, **OUTCOMES}.items()}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module attribute is, only its name tells
    """Import the model of that name."""
    if name not in _FILES:
        raise AttributeError(f"schemas has no {name}")
    return getattr(importlib.import_module(f"schemas.{_FILES[name]}"), name)
