"""From a JSON value in our own schema to what stands on the spine: faults in their order, then facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from schemas import EVENTS
from schemas.account_update import AccountUpdate
from schemas.call_disposition import CallDisposition
from schemas.crm_actions import ACTIONS, OwnershipRequested, ProfileUpdated, StatusRequested
from schemas.email_engagement import EmailEngagement
from schemas.envelope import EnvelopeFault, Headers, UnsupportedVersion, opened
from schemas.event import Event, unknown_fields
from schemas.form_submission import FormSubmission
from schemas.instant import NO_OFFSET, instant_of, milliseconds
from schemas.person import Consent
from schemas.vocabulary import ANSWER_KEYS, ANY_PRODUCT, PROFILE_KEYS
from schemas.web_visit import WebVisit
from topics.catalogue import name_of
from worker.ops.verify.decoder.contacts import NOBODY, email, lead_of, phone
from worker.ops.verify.decoder.fate import Unreadable
from worker.ops.verify.decoder.times import fault_of_time

_MODELS: Mapping[str, type[Event]] = {
    "form-submission": FormSubmission,
    "email-engagement": EmailEngagement,
    "call-disposition": CallDisposition,
    "account-update": AccountUpdate,
    "web-visit": WebVisit,
}
_CRM = "crm-update"
_SAYS_NOTHING_OF_THE_PERSON = frozenset({OwnershipRequested, StatusRequested, AccountUpdate})
_ELSEWHERE = frozenset(
    {
        "event_id",
        "source",
        "occurred_at",
        "lead_id",
        "email",
        "phone",
        "product",
        "fields",
        "action",
    }
)
"""Fields that the spine holds under another name, or that go into others."""
_NO_MATTER = frozenset({"answers", "fields", "profile", "implausible", "qualification"})
"""What the spine leaves out where it is empty."""
_BESIDES_CONTACT = tuple(name for name in PROFILE_KEYS if name not in {"email", "phone"})
_NOTHING = (None, "")
_EXACT = 2.0**53


class Relayed(NamedTuple):
    """A message that has to be on the spine or the account-log, its key, and whether `--strict` refuses it."""

    key: str
    told: dict[str, Any]
    has_unknown: bool


def relayed(kind: str, value: Any, headers: Headers, recorded_ms: int) -> Relayed:  # noqa: ANN401  any JSON value
    """Returns what an event becomes; Unreadable with the code of its first fault, or what `--strict` says instead."""
    try:
        body, said = opened(value, headers, EVENTS)
    except UnsupportedVersion:
        raise Unreadable("schema.unsupported_version") from None
    except EnvelopeFault:
        raise Unreadable("schema.invalid") from None
    if not isinstance(body, dict):
        raise Unreadable("schema.invalid")
    model = _model(kind, body)
    event = _validated(model, {**body, **_lacking(body, said)} if said else body)
    has_unknown = unknown_fields(model, body) > 0
    try:
        _compare(body, said)
        key, told = _message(kind, *_timed(event, recorded_ms))
    except Unreadable as fault:
        raise Unreadable(*fault.codes, *(("schema.invalid",) if has_unknown else ())) from None
    return Relayed(key, told, has_unknown)


def _model(kind: str, body: Mapping[str, Any]) -> type[Event]:
    if kind != _CRM:
        return _MODELS[kind]
    action = body.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise Unreadable("schema.invalid")
    return ACTIONS[action]


def _lacking(body: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
    """Returns what the envelope says in place of the body."""
    return {name: said[name] for name in _FILLED if said.get(name) and _is_lacking(name, body)}


_FILLED = ("event_id", "source", "occurred_at")


def _is_lacking(name: str, body: Mapping[str, Any]) -> bool:
    own = body.get(name)
    return own is None or (name == "source" and own == "")


def _compare(body: Mapping[str, Any], said: Mapping[str, str]) -> None:
    if any(_differs(name, body.get(name), word) for name, word in said.items()):
        raise Unreadable("envelope.mismatch")


def _differs(name: str, own: object, word: str) -> bool:
    if name not in _FILLED or not word or own is None or own == word:
        return False
    if name == "source" and own == "":
        return False
    if name != "occurred_at":
        return True
    try:
        return instant_of(own) != instant_of(word)
    except PydanticCustomError:
        return True


def _validated(model: type[Event], body: Mapping[str, Any]) -> Event | None:
    """Returns the event, None where nothing is wrong but that its time has no offset."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
    if any((fault["type"], fault["loc"]) != (NO_OFFSET, ("occurred_at",)) for fault in faults):
        raise Unreadable("schema.invalid")
    return None


def _timed(event: Event | None, recorded_ms: int) -> tuple[Event, int]:
    """Returns the event, and when it happened."""
    if event is None:
        raise Unreadable("time.missing_offset")
    at = milliseconds(event.occurred_at)
    if (wrong := fault_of_time(at, recorded_ms)) is not None:
        raise Unreadable(wrong)
    return event, at


def _message(kind: str, event: Event, at: int) -> tuple[str, dict[str, Any]]:
    """Returns key and message, without what stands for its default."""
    fields: Mapping[str, Any] = event.__dict__.get("fields", {})
    address = email(event.email, fields.get("email")) if event.email or fields else NOBODY
    number = phone(event.phone, fields.get("phone")) if event.phone or fields else NOBODY
    told: dict[str, Any] = {
        "type": f"{kind}.{event.__dict__['action']}" if kind == _CRM else kind,
        "event_id": event.event_id,
        "source": event.source,
        "at": at,
        "content": _content(kind, event),
    }
    if event.product not in (None, ANY_PRODUCT):
        told["product"] = event.product
    for name, value in event.__dict__.items():
        if value is not None and value is not False and name not in _ELSEWHERE:
            told[name] = value if type(value) is str else _on_the_spine(value)
    if type(event) is FormSubmission:
        told["answers"] = _saying(fields, ANSWER_KEYS)
    elif type(event) is StatusRequested:
        told["fields"] = _saying(fields, fields)
    if type(event) not in _SAYS_NOTHING_OF_THE_PERSON:
        contacts = (("email", address), ("phone", number))
        known = {name: one.kept for name, one in contacts if one.kept}
        told["profile"] = _profile(event, fields, known, told.pop("lead_source", None))
        told["implausible"] = [name for name, one in contacts if one.kept and not one.usable]
    key = event.account_id if type(event) is AccountUpdate else None
    key = key or lead_of(event.lead_id, address, number)
    if key is None:
        raise Unreadable("identity.missing")
    return key, {name: value for name, value in told.items() if value or name not in _NO_MATTER}


def _on_the_spine(value: Any) -> Any:  # noqa: ANN401  any value of a field
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    return _consent(value) if type(value) is Consent else value


def _consent(told: Consent) -> dict[str, bool]:
    return {name: value for name, value in told if value is not None}


def _profile(
    event: Event, fields: Mapping[str, Any], known: Mapping[str, Any], lead_source: object
) -> dict[str, Any]:
    """Returns what an event says of the person; `known` are address and number."""
    if type(event) is ProfileUpdated:
        told = {**fields, **known}
        return {name: told[name] for name in PROFILE_KEYS if told.get(name, "") != ""}
    profile = {**known, **_saying(fields, _BESIDES_CONTACT)}
    return {**profile, "lead_source": lead_source} if lead_source else profile


def _saying(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: told for name in names if (told := fields.get(name)) not in _NOTHING}


def _content(kind: str, event: Event) -> int:
    """Returns the number that tells two contents of one event id apart: of topic and known fields, without nothing."""
    known: dict[str, Any] = {
        name: value if type(value) is str else _whole(value)
        for name, value in event.__dict__.items()
        if value is not None
    }
    if known.get("product") == ANY_PRODUCT:
        del known["product"]
    if "fields" in known:
        lacking = ("",) if type(event) is ProfileUpdated else _NOTHING
        known["fields"] = {n: told for n, told in known["fields"].items() if told not in lacking}
    text = orjson.dumps([name_of(kind), known], option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(blake2b(text).digest()[:8])


def _whole(value: Any) -> Any:  # noqa: ANN401  any value of a field
    """Returns 5 for 5.0, also within; of consent what it says."""
    if type(value) is dict:
        return {
            name: inner if type(inner) is str else _whole(inner) for name, inner in value.items()
        }
    if type(value) is Consent:
        return _consent(value)
    is_whole = type(value) is float and abs(value) < _EXACT and value.is_integer()
    return int(value) if is_whole else value
