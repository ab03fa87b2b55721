"""Typeform's response webhook: one response an item, under `form_response`.

A question's reference (`ref`, which the form's author chooses) is its key in `fields`: one that equals a profile or
answer key feeds it, others are kept as they are. The first e-mail and phone answers also are the person's. Hidden
fields feed the same keys where no answer does; `lead_id` travels as one of them, the campaign as `campaign` or
`utm_campaign`. What was paid is left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.vocabulary import PROFILE_KEYS
from worker.intake.adapters.reading import text
from worker.intake.adapters.table import Becomes, Ignore, Read, Table, Thing

_PERSONAL = {"email": "email", "phone_number": "phone"}
"""Types of answers that are the person's own, whatever the question is called."""


def _fields(response: Thing) -> Iterator[tuple[str, Any, str]]:
    """Yields what was answered under its reference, then the person's address and number, then hidden fields."""
    answers = list(_answers(response))
    for _kind, ref, value, place in answers:
        if ref:
            yield ref, _typed(ref, value), place
    for kind, _ref, value, place in answers:
        if kind in _PERSONAL:
            yield _PERSONAL[kind], value, place
    hidden = response.get("hidden")
    for key, value in hidden.items() if isinstance(hidden, dict) else ():
        if key != "lead_id" and _is_scalar(value):
            yield key, _typed(key, value), f"hidden.{key}"


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


def _typed(key: str, value: Any) -> Any:  # noqa: ANN401 - a scalar
    """Returns a number as text where the profile holds text."""
    return text(value) if key in PROFILE_KEYS and key != "employees" else value


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
                Read("campaign", ("hidden.campaign", "hidden.utm_campaign"), text),
            ),
            _fields,
        ),
    ),
    event_id=Read("event_id", ("token", "event_id"), text),
    reads=(
        Read("occurred_at", ("submitted_at",)),
        Read("lead_id", ("hidden.lead_id",), text),
    ),
)
