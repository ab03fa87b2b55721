"""`receive`: one message of a lead's log. What cannot be decided before its account has answered waits in its record.

Nobody sells to a customer: where a policy looks at accounts, the activity that brings one waits until it is known what
that account is to us, and everything later of that lead waits behind it. Then all of it is decided in order, each at
its own time, as if nothing had waited. An account that does not answer in time is decided on as if nobody had said
anything of it; what it says later is news.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from schemas import spine
from schemas.account_log import MemberJoined, MemberLeft, Membership
from schemas.spine import AccountAnswered, AccountUpdated, DeadlineReached
from schemas.vocabulary import Relationship
from worker.lifecycle.decide import Decision, Happened, Verdict, decide
from worker.lifecycle.explain.notes import Step
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.learn import account_in
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.record import Lead, Waiting
from worker.lifecycle.repeats import remember

MOST_WAITING = 50
"""Messages that wait at most: a lead is not that busy while an answer is on its way, unless nobody answers."""
MOST_WAITING_BYTES = 512 * 1024
"""Their size at most, an eighth of what a record may have; one of them has 256 KiB at most."""
WAITING_MS = 600_000
"""How long they wait: as long as a deadline waits for intake."""

Received = Happened | AccountAnswered
"""What can come on a lead's log."""


def receive(  # noqa: PLR0913 - when a message came onto the log comes with it: the core has no clock
    policy: Policy,
    lead: Lead | None,
    lead_id: str,
    message: Received,
    *,
    arrived_at: int,
    trials: list[Step] | None = None,
) -> Decision:
    """Decides a message, or lets it wait; the lead given is not changed.

    `arrived_at` is when the message came onto the log (UTC ms). `trials` collects what was tried on the way.
    """
    if lead is not None and lead.waiting is not None:
        desk = _Desk(policy, lead_id, arrived_at, trials)
        return desk.receive_behind(lead, lead.waiting, message)
    if type(message) is AccountAnswered:
        return _Desk(policy, lead_id, arrived_at, trials).hear_late(lead, message)
    if type(message) is DeadlineReached or "account_id" not in message.profile:
        return decide(policy, lead, lead_id, message, trials=trials)
    if _has_to_wait(policy, lead, message):
        return _wait(lead_id, lead or Lead(), [message], arrived_at)
    decision = decide(policy, lead, lead_id, message, trials=trials)
    memberships = _moved(lead_id, lead, decision.lead)
    return replace(decision, memberships=memberships) if memberships else decision


def _has_to_wait(policy: Policy, lead: Lead | None, message: Happened) -> bool:
    """Returns whether a message brings an account that has to be asked first."""
    if not policy.heeds_accounts or isinstance(message, DeadlineReached):
        return False
    account_id = account_in(message)
    if account_id is None or (lead is not None and lead.profile.account_id == account_id):
        return False
    return lead is None or remember(replace(lead), message) == "new"


def _wait(lead_id: str, lead: Lead, messages: Sequence[Happened], arrived_at: int) -> Decision:
    """Asks the account that the first message brings, and lets all of them wait."""
    first = messages[0]
    account_id = "" if isinstance(first, DeadlineReached) else account_in(first) or ""
    waiting = Waiting(account_id, arrived_at + WAITING_MS, tuple(map(spine.encode, messages)))
    memberships = _told(lead_id, lead.profile.account_id, account_id)
    return Decision(replace(lead, waiting=waiting), [], "waiting", memberships)


def _moved(lead_id: str, before: Lead | None, after: Lead | None) -> tuple[Membership, ...]:
    """Returns whom accounts lose and win by a decision."""
    if after is before or after is None:
        return ()
    left = None if before is None else before.profile.account_id
    joined = after.profile.account_id
    return () if left == joined else _told(lead_id, left, joined)


def _told(lead_id: str, left: str | None, joined: str | None) -> tuple[Membership, ...]:
    told: list[Membership] = []
    if left is not None:
        told.append(MemberLeft(left, lead_id))
    if joined is not None:
        told.append(MemberJoined(joined, lead_id))
    return tuple(told)


class _Desk:
    """What lies there of one lead that asked its account."""

    def __init__(
        self, policy: Policy, lead_id: str, arrived_at: int, trials: list[Step] | None
    ) -> None:
        self._policy = policy
        self._lead_id = lead_id
        self._arrived_at = arrived_at
        self._trials = trials

    def receive_behind(self, lead: Lead, waiting: Waiting, message: Received) -> Decision:
        """Takes a message of a lead that waits: the answer, the end of the time, or one more that waits.

        News of an account come behind its answer. What comes before is of an account that the lead has left.
        """
        match message:
            case AccountAnswered(account_id=account_id, heard=heard):
                if account_id != waiting.account_id:
                    return Decision(lead, [], "ignored")
                return self._go_on(lead, waiting, None if heard is None else heard.relationship)
            case AccountUpdated():
                return Decision(lead, [], "ignored")
            case DeadlineReached(due=due) if due >= waiting.until:
                return self._go_on(lead, waiting, None)
        messages = (*waiting.messages, spine.encode(message))
        more = replace(waiting, messages=messages)
        if len(messages) > MOST_WAITING or sum(map(len, messages)) > MOST_WAITING_BYTES:
            return self._go_on(lead, more, None)
        return Decision(replace(lead, waiting=more), [], "waiting")

    def hear_late(self, lead: Lead | None, answer: AccountAnswered) -> Decision:
        """Takes an answer that nobody waits for: news, where it says what was not known."""
        heard = answer.heard
        if (
            lead is None
            or heard is None
            or lead.profile.account_id != answer.account_id
            or lead.relationship == heard.relationship
        ):
            return Decision(lead, [], "ignored")
        if self._policy.heeds_accounts:
            return self._decided(lead, heard)
        return Decision(replace(lead, relationship=heard.relationship), [], "applied")

    def _go_on(self, lead: Lead, waiting: Waiting, relationship: Relationship | None) -> Decision:
        """Decides what has waited, until there is none left or one of them brings another account."""
        messages = [spine.decode(message) for message in waiting.messages]
        now: Lead | None = replace(lead, waiting=None)
        outcomes: list[Outcome] = []
        released: list[Verdict] = []
        memberships: tuple[Membership, ...] = ()
        for place, message in enumerate(messages):
            if place and _has_to_wait(self._policy, now, message):
                asked = _wait(self._lead_id, now or Lead(), messages[place:], self._arrived_at)
                now, memberships = asked.lead, memberships + asked.memberships
                break
            decision = self._decided(now, message, None if place else relationship)
            if place:
                memberships += _moved(self._lead_id, now, decision.lead)
            now = decision.lead
            outcomes += decision.outcomes
            released.append(decision.verdict)
        return Decision(now, outcomes, "applied", memberships, tuple(released))

    def _decided(
        self, lead: Lead | None, message: Happened, relationship: Relationship | None = None
    ) -> Decision:
        return decide(
            self._policy,
            lead,
            self._lead_id,
            message,
            relationship=relationship,
            trials=self._trials,
        )
