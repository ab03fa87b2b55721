"""What is true of every life under every policy. Each law raises AssertionError where a `decide` breaks it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import chain, zip_longest
from types import FrameType
from typing import Any

import schemas
from schemas.spine import AccountUpdated, DeadlineReached, ProfileUpdated, Told
from schemas.vocabulary import Relationship
from tests.laws.reference import slow_counts, slow_engagement
from tests.laws.telling import Decide, bytes_of, fold, steps
from worker.lifecycle.counting import fact_of
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import NEVER, Lead, decode_lead, encode_lead
from worker.lifecycle.stay import running_leg

DAY = 86_400_000
RELATIONSHIPS: tuple[Relationship, ...] = ("client", "former_client", "partner")
Law = Callable[[Policy, list[Told], Decide], None]


def the_chain_is_unbroken(policy: Policy, history: list[Told], by: Decide) -> None:
    """Each change begins where the one before ended, `seq` has no gap, and time never runs back."""
    lead, outcomes = fold(policy, history, by)
    seqs: dict[str, int] = defaultdict(int)
    statuses: dict[str, str | None] = defaultdict(lambda: None)
    for outcome in outcomes:
        value = outcome.value
        seqs[value["product"]] += 1
        assert value["seq"] == seqs[value["product"]]
        assert value["event_id"] == f"lead/{value['product']}/{value['seq']}"
        if outcome.type == "status-change":
            assert value["from_status"] == statuses[value["product"]]
            statuses[value["product"]] = value["to_status"]
    assert dict(seqs) == lead.seqs
    for product, lifecycle in lead.lifecycles.items():
        assert lifecycle.status == statuses[product]
    times = [outcome.value["occurred_at"] for outcome in outcomes]
    assert times == sorted(times)


def every_change_names_its_rule(policy: Policy, history: list[Told], by: Decide) -> None:
    """A rule of the policy that leads there, a request, or the end of a leg that leads there."""
    for outcome in fold(policy, history, by)[1]:
        if outcome.type != "status-change":
            continue
        value = outcome.value
        to, left = value["to_status"], policy.status(value["from_status"])
        rules = {rule.id for rule in policy.rules if rule.to == to}
        assert value["rule"] in rules | {"deadline", "request"}
        by_time = value["cause"]["type"] == "deadline"
        assert (value["rule"] == "deadline") == by_time
        assert not by_time or to in {leg.to for leg in left.stay}


def every_outcome_is_what_its_schema_says(policy: Policy, history: list[Told], by: Decide) -> None:
    """The published models read what is published; of refusals those with the codes of contracts."""
    for outcome in fold(policy, history, by)[1]:
        own_lock = str(outcome.value.get("code", "")).startswith("lock.")
        if not own_lock or outcome.value["code"] == "lock.mql":
            model = getattr(schemas, schemas.OUTCOMES[outcome.type])
            model.model_validate_json(outcome.encoded())


def nobody_outstays_a_status(policy: Policy, history: list[Told], by: Decide) -> None:
    """Once time has passed, no stay is over that has an end, and each that should have an end has one."""
    lead, _ = fold(policy, history, by)
    for days in (0, 45, 4000):
        now = lead.clock + days * DAY
        fire_deadlines(policy, lead, "lead", now)
        for lifecycle in lead.lifecycles.values():
            leg = running_leg(policy, lifecycle)
            assert lifecycle.due > now
            ends = leg is not None and leg.span is not None
            exempt = leg is None or lifecycle.reason in leg.except_reasons
            assert (lifecycle.due < NEVER) == (ends and not exempt)


def what_is_locked_stays_shut(policy: Policy, history: list[Told], by: Decide) -> None:
    """From entering one of `set_on` until entering one of `lifted_on`, nothing that is barred is entered."""
    _, outcomes = fold(policy, history, by)
    for lock in policy.locks:
        shut: dict[str, bool] = defaultdict(bool)
        for outcome in outcomes:
            if outcome.type == "status-change":
                product, entered = outcome.value["product"], outcome.value["to_status"]
                assert not (shut[product] and entered in lock.bars)
                shut[product] = entered in lock.set_on or (
                    shut[product] and entered not in lock.lifted_on
                )


def a_duplicate_changes_nothing(policy: Policy, history: list[Told], by: Decide) -> None:
    """Each event told again, at once or at the end of the history, is known."""
    lead, _ = fold(policy, history, by)
    for again in history:
        if isinstance(again, AccountUpdated):
            continue  # known by the accounts, not by their members
        decision = by(policy, lead, "lead", again)
        assert decision.verdict == "duplicate"
        assert decision.outcomes == []
        assert decision.lead == lead


def leads_do_not_meet(policy: Policy, history: list[Told], by: Decide) -> None:
    """Two leads told in turns, one after the other, or alone come to the same."""
    lives = {"one": history[::2], "other": history[1::2]}
    alone = {name: bytes_of(fold(policy, told, by, name)[1]) for name, told in lives.items()}
    turns = zip_longest(*([(name, a) for a in told] for name, told in lives.items()))
    together = [step for step in chain.from_iterable(turns) if step is not None]
    for order in (together, sorted(together, key=lambda step: step[0])):
        assert _told_together(policy, order, by) == {n: out for n, out in alone.items() if out}


def members_may_be_told_in_any_order(policy: Policy, history: list[Told], by: Decide) -> None:
    """News of an account reach its members one after the other; which is first means nothing."""
    members = ["ana", "bo", "cy", "di"]
    at = max(activity.at for activity in history)
    said: dict[str, Any] = {"event_id": "of-acme", "source": "crm", "content": 1, "at": at}
    joined = ProfileUpdated(**said, profile={"account_id": "acme"})
    before = [(members[place % 4], activity) for place, activity in enumerate(history)]
    before += [(name, joined) for name in members]
    heard = [AccountUpdated(**said, account_id="acme", relationship=it) for it in RELATIONSHIPS]
    first, *others = (
        _told_together(policy, before + [(name, news) for news in heard for name in order], by)
        for order in (members, members[::-1], [*members[2:], *members[:2]])
    )
    assert all(other == first for other in others)


def _told_together(
    policy: Policy, told: list[tuple[str, Told]], by: Decide
) -> dict[str, list[bytes]]:
    leads: dict[str, Lead | None] = {}
    published: dict[str, list[bytes]] = defaultdict(list)
    for name, activity in told:
        decision = by(policy, leads.get(name), name, activity)
        leads[name] = decision.lead
        if decision.outcomes:
            published[name] += bytes_of(decision.outcomes)
    return published


def the_lead_given_is_not_changed(policy: Policy, history: list[Told], by: Decide) -> None:
    """`decide` works on a copy, whatever it shares with the original."""
    kept: list[tuple[Lead, bytes]] = []
    for _, decision in steps(policy, history, by):
        assert all(encode_lead(lead) == value for lead, value in kept)
        if decision.lead is not None:
            kept.append((decision.lead, encode_lead(decision.lead)))
    assert all(encode_lead(lead) == value for lead, value in kept)


def a_record_survives_storage(policy: Policy, history: list[Told], by: Decide) -> None:
    """A life told from stored records at each step is the same life."""
    straight, outcomes = fold(policy, history, by)
    lead: Lead | None = None
    stored: list[bytes] = []
    for activity in history:
        decision = by(policy, lead, "lead", activity)
        stored += bytes_of(decision.outcomes)
        if decision.lead is not None:
            value = encode_lead(decision.lead)
            assert int.from_bytes(value[:8], "big", signed=True) == decision.lead.earliest_due()
            lead = decode_lead(value)
    assert encode_lead(lead or Lead()) == encode_lead(straight)
    assert stored == bytes_of(outcomes)


def anybody_may_tell_of_deadlines(policy: Policy, history: list[Told], by: Decide) -> None:
    """A deadline fires before what comes after it, or by a message of its own; told twice it is ignored."""
    told: list[bytes] = []
    lead: Lead | None = None
    for activity in history:
        if isinstance(activity, AccountUpdated) and _is_of_others(activity, lead):
            continue
        while lead is not None and (due := lead.earliest_due()) <= activity.at:
            decision = by(policy, lead, "lead", DeadlineReached(due=due))
            told += bytes_of(decision.outcomes)
            lead = decision.lead
            assert lead is not None
            assert lead.earliest_due() > due
            assert by(policy, lead, "lead", DeadlineReached(due=due)).verdict == "ignored"
        decision = by(policy, lead, "lead", activity)
        told += bytes_of(decision.outcomes)
        lead = decision.lead
    assert told == bytes_of(fold(policy, history, by)[1])


def _is_of_others(news: AccountUpdated, lead: Lead | None) -> bool:
    """Tells whether news are of an account that is not the lead's: nothing happens to the lead then."""
    return lead is None or lead.profile.account_id != news.account_id


def no_clock_is_asked(policy: Policy, history: list[Told], by: Decide) -> None:
    """While a history is told, nobody but Hypothesis itself calls a function that knows the time."""
    asked: list[str] = []

    def watch(frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or frame.f_globals["__name__"].startswith("hypothesis"):
            return
        if called.__module__ == "time" or called.__name__ in {"now", "utcnow", "today"}:
            asked.append(called.__name__)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        fold(policy, history, by)
    finally:
        sys.setprofile(before)
    assert asked == []


def scores_are_those_of_every_event(policy: Policy, history: list[Told], by: Decide) -> None:
    """Engagement equals that of a reference which keeps every event."""
    told = [activity for activity in history if activity.product is None]
    lead, _ = fold(policy, told, by)
    lifecycle = lead.lifecycles.get("*")
    if lifecycle is not None:
        assert lifecycle.engagement == slow_engagement(policy, told, by)


def counters_are_those_of_every_event(policy: Policy, history: list[Told], by: Decide) -> None:
    """What is counted, ever, since something, or of late, equals a count of all that happened."""
    told = [activity for activity in history if activity.product is None]
    lead, _ = fold(policy, told, by)
    lifecycle = lead.lifecycles.get("*")
    if lifecycle is not None:
        situation = Situation(lead, policy.traits, lifecycle)
        counted = {one.name: fact_of(one).of(situation) for one in policy.counters}
        assert counted == slow_counts(policy, told, by)
