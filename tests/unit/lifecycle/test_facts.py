"""What a condition wants of a fact, and what is said of one that makes no sense."""

from __future__ import annotations

import re

import pytest

from schemas.spine import CallDisposed, FormSubmitted, PageVisited, Told
from worker.lifecycle.facts import Situation, Traits, all_hold, condition_of
from worker.lifecycle.parts import AtLeast, Below, Matcher
from worker.lifecycle.record import Profile

TRAITS = Traits(
    role_of_decision=lambda title: re.search(r"\bvp\b", title, re.IGNORECASE) is not None,
    personal_domains=frozenset({"gmail.com"}),
)
FORM = FormSubmitted(event_id="1", source="web", at=0, content=0, form_id="pricing")
VISIT = PageVisited(event_id="1", source="web", at=0, content=0, category="careers")
MISSED = CallDisposed(
    event_id="1", source="web", at=0, content=0, outcome="no_answer", sentiment="negative"
)


def situation(activity: Told = FORM, **profile: str | int) -> Situation:
    known = Profile(**profile)  # type: ignore[arg-type]
    return Situation(known, TRAITS, activity, "action", engagement=lambda: 59_999, fit=lambda: 1)


@pytest.mark.parametrize(
    "name,matcher,case,holds",
    [
        ("intent", "action", situation(), True),
        ("form_id", ("pricing", "quote"), situation(), True),
        ("form_id", ("quote",), situation(), False),
        ("category", "careers", situation(VISIT), True),
        ("category", "careers", situation(FORM), False),
        ("sentiment", "negative", situation(MISSED), False),
        ("employees", AtLeast(at_least=200), situation(employees=200), True),
        ("employees", AtLeast(at_least=200), situation(employees=199), False),
        ("employees", AtLeast(at_least=0), situation(), False),
        ("employees", Below(below=200), situation(employees=199), True),
        ("employees", Below(below=200), situation(employees=200), False),
        ("employees", Below(below=200), situation(), False),
        ("role_of_decision", True, situation(job_title="Vice-VP, Sales"), True),
        ("role_of_decision", True, situation(), False),
        ("personal_address", True, situation(email="Ana@GMAIL.com "), True),
        ("personal_address", True, situation(email="ana@acme.example"), False),
        ("engagement", AtLeast(at_least=60), situation(), False),
        ("score", AtLeast(at_least=60), situation(), True),
        ("score", Below(below=60), situation(), False),
    ],
)
def test_a_condition_holds_or_not(
    name: str, matcher: Matcher, case: Situation, holds: bool
) -> None:
    assert condition_of(name, matcher).holds(case) is holds


def test_all_conditions_have_to_hold() -> None:
    action, tall = condition_of("intent", "action"), condition_of("score", AtLeast(at_least=61))
    assert all_hold(())(situation())
    assert all_hold((action,))(situation())
    assert not all_hold((action, tall))(situation())


def test_what_was_found_is_told_in_the_policys_own_units() -> None:
    assert condition_of("engagement", AtLeast(at_least=60)).found(situation()) == 59.999
    assert condition_of("employees", Below(below=5)).found(situation(employees=7)) == 7
