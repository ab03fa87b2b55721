"""What the peer answers to people who pick a status."""

from __future__ import annotations

from benchmarks.peer.models import Lifecycle
from schemas.spine import StatusRequested
from schemas.vocabulary import lacks
from worker.lifecycle.answers import answers_of_request
from worker.lifecycle.language.parts import Pick
from worker.lifecycle.language.policy import PolicyDocument


def examined(
    document: PolicyDocument, lifecycle: Lifecycle, request: StatusRequested
) -> Pick | str:
    """Returns the pick that allows a request, or the code of the first refusal."""
    status, here = document.status.get(request.status), lifecycle.status or "new"
    if status is None:
        return "status.unknown"
    if here == request.status:
        return "already_in_status"
    for name in lifecycle.locks:
        if request.status in document.lock[name].bars:
            return f"lock.{name}"
    picks = [pick for pick in status.pick if request.by_team in pick.by]
    if not picks:
        return "status.not_selectable"
    picks = [pick for pick in picks if here in pick.from_ or pick.from_ == ("any",)]
    if not picks:
        return "transition.not_allowed"
    reasons = status.reasons if picks[0].reasons is None else picks[0].reasons
    if request.reason is None and reasons:
        return "reason.missing"
    if request.reason is not None and request.reason not in reasons:
        return "reason.not_allowed"
    known = lifecycle.answers | answers_of_request(request.fields)
    lacking = any(lacks(known.get(name)) for name in status.requires)
    return "field.missing" if lacking else picks[0]
