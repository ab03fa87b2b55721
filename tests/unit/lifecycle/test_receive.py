"""What waits for an account, for how long, and what becomes of it then."""

from __future__ import annotations

import pytest

from schemas.account_log import MemberJoined, MemberLeft
from schemas.spine import (
    AccountAnswered,
    AccountUpdated,
    DeadlineReached,
    FormSubmitted,
    PageVisited,
    ProfileUpdated,
)
from schemas.vocabulary import Relationship
from worker.lifecycle.decide import Decision
from worker.lifecycle.plan import Policy
from worker.lifecycle.receive import (
    MOST_WAITING,
    MOST_WAITING_BYTES,
    WAITING_MS,
    Received,
    receive,
)
from worker.lifecycle.record import NEVER, Lead, decode_lead, encode_lead
from worker.presets import load

NOON = 1_760_000_000_000
ARRIVED = 1_760_100_000_000


class Life:
    """One lead under one policy, kept as its lane keeps it."""

    def __init__(self, policy: str = "inside-sales") -> None:
        self.policy: Policy = load(policy)
        self.lead: Lead | None = None
        self.told: list[tuple[str, str]] = []

    def hears(self, message: Received, arrived_at: int = ARRIVED) -> Decision:
        decision = receive(self.policy, self.lead, "ada", message, arrived_at=arrived_at)
        if decision.lead is not None:
            self.lead = decode_lead(encode_lead(decision.lead))
        for outcome in decision.outcomes:
            change = outcome.value.get("to_status", outcome.type)
            self.told.append((outcome.value["cause"]["event_id"] or "deadline", change))
        return decision

    def statuses(self) -> list[str]:
        return [status for _, status in self.told if status != "handoff"]

    def waits(self) -> int:
        waiting = None if self.lead is None else self.lead.waiting
        return 0 if waiting is None else len(waiting.messages)


def form(event_id: str = "form", at: int = 0, **profile: str) -> FormSubmitted:
    return FormSubmitted(
        event_id=event_id,
        source="site",
        at=NOON + at,
        content=1,
        form_id="contact_us",
        profile=dict(profile),
    )


def moves(event_id: str, account: str | None, at: int = 0) -> ProfileUpdated:
    return ProfileUpdated(
        event_id=event_id, source="crm", at=NOON + at, content=1, profile={"account_id": account}
    )


def visit(number: int, page: str = "") -> PageVisited:
    return PageVisited(
        event_id=f"v{number}", source="site", at=NOON + number, content=1, page_url=page
    )


def word(relationship: Relationship, account: str = "acme", at: int = 0) -> AccountUpdated:
    return AccountUpdated(
        event_id=f"{account} is {relationship}",
        source="crm",
        at=NOON + at,
        content=0,
        account_id=account,
        relationship=relationship,
    )


def test_nobody_sells_to_a_client_first() -> None:
    ada = Life()
    asked = ada.hears(form(account_id="acme"))
    assert (asked.verdict, asked.outcomes) == ("waiting", [])
    assert asked.memberships == (MemberJoined("acme", "ada"),)
    answered = ada.hears(AccountAnswered("acme", word("client")))
    assert ada.told == [("form", "not_applicable")]
    assert (answered.verdict, answered.released, answered.memberships) == (
        "applied",
        ("applied",),
        (),
    )


def test_what_comes_later_waits_behind_and_is_decided_in_order_each_at_its_own_time() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    assert ada.hears(visit(1)).verdict == "waiting"
    assert ada.hears(form(account_id="acme")).verdict == "waiting"
    assert ada.hears(form("again", at=2)).verdict == "waiting"
    released = ada.hears(AccountAnswered("acme")).released
    assert released == ("applied", "applied", "duplicate", "applied")
    assert ada.told == [("form", "mql"), ("form", "handoff")]
    assert ada.lead is not None
    assert ada.lead.clock == NOON + 2


def test_a_deadline_waits_too_and_fires_where_it_would_have() -> None:
    ada = Life()
    ada.hears(form())
    assert ada.lead is not None
    due = ada.lead.earliest_due()
    ada.hears(moves("moves", "acme", at=1), arrived_at=due - 1)
    assert ada.lead.next_due() == due - 1 + WAITING_MS
    assert ada.hears(DeadlineReached(due)).verdict == "waiting"
    assert ada.statuses() == ["mql"]
    ada.hears(AccountAnswered("acme", word("prospect")))
    assert ada.told[-1][0] == "deadline"
    assert ada.lead.waiting is None


def test_one_that_has_waited_may_bring_another_account_and_the_rest_waits_again() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    ada.hears(moves("moves", "other", at=1))
    ada.hears(visit(2))
    first = ada.hears(AccountAnswered("acme", word("client")), ARRIVED + 5)
    assert first.released == ("applied",)
    assert first.memberships == (MemberLeft("acme", "ada"), MemberJoined("other", "ada"))
    assert ada.waits() == 2
    assert ada.lead is not None
    assert ada.lead.next_due() == ARRIVED + 5 + WAITING_MS
    ada.hears(AccountAnswered("other", word("former_client", "other")))
    assert ada.statuses() == ["not_applicable", "inquiry"]


def test_who_loses_the_account_does_not_wait_and_the_account_hears_of_it() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    ada.hears(AccountAnswered("acme", word("client")))
    assert ada.hears(moves("leaves", None, at=1)).memberships == (MemberLeft("acme", "ada"),)
    assert ada.waits() == 0
    assert ada.hears(word("former_client")).verdict == "ignored"


def test_the_same_account_again_a_repeat_and_a_conflict_ask_nobody() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    ada.hears(AccountAnswered("acme"))
    assert ada.hears(form("second", account_id="acme")).verdict == "applied"
    ada.hears(moves("leaves", None, at=1))
    again = ada.hears(form(account_id="acme"))
    assert (again.verdict, again.memberships) == ("duplicate", ())
    conflict = ProfileUpdated(
        event_id="form", source="site", at=NOON, content=2, profile={"account_id": "other"}
    )
    assert ada.hears(conflict).verdict == "refused"


def test_after_ten_minutes_it_is_decided_as_of_no_account_and_a_late_answer_is_news() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    ada.hears(visit(1))
    assert ada.hears(DeadlineReached(ARRIVED + WAITING_MS - 1)).verdict == "waiting"
    ended = ada.hears(DeadlineReached(ARRIVED + WAITING_MS))
    assert ended.released == ("applied", "applied", "ignored")
    assert ada.statuses() == ["mql"]
    ada.hears(AccountAnswered("acme", word("client")))
    assert ada.told[-1] == ("acme is client", "not_applicable")
    assert ada.hears(AccountAnswered("acme", word("client"))).verdict == "ignored"


def test_at_the_fifty_first_nobody_waits_any_longer() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    for number in range(1, MOST_WAITING):
        assert ada.hears(visit(number)).verdict == "waiting"
    assert ada.waits() == MOST_WAITING
    assert len(ada.hears(visit(MOST_WAITING)).released) == MOST_WAITING + 1
    assert ada.statuses() == ["mql"]


def test_what_waits_fits_into_a_record() -> None:
    ada = Life()
    ada.hears(form(account_id="acme"))
    page = "x" * (MOST_WAITING_BYTES // 2)
    assert ada.hears(visit(1, page)).verdict == "waiting"
    assert ada.hears(visit(2, page)).released == ("applied",) * 3


@pytest.mark.parametrize(
    "late", [word("client", "old"), word("client", "acme"), AccountAnswered("old", word("client"))]
)
def test_words_of_before_do_not_answer(late: Received) -> None:
    ada = Life()
    ada.hears(moves("to old", "old"))
    ada.hears(AccountAnswered("old"))
    ada.hears(form(account_id="acme"))
    assert ada.hears(late).verdict == "ignored"
    assert ada.waits() == 1


def test_an_answer_of_an_account_that_the_lead_has_left_is_ignored() -> None:
    ada = Life()
    assert ada.hears(AccountAnswered("acme", word("client"))).verdict == "ignored"
    assert ada.lead is None


def test_where_the_policy_does_not_look_at_accounts_nobody_waits_and_members_are_known() -> None:
    ada = Life("profile-first")
    assert not ada.policy.heeds_accounts
    decided = ada.hears(form(account_id="acme"))
    assert (decided.verdict, decided.memberships) == ("applied", (MemberJoined("acme", "ada"),))
    published = len(ada.told)
    assert ada.hears(AccountAnswered("acme", word("client"))).outcomes == []
    assert ada.lead is not None
    assert ada.lead.relationship == "client"
    assert len(ada.lead.recent) == 1
    assert len(ada.told) == published


def test_a_lead_without_an_account_pays_one_byte() -> None:
    ada = Life()
    ada.hears(form())
    assert ada.lead is not None
    with_nothing = len(encode_lead(ada.lead))
    fields = [getattr(ada.lead, name) for name in ada.lead.__struct_fields__]
    assert fields[-1] is None
    assert with_nothing < 600
    assert ada.lead.next_due() < NEVER
