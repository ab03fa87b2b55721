"""What is known of a response that Typeform posts: whose address and number stand among its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from worker.ops.verify.decoder.contacts import Contact, email, phone
from worker.ops.verify.decoder.fate import Unreadable
from worker.ops.verify.decoder.known import Item, Known, first, named, text, within, word

_PLACEHOLDER = re.compile("_+|x{5}")
"""What stands in the place of a hidden field that was not handed over."""


def typeform(told: Item) -> Known | None:
    """Returns what is known of a response, None of anything else."""
    if word(told.get("event_type")) != "form_response":
        return None
    form_id = named(first(told, "form_id", "definition.id"))
    if form_id is None:
        raise Unreadable("schema.invalid")
    answers, hidden = list(_answers(told)), within(told, "hidden")
    lead_id = text(hidden.get("lead_id"))
    return Known(
        "form-submission",
        (named(first(told, "token", "event_id")),),
        (told.get("submitted_at"), 0),
        None if lead_id == "" or _stands_for_nothing(lead_id) else lead_id,
        email(_answered(answers, hidden, ("email", "email"), email)),
        phone(_answered(answers, hidden, ("phone", "phone_number"), phone)),
        which=form_id,
    )


class Answer(NamedTuple):
    """What was answered to a question: its type, what the question is called, the answer."""

    kind: str
    ref: str
    value: object


def _answers(told: Item) -> Iterator[Answer]:
    refs = {
        asked["id"]: asked.get("ref") or ""
        for asked in _things(within(told, "definition").get("fields"))
        if isinstance(asked.get("id"), str)
    }
    for answer in _things(told.get("answers")):
        if isinstance(kind := answer.get("type"), str):
            value, asked = answer.get(kind), within(answer, "field")
            name = str(asked.get("id", ""))
            ref = str(asked.get("ref") or refs.get(name) or name)
            if isinstance(value, dict):
                value = _chosen(value)
            if isinstance(value, str | int | float):
                yield Answer(kind, ref, value)


def _chosen(value: Item) -> str | None:
    labels = value.get("labels")
    chosen = [*(labels if isinstance(labels, list) else ()), value.get("label"), value.get("other")]
    return ", ".join(one for one in chosen if isinstance(one, str)) or None


def _things(told: object) -> Iterator[Item]:
    return (one for one in (told if isinstance(told, list) else ()) if isinstance(one, dict))


def _answered(
    answers: list[Answer],
    hidden: Item,
    called: tuple[str, str],
    contact: Callable[[str], Contact],
) -> str | None:
    """Returns an address or a number: what was usable under its name, else of its type, else whatever there is."""
    ref, kind = called
    named = [one.value for one in answers if one.ref == ref]
    usable = [value for value in named if contact(str(value)).usable]
    typed = [one.value for one in answers if one.kind == kind]
    handed_over = hidden.get(ref)
    if _stands_for_nothing(handed_over) or not isinstance(handed_over, str | int | float):
        handed_over = None
    unusable = [value for value in named if value not in usable]
    for value in (*usable, *typed, *unusable, handed_over):
        if value is not None and not isinstance(value, bool):
            return str(value)
    return None


def _stands_for_nothing(told: object) -> bool:
    return isinstance(told, str) and _PLACEHOLDER.fullmatch(told) is not None
