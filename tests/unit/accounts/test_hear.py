"""What is said of a company is news where it is the latest word, and another one than before."""

from __future__ import annotations

from schemas.spine import AccountUpdated
from schemas.vocabulary import Relationship
from worker.accounts.hear import hear
from worker.accounts.records import NOTHING_KNOWN, Account


def said(relationship: Relationship, at: int) -> AccountUpdated:
    return AccountUpdated(
        event_id="1", source="crm", at=at, content=0, account_id="a", relationship=relationship
    )


def known(relationship: Relationship, at: int) -> Account:
    return Account(said(relationship, at))


def test_the_first_word_is_news() -> None:
    assert hear(NOTHING_KNOWN, said("client", 0)) == (known("client", 0), True)


def test_the_same_word_again_is_no_news_but_the_latest_one() -> None:
    account, news = hear(known("client", 5), said("client", 7))
    assert (account, news) == (known("client", 7), False)
    assert hear(account, said("prospect", 6)) == (account, False)


def test_of_two_words_of_one_moment_the_second_counts() -> None:
    assert hear(known("client", 5), said("prospect", 5)) == (known("prospect", 5), True)
