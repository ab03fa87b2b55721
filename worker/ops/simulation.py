"""Leads without a broker: events in, outcomes out, by the same door and the same `decide` as the worker."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from schemas import spine
from schemas.vocabulary import Relationship
from topics.catalogue import INPUTS, RAW, kind_of
from worker.accounts.hear import NOTHING_KNOWN, Account, hear
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.decide import Happened, decide
from worker.lifecycle.explain import Step
from worker.lifecycle.explain_causes import Explanation, explained
from worker.lifecycle.explain_standing import standing
from worker.lifecycle.outcomes import Outcome, Turn
from worker.lifecycle.plan import Policy
from worker.lifecycle.record import Lead, Lifecycle
from worker.lifecycle.stay import deadline_of
from worker.lifecycle.transition import score_of

Line = dict[str, Any]

KINDS = frozenset(kind_of(topic.name) for topic in (*INPUTS, *RAW))
"""The types of events that can be told."""


class Simulation:
    """All leads of a log. With `explain`, `explanations` fills with why each outcome came about, cause by cause."""

    def __init__(self, policy: Policy, *, strict: bool = False, explain: bool = False) -> None:
        self.policy = policy
        self.leads: dict[str, Lead] = {}
        self.explanations: deque[tuple[str, Explanation]] = deque()
        self._accounts: dict[str, Account] = {}
        self._members: dict[str, set[str]] = {}
        self._strict = strict
        self._explain = explain

    def apply(self, kind: str, value: bytes) -> Iterator[DeadLetter | list[Outcome]]:
        """Admits the value of one input record and decides what comes of each of its items; accounts answer at once."""
        for item in admit(kind, value, strict=self._strict):
            match item:
                case DeadLetter():
                    yield item
                case Admitted():
                    yield self._tell(item.lead_id, item.activity)
                case AccountHeard():
                    yield self._tell_members(item.update)

    def _tell(self, lead_id: str, activity: spine.Told) -> list[Outcome]:
        """Decides an activity, and keeps who belongs to which account."""
        lead = self.leads.get(lead_id)
        before = None if lead is None else lead.profile.account_id
        brought = str(activity.profile.get("account_id"))
        account = self._accounts.get(brought, NOTHING_KNOWN)
        outcomes = self.fold(lead_id, activity, self.policy, account.relationship)
        after = self.leads[lead_id].profile.account_id
        if after != before:
            if before is not None:
                self._members[before].discard(lead_id)
            if after is not None:
                self._members.setdefault(after, set()).add(lead_id)
        return outcomes

    def _tell_members(self, update: spine.AccountUpdated) -> list[Outcome]:
        """Decides what news of a company mean for each lead of it."""
        account = self._accounts.get(update.account_id, NOTHING_KNOWN)
        self._accounts[update.account_id], news = hear(account, update)
        members = sorted(self._members.get(update.account_id, ())) if news else ()
        outcomes = (self.fold(lead_id, update, self.policy) for lead_id in members)
        return [outcome for of_one in outcomes for outcome in of_one]

    def fold(
        self,
        lead_id: str,
        activity: Happened,
        policy: Policy,
        relationship: Relationship | None = None,
    ) -> list[Outcome]:
        """Decides one activity."""
        steps: list[Step] | None = [] if self._explain else None
        decision = decide(
            policy,
            self.leads.get(lead_id),
            lead_id,
            activity,
            relationship=relationship,
            trials=steps,
        )
        if decision.lead is not None:
            self.leads[lead_id] = decision.lead
        if steps is not None:
            self._note(lead_id, activity, decision.verdict, decision.outcomes, steps)
        return decision.outcomes

    def _note(
        self,
        lead_id: str,
        activity: Happened,
        verdict: str,
        outcomes: list[Outcome],
        steps: list[Step],
    ) -> None:
        """Keeps why outcomes came about, or nothing did."""
        for explanation in explained(activity, verdict, outcomes, steps):
            self.explanations.append((lead_id, explanation))

    def run_until(self, until: int) -> Iterator[Outcome]:
        """Fires what is due at or before `until`, by due time, lead and product."""
        due = [(lead.earliest_due(), lead_id) for lead_id, lead in self.leads.items()]
        heapq.heapify(due)
        while due and due[0][0] <= until:
            at, lead_id = heapq.heappop(due)
            lead = self.leads[lead_id]
            steps: list[Step] = []
            outcomes = fire_deadlines(self.policy, lead, lead_id, at, steps)
            if self._explain:
                self._note(lead_id, spine.DeadlineReached(at), "applied", outcomes, steps)
            yield from outcomes
            heapq.heappush(due, (lead.earliest_due(), lead_id))

    def state(self) -> Iterator[Line]:
        """Describes each lifecycle as of its lead's time, by lead and product, and with `explain` what comes next."""
        for lead_id, lead in sorted(self.leads.items()):
            turn = Turn(self.policy, lead_id, lead, None)
            for product, lifecycle in sorted(lead.lifecycles.items()):
                value = _described(turn, product, lifecycle)
                yield {"type": "lead", "key": lead_id, "value": value}
                if self._explain:
                    stands = msgspec.to_builtins(standing(self.policy, lead, product))
                    yield {"type": "standing", "key": lead_id, "value": stands}


def _described(turn: Turn, product: str, lifecycle: Lifecycle) -> Line:
    lead, entered_at = turn.lead, lifecycle.entered_at
    return {
        "product": product,
        "status": lifecycle.status,
        "seq": lead.seqs.get(product, 0),
        "score": score_of(turn, lifecycle),
        "entered_at": None if entered_at is None else rfc3339(entered_at),
        "deadline": deadline_of(turn.policy, lifecycle),
        "locks": list(lifecycle.locks),
        "contactability": {"email": lead.email_allowed, "phone": lead.phone_allowed},
        "attempts": lifecycle.attempts,
        "answers": lifecycle.answers,
    }


def line_of(outcome: Outcome) -> Line:
    """Returns an outcome as it is written on a line."""
    return {"type": outcome.type, "key": outcome.key, "value": outcome.value}


def explanation_line(lead_id: str, explanation: Explanation) -> Line:
    """Returns an explanation as it is written on a line."""
    return {"type": "explanation", "key": lead_id, "value": msgspec.to_builtins(explanation)}
