"""What is true of leads and accounts, however late accounts answer and in whatever order."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.account_log import AccountMessage, TurnCame
from schemas.spine import AccountUpdated, DeadlineReached, Told
from tests.laws.histories import DAY, START, histories
from worker.accounts.records import Kept
from worker.accounts.relate import relate
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.receive import Received, receive
from worker.lifecycle.record import Lead
from worker.presets import NAMES, load

POLICIES = {name: load(name) for name in NAMES}
LEADS = ("ada", "bob")
ACCOUNTS = ("acme", "other")
LONG_AFTER = START + 100_000 * DAY
"""When messages arrive: so late that no deadline of a history ends a wait."""

Step = tuple[str, Received | None]
"""A lead and what comes for it; with None, an account whose next word arrives."""


class Town:
    """Leads and accounts; what accounts say arrives when it is fetched, in order of each account."""

    def __init__(self, policy: Policy) -> None:
        self.leads: dict[str, Lead] = {}
        self.outcomes: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.on_the_way: defaultdict[str, deque[tuple[str, Received]]] = defaultdict(deque)
        self.said: dict[str, AccountUpdated] = {}
        self._policy = policy
        self._kept: dict[bytes, Kept | None] = {}

    def say(self, account: str, message: AccountMessage) -> None:
        """Lets an account hear something, and take all its turns."""
        if isinstance(message, AccountUpdated):
            before = self.said.get(account)
            self.said[account] = message if before is None or message.at >= before.at else before
        goes_on = True
        while goes_on:
            related = relate(self._kept.get, message)
            self._kept |= related.records
            self.on_the_way[account].extend(related.told)
            message, goes_on = TurnCame(), related.goes_on

    def tell(self, lead_id: str, message: Received) -> None:
        lead = self.leads.get(lead_id)
        decision = receive(self._policy, lead, lead_id, message, arrived_at=LONG_AFTER)
        if decision.lead is not None:
            self.leads[lead_id] = decision.lead
        self.outcomes[lead_id] += [outcome.value for outcome in decision.outcomes]
        for membership in decision.memberships:
            self.say(membership.account_id, membership)

    def fetch(self, account: str) -> None:
        if self.on_the_way[account]:
            self.tell(*self.on_the_way[account].popleft())

    def fetch_all(self) -> None:
        while any(self.on_the_way.values()):
            for account in list(self.on_the_way):
                self.fetch(account)


words = st.lists(
    st.builds(
        AccountUpdated,
        event_id=st.just("word"),
        source=st.just("crm"),
        at=st.integers(START, START + 9),
        content=st.just(0),
        account_id=st.sampled_from(ACCOUNTS),
        relationship=st.sampled_from(["client", "former_client", "prospect", "partner"]),
    ),
    max_size=4,
)
policies = st.sampled_from(sorted(POLICIES)).map(POLICIES.__getitem__)


@st.composite
def _lives(draw: st.DrawFn, policy: Policy) -> list[tuple[str, Received]]:
    """The lives of two leads, interleaved, in which accounts come and go and deadlines are reached."""
    told: list[tuple[str, Received]] = []
    for lead in LEADS:
        history: Sequence[Told] = draw(histories(list(policy.statuses), [None, "alpha"]))
        for activity in (one for one in history if not isinstance(one, AccountUpdated)):
            account = draw(st.sampled_from(["", "", *ACCOUNTS, None]))
            profile = (
                activity.profile if account == "" else {**activity.profile, "account_id": account}
            )
            told.append((lead, replace(activity, profile=profile)))
            if draw(st.integers(0, 4)) == 0:
                told.append((lead, DeadlineReached(activity.at + DAY)))
    places = draw(st.permutations(range(len(told))))
    order = sorted(places[: sum(lead == "ada" for lead, _ in told)])
    adas = iter([one for one in told if one[0] == "ada"])
    bobs = iter([one for one in told if one[0] == "bob"])
    return [next(adas) if place in set(order) else next(bobs) for place in range(len(told))]


@st.composite
def towns(
    draw: st.DrawFn,
) -> tuple[Policy, list[AccountUpdated], list[tuple[str, Received]], list[str]]:
    policy = draw(policies)
    told = draw(_lives(policy))
    fetched = draw(
        st.lists(st.sampled_from([*ACCOUNTS, ""]), min_size=len(told), max_size=len(told))
    )
    return policy, draw(words), told, fetched


@given(towns())
def test_answers_that_come_late_change_nothing(
    town: tuple[Policy, list[AccountUpdated], list[tuple[str, Received]], list[str]],
) -> None:
    policy, said, told, fetched = town
    at_once, late = Town(policy), Town(policy)
    for word in said:
        at_once.say(word.account_id, word)
        late.say(word.account_id, word)
    for (lead, message), account in zip(told, fetched, strict=True):
        at_once.tell(lead, message)
        at_once.fetch_all()
        late.tell(lead, message)
        late.fetch(account)
    late.fetch_all()
    assert late.outcomes == at_once.outcomes
    assert late.leads == at_once.leads


@given(towns())
def test_in_the_end_every_lead_knows_what_its_account_is(
    town: tuple[Policy, list[AccountUpdated], list[tuple[str, Received]], list[str]],
) -> None:
    policy, said, told, fetched = town
    late = Town(policy)
    words = iter(said)
    for place, ((lead, message), account) in enumerate(zip(told, fetched, strict=True)):
        late.tell(lead, message)
        late.fetch(account)
        if place % 3 == 0 and (word := next(words, None)) is not None:
            late.say(word.account_id, word)
    late.fetch_all()
    for known in late.leads.values():
        assert known.waiting is None
        heard = late.said.get(known.profile.account_id or "")
        assert known.relationship == (None if heard is None else heard.relationship)
