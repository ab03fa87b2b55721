"""Leads without a broker: events in, outcomes out, by the same door and the same `decide` as the worker."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import msgspec

from schemas import spine
from schemas.account_log import AccountMessage, TurnCame
from topics.catalogue import INPUTS, RAW, kind_of
from worker.accounts.records import Kept
from worker.accounts.relate import Answer, relate
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.decide import Decision
from worker.lifecycle.explain.causes import Explanation, explained
from worker.lifecycle.explain.notes import Step
from worker.lifecycle.explain.standing import standing
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome, Turn
from worker.lifecycle.receive import Received, receive
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
        self._accounts: dict[bytes, Kept | None] = {}
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
        """Decides an activity; an account that is asked answers at once."""
        decision = self.fold(lead_id, activity, self.policy)
        if decision.verdict == "waiting" and self._explain:
            self.explanations.pop()
        outcomes = decision.outcomes
        for membership in decision.memberships:
            for asked, answer in self._related(membership):
                outcomes += self.fold(asked, answer, self.policy).outcomes
        return outcomes

    def _tell_members(self, update: spine.AccountUpdated) -> list[Outcome]:
        """Decides what news of a company mean for each lead of it."""
        told = sorted(self._related(update), key=itemgetter(0))
        decisions = (self.fold(lead_id, news, self.policy) for lead_id, news in told)
        return [outcome for decision in decisions for outcome in decision.outcomes]

    def _related(self, message: AccountMessage) -> list[Answer]:
        """Returns what leads are told when something is said of accounts, all turns taken."""
        told: list[Answer] = []
        goes_on = True
        while goes_on:
            related = relate(self._accounts.get, message)
            self._accounts |= related.records
            told += related.told
            message, goes_on = TurnCame(), related.goes_on
        return told

    def fold(
        self,
        lead_id: str,
        message: Received,
        policy: Policy,
        arrived_at: int = 0,
    ) -> Decision:
        """Decides one message of a lead's log."""
        steps: list[Step] | None = [] if self._explain else None
        lead = self.leads.get(lead_id)
        decision = receive(policy, lead, lead_id, message, arrived_at=arrived_at, trials=steps)
        if decision.lead is not None:
            self.leads[lead_id] = decision.lead
        if steps is not None:
            self._note(lead_id, explained(message, decision.verdict, decision.outcomes, steps))
        return decision

    def _note(self, lead_id: str, explanations: list[Explanation]) -> None:
        """Keeps why outcomes came about, or nothing did."""
        self.explanations += [(lead_id, explanation) for explanation in explanations]

    def run_until(self, until: int) -> Iterator[Outcome]:
        """Fires what is due at or before `until`, by due time, lead and product; who waits for an answer goes on."""
        for lead_id in list(self.leads):
            while (waits := self.leads[lead_id].waiting) is not None and waits.until <= until:
                reached = spine.DeadlineReached(waits.until)
                yield from self.fold(lead_id, reached, self.policy, waits.until).outcomes
        due = [(lead.earliest_due(), lead_id) for lead_id, lead in self.leads.items()]
        heapq.heapify(due)
        while due and due[0][0] <= until:
            at, lead_id = heapq.heappop(due)
            lead = self.leads[lead_id]
            steps: list[Step] = []
            outcomes = fire_deadlines(self.policy, lead, lead_id, at, steps)
            if self._explain:
                reached = spine.DeadlineReached(at)
                self._note(lead_id, explained(reached, "applied", outcomes, steps))
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
