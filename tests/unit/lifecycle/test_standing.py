"""Where a lead stands: what each next status lacks, what bars it, and what comes by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from worker.lifecycle.explain.standing import Next, Standing, standing
from worker.lifecycle.explain.weighing import Weighed
from worker.lifecycle.record import Lead, Lifecycle
from worker.ops.explaining import told_standing
from worker.ops.simulation import Simulation
from worker.presets import load

WEBINAR = {"type": "form-submission", "form_id": "webinar"}
PRICING = {"type": "form-submission", "form_id": "pricing"}
CLICKED = {"type": "email-engagement", "kind": "clicked"}


def pick(status: str, by_team: str, **fields: Any) -> dict[str, Any]:
    request = {"action": "status_requested", "status": status, "by_team": by_team}
    return {"type": "crm-update", **request, **fields}


def stands(policy: str, *events: dict[str, Any]) -> Standing:
    """Returns how a lead stands after some events, all at 9 on March 1st 2024."""
    simulation = Simulation(load(policy))
    for place, event in enumerate(events):
        common = {"event_id": str(place), "occurred_at": "2024-03-01T09:00:00Z", "lead_id": "lead"}
        fields = {name: value for name, value in event.items() if name != "type"}
        list(simulation.apply(event["type"], json.dumps(common | fields).encode()))
    return standing(simulation.policy, simulation.leads["lead"], "*")


def to(status: str, found: Standing) -> Next:
    return next(one for one in found.next if one.status == status)


def test_a_rule_says_what_holds_what_is_missing_and_what_the_activity_must_be() -> None:
    mql = to("mql", stands("inside-sales", WEBINAR))
    hand, target, wanted, scored = mql.by_rule
    assert (hand.on, hand.missing, hand.of_activity) == (["hand_raised"], [], [])
    assert target.missing == [Weighed("account_tier", "target", False, None)]
    assert wanted.of_activity == [Weighed("by_team", "one of inside_sales, sales", None, None)]
    assert scored.missing == [Weighed("score", "at least 60", False, 10.0)]


def test_scores_are_as_of_the_clock_and_fit_counts() -> None:
    found = stands("inside-sales", {**WEBINAR, "fields": {"employees": 200}})
    assert to("mql", found).by_rule[3].missing == [Weighed("score", "at least 60", False, 20.0)]


def test_a_way_may_be_open_because_only_the_activity_can_tell() -> None:
    profile = {"job_title": "CEO", "employees": 60}
    found = stands(
        "profile-first", {**CLICKED, "email": "a@b.example"}, {**WEBINAR, "fields": profile}
    )
    (interested,) = to("mql", found).by_rule
    assert found.status == "in_profile"
    (asked,) = interested.of_activity
    assert (asked.fact, asked.holds) == ("interested", None)
    ((either,),) = asked.ways
    assert [[one.holds for one in way] for way in either.ways] == [[False], [None]]


def test_a_pick_says_by_whom_for_which_reasons_and_with_which_fields() -> None:
    found = stands("inside-sales", PRICING)
    (rejected,) = to("rejected", found).by_pick
    assert rejected.teams == ["inside_sales"]
    assert "competitor" in rejected.reasons
    answers = {"outcome": "connected", "qualification": {"budget": "20k", "authority": "no"}}
    profile = {**PRICING, "fields": {"job_title": "CEO", "employees": 60}}
    phone = stands(
        "profile-first",
        profile,
        pick("sal", "marketing"),
        {"type": "call-disposition", **answers},
    )
    assert to("sql", phone).by_pick[0].fields == ["authority", "timeline"]
    assert to("sql", phone).by_rule[0].missing[0].fact == "qualified"


def test_a_rule_above_that_takes_every_such_activity_stands_before_one_below() -> None:
    profile = {"type": "crm-update", "action": "profile_updated"}
    found = stands("inside-sales", {**profile, "fields": {"account_tier": "target"}})
    assert found.status is None
    assert to("inquiry", found).by_rule[0].behind == "target_account"
    assert to("mql", found).by_rule[1].behind is None
    other = stands("inside-sales", {**profile, "fields": {"country": "FR"}})
    assert to("inquiry", other).by_rule[0].behind is None


def test_what_comes_by_itself_has_a_time_a_place_a_reason_and_what_puts_it_off() -> None:
    found = stands("inside-sales", WEBINAR)
    assert found.due_at == to("long_term_nurture", found).by_itself == "2025-03-01T09:00:00.000Z"
    assert found.leg is not None
    assert (found.leg.lasts, found.leg.to) == ("12 months", "long_term_nurture")
    assert found.leg.restarted_by == ["marketing_activity"]
    assert found.leg.reason == "no_recent_activity"


def test_a_stay_of_several_parts_shows_the_next_one_and_one_without_end_says_why() -> None:
    talked = stands("hand-raiser-recycled", PRICING)
    assert talked.leg is not None
    assert talked.then is not None
    assert (talked.leg.ended_by, talked.then.to) == (["live_exchange"], "recycled")
    rejected = pick("rejected", "inside_sales", reason="competitor")
    for_good = stands("inside-sales", PRICING, rejected)
    assert for_good.due_at is None
    assert for_good.leg is not None
    assert for_good.leg.without_end == "entered for the reason competitor"
    name = stands("profile-first", WEBINAR)
    assert name.leg is not None
    assert name.leg.without_end == "nothing is done with a name until more is known"


def test_a_lock_says_what_it_bars_and_what_lifts_it() -> None:
    rejected = pick("rejected", "inside_sales", reason="other")
    found = stands("inside-sales", PRICING, rejected, pick("not_applicable", "operations"))
    assert [(one.bars, one.lifted_on) for one in found.locks] == [(["mql"], ["long_term_nurture"])]
    out = stands(
        "inside-sales",
        PRICING,
        rejected,
        pick("not_applicable", "operations"),
        pick("inquiry", "operations"),
    )
    assert to("mql", out).barred_by == ["mql"]
    assert to("pre_inquiry", out).barred_by == []


def test_statuses_that_nothing_leads_to_are_named() -> None:
    found = stands("inside-sales", WEBINAR)
    assert found.no_way == [
        "rejected",
        "engaged",
        "connected",
        "disqualified",
        "potential_deal",
        "pipeline_opportunity",
    ]
    assert {one.status for one in found.next} & set(found.no_way) == set()


def test_a_status_that_the_policy_has_no_more_says_where_the_lead_goes(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    text = 'extends = "inside-sales"\nname = "mine"\n[moved]\nwarm = "inquiry"\n'
    mine.write_text(text, encoding="utf-8")
    lead = Lead(clock=1_709_283_600_000, lifecycles={"*": Lifecycle(status="warm")})
    found = standing(load(str(mine)), lead, "*")
    assert (found.moved_to, found.leg, found.next) == ("inquiry", None, [])
    assert list(told_standing(found))[:2] == [
        "[*] warm, as of 2024-03-01T09:00",
        "    the policy has this status no more: inquiry at the next thing that happens",
    ]
