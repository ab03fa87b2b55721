"""What is true of every history, under every policy there is, under random ones, and those the checker accepts."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import laws
from tests.laws.laws import Law
from tests.laws.policies import FIXED, live_policy, policies
from tests.laws.telling import Life, lives
from worker.lifecycle.calendar import Span, later
from worker.lifecycle.decide import decide
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.language.plan import Policy

LAWS: list[Law] = [
    laws.the_chain_is_unbroken,
    laws.every_change_names_its_rule,
    laws.every_outcome_is_what_its_schema_says,
    laws.nobody_outstays_a_status,
    laws.what_is_locked_stays_shut,
    laws.a_duplicate_changes_nothing,
    laws.leads_do_not_meet,
    laws.members_may_be_told_in_any_order,
    laws.the_lead_given_is_not_changed,
    laws.a_record_survives_storage,
    laws.anybody_may_tell_of_deadlines,
    laws.no_clock_is_asked,
    laws.scores_are_those_of_every_event,
    laws.counters_are_those_of_every_event,
]


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a history that breaks a law
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=80)
@given(life=lives(), checked=lives(live_policy()))
def test_it_is_a_law_that(law: Law, life: Life, checked: Life) -> None:
    for policy, history in (life, checked):
        law(policy, history, decide)


@pytest.mark.parametrize("name", FIXED)
def test_a_policy_comes_back_from_the_spine_as_it_went(name: str) -> None:
    policy = FIXED[name]
    assert reopened(policy.text).digest == policy.digest
    assert reopened(policy.text).text == policy.text


@settings(max_examples=80)
@given(policies())
def test_a_random_policy_comes_back_from_the_spine_as_it_went(policy: Policy) -> None:
    assert reopened(policy.text).text == policy.text


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(min_value=1, max_value=60),
)
def test_months_end_where_calendars_say(naive: datetime, months: int) -> None:
    start = naive.replace(tzinfo=UTC, microsecond=naive.microsecond // 1000 * 1000)
    day, year, month = start.day, start.year, start.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    day = min(day, monthrange(year, month)[1])
    expected = start.replace(year=year, month=month, day=day)
    at = (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    found = later(at, Span(months=months))
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found) == expected
