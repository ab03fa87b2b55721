"""However much a sender writes, a lead's record and each of its outcomes fit what Kafka takes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.spine import (
    AccountUpdated,
    CallDisposed,
    FormSubmitted,
    PageVisited,
    ProfileUpdated,
    Scalar,
    StatusRequested,
    Told,
)
from schemas.vocabulary import ANSWER_KEYS, PROFILE_KEYS, Team
from topics.catalogue import lifecycle_changelog
from topics.settings import LARGEST_RECORD, config_of
from worker.lifecycle.decide import Decision, decide
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.record import (
    MOST_CHARACTERS,
    MOST_LIFECYCLES,
    RING_EVENTS,
    Lead,
    encode_lead,
)
from worker.presets import load

LONG = 2 * MOST_CHARACTERS
WIDEST = {"in a record": "\U0001f600", "in an outcome": "\x01"}
"""The characters that take the most bytes: four of MessagePack's, and six of JSON's."""
GREATEST = 2**63 - 1
LEAD_ID = "\U0001f600" * 128
HEADERS = 4096
"""More bytes than a record has around the value of an outcome, its CloudEvents headers included."""
TEAMS: tuple[Team, ...] = ("marketing", "inside_sales", "sales", "channel", "operations")


@pytest.fixture(
    params=["inside-sales", "hand-raiser", "hand-raiser-recycled", "profile-first", "viable-first"]
)
def policy(request: pytest.FixtureRequest) -> Policy:
    return load(request.param)


def told_of(product: int) -> str:
    return f"{product:0>3}".rjust(128, "\U0001f600")


def excessive(policy: Policy, character: str) -> Iterator[Told]:
    """Tells of one lead more than anybody should, about more products than there is room for."""
    shared: dict[str, Any] = {"source": character * 128, "content": GREATEST}
    profile: dict[str, str | int | None] = dict.fromkeys(PROFILE_KEYS, character * LONG)
    answers: dict[str, Scalar] = dict.fromkeys(ANSWER_KEYS, character * LONG)
    yield ProfileUpdated(event_id="p", at=1, profile=profile | {"employees": GREATEST}, **shared)
    for number in range(MOST_LIFECYCLES + 3):
        about: dict[str, Any] = {"at": number, "product": told_of(number), **shared}
        name = f"{number}".rjust(128, character)
        yield FormSubmitted(event_id=name, form_id="pricing", answers=answers, **about)
        yield CallDisposed(
            event_id=f"c{name[1:]}", outcome="connected", qualification=answers, **about
        )
    for number, (status, team) in enumerate((s, t) for s in policy.statuses for t in TEAMS):
        yield StatusRequested(
            event_id=f"s{number}", at=500 + number, status=status, by_team=team, reason="other",
            fields={**answers, "follow_up_at": "2026-03-01T09:30:00.250Z"}, product=told_of(0), **shared,
        )  # fmt: skip


def life(policy: Policy, told: Iterator[Told]) -> tuple[Lead, list[Outcome]]:
    lead: Lead | None = None
    published = []
    for activity in told:
        decision = decide(policy, lead, LEAD_ID, activity)
        lead = decision.lead
        published += decision.outcomes
    assert lead is not None
    return lead, published


@pytest.mark.parametrize("character", WIDEST.values(), ids=WIDEST)
def test_the_fattest_lead_fits_its_changelog_and_each_outcome_a_record(
    policy: Policy, character: str
) -> None:
    lead, published = life(policy, excessive(policy, character))
    assert len(lead.lifecycles) == MOST_LIFECYCLES
    assert len(lead.ring) == RING_EVENTS * 16
    for lifecycle in lead.lifecycles.values():
        lifecycle.counts = {counter.name: GREATEST for counter in policy.counters}
        lifecycle.times = {counter.name: (GREATEST,) * 16 for counter in policy.counters}
        lifecycle.day_points = {str(points.on): GREATEST for points in policy.points}
        lifecycle.week_points = lifecycle.day_points
    limit = int(config_of(lifecycle_changelog("any"))["max.message.bytes"])
    assert len(encode_lead(lead)) + len(LEAD_ID.encode()) < 0.9 * limit
    kinds = {outcome.type for outcome in published}
    assert kinds >= {"status-change", "refusal"}
    assert max(len(outcome.encoded()) for outcome in published) < LARGEST_RECORD - HEADERS


def test_a_text_is_kept_to_its_first_thousand_characters() -> None:
    policy = load("inside-sales")
    lead, published = life(policy, excessive(policy, "x"))
    assert "handoff" in {outcome.type for outcome in published}
    texts = set(lead.profile.known().values()) - {GREATEST}
    assert texts == {"x" * MOST_CHARACTERS}
    answers = lead.lifecycles[told_of(0)].answers
    assert {name: answers[name] for name in ANSWER_KEYS} == dict.fromkeys(
        ANSWER_KEYS, "x" * MOST_CHARACTERS
    )


@pytest.fixture
def full() -> Lead:
    return life(load("inside-sales"), visits(MOST_LIFECYCLES))[0]


def visits(count: int) -> Iterator[Told]:
    for number in range(count):
        yield visit(str(number), at=number)


def visit(product: str | None, at: int = 1000, **profile: str) -> PageVisited:
    return PageVisited(
        event_id=f"{product} {at}", source="a", at=at, content=1, product=product, profile={**profile}
    )  # fmt: skip


def decided(lead: Lead, activity: Told) -> tuple[Decision, Lead]:
    decision = decide(load("inside-sales"), lead, "lead", activity, relationship="client")
    assert decision.lead is not None
    return decision, decision.lead


def test_one_lifecycle_too_many_is_refused_where_no_product_is_meant(full: Lead) -> None:
    decision, lead = decided(full, visit("another", company="Acme"))
    (refusal,) = decision.outcomes
    assert (refusal.type, refusal.value["product"], refusal.value["seq"]) == ("refusal", "*", 1)
    assert (refusal.value["code"], refusal.value["asked"]) == ("transition.not_allowed", None)
    assert refusal.value["message"].endswith(".")
    assert decision.verdict == "refused"
    assert lead.lifecycles.keys() == full.lifecycles.keys()
    assert lead.profile.company == "Acme"


@pytest.mark.parametrize("product", ["0", None])
def test_who_has_all_there_is_room_for_goes_on_with_them(full: Lead, product: str | None) -> None:
    assert decided(full, visit(product))[0].verdict == "applied"


def test_news_of_the_account_come_with_it_all_the_same(full: Lead) -> None:
    decision, lead = decided(full, visit("another", account_id="acme"))
    assert lead.relationship == "client"
    assert decision.outcomes[0].type == "refusal"
    update = AccountUpdated(
        event_id="u", source="a", at=2000, content=2, account_id="acme", relationship="client"
    )  # fmt: skip
    assert decided(lead, update)[0].verdict == "applied"
