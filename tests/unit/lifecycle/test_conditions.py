"""What a condition wants of a fact, how conditions are put together, and what is said of one that does not hold."""

from __future__ import annotations

import re
from typing import Any

import pytest

from schemas.spine import CallDisposed, FormSubmitted, PageVisited, Told
from tests.unit.lifecycle.scored import Scored
from worker.lifecycle.counting import Counter, fact_of
from worker.lifecycle.language.conditions import Condition, Vocabulary
from worker.lifecycle.language.facts import Situation, Traits
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.policy import parsed
from worker.lifecycle.language.words import When
from worker.lifecycle.record import Lead, Lifecycle, Profile

DAY = 86_400_000
TRAITS = Traits(
    role_of_decision=lambda title: re.search(r"\bvp\b", title, re.IGNORECASE) is not None,
    personal_domains=frozenset({"gmail.com"}),
)
DOCUMENT = parsed(
    {
        "name": "small",
        "version": "1",
        "teams": {"inside_sales": "sales"},
        "live_exchange_with": [],
        "first_handoff": {"from": "marketing"},
        "forms": {"default": "action"},
        "roles_of_decision": [],
        "personal_domains": [],
        "engagement": {"points": []},
        "trait": {
            "large": {"employees": {"at_least": 200}},
            "worth_it": {"any": [{"large": True}, {"account_tier": "target"}]},
            "circular": {"not": {"circular": True}},
        },
        "status": {},
        "rule": [],
    }
)
COUNTERS = [Counter("clicks", "email_clicked", "ever", None)]
COUNTERS += [Counter("lately", "email_clicked", "ever", 2 * DAY)]
FORM = FormSubmitted(event_id="1", source="web", at=0, content=0, form_id="pricing")
VISIT = PageVisited(event_id="1", source="web", at=0, content=0, category="careers")
MISSED = CallDisposed(
    event_id="1", source="web", at=0, content=0, outcome="no_answer", sentiment="negative"
)


def words() -> Vocabulary:
    facts = {counter.name: fact_of(counter) for counter in COUNTERS}
    return Vocabulary(facts, DOCUMENT.trait, Names(DOCUMENT))


def condition(when: dict[str, Any]) -> Condition:
    made = words()
    found = made.condition(
        ("when",), When.model_validate(when), ("activity", "person", "lifecycle")
    )
    assert made.findings == []
    return found


def findings(when: dict[str, Any], *about: Any) -> list[str]:
    made = words()
    made.condition(("when",), When.model_validate(when), about or ("activity", "person"))
    return list(map(str, made.findings))


def situation(activity: Told = FORM, **profile: str | int) -> Situation:
    known = Profile(**profile)  # type: ignore[arg-type]
    lifecycle = Lifecycle(
        answers={"budget": "20k", "size": "no", "timeline": "May"},
        counts={"clicks": 3},
        times={"lately": (7 * DAY, 8 * DAY, 9 * DAY)},
    )
    return Situation(
        Lead(
            profile=known,
            clock=10 * DAY,
            relationship="client" if profile.get("account_id") == "a-1" else None,
        ),
        TRAITS,
        lifecycle,
        activity,
        "action",
        scores=Scored(engagement=59_999, fit=1),
    )


@pytest.mark.parametrize(
    "when,case,holds",
    [
        ({}, situation(), True),
        ({"intent": "action"}, situation(), True),
        ({"form_id": ["pricing", "quote"]}, situation(), True),
        ({"form_id": ["quote"]}, situation(), False),
        ({"category": "careers"}, situation(VISIT), True),
        ({"category": "careers"}, situation(FORM), False),
        ({"sentiment": "negative"}, situation(MISSED), False),
        ({"employees": {"at_least": 200}}, situation(employees=200), True),
        ({"employees": {"at_least": 200}}, situation(employees=199), False),
        ({"employees": {"at_least": 0}}, situation(), False),
        ({"employees": {"below": 200}}, situation(employees=199), True),
        ({"employees": {"below": 200}}, situation(employees=200), False),
        ({"employees": {"below": 200}}, situation(), False),
        ({"employees": {"known": False}}, situation(), True),
        ({"first_name": {"known": True}}, situation(first_name="Ana"), True),
        ({"first_name": {"known": True}}, situation(), False),
        ({"role_of_decision": True}, situation(job_title="Vice-VP, Sales"), True),
        ({"role_of_decision": True}, situation(), False),
        ({"personal_address": True}, situation(email="Ana@GMAIL.com "), True),
        ({"personal_address": True}, situation(email="ana@acme.example"), False),
        ({"relationship": ["client", "partner"]}, situation(account_id="a-1"), True),
        ({"relationship": {"known": True}}, situation(account_id="a-2"), False),
        ({"answered": "budget"}, situation(), True),
        ({"answered": "size"}, situation(), False),
        ({"answered": {"all_of": ["budget", "timeline"]}}, situation(), True),
        ({"answered": {"all_of": ["budget", "size"]}}, situation(), False),
        ({"clicks": {"at_least": 3}}, situation(), True),
        ({"clicks": 2}, situation(), False),
        ({"lately": {"at_least": 1}}, situation(), True),
        ({"lately": {"at_least": 2}}, situation(), False),
        ({"engagement": {"at_least": 60}}, situation(), False),
        ({"score": {"at_least": 60}}, situation(), True),
        ({"score": {"below": 60}}, situation(), False),
        ({"intent": "action", "score": {"at_least": 61}}, situation(), False),
        ({"any": [{"intent": "informational"}, {"score": {"at_least": 60}}]}, situation(), True),
        ({"any": [{"intent": "informational"}, {"score": {"below": 60}}]}, situation(), False),
        ({"all": [{"intent": "action"}, {"not": {"form_id": "quote"}}]}, situation(), True),
        ({"not": {"intent": "action"}}, situation(), False),
        ({"worth_it": True}, situation(account_tier="target"), True),
        ({"worth_it": True}, situation(employees=199), False),
        ({"large": False}, situation(employees=199), True),
    ],
)
def test_a_condition_holds_or_not_and_says_so(
    when: dict[str, Any], case: Situation, holds: bool
) -> None:
    asked = condition(when)
    assert asked.holds(case) is holds
    assert (asked.unmet(case) == []) is holds


def test_what_was_found_is_told_in_the_policys_own_units() -> None:
    (points,) = condition({"engagement": {"at_least": 60}}).unmet(situation())
    assert (points.fact, points.wanted, points.found) == ("engagement", "at least 60", 59.999)
    (people,) = condition({"employees": {"below": 5}}).unmet(situation(employees=7))
    assert (people.wanted, people.found) == ("below 5", 7)


def test_a_condition_made_of_others_says_which_of_them_failed_on_each_way() -> None:
    (unmet,) = condition({"worth_it": True}).unmet(situation(employees=10))
    assert (unmet.fact, unmet.wanted, unmet.found) == ("worth_it", "true", False)
    ((either,),) = unmet.lacking
    assert [[one.fact for one in way] for way in either.lacking] == [["large"], ["account_tier"]]


@pytest.mark.parametrize(
    "when,finding",
    [
        ({"weather": "fine"}, 'when.weather: there is no fact "weather"; there are account_tier,'),
        ({"intent": True}, "when.intent: true cannot be held against a text"),
        ({"any": [{"large": 3}]}, "when.any[0].large: 3 cannot be held against yes or no"),
        (
            {"score": {"at_least": 3}},
            'when.score: "score" is about the lifecycle; only facts about',
        ),
        ({"circular": True}, 'trait.circular.not.circular: the trait "circular" is explained by'),
    ],
)
def test_a_condition_that_makes_no_sense_is_found(when: dict[str, Any], finding: str) -> None:
    (found,) = findings(when)
    assert found.startswith(finding)


def test_a_part_that_another_team_plays_is_that_team() -> None:
    from schemas.spine import OwnershipRequested

    wanted = OwnershipRequested(event_id="1", source="crm", at=0, content=0, by_team="sales")
    assert condition({"by_team": "inside_sales"}).holds(situation(wanted))
