"""The peer of `decide`: the same work the usual way.

A lead is a pydantic model that never changes, so each step is a `model_copy`; a policy is the document as pydantic read
it, and its rules are walked in order until one matches. What is no matter of style is shared: how points fade, what
an activity is called, what an answer is worth, how an instant is written. The peer knows what `inside-sales` and the
sample traffic need: no accounts, and one leg to a stay.
"""

from __future__ import annotations

from typing import Any

import schemas
from benchmarks.peer.conditions import Book, Case, holds
from benchmarks.peer.models import Lead, Lifecycle
from benchmarks.peer.outcomes import change_of, common_of, handoff_of
from benchmarks.peer.requests import examined
from schemas.outcome import Outcome
from schemas.spine import (
    CallDisposed,
    ConsentChanged,
    EmailEngaged,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    StatusRequested,
    Told,
)
from schemas.vocabulary import lacks
from worker.lifecycle.answers import answered, answers_of_request
from worker.lifecycle.calendar import later, span_of, utc_day
from worker.lifecycle.language.parts import Points, Status
from worker.lifecycle.record import NEVER, RECENT_ACTIVITIES, RING_EVENTS
from worker.lifecycle.scoring import MILLI
from worker.lifecycle.signals import signals_of

MODELS: dict[str, type[Outcome]] = {
    kind: getattr(schemas, name) for kind, name in schemas.OUTCOMES.items()
}


class Deciding:
    """One lead at one cause; `lead` is replaced at each step."""

    def __init__(self, book: Book, lead: Lead) -> None:
        self.book = book
        self.document = book.document
        self.lead = lead
        self.activity: Told | None = None
        self.outcomes: list[Outcome] = []

    def decide(self, activity: Told) -> None:
        """Folds one activity into the lead."""
        self.fire_deadlines(activity.at)
        entry = (activity.source, activity.event_id, activity.content)
        if entry in self.lead.ring:
            return
        self.activity = activity
        conflict = any(entry[:2] == seen[:2] for seen in self.lead.ring)
        now = max(self.lead.clock, activity.at)
        self.change(clock=now)
        if conflict:
            for product in sorted(self.lead.lifecycles) or ["*"]:
                self.refuse(product, "event.conflict", None)
            return
        self.change(ring=(*self.lead.ring, entry)[-RING_EVENTS:])
        self.learn(activity)
        self.heed(activity)
        for product in sorted(self.lead.lifecycles) or ["*"]:
            if product not in self.lead.lifecycles:
                self.change(lifecycles={**self.lead.lifecycles, product: Lifecycle()})
            if isinstance(activity, StatusRequested):
                self.ask(product, activity)
            elif not self.fold(product, activity) and isinstance(activity, OwnershipRequested):
                locks = self.lead.lifecycles[product].locks
                code = f"lock.{locks[0]}" if locks else "transition.not_allowed"
                self.refuse(product, code, {"status": None, "by_team": activity.by_team})

    def change(self, **changes: Any) -> None:
        self.lead = self.lead.model_copy(update=changes)

    def change_lifecycle(self, product: str, **changes: Any) -> None:
        changed = self.lead.lifecycles[product].model_copy(update=changes)
        self.change(lifecycles={**self.lead.lifecycles, product: changed})

    def case(self, product: str) -> Case:
        lead = self.lead
        return Case(self.book, lead, lead.lifecycles[product], self.activity, lead.clock)

    # -- what everything does -------------------------------------------------------------------------------------

    def fire_deadlines(self, until: int) -> None:
        while self.lead.lifecycles:
            due = min(one.due for one in self.lead.lifecycles.values())
            if due > until:
                return
            self.activity = None
            self.change(clock=due)
            for product, lifecycle in sorted(self.lead.lifecycles.items()):
                if lifecycle.due == due:
                    leg = self.document.status[str(lifecycle.status)].stay[0]
                    reason = lifecycle.reason if leg.keep_reason else leg.reason
                    self.enter(product, str(leg.to), "deadline", reason, {})

    def learn(self, activity: Told) -> None:
        happened = (activity.topic_type, activity.at)
        self.change(recent=(*self.lead.recent, happened)[-RECENT_ACTIVITIES:])
        if activity.profile:
            self.change(profile=self.lead.profile.model_copy(update=activity.profile))

    def heed(self, activity: Told) -> None:
        match activity:
            case EmailEngaged(kind="bounced", bounce="hard"):
                self.set_channel("email", "hard_bounce")
            case EmailEngaged(kind="unsubscribed" | "complained" as kind):
                self.set_channel("email", kind)
            case CallDisposed(outcome="do_not_call" | "wrong_number" as outcome):
                self.set_channel("phone", outcome)
            case FormSubmitted() | ConsentChanged() if activity.consent is not None:
                said = activity.consent
                for channel, allowed, no in (
                    ("email", said.email, "unsubscribed"),
                    ("phone", said.phone, "do_not_call"),
                ):
                    if allowed is not None:
                        self.set_channel(channel, "opted_in" if allowed else no)

    def set_channel(self, channel: str, reason: str) -> None:
        name, allowed = f"{channel}_allowed", reason == "opted_in"
        if getattr(self.lead, name) != allowed:
            self.change(**{name: allowed})
            told = {"channel": channel, "allowed": allowed, "reason": reason}
            self.publish("contactability", "*", told)

    # -- one lifecycle --------------------------------------------------------------------------------------------

    def fold(self, product: str, activity: Told) -> bool:
        lifecycle = self.lead.lifecycles[product]
        standing = self.status_of(lifecycle)
        in_talks = standing is not None and standing.team in self.document.live_exchange_with
        intent: Any = self.book.intent_of(activity)
        signals = signals_of(activity, intent, in_talks=in_talks)
        if answers := answered(activity):
            self.change_lifecycle(product, answers={**lifecycle.answers, **answers})
        if not signals:
            return False
        self.give_points(product, signals)
        for name, counter in self.document.counter.items():
            if counter.of in signals:
                counts = self.lead.lifecycles[product].counts
                self.change_lifecycle(product, counts={**counts, name: counts.get(name, 0) + 1})
        if standing is not None and not signals.isdisjoint(standing.stay[0].since):
            self.change_lifecycle(product, due=self.due_of(lifecycle))
        return self.try_rules(product, signals)

    def status_of(self, lifecycle: Lifecycle) -> Status | None:
        return self.document.status[lifecycle.status] if lifecycle.status else None

    def due_of(self, lifecycle: Lifecycle) -> int:
        leg = self.document.status[str(lifecycle.status)].stay[0]
        if leg.for_ is None or lifecycle.reason in leg.except_reasons:
            return NEVER
        return later(self.lead.clock, span_of(leg.for_))

    def give_points(self, product: str, signals: frozenset[str]) -> None:
        case = self.case(product)
        for line in self.document.engagement.points:
            if line.on in signals and holds(line.when, case):
                points = self.within_cap(product, line)
                if points:
                    more, now = case.engagement() + points, self.lead.clock
                    self.change_lifecycle(product, engagement=more, engaged_at=now)
                return

    def within_cap(self, product: str, line: Points) -> int:
        points = round(line.points * MILLI)
        if line.cap is None:
            return points
        day, lifecycle = utc_day(self.lead.clock), self.lead.lifecycles[product]
        given = lifecycle.day_points if lifecycle.day == day else {}
        before = given.get(line.on, 0)
        points = max(0, min(points, line.cap.points * MILLI - before))
        self.change_lifecycle(product, day=day, day_points={**given, line.on: before + points})
        return points

    def try_rules(self, product: str, signals: frozenset[str]) -> bool:
        case = self.case(product)
        here, activity = case.lifecycle.status or "new", self.activity
        for rule in self.document.rule:
            if signals.isdisjoint(rule.on) or rule.to == here or self.barred(product, rule.to):
                continue
            if (here in rule.from_ or rule.from_ == ("any",)) and holds(rule.when, case):
                reason, given = rule.reason, dict(rule.set)
                if rule.reason_of_call and isinstance(activity, CallDisposed):
                    taken = activity.reason in self.document.status[rule.to].reasons
                    reason = activity.reason if taken else reason
                if isinstance(activity, LeadCreated) and activity.worked_with is not None:
                    given = {"worked_with": activity.worked_with} | given
                self.enter(product, rule.to, rule.id, reason, given)
                return True
        return False

    def barred(self, product: str, to: str) -> bool:
        locks = self.lead.lifecycles[product].locks
        return any(to in self.document.lock[lock].bars for lock in locks)

    def enter(
        self, product: str, to: str, rule: str, reason: str | None, given: dict[str, Any]
    ) -> None:
        """Changes the status, and publishes that and the handoff where there is one."""
        before, now = self.lead.lifecycles[product], self.lead.clock
        locks = tuple(
            name
            for name, lock in self.document.lock.items()
            if to in lock.set_on or (name in before.locks and to not in lock.lifted_on)
        )
        self.change_lifecycle(product, status=to, entered_at=now, reason=reason, locks=locks)
        self.change_lifecycle(product, due=self.due_of(self.lead.lifecycles[product]))
        case = self.case(product)
        self.publish("status-change", product, change_of(case, before, rule, given))
        handoff = handoff_of(case, before)
        if handoff is not None:
            self.publish("handoff", product, handoff)

    # -- people ---------------------------------------------------------------------------------------------------

    def ask(self, product: str, request: StatusRequested) -> None:
        found = examined(self.document, self.lead.lifecycles[product], request)
        if isinstance(found, str):
            self.refuse(product, found, {"status": request.status, "by_team": request.by_team})
            return
        answers = self.lead.lifecycles[product].answers | answers_of_request(request.fields)
        self.change_lifecycle(product, answers=answers)
        given = {name: told for name, told in request.fields.items() if not lacks(told)}
        self.enter(product, request.status, "request", request.reason, given | found.set)

    def refuse(self, product: str, code: str, asked: dict[str, Any] | None) -> None:
        self.publish("refusal", product, {"code": code, "message": code, "asked": asked})

    def publish(self, kind: str, product: str, fields: dict[str, Any]) -> None:
        seq = self.lead.seqs.get(product, 0) + 1
        self.change(seqs={**self.lead.seqs, product: seq})
        common = common_of(self.book, self.lead, self.activity, product, seq)
        self.outcomes.append(MODELS[kind].model_validate(common | fields))
