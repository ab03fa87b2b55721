"""From a JSON value to a public event: schema, envelope, time, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from schemas.account_update import AccountUpdate
from schemas.call_disposition import CallDisposition
from schemas.crm_actions import ACTIONS
from schemas.email_engagement import EmailEngagement
from schemas.envelope import Opened
from schemas.event import Event, unknown_fields
from schemas.form_submission import FormSubmission
from schemas.instant import NO_OFFSET, instant_of, milliseconds
from schemas.vocabulary import ANSWER_KEYS, PROFILE_KEYS
from schemas.web_visit import WebVisit
from worker.intake.items import Fault

MODELS: dict[str, type[Event] | dict[str, type[Event]]] = {
    "form-submission": FormSubmission,
    "email-engagement": EmailEngagement,
    "call-disposition": CallDisposition,
    "crm-update": ACTIONS,
    "account-update": AccountUpdate,
    "web-visit": WebVisit,
}
"""The model of each event type; where there are several, by action."""

_FILLED = ("event_id", "source", "occurred_at")
"""What an envelope may say in place of the body."""

EARLIEST = milliseconds(datetime(2000, 1, 1, tzinfo=UTC))
"""No lead is older than this; what claims to be is a clock that was never set."""
AHEAD_MS = 5 * 60 * 1000
"""How far a sender's clock may run ahead of the broker's."""


def checked(
    kind: str, told: Opened, recorded_ms: int | None, *, strict: bool
) -> tuple[Event, int, int]:
    """Returns the event, when it happened (UTC ms), and how many of its fields are unknown; raises Fault.

    `recorded_ms` is the record's timestamp, None where there is none to compare with; `strict` refuses unknown fields.
    """
    body, said = told
    if not isinstance(body, dict):
        raise Fault("schema.invalid", "the event should be an object")
    model = _model_of(kind, body)
    whole, differing = _filled(body, said) if said else (body, None)
    event = _validated(model, whole)
    unknown = unknown_fields(model, body)
    if strict and unknown:
        raise Fault("schema.invalid", "unknown fields are not allowed")
    for field in differing or ():
        _compare(field, body[field], said[field])
    if event is None:
        raise Fault("time.missing_offset", "occurred_at should have an offset from UTC, or Z")
    at = milliseconds(event.occurred_at)
    _check_time(at, recorded_ms)
    return event, at, unknown


def _model_of(kind: str, body: Mapping[str, Any]) -> type[Event]:
    model = MODELS[kind]
    if not isinstance(model, dict):
        return model
    action = body.get("action")
    if not isinstance(action, str) or action not in model:
        raise Fault("schema.invalid", f"action should be one of {', '.join(model)}")
    return model[action]


def _filled(body: dict[str, Any], said: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Returns the body with the envelope's word where its own is lacking, and the fields where the two differ."""
    lacking, differing = {}, []
    for field in _FILLED:
        word = said.get(field)
        if word:
            own = body.get(field)
            if own is None or (own == "" and field == "source"):
                lacking[field] = word
            elif own != word:
                differing.append(field)
    return {**body, **lacking} if lacking else body, differing


def _validated(model: type[Event], body: dict[str, Any]) -> Event | None:
    """Returns the event; None where nothing is wrong with it but that `occurred_at` has no offset.

    This is `model.model_validate`, less its arguments.
    """
    try:
        event: Event = model.__pydantic_validator__.validate_python(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    else:
        return event
    wrong = [fault for fault in faults if (fault["type"], fault["loc"]) != _NO_OFFSET]
    if wrong:
        raise Fault("schema.invalid", _sentence(wrong[0]))
    return None


_NO_OFFSET = (NO_OFFSET, ("occurred_at",))


def _sentence(fault: ErrorDetails) -> str:
    """Says which field is wrong and what is expected; a key that is not ours is the sender's, and stays out."""
    path = ".".join(part for part in fault["loc"] if isinstance(part, str) and part in _OUR_NAMES)
    return f"{path}: {fault['msg']}" if path else fault["msg"]


def _compare(field: str, own: object, word: str) -> None:
    if field != "occurred_at" or not _same_instant(own, word):
        raise Fault("envelope.mismatch", f"{field} differs from the envelope's")


def _same_instant(one: object, other: object) -> bool:
    try:
        return instant_of(one) == instant_of(other)
    except PydanticCustomError:
        return False


def _check_time(at: int, recorded_ms: int | None) -> None:
    if recorded_ms is not None and at > recorded_ms + AHEAD_MS and recorded_ms >= 0:
        raise Fault("time.future", "occurred_at is more than 5 minutes ahead of the record")
    if at < EARLIEST:
        raise Fault("time.past", "occurred_at is before 2000-01-01")


_OUR_NAMES = frozenset(
    name
    for model in (*MODELS.values(), *ACTIONS.values())
    if not isinstance(model, dict)
    for name in model.model_fields
) | {*PROFILE_KEYS, *ANSWER_KEYS}
