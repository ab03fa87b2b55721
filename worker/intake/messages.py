"""From a public event to the message on the spine: one function an event type, names and shapes only.

What all messages share is written out in each: handing it on in a dictionary costs more than the message itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from schemas import person, spine
from schemas.account_update import AccountUpdate
from schemas.call_disposition import CallDisposition
from schemas.crm_actions import (
    ConsentChanged,
    Created,
    OwnershipRequested,
    ProfileUpdated,
    StatusRequested,
)
from schemas.email_engagement import EmailEngagement
from schemas.event import Event
from schemas.form_submission import FormSubmission
from schemas.instant import milliseconds
from schemas.vocabulary import ANSWER_KEYS, ANY_PRODUCT, PROFILE_KEYS
from schemas.web_visit import WebVisit
from worker.intake.identity import Person

Profile = dict[str, str | int | None]

_NO_PRODUCT = frozenset({None, ANY_PRODUCT})
"""What a producer writes who means no product in particular."""
_ANSWERS = frozenset(ANSWER_KEYS)
_BESIDES_CONTACT = tuple(key for key in PROFILE_KEYS if key not in {"email", "phone"})
"""They come first in the order of the profile's keys."""


def message_of(event: Event, who: Person, at: int, content: int) -> spine.Told:
    """Returns what travels on, without its origin; `at` is when it happened, in UTC milliseconds."""
    return _WRITERS[type(event)](event, who, at, content)


def _form(event: FormSubmission, who: Person, at: int, content: int) -> spine.FormSubmitted:
    profile = _profile_of(event.fields, who)
    if event.lead_source:
        profile["lead_source"] = event.lead_source
    return spine.FormSubmitted(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=profile,
        implausible=who.implausible,
        form_id=event.form_id,
        intent=event.intent,
        answers={} if _ANSWERS.isdisjoint(event.fields) else _told(event.fields, ANSWER_KEYS),
        consent=_consent(event.consent),
        page_url=event.page_url,
        campaign=event.campaign,
    )


def _email(event: EmailEngagement, who: Person, at: int, content: int) -> spine.EmailEngaged:
    return spine.EmailEngaged(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=_contact(who),
        implausible=who.implausible,
        kind=event.kind,
        bounce=event.bounce,
        automated=event.automated,
        link_url=event.link_url,
        campaign=event.campaign,
        message_id=event.message_id,
    )


def _call(event: CallDisposition, who: Person, at: int, content: int) -> spine.CallDisposed:
    follow_up, close = event.follow_up_at, event.expected_close_on
    return spine.CallDisposed(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=_contact(who),
        implausible=who.implausible,
        outcome=event.outcome,
        sentiment=event.sentiment,
        follow_up_at=None if follow_up is None else milliseconds(follow_up),
        reason=event.reason,
        qualification=cast("dict[str, spine.Scalar]", event.qualification),
        expected_close_on=None if close is None else close.isoformat(),
        agent_id=event.agent_id,
        duration_seconds=event.duration_seconds,
        direction=event.direction,
    )


def _created(event: Created, who: Person, at: int, content: int) -> spine.LeadCreated:
    return spine.LeadCreated(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=_profile_of(event.fields, who),
        implausible=who.implausible,
        origin=event.origin,
        worked_with=event.worked_with,
    )


def _ownership(
    event: OwnershipRequested, _who: Person, at: int, content: int
) -> spine.OwnershipRequested:
    return spine.OwnershipRequested(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        by_team=event.by_team,
    )


def _status(event: StatusRequested, _who: Person, at: int, content: int) -> spine.StatusRequested:
    return spine.StatusRequested(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        status=event.status,
        by_team=event.by_team,
        by=event.by,
        reason=event.reason,
        fields=_told(event.fields, event.fields),
    )


def _profile(event: ProfileUpdated, who: Person, at: int, content: int) -> spine.ProfileUpdated:
    told: dict[str, Any] = {**event.fields, **_contact(who)}
    corrected: Profile = {key: told[key] for key in PROFILE_KEYS if told.get(key, "") != ""}
    return spine.ProfileUpdated(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=corrected,
        implausible=who.implausible,
    )


def _consent_changed(
    event: ConsentChanged, who: Person, at: int, content: int
) -> spine.ConsentChanged:
    consent = spine.Consent(event.consent.email, event.consent.phone)
    return spine.ConsentChanged(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=_contact(who),
        implausible=who.implausible,
        consent=consent,
    )


def _visit(event: WebVisit, who: Person, at: int, content: int) -> spine.PageVisited:
    return spine.PageVisited(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        profile=_contact(who),
        implausible=who.implausible,
        page_url=event.page_url,
        category=event.category,
        seconds=event.seconds,
    )


def _account(event: AccountUpdate, _who: Person, at: int, content: int) -> spine.AccountUpdated:
    return spine.AccountUpdated(
        event_id=event.event_id,
        source=event.source,
        at=at,
        content=content,
        product=_product_of(event),
        account_id=event.account_id,
        relationship=event.relationship,
    )


def _product_of(event: Event) -> str | None:
    return None if event.product in _NO_PRODUCT else event.product


def _profile_of(fields: Mapping[str, Any], who: Person) -> Profile:
    """Returns the profile keys that say something, in their order, with the person's address and number."""
    return _contact(who) | _told(fields, _BESIDES_CONTACT)


def _contact(who: Person) -> Profile:
    told: Profile = {} if who.email is None else {"email": who.email}
    if who.phone is not None:
        told["phone"] = who.phone
    return told


def _told(fields: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    value_of = fields.get
    return {key: told for key in keys if (told := value_of(key)) is not None and told != ""}


def _consent(told: person.Consent | None) -> spine.Consent | None:
    return None if told is None else spine.Consent(told.email, told.phone)


_WRITERS: dict[type[Event], Callable[[Any, Person, int, int], spine.Told]] = {
    FormSubmission: _form,
    EmailEngagement: _email,
    CallDisposition: _call,
    Created: _created,
    OwnershipRequested: _ownership,
    StatusRequested: _status,
    ProfileUpdated: _profile,
    ConsentChanged: _consent_changed,
    WebVisit: _visit,
    AccountUpdate: _account,
}
