"""Single moments without a life around them: live traffic, and requests that policies refuse."""

from __future__ import annotations

from collections.abc import Callable

from worker.ops.traffic.companies import some_company
from worker.ops.traffic.diary import Diary, Moment
from worker.ops.traffic.words import (
    ACTION,
    ATTEMPTS,
    INFORMATIONAL,
    LISTS,
    PAGES,
)


def moment_in_passing(diary: Diary) -> Moment:
    """Return one thing that happens now, whatever the life so far."""
    act = diary.rng.choices(tuple(IN_PASSING), tuple(IN_PASSING.values()))[0]
    act(diary)
    return diary.moments[0]


def asked_for_in_vain(diary: Diary) -> None:
    """Somebody asks for what the policy does not allow, from most statuses."""
    mistake = diary.rng.choice(
        (
            ("sql", "sales", None),
            ("long_term_nurture", "marketing", None),
            ("rejected", "inside_sales", None),
            ("inquiry", "operations", None),
            ("pipeline_opportunity", "sales", None),
            ("mql", "marketing", "timing"),
        )
    )
    diary.asked(*mistake)


IN_PASSING: dict[Callable[[Diary], None], int] = {
    lambda diary: diary.mail("delivered"): 26,
    lambda diary: diary.mail("opened", automated=True): 10,
    lambda diary: diary.mail("opened"): 14,
    lambda diary: diary.mail("clicked"): 5,
    lambda diary: diary.mail("unsubscribed"): 1,
    lambda diary: diary.visit(diary.rng.choice(PAGES)): 20,
    lambda diary: diary.form(diary.rng.choice(INFORMATIONAL)): 6,
    lambda diary: diary.form(diary.rng.choice(ACTION)): 2,
    lambda diary: diary.call(diary.rng.choice(ATTEMPTS)): 8,
    lambda diary: diary.call("connected", sentiment=diary.rng.choice(("positive", "negative"))): 3,
    lambda diary: diary.created(diary.rng.choice(LISTS)): 2,
    lambda diary: diary.wanted("sales"): 1,
    lambda diary: diary.profile(account_id=some_company(diary)): 2,
    lambda diary: diary.company(diary.rng.choice(("prospect", "client", "former_client"))): 1,
    asked_for_in_vain: 1,
    lambda diary: diary.consent(email=diary.chance(0.5)): 1,
}
