"""Random lives of one lead, as the spine would tell them: late, repeated, after years, with news of its account."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
    StatusRequested,
    Told,
)

START = 1_700_000_000_000
DAY = 86_400_000
REASONS = ["misrouted", "competitor", "no_interest", "not_ready_to_buy", "unheard_of"]
TEAMS = ["marketing", "inside_sales", "sales", "channel", "operations"]
ORIGINS = ["purchased_list", "trade_show", "channel", "sales_generated", "import"]
CALLS = ["connected", "gatekeeper", "no_answer", "wrong_number", "failed", "do_not_call"]
FORMS = ["pricing", "white_paper", "webinar", "contact_request", "demo"]
PAGES = ["pricing", "careers"]
ANSWERS = ["budget", "timeline"]
ACCOUNTS = ["acme", "globex"]
EMAILS = ["delivered", "opened", "clicked", "replied", "bounced", "unsubscribed", "complained"]

consents = st.builds(Consent, email=st.none() | st.booleans(), phone=st.none() | st.booleans())
answers = st.dictionaries(
    st.sampled_from(ANSWERS), st.sampled_from(["yes", "no", None]), max_size=2
)
profiles = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["ana@acme.example", "ana@gmail.com"]),
        "phone": st.sampled_from(["+4930901820", "+4930901821"]),
        "employees": st.sampled_from([5, 200, 5000]),
        "job_title": st.sampled_from(["VP Sales", "clerk", "co-founder"]),
        "account_tier": st.sampled_from(["target", "other"]),
        "account_id": st.sampled_from(ACCOUNTS),
        "company": st.sampled_from(["Acme", "Globex"]),
    },
)


Fields = dict[str, st.SearchStrategy[object]]


def particulars(statuses: list[str]) -> dict[type[Told], Fields]:
    """What each kind of activity says besides what all say."""
    return {
        FormSubmitted: {
            "form_id": st.sampled_from(FORMS),
            "answers": answers,
            "consent": st.none() | consents,
        },
        EmailEngaged: {
            "kind": st.sampled_from(EMAILS),
            "bounce": st.sampled_from(["hard", "soft"]),
            "automated": st.booleans(),
        },
        CallDisposed: {
            "outcome": st.sampled_from(CALLS),
            "sentiment": st.sampled_from([None, "positive", "negative"]),
            "reason": st.sampled_from([None, *REASONS]),
            "qualification": answers,
        },
        LeadCreated: {"origin": st.sampled_from(ORIGINS)},
        OwnershipRequested: {"by_team": st.sampled_from(TEAMS)},
        StatusRequested: {
            "status": st.sampled_from([*statuses, "unheard_of"]),
            "by_team": st.sampled_from(TEAMS),
            "reason": st.sampled_from([None, *REASONS]),
        },
        ProfileUpdated: {},
        ConsentChanged: {"consent": consents},
        PageVisited: {"category": st.sampled_from([None, *PAGES])},
        AccountUpdated: {
            "account_id": st.sampled_from(ACCOUNTS),
            "relationship": st.sampled_from(["prospect", "client", "partner", "former_client"]),
        },
    }


def histories(statuses: list[str], products: list[str | None]) -> st.SearchStrategy[list[Told]]:
    """Histories in log order: mostly forward in time, some late, some told again, ids that rarely meet."""
    said: Fields = {
        "product": st.sampled_from(products),
        "event_id": st.integers(min_value=0, max_value=400).map(str),
        "source": st.sampled_from(["a", "b"]),
        "content": st.integers(min_value=0, max_value=3),
        "profile": profiles,
    }
    kinds = st.one_of(
        [
            st.tuples(st.just(kind), st.fixed_dictionaries(said | more))
            for kind, more in particulars(statuses).items()
        ]
    )
    gaps = st.sampled_from([-3 * DAY, 0, 60_000, DAY, DAY, 20 * DAY, 200 * DAY, 900 * DAY])
    again = st.none() | st.integers(min_value=0, max_value=30)
    return st.lists(st.tuples(kinds, gaps, again), min_size=1, max_size=25).map(_in_log_order)


Step = tuple[tuple[type[Told], dict[str, Any]], int, int | None]


def _in_log_order(steps: list[Step]) -> list[Told]:
    at = START
    told: list[Told] = []
    for (kind, fields), gap, again in steps:
        if again is not None and again < len(told):
            told.append(told[again])
            continue
        at = max(START, at + gap)
        content = fields["content"] + at  # an event's time is part of its content
        told.append(kind(at=at, **(fields | {"content": content})))
    return told
