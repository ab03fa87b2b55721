"""What accounts tell: who joins gets an answer; those who were there hear news, a thousand seats a turn."""

from __future__ import annotations

from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from schemas.spine import AccountAnswered, AccountUpdated
from schemas.vocabulary import Relationship
from worker.accounts.records import Account, Kept, account_key, decode, encode
from worker.accounts.relate import MOST_WORDS, SEATS_A_TURN, Answer, relate

GOLDEN = (
    "950187a474797065ae6163636f756e742d757064617465a86576656e745f6964a661636d652030a6736f75726365a363726d"
    "a2617400a7636f6e74656e7400aa6163636f756e745f6964a461636d65ac72656c6174696f6e73686970a6636c69656e7401"
    "919387a474797065ae6163636f756e742d757064617465a86576656e745f6964a661636d652030a6736f75726365a363726d"
    "a2617400a7636f6e74656e7400aa6163636f756e745f6964a461636d65ac72656c6174696f6e73686970a6636c69656e7400"
    "01c0"
)


class Books:
    """What is kept, and the turns that have yet to come."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Kept | None] = {}
        self.turns = 0

    def hear(self, message: AccountMessage) -> list[Answer]:
        related = relate(self.kept.get, message)
        self.kept |= related.records
        self.turns += related.goes_on
        return related.told

    def turn(self) -> list[Answer]:
        self.turns -= 1
        return self.hear(TurnCame())

    def all_turns(self) -> list[Answer]:
        told: list[Answer] = []
        while self.turns:
            told += self.turn()
        return told


def said(relationship: Relationship, at: int = 0, account: str = "acme") -> AccountUpdated:
    return AccountUpdated(
        event_id=f"{account} {at}",
        source="crm",
        at=at,
        content=0,
        account_id=account,
        relationship=relationship,
    )


def joined(books: Books, *leads: str, account: str = "acme") -> None:
    for lead in leads:
        books.hear(MemberJoined(account, lead))


def crowd(size: int) -> list[str]:
    return [f"lead {number}" for number in range(size)]


def test_who_joins_hears_the_latest_word_or_that_there_is_none() -> None:
    books = Books()
    assert books.hear(MemberJoined("acme", "ada")) == [("ada", AccountAnswered("acme"))]
    books.hear(said("prospect", 1))
    books.hear(said("client", 2))
    books.hear(said("partner", 1))
    assert books.hear(MemberJoined("acme", "bob")) == [
        ("bob", AccountAnswered("acme", said("client", 2)))
    ]


def test_news_reaches_the_members_of_that_account_once() -> None:
    books = Books()
    joined(books, "ada", "bob")
    joined(books, "cem", account="other")
    assert books.hear(said("client")) == []
    assert books.all_turns() == [("ada", said("client")), ("bob", said("client"))]
    assert books.hear(said("client", 1)) == []
    assert books.turns == 0


def test_news_of_an_account_without_members_needs_no_turn() -> None:
    books = Books()
    books.hear(said("client"))
    assert books.turns == 0


def test_who_left_hears_no_more_and_who_came_back_hears_only_what_is_new() -> None:
    books = Books()
    joined(books, "ada", "bob")
    books.hear(said("client"))
    books.hear(MemberLeft("acme", "ada"))
    assert books.hear(MemberJoined("acme", "ada")) == [
        ("ada", AccountAnswered("acme", said("client")))
    ]
    assert books.all_turns() == [("bob", said("client"))]
    books.hear(said("former_client", 1))
    assert sorted(lead for lead, _ in books.all_turns()) == ["ada", "bob"]


def test_leaving_an_account_one_is_no_member_of_changes_nothing() -> None:
    books = Books()
    assert books.hear(MemberLeft("acme", "ada")) == []
    assert books.kept == {}


def test_a_crowd_is_told_a_thousand_seats_a_turn_and_others_go_between() -> None:
    books = Books()
    leads = crowd(2 * SEATS_A_TURN + 500)
    joined(books, *leads)
    joined(books, "cem", account="other")
    books.hear(said("client"))
    first = books.turn()
    books.hear(said("partner", account="other"))
    second = books.turn()
    assert [lead for lead, _ in first] == leads[:SEATS_A_TURN]
    assert [lead for lead, _ in second] == leads[SEATS_A_TURN : 2 * SEATS_A_TURN]
    assert [lead for lead, _ in books.turn()] == ["cem", *leads[2 * SEATS_A_TURN :]]
    assert books.turns == 0


def test_one_turn_at_a_time_is_on_its_way_however_many_accounts_wait() -> None:
    books = Books()
    for number in range(50):
        joined(books, "a", "b", account=f"account {number}")
    for number in range(50):
        books.hear(said("client", account=f"account {number}"))
        assert books.turns == 1
    assert len(books.turn()) == 100
    assert books.turns == 0


def test_a_second_word_comes_behind_the_first_for_everybody() -> None:
    books = Books()
    leads = crowd(SEATS_A_TURN + 10)
    joined(books, *leads)
    books.hear(said("client", 1))
    told = books.turn()
    books.hear(said("former_client", 2))
    joined(books, "late")
    told += books.all_turns()
    for lead in leads:
        assert [
            word.at for who, word in told if who == lead and isinstance(word, AccountUpdated)
        ] == [1, 2]
    assert "late" not in {lead for lead, _ in told}


def test_of_too_many_words_the_latest_counts() -> None:
    books = Books()
    joined(books, "ada")
    for at in range(3 * MOST_WORDS):
        books.hear(said("client" if at % 2 else "former_client", at))
    words = [word.at for _, word in books.all_turns() if isinstance(word, AccountUpdated)]
    assert len(words) == MOST_WORDS
    assert words == sorted(words)
    assert words[-1] == 3 * MOST_WORDS - 1


def test_empty_seats_are_looked_at_too() -> None:
    books = Books()
    leads = crowd(SEATS_A_TURN)
    joined(books, *leads, "last")
    for lead in leads:
        books.hear(MemberLeft("acme", lead))
    books.hear(said("client"))
    assert books.turn() == []
    assert books.turn() == [("last", said("client"))]


def test_ids_that_spell_the_same_together_are_kept_apart() -> None:
    books = Books()
    joined(books, "/b", account="a")
    joined(books, "b", account="a/")
    books.hear(said("client", account="a"))
    assert books.all_turns() == [("/b", said("client", account="a"))]


def test_every_record_is_read_as_it_was_written() -> None:
    books = Books()
    joined(books, "ada", "bob")
    books.hear(said("client"))
    for kept in books.kept.values():
        assert kept is not None
        assert decode(encode(kept)) == kept


def test_a_record_of_the_first_format_stays_readable() -> None:
    golden = bytes.fromhex(GOLDEN)
    books = Books()
    joined(books, "ada")
    books.hear(said("client"))
    account = books.kept[account_key("acme")]
    assert isinstance(account, Account)
    assert encode(account) == golden
    assert decode(golden) == account
