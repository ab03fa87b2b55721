"""Why, in words: explanations of outcomes, and what the next statuses of a lead still lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.lifecycle.explain.causes import Explanation
from worker.lifecycle.explain.notes import Asked, Ended, Trial
from worker.lifecycle.explain.standing import ByPick, ByRule, Leg, Next, Standing
from worker.lifecycle.explain.weighing import Weighed, all_of
from worker.lifecycle.language.asking import Found
from worker.lifecycle.language.conditions import Unmet
from worker.ops.story import minute, pairs


def told_why(explanation: Explanation) -> Iterator[str]:
    """Writes what one cause tried, in the order in which it was tried."""
    yield from map(_told_end, explanation.ended)
    yield from map(_told_request, explanation.asked)
    yield from map(_told_trial, explanation.tried)
    if explanation.verdict == "waiting":
        yield "it waits for what its account is to us"
    if explanation.verdict == "duplicate":
        yield "it repeats an event that came before, and changes nothing"


def _told_end(ended: Ended) -> str:
    since = f" without {_either(ended.since)}" if ended.since else ""
    reason = "" if ended.reason is None else f" for {ended.reason}"
    then = f"it leads to {ended.to}" if ended.to else f"{ended.closes} is closed, the status stays"
    return f"{ended.lasts} in {ended.status or 'new'}{since} were over: {then}{reason}"


def _told_request(asked: Asked) -> str:
    if asked.failed is None:
        return f"{asked.by_team} may pick {asked.status} from here, and did"
    passed = f", but passed {', '.join(asked.passed)}" if asked.passed else ""
    return f"the request fails the check {asked.failed}{passed}"


def _told_trial(trial: Trial) -> str:
    if trial.matched:
        return f"rule {trial.rule} matched: {_every(trial.met) or 'it has no further conditions'}"
    barred = [] if trial.barred_by is None else [f"the lock {trial.barred_by} is closed"]
    missing = "; ".join([*barred, *map(_told_unmet, trial.unmet)])
    return f"rule {trial.rule} (to {trial.to}) did not match: {missing}"


def _told_unmet(unmet: Unmet) -> str:
    if unmet.fact == "not":
        return unmet.wanted
    if not unmet.lacking:
        return _fact(unmet.fact, unmet.wanted, unmet.found)
    ways = [" and ".join(map(_told_unmet, way)) for way in unmet.lacking]
    return _whole(unmet.fact, unmet.wanted, ways)


def told_standing(stands: Standing) -> Iterator[str]:
    """Writes where a lead stands with one product: by itself, next, locks, and what is out of reach."""
    yield f"[{stands.product}] {stands.status or 'new'}, as of {minute(stands.as_of)}"
    if stands.moved_to is not None:
        yield f"    the policy has this status no more: {stands.moved_to} at the next thing that happens"
    yield f"    by itself: {_told_leg(stands.leg, stands.due_at)}"
    if stands.leg is not None and stands.then is not None:
        yield f"        after that: {_told_leg(stands.then, None)}"
    for one in stands.next:
        yield f"    {one.status}"
        yield from (f"        {way}" for way in _told_ways(one))
    for lock in stands.locks:
        lifted = _either(lock.lifted_on)
        yield f"    lock {lock.lock}: {_either(lock.bars)} is shut until the lead enters {lifted}"
    if stands.no_way:
        yield f"    nothing leads from here to {', '.join(stands.no_way)}"


def _told_leg(leg: Leg | None, due_at: str | None) -> str:
    if leg is None:
        return "nothing, the status has no end"
    if leg.without_end is not None:
        return f"nothing ({leg.without_end})"
    when = f"after {leg.lasts}" if due_at is None else f"{minute(due_at)}, after {leg.lasts}"
    then = f"to {leg.to}" if leg.to else f"{leg.closes} is closed, the status stays"
    parts = [f"{when}, {then}{'' if leg.reason is None else f' for {leg.reason}'}"]
    if leg.restarted_by:
        parts.append(f"{_either(leg.restarted_by)} begins it anew")
    if leg.ended_by:
        parts.append(f"{_either(leg.ended_by)} ends it before")
    return "; ".join(parts)


def _told_ways(one: Next) -> Iterator[str]:
    if one.by_itself is not None:
        yield f"by itself {minute(one.by_itself)}"
    yield from (f"shut by the lock {lock}" for lock in one.barred_by)
    yield from map(_told_rule, one.by_rule)
    yield from map(_told_pick, one.by_pick)


def _told_rule(rule: ByRule) -> str:
    parts = []
    if rule.missing:
        parts.append(f"missing {_every(rule.missing)}")
    if rule.of_activity:
        parts.append(f"it takes {_every(rule.of_activity)}")
    if rule.met:
        parts.append(f"holds {_every(rule.met)}")
    if rule.behind is not None:
        parts.append(f"but {rule.behind} comes before it and matches")
    return f"rule {rule.rule}, on {_either(rule.on)}: {'; '.join(parts) or 'nothing is missing'}"


def _told_pick(pick: ByPick) -> str:
    parts = [f"{_either(pick.teams)} may pick it"]
    if pick.reasons:
        parts.append(f"for {_either(pick.reasons)}")
    if pick.fields:
        parts.append(f"with {' and '.join(pick.fields)}, not known yet")
    if pick.sets:
        parts.append(f"which says {', '.join(pairs(pick.sets))}")
    return ", ".join(parts)


def _every(conditions: Iterable[Weighed]) -> str:
    return " and ".join(map(_told_condition, conditions))


def _told_condition(one: Weighed) -> str:
    """Writes a condition with what was found; of one made of others the parts that decide it."""
    if one.ways:
        ways = list(filter(None, (_every(_deciding(way, one)) for way in one.ways)))
        return _whole(one.fact, one.wanted, ways)
    if one.holds is None:
        return f"an activity with {one.fact} {one.wanted}"
    return _fact(one.fact, one.wanted, one.found)


def _deciding(way: list[Weighed], of: Weighed) -> list[Weighed]:
    """Returns the parts of a way that are why the whole holds, or does not, or may."""
    holds = all_of(way)
    if of.fact == "any" and of.holds and not holds:
        return []
    return way if holds else [part for part in way if not part.holds]


def _whole(fact: str, wanted: str, ways: list[str]) -> str:
    """Writes a condition made of others: a trait by its name, `any` and `not` by what they are made of."""
    told = f"either {' or '.join(ways)}" if len(ways) > 1 else "".join(ways)
    return {"any": told, "not": f"not ({told})"}.get(fact, f"{fact} {wanted} ({told})")


def _fact(fact: str, wanted: str, found: Found) -> str:
    match found:
        case None:
            shown = "unknown"
        case list():
            shown = ", ".join(found) or "nothing"
        case bool():
            shown = str(found).lower()
        case _:
            shown = str(found)
    return f"{fact} {wanted}" if shown == wanted else f"{fact} {wanted} (it is {shown})"


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
