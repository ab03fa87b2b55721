"""What can happen to a lead, as rules see it: under which names, and which facts an activity then has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.spine import (
    AccountUpdated,
    CallDisposed,
    Consent,
    ConsentChanged,
    EmailEngaged,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    PageVisited,
    ProfileUpdated,
    Told,
)
from schemas.vocabulary import Intent
from worker.lifecycle.checker.cells import CLOSED, Given
from worker.lifecycle.language.facts import FACTS
from worker.lifecycle.signals import ACCOUNT_HEARD, Signals, signals_of


class Happening(msgspec.Struct, frozen=True):
    """One kind of activity: what it is called, its names, the values of its facts, and where it happens.

    `in_talks` is True for what only happens where the responsible team talks to the lead, False for what only happens
    elsewhere; `only_new` says that it only happens to a lead without a status.
    """

    name: str
    signals: Signals
    given: Given
    in_talks: bool | None = None
    only_new: bool = False


_ABOUT_ACTIVITY = tuple(name for name, fact in FACTS.items() if fact.about == "activity")
_SILENT: Given = dict.fromkeys(_ABOUT_ACTIVITY, (None,))
_WHAT: dict[str, Any] = {"event_id": "", "source": "", "at": 0, "content": 0}


def happenings() -> tuple[Happening, ...]:
    """Returns every kind of activity that rules can wait for, also together with news of the account.

    An activity brings news where it names another account, or opens the lifecycle of a lead whose account is known.
    """
    alone = tuple(_alone())
    with_news = (
        msgspec.structs.replace(
            one,
            name=f"{one.name} with news of the account",
            signals=one.signals | ACCOUNT_HEARD,
            only_new="profile_activity" not in one.signals,
        )
        for one in alone
        if one.signals.isdisjoint(ACCOUNT_HEARD | {"ownership_requested"})
    )
    return (*alone, *with_news)


def _alone() -> Iterator[Happening]:
    forms: tuple[Intent, ...] = ("informational", "action")
    for intent in forms:
        facts: Given = {"intent": (intent,), "form_id": None}
        yield _made(f"a form ({intent})", FormSubmitted(form_id="", **_WHAT), facts, intent=intent)
    for kind in ("opened", "clicked", "unsubscribed", "complained"):
        yield _made(f"an e-mail {kind}", EmailEngaged(kind=kind, **_WHAT), {})
    yield _made("a hard bounce", EmailEngaged(kind="bounced", bounce="hard", **_WHAT), {})
    for in_talks in (True, False):
        reply = EmailEngaged(kind="replied", **_WHAT)
        found = _made("a reply", reply, {}, in_talks=in_talks)
        yield msgspec.structs.replace(found, in_talks=in_talks)
    said: Given = {"sentiment": (*CLOSED["sentiment"], None), "call_reason": None}
    yield _made("a connected call", CallDisposed(outcome="connected", **_WHAT), said)
    for outcome in ("no_answer", "wrong_number", "do_not_call"):
        yield _made(f"a call ({outcome})", CallDisposed(outcome=outcome, **_WHAT), {})
    entered, card = LeadCreated(origin="import", **_WHAT), LeadCreated(origin="trade_show", **_WHAT)
    others = tuple(origin for origin in CLOSED["origin"] if origin != "trade_show")
    yield _made("a record entered", entered, {"origin": others})
    yield _made("a trade-show card", card, {"origin": ("trade_show",)})
    asked = OwnershipRequested(by_team="sales", **_WHAT)
    yield _made("an ownership request", asked, {"by_team": CLOSED["by_team"]})
    yield _made("a change of the profile", ProfileUpdated(**_WHAT), {})
    yield _made("a visit", PageVisited(**_WHAT), {"category": None})
    gone = ConsentChanged(consent=Consent(email=False), **_WHAT)
    yield _made("a withdrawn consent", gone, {})
    heard = AccountUpdated(account_id="", relationship="client", **_WHAT)
    news = signals_of(heard, None, in_talks=False)
    yield Happening("news of the account", news, {})


def _made(
    name: str, activity: Told, facts: Given, *, intent: Intent | None = None, in_talks: bool = False
) -> Happening:
    return Happening(name, signals_of(activity, intent, in_talks=in_talks), {**_SILENT, **facts})
