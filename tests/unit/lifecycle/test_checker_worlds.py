"""The search for a case agrees with the conditions that decide about leads, which know nothing of it."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from schemas.spine import PageVisited
from tests.unit.lifecycle.scored import Scored
from worker.lifecycle.checker.worlds import Case, Worlds
from worker.lifecycle.counting import Counter, fact_of
from worker.lifecycle.language.conditions import Vocabulary
from worker.lifecycle.language.facts import Situation, Traits
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.policy import parsed
from worker.lifecycle.language.words import When
from worker.lifecycle.record import Lead, Lifecycle, Profile

DOCUMENT = parsed(
    {
        "name": "small",
        "version": "1",
        "teams": {},
        "live_exchange_with": [],
        "first_handoff": {"from": "marketing"},
        "forms": {"default": "action"},
        "roles_of_decision": [],
        "personal_domains": [],
        "engagement": {"points": []},
        "counter": {"clicks": {"of": "email_clicked"}},
        "trait": {"large": {"any": [{"employees": {"at_least": 6}}, {"account_tier": "gold"}]}},
        "status": {},
        "rule": [],
    }
)
TRAITS = Traits(role_of_decision=lambda _: False, personal_domains=frozenset())
WORDS = Vocabulary(
    {"clicks": fact_of(Counter("clicks", "email_clicked", "ever", None))},
    DOCUMENT.trait,
    Names(DOCUMENT),
)

number = st.integers(-1, 8)
words = st.sampled_from(["gold", "silver", "careers"])
text: st.SearchStrategy[Any] = st.one_of(
    words, st.lists(words, max_size=2), st.builds(dict, known=st.booleans())
)
bound: st.SearchStrategy[Any] = st.one_of(
    st.builds(dict, at_least=number), st.builds(dict, below=number)
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "employees": st.one_of(number, bound, st.builds(dict, known=st.booleans())),
        "clicks": st.one_of(number, bound),
        "engagement": bound,
        "account_tier": text,
        "category": text,
        "email_allowed": st.booleans(),
        "large": st.booleans(),
        "answered": st.one_of(
            st.sampled_from(["budget", "size"]), st.just({"all_of": ["budget", "size"]})
        ),
    },
)


def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    joined = {"any": st.lists(inner, max_size=2), "all": st.lists(inner, max_size=2), "not": inner}
    return st.builds(
        lambda few, more: few | more, facts, st.fixed_dictionaries({}, optional=joined)
    )


conditions = st.recursive(facts, deeper, max_leaves=4).map(When.model_validate)


def holds(when: When, situation: Situation) -> bool:
    return WORDS.condition((), when, ("activity", "person", "lifecycle")).holds(situation)


def situation_of(case: Case) -> Situation:
    """Returns a lead and an activity in which facts have the values of a case, any where it has none."""
    answers = {name: "yes" for name in ("budget", "size") if case.get(f"answered {name}")}
    clicks, engagement = case.get("clicks", 0), case.get("engagement", 0)
    category, tier = case.get("category"), case.get("account_tier")
    assert isinstance(clicks, int)
    assert isinstance(engagement, int)
    return Situation(
        Lead(
            profile=Profile(employees=case.get("employees"), account_tier=tier),  # type: ignore[arg-type]
            email_allowed=bool(case.get("email_allowed")),
        ),
        TRAITS,
        Lifecycle(answers=dict(answers), counts={"clicks": clicks}),
        PageVisited(event_id="1", source="", at=0, content=0, category=category),  # type: ignore[arg-type]
        scores=Scored(engagement),
    )


cases = st.fixed_dictionaries(
    {
        "employees": st.one_of(st.none(), number),
        "clicks": st.integers(0, 9),
        "engagement": st.integers(-2000, 9000),
        "account_tier": st.one_of(st.none(), words, st.just("bronze")),
        "category": st.one_of(st.none(), words, st.just("jobs")),
        "email_allowed": st.booleans(),
        "answered budget": st.booleans(),
        "answered size": st.booleans(),
    }
)


@settings(max_examples=400)
@given(st.lists(conditions, min_size=1, max_size=2), st.lists(conditions, max_size=3), cases)
def test_a_case_is_one_and_where_there_is_none_no_lead_is_one(
    hold: list[When], fail: list[When], lead: Case
) -> None:
    worlds = Worlds(DOCUMENT)
    found = worlds.case(hold, fail)
    assert not worlds.exhausted
    event("there is none" if found is None else "there is one")
    situation = situation_of(lead if found is None else found)
    fits = all(holds(when, situation) for when in hold) and not any(
        holds(when, situation) for when in fail
    )
    assert fits is (found is not None)


def test_what_is_given_limits_what_can_be() -> None:
    careers, pricing = When(facts={"category": "careers"}), When(facts={"category": "pricing"})
    worlds = Worlds(DOCUMENT)
    assert worlds.case([careers], [pricing], {"category": None}) == {"category": "careers"}
    assert worlds.case([careers], (), {"category": (None,)}) is None
    assert worlds.case([careers, pricing]) is None


def test_lists_that_are_empty_name_nobody() -> None:
    assert Worlds(DOCUMENT).case([When(facts={"role_of_decision": True})]) is None
    assert Worlds(DOCUMENT).case([When(facts={"personal_address": True})]) is None
