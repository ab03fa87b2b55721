"""What a lead has answered: the latest per question, from calls, forms and accepted requests.

An answer lacks substance where it is null, false, 0 or empty, or says "0", "no", "none" or "unknown" in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.spine import CallDisposed, FormSubmitted, Scalar, Told
from schemas.vocabulary import ANSWER_KEYS, lacks
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.record import MOST_CHARACTERS

_KEPT_OF_REQUESTS = frozenset({*ANSWER_KEYS, "follow_up_at", "expected_close_on"})


def answered(activity: Told) -> dict[str, Scalar]:
    """Returns the answers that a call or a form brings; nothing else answers anything."""
    if type(activity) is FormSubmitted:
        return kept_of(activity.answers)
    if type(activity) is not CallDisposed:
        return {}
    answers = kept_of(activity.qualification)
    if activity.follow_up_at is not None:
        answers = {**answers, "follow_up_at": rfc3339(activity.follow_up_at)}
    if activity.expected_close_on is not None:
        answers = {**answers, "expected_close_on": activity.expected_close_on}
    return answers


def answers_of_request(fields: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Returns the answers among the fields of a request; a lacking one counts as not given."""
    return {
        name: answer for name, answer in given_with(fields).items() if name in _KEPT_OF_REQUESTS
    }


def given_with(fields: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Returns the fields of a request that do not lack, as far as they are kept."""
    return kept_of({name: given for name, given in fields.items() if not lacks(given)})


def kept_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what was told with its texts as long as they are kept."""
    return {
        name: value[:MOST_CHARACTERS] if isinstance(value, str) else value
        for name, value in told.items()
    }
