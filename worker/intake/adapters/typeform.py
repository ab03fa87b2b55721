"""Typeform's response webhook: one response an item, under `form_response`.

A question's reference (`ref`, which the form's author chooses) is its key in `fields`: one that equals a profile or
answer key feeds it, others are kept as they are. The first e-mail and phone answers also are the person's. Hidden
fields feed the same keys where no answer does; `lead_id` travels as one of them, the campaign as `campaign` or
`utm_campaign`; what Typeform puts there while nothing was handed over is nothing. What cannot be what the profile holds
(a range as the number of employees, yes or no as a name) is left out and costs the response nothing else, as is what
was paid. A response without `token` is named by the `event_id` of its delivery, without both by a digest of all its
keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from schemas.vocabulary import PROFILE_KEYS
from worker.intake.adapters.reading import text
from worker.intake.adapters.table import Becomes, Ignore, Read, Table, Thing
from worker.intake.identity import email_of, phone_of
from worker.intake.parse import MOST_INTEGER

_PERSONAL = {"email": "email", "phone_number": "phone"}
"""Types of answers that are the person's own, whatever the question is called."""
_USABLE = {"email": email_of, "phone": phone_of}
"""A text under these references that is neither does not stand before the person's own."""
_PROFILE = frozenset(PROFILE_KEYS)
_DIGITS = re.compile(r"[0-9]{1,19}")
_PLACEHOLDER = re.compile(r"_+|x{5}")
"""What Typeform shows for a hidden field that was not handed over: in previews, and in the link it proposes."""


def _fields(response: Thing) -> Iterator[tuple[str, Any, str]]:
    """Yields what was answered under its reference, then the person's address and number, then hidden fields."""
    for key, value, place in _in_order(response):
        kept = _profile_value(key, value) if key in _PROFILE else value
        if kept is not None:
            yield key, kept, place


def _in_order(response: Thing) -> Iterator[tuple[str, Any, str]]:
    answers = list(_answers(response))
    unusable = []
    for _kind, ref, value, place in answers:
        if ref in _USABLE and not _USABLE[ref](str(value)):
            unusable.append((ref, value, place))
        elif ref:
            yield ref, value, place
    for kind, _ref, value, place in answers:
        if kind in _PERSONAL:
            yield _PERSONAL[kind], value, place
    yield from unusable
    hidden = response.get("hidden")
    for key, value in hidden.items() if isinstance(hidden, dict) else ():
        if key != "lead_id" and _is_scalar(value):
            yield key, _handed_over(value), f"hidden.{key}"


def _answers(response: Thing) -> Iterator[tuple[str, str, Any, str]]:
    refs = dict(_refs(response))
    answers = response.get("answers")
    for number, answer in enumerate(answers if isinstance(answers, list) else ()):
        if not isinstance(answer, dict) or not isinstance(kind := answer.get("type"), str):
            continue
        value = _value(answer.get(kind))
        if value is not None:
            asked = answer.get("field")
            question = asked if isinstance(asked, dict) else {}
            name = str(question.get("id", ""))
            ref = question.get("ref") or refs.get(name) or name
            yield kind, str(ref), value, f"answers.{number}.{kind}"


def _refs(response: Thing) -> Iterator[tuple[str, str]]:
    """Yields the reference of each question by its id; answers may name the id only."""
    definition = response.get("definition")
    questions = definition.get("fields") if isinstance(definition, dict) else None
    for question in questions if isinstance(questions, list) else ():
        if isinstance(question, dict) and isinstance(question.get("id"), str):
            yield question["id"], question.get("ref") or ""


def _value(told: object) -> Any:  # noqa: ANN401 - a scalar, or None
    """Returns what was answered: a scalar, or the labels of what was chosen, joined by commas."""
    if not isinstance(told, dict):
        return told if _is_scalar(told) else None
    labels = told.get("labels")
    chosen = [*(labels if isinstance(labels, list) else ()), told.get("label"), told.get("other")]
    return ", ".join(label for label in chosen if isinstance(label, str)) or None


def _profile_value(key: str, value: Any) -> Any:  # noqa: ANN401 - a scalar, or None
    """Returns what the profile can hold, a number as text where it holds text; None where it can hold nothing of it."""
    if isinstance(value, bool) or value is None:
        return None
    if key != "employees":
        return str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    digits = str(value).strip()
    fits = _DIGITS.fullmatch(digits) and int(digits) <= MOST_INTEGER
    return int(digits) if fits else None


def _handed_over(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns the value of a hidden field; None for what stands in its place without one."""
    return None if isinstance(value, str) and _PLACEHOLDER.fullmatch(value) else value


def _word_handed_over(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return text(_handed_over(value))


def _is_scalar(told: object) -> bool:
    return isinstance(told, str | int | float | bool)


TYPEFORM = Table(
    vendor="typeform",
    kind_path="event_type",
    inside="form_response",
    rules=(
        Ignore({"event_type": "form_response_partial"}, "partial: the form was not sent"),
        Ignore(
            {"event_type": "form_response", "response_type": "partial|started"},
            "partial: the form was not sent",
        ),
        Becomes(
            {"event_type": "form_response"},
            "form-submission",
            {},
            (
                Read("form_id", ("form_id", "definition.id"), text),
                Read("campaign", ("hidden.campaign", "hidden.utm_campaign"), _word_handed_over),
            ),
            _fields,
        ),
    ),
    named_by=(Read("event_id", ("token", "event_id"), text),),
    reads=(
        Read("occurred_at", ("submitted_at",)),
        Read("lead_id", ("hidden.lead_id",), _word_handed_over),
    ),
)
