"""Whole lives under `inside-sales`: warmed up, worked by phone, handed over, refused, forgotten, back."""

from __future__ import annotations

from collections.abc import Callable

from worker.ops.traffic.companies import some_company
from worker.ops.traffic.diary import Diary
from worker.ops.traffic.passing import asked_for_in_vain
from worker.ops.traffic.people import company_of
from worker.ops.traffic.words import (
    ACTION,
    ATTEMPTS,
    DISQUALIFICATIONS,
    INFORMATIONAL,
    LISTS,
    PAGES,
    REJECTIONS,
)


def live_through(diary: Diary) -> None:
    """Tell one life, the end of which may lie beyond the end of history."""
    beginning = diary.rng.choices(tuple(BEGINNINGS), tuple(BEGINNINGS.values()))[0]
    beginning(diary)


def _comes_from_a_list(diary: Diary) -> None:
    diary.created(diary.rng.choice(LISTS))
    _is_nurtured(diary, mails=diary.rng.randrange(2, 7))
    if diary.chance(0.3):
        diary.form(diary.rng.choice(INFORMATIONAL))
        _may_warm_up(diary)


def _reads_something(diary: Diary) -> None:
    diary.visit("blog")
    diary.form(diary.rng.choice(INFORMATIONAL))
    _is_nurtured(diary, mails=diary.rng.randrange(0, 6))
    _may_warm_up(diary)


def _raises_a_hand(diary: Diary) -> None:
    for _ in range(diary.rng.randrange(0, 5)):
        diary.visit(diary.rng.choice(PAGES))
    diary.form(diary.rng.choice(ACTION))
    _is_worked(diary)


def _is_a_target(diary: Diary) -> None:
    diary.created(
        "import", fields={"account_tier": "target", "account_id": company_of(diary.person.index)}
    )
    _is_nurtured(diary, mails=diary.rng.randrange(1, 4))
    diary.visit("product")
    _is_worked(diary)


def _comes_from_a_trade_show(diary: Diary) -> None:
    diary.created("trade_show")
    _is_nurtured(diary, mails=diary.rng.randrange(1, 5))
    if diary.chance(0.25):
        diary.wanted(diary.rng.choice(("inside_sales", "sales")))
        _is_worked(diary)
    else:
        _may_warm_up(diary)


def _comes_from_the_channel(diary: Diary) -> None:
    diary.created("channel")
    diary.wait(0.2, 4)
    _is_a_deal(diary)


def _comes_from_sales(diary: Diary) -> None:
    diary.created("sales_generated", worked_with=diary.rng.choice(("direct", "inside_sales")))
    _is_called(diary)


def _only_looks_around(diary: Diary) -> None:
    for _ in range(diary.rng.randrange(1, 8)):
        diary.visit(diary.rng.choice(PAGES))
        diary.wait(0, 20)


BEGINNINGS: dict[Callable[[Diary], None], int] = {
    _comes_from_a_list: 26,
    _reads_something: 34,
    _raises_a_hand: 13,
    _is_a_target: 7,
    _comes_from_a_trade_show: 8,
    _comes_from_the_channel: 3,
    _comes_from_sales: 3,
    _only_looks_around: 6,
}


def _is_nurtured(diary: Diary, mails: int) -> None:
    for _ in range(mails):
        diary.wait(7, 32)
        if diary.mail_allowed:
            _gets_a_mail(diary)
        if diary.chance(0.06):
            diary.profile(job_title="Head of Procurement", industry="manufacturing")
        if diary.chance(0.05):
            diary.profile(account_id=some_company(diary))


def _gets_a_mail(diary: Diary) -> None:
    diary.until_mailing()
    if diary.chance(0.012):
        diary.mail("bounced", bounce=(kind := diary.rng.choice(("hard", "soft"))))
        diary.mail_allowed = kind == "soft"
        return
    diary.mail("delivered")
    if diary.chance(0.35):
        diary.mail("opened", automated=True)
    diary.wait(0, 1.5)
    if diary.chance(0.5):
        diary.mail("opened")
        _acts_on_a_mail(diary)
    elif diary.chance(0.04):
        diary.mail("clicked", automated=True)


def _acts_on_a_mail(diary: Diary) -> None:
    if diary.chance(0.3):
        diary.mail("clicked")
        diary.visit(diary.rng.choice(PAGES))
    elif diary.chance(0.03):
        diary.mail("replied")
    elif diary.chance(0.04):
        diary.mail(diary.rng.choice(("unsubscribed", "unsubscribed", "complained")))
        diary.mail_allowed = False
        if diary.chance(0.2):
            diary.wait(1, 40)
            diary.consent(email=True)
            diary.mail_allowed = True


def _may_warm_up(diary: Diary) -> None:
    if diary.chance(0.06):
        asked_for_in_vain(diary)
    if diary.chance(0.65):
        return
    diary.wait(0, 20)
    for _ in range(diary.rng.randrange(2, 6)):
        diary.visit(diary.rng.choice(("pricing", "product", "customers")))
    for form_id in diary.rng.sample(INFORMATIONAL, 3):
        diary.form(form_id)
        diary.wait(0, 2)
    diary.visit("pricing")
    _is_worked(diary)


def _is_worked(diary: Diary) -> None:
    diary.wait(0.02, 2)
    fate = diary.rng.choices(("called", "rejected", "forgotten"), (78, 12, 10))[0]
    if fate == "called":
        _is_called(diary)
    elif fate == "rejected":
        if diary.chance(0.2):
            diary.asked("rejected", "inside_sales")
        diary.asked("rejected", "inside_sales", diary.rng.choice(REJECTIONS))
        _is_put_aside(diary)
    else:
        diary.wait(15, 60)
        _comes_back(diary)


def _is_called(diary: Diary) -> None:
    for _ in range(diary.rng.randrange(1, 6)):
        diary.call(diary.rng.choice(ATTEMPTS))
        if diary.chance(0.4) and diary.mail_allowed:
            diary.mail("delivered")
        diary.wait(0.5, 5)
    if diary.chance(0.05):
        diary.call(diary.rng.choice(("wrong_number", "do_not_call")))
        diary.asked("disqualified", "inside_sales", "unable_to_reach")
        _is_put_aside(diary)
    elif diary.chance(0.55):
        _talks(diary)
    elif diary.chance(0.4):
        diary.asked("disqualified", "inside_sales", "unable_to_reach")
        _is_put_aside(diary)


def _talks(diary: Diary) -> None:
    if diary.chance(0.18):
        diary.call("connected", sentiment="negative", reason=diary.rng.choice(DISQUALIFICATIONS))
        _is_put_aside(diary)
        return
    diary.call(
        "connected",
        sentiment=diary.rng.choice(("positive", "positive", "neutral")),
        qualification={"timeline": f"Q{diary.rng.randrange(1, 5)}", "budget": diary.chance(0.5)},
    )
    diary.wait(0.1, 8)
    if diary.chance(0.5):
        diary.asked("potential_deal", "inside_sales")
        _is_a_deal(diary)
    elif diary.chance(0.4):
        diary.asked("disqualified", "inside_sales", diary.rng.choice(DISQUALIFICATIONS))
        _is_put_aside(diary)


def _is_a_deal(diary: Diary) -> None:
    diary.wait(0.5, 12)
    if diary.chance(0.6):
        diary.asked("pipeline_opportunity", "sales")
        for _ in range(diary.rng.randrange(0, 4)):
            diary.wait(5, 30)
            diary.call("connected", sentiment="positive")
    elif diary.chance(0.3):
        diary.call("connected", sentiment="negative")
        _is_put_aside(diary)


def _is_put_aside(diary: Diary) -> None:
    if diary.chance(0.15):
        diary.wait(1, 30)
        diary.asked("mql", "marketing")
    if diary.chance(0.2):
        diary.wait(1, 60)
        diary.form(diary.rng.choice(ACTION))
    _is_nurtured(diary, mails=diary.rng.randrange(2, 6))
    diary.wait(60, 120)
    if diary.chance(0.4):
        _comes_back(diary)


def _comes_back(diary: Diary) -> None:
    _is_nurtured(diary, mails=2)
    diary.form(diary.rng.choice(INFORMATIONAL + ACTION))
    _is_called(diary)
