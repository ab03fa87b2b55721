"""What people ask for: a status, or the lead itself. It happens, or a refusal says why not and what is allowed."""

from __future__ import annotations

import msgspec

from schemas.spine import OwnershipRequested, StatusRequested
from schemas.vocabulary import ANY_PRODUCT, lacks
from worker.lifecycle.answers import answers_of_request, given_with
from worker.lifecycle.explain.notes import Step, asked
from worker.lifecycle.language.pieces import Pick, Status
from worker.lifecycle.language.words import NEW
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.record import MOST_LIFECYCLES, Lifecycle
from worker.lifecycle.transition import Change, change_status


class Refused(msgspec.Struct, frozen=True):
    """A stable code, and one sentence for the person who asked."""

    code: str
    message: str


Asked = dict[str, str | None]
"""What was asked by whom: `status` (None where the lead itself was asked for) and `by_team`."""


def refuse(turn: Turn, product: str, refused: Refused, asked: Asked | None) -> None:
    """Publishes a refusal; it changes nothing but the lifecycle's number."""
    fields = {"code": refused.code, "message": refused.message, "asked": asked}
    turn.publish("refusal", product, fields)


def fulfil(
    turn: Turn, product: str, request: StatusRequested, trials: list[Step] | None, *, moved: bool
) -> bool:
    """Changes the status as asked, or refuses; True where it changed.

    Where the request itself has `moved` the lead already, into the status of its account, it changes no more.
    """
    lifecycle = turn.lead.lifecycles[product]
    found = _examined(turn, lifecycle, request, moved=moved)
    if trials is not None:
        why = (found.code, found.message) if isinstance(found, Refused) else ()
        trials.append(asked(product, request, *why))
    if isinstance(found, Refused):
        refuse(turn, product, found, {"status": request.status, "by_team": request.by_team})
        return False
    lifecycle.answers = {**lifecycle.answers, **answers_of_request(request.fields)}
    given = given_with(request.fields) | found.given
    change_status(turn, product, Change(request.status, "request", request.reason, given))
    return True


def _examined(
    turn: Turn, lifecycle: Lifecycle, request: StatusRequested, *, moved: bool
) -> Pick | Refused:
    """Checks a request in the order of the published codes: the pick that allows it, or the first refusal."""
    policy, asked, team = turn.policy, request.status, request.by_team
    what = f'"{asked:.60}" was asked for by {team}'
    status = policy.statuses.get(asked)
    if status is None:
        there = ", ".join(policy.statuses)
        return Refused("status.unknown", f"{what}, but policy {policy.name} has only {there}.")
    if lifecycle.status == asked:
        return Refused("already_in_status", f"{what}, but the lead is in it already.")
    for lock in policy.locks:
        if lock.name in lifecycle.locks and asked in lock.bars:
            opens = " or ".join(sorted(lock.lifted_on))
            message = f"{what}, but it is locked until the lead enters {opens}."
            return Refused(f"lock.{lock.name}", message)
    picks = [pick for pick in status.picks if team in pick.by]
    if not picks:
        return Refused("status.not_selectable", f"{what}, but {_pickers(status)}.")
    here = lifecycle.status or NEW
    if moved:
        message = f"{what}, but the lead has just entered {here} with its account."
        return Refused("transition.not_allowed", message)
    pick = next((pick for pick in picks if here in pick.from_), None)
    if pick is None:
        places = ", ".join(sorted({place for pick in picks for place in pick.from_}))
        message = f"{what}, but not from {here}: that team may pick it from {places}."
        return Refused("transition.not_allowed", message)
    return _incomplete(lifecycle, status.requires, pick, request, what) or pick


def _pickers(status: Status) -> str:
    teams = sorted({team for pick in status.picks for team in pick.by})
    return (
        f"only {', '.join(teams)} may pick it"
        if teams
        else "nobody may pick it: rules alone lead there"
    )


def _incomplete(
    lifecycle: Lifecycle, requires: tuple[str, ...], pick: Pick, request: StatusRequested, what: str
) -> Refused | None:
    """Finds what a permitted request lacks, or says too much."""
    takes = f"one of {', '.join(pick.reasons)}" if pick.reasons else "none"
    if request.reason is None and pick.reasons:
        return Refused("reason.missing", f"{what}, but without a reason: it takes {takes}.")
    if request.reason is not None and request.reason not in pick.reasons:
        message = f'{what}, but not for the reason "{request.reason:.60}": it takes {takes}.'
        return Refused("reason.not_allowed", message)
    known = {**lifecycle.answers, **answers_of_request(request.fields)}
    missing = [name for name in requires if lacks(known.get(name))]
    if missing:
        return Refused("field.missing", f"{what}, but {', '.join(missing)} must be given with it.")
    return None


def refuse_ownership(turn: Turn, product: str, request: OwnershipRequested) -> None:
    """Says that a request for the lead has no effect where it stands."""
    lifecycle = turn.lead.lifecycles[product]
    what = f"The lead was asked for by {request.by_team}"
    if lifecycle.locks:
        name = lifecycle.locks[0]
        refused = Refused(f"lock.{name}", f"{what}, but the lock {name} is closed.")
    else:
        here = lifecycle.status or NEW
        message = f"{what}, but in {here} no rule of policy {turn.policy.name} gives it to them."
        refused = Refused("transition.not_allowed", message)
    refuse(turn, product, refused, {"status": None, "by_team": request.by_team})


def refuse_another_product(turn: Turn) -> None:
    """Says that a lead has to do with no more products; it is counted where no product is meant."""
    message = (
        f"The event is about a product that is new to the lead, but it has {MOST_LIFECYCLES} already:"
        " no more are kept of one lead."
    )
    refuse(turn, ANY_PRODUCT, Refused("transition.not_allowed", message), None)


def refuse_conflict(turn: Turn, product: str, event_id: str) -> None:
    """Says that an event repeats the id of another one with other content."""
    message = (
        f'The event "{event_id:.60}" was received before with other content, which stands:'
        " send a correction under an id of its own."
    )
    refuse(turn, product, Refused("event.conflict", message), None)
