"""`relate`: one message of the account-log, what is kept of accounts after it, and what leads are told."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from schemas.account_log import AccountMessage, MemberJoined, MemberLeft, TurnCame
from schemas.spine import AccountAnswered, AccountUpdated
from worker.accounts.hear import hear
from worker.accounts.records import (
    NOTHING_KNOWN,
    TURNS_KEY,
    Account,
    Kept,
    Member,
    Seat,
    Telling,
    Turns,
    account_key,
    member_key,
    seat_key,
)

SEATS_A_TURN = 1000
"""Seats looked at in one go: their messages are some 250 KB, and whoever waits behind them waits for milliseconds."""

MOST_WORDS = 20
"""Words that an account may have yet to tell; of more the latest counts. Each is news of a company that its members
have not all heard, so more are a sender gone wild, and the account's record has to stay small."""

Read = Callable[[bytes], Kept | None]
Answer = tuple[str, AccountUpdated | AccountAnswered]
"""A lead's id, and what it is told."""


class Related(msgspec.Struct):
    """What follows from a message: records by key (None: gone), what leads are told, whether there is more to tell.

    Where there is, a TurnCame has to go onto the log, behind all that is there.
    """

    records: dict[bytes, Kept | None]
    told: list[Answer]
    goes_on: bool = False


def relate(read: Read, message: AccountMessage, seats_a_turn: int = SEATS_A_TURN) -> Related:
    """Returns what follows from a message; `read` gives what is kept under a key."""
    books = _Books(read)
    match message:
        case MemberJoined(account_id=account_id, lead_id=lead_id):
            books.join(account_id, lead_id)
        case MemberLeft(account_id=account_id, lead_id=lead_id):
            books.leave(account_id, lead_id)
        case TurnCame():
            books.take_turn(seats_a_turn)
        case _:
            books.hear(message)
    return books.related


class _Books:
    """What is kept, as one message changes it."""

    def __init__(self, read: Read) -> None:
        self.related = Related({}, [])
        self._read = read

    def join(self, account_id: str, lead_id: str) -> None:
        """Gives a lead a seat, and answers it."""
        account = self._account(account_id)
        key = member_key(account_id, lead_id)
        if self._kept(key) is None:
            self._keep(key, Member(account.seats))
            self._keep(seat_key(account_id, account.seats), Seat(lead_id))
            self._keep(account_key(account_id), replace(account, seats=account.seats + 1))
        self.related.told.append((lead_id, AccountAnswered(account_id, account.heard)))

    def leave(self, account_id: str, lead_id: str) -> None:
        """Takes a lead's seat away."""
        key = member_key(account_id, lead_id)
        member = self._kept(key)
        if isinstance(member, Member):
            self._keep(key, None)
            self._keep(seat_key(account_id, member.seat), None)

    def hear(self, update: AccountUpdated) -> None:
        """Notes a word; where it is news, the account's turn to tell its members will come."""
        account, news = hear(self._account(update.account_id), update)
        self._keep(account_key(update.account_id), account)
        if not news or not account.seats or account.heard is None:
            return
        waiting = account.telling[: MOST_WORDS - 1]
        words = (*waiting, Telling(account.heard, 0, account.seats))
        self._keep(account_key(update.account_id), replace(account, telling=words))
        if not waiting:
            self._line_up(update.account_id)

    def take_turn(self, left: int) -> None:
        """Lets the first in the line tell its members, and the next ones, as far as so many seats go."""
        while left > 0 and isinstance(turns := self._kept(TURNS_KEY), Turns):
            account_id = turns.first
            account = self._account(account_id)
            done, left = self._tell(account_id, account, left)
            self._keep(account_key(account_id), replace(done, next=None))
            after = None if account.next is None else Turns(account.next, turns.last)
            self._keep(TURNS_KEY, after)
            if done.telling:
                self._line_up(account_id)
        self.related.goes_on = self._kept(TURNS_KEY) is not None

    def _tell(self, account_id: str, account: Account, left: int) -> tuple[Account, int]:
        """Tells the members, word by word, while seats are left to look at; empty ones count as well."""
        words = list(account.telling)
        while words and left > 0:
            telling = words[0]
            end = min(telling.until, telling.seat + left)
            for number in range(telling.seat, end):
                seat = self._kept(seat_key(account_id, number))
                if isinstance(seat, Seat):
                    self.related.told.append((seat.lead_id, telling.word))
            left -= end - telling.seat
            if end == telling.until:
                del words[0]
            else:
                words[0] = replace(telling, seat=end)
        return replace(account, telling=tuple(words)), left

    def _line_up(self, account_id: str) -> None:
        """Puts an account at the end of the line; who opens it has to see to it that a turn comes."""
        turns = self._kept(TURNS_KEY)
        if isinstance(turns, Turns):
            last = self._account(turns.last)
            self._keep(account_key(turns.last), replace(last, next=account_id))
            self._keep(TURNS_KEY, Turns(turns.first, account_id))
        else:
            self._keep(TURNS_KEY, Turns(account_id, account_id))
            self.related.goes_on = True

    def _account(self, account_id: str) -> Account:
        kept = self._kept(account_key(account_id))
        return kept if isinstance(kept, Account) else NOTHING_KNOWN

    def _kept(self, key: bytes) -> Kept | None:
        records = self.related.records
        return records[key] if key in records else self._read(key)

    def _keep(self, key: bytes, kept: Kept | None) -> None:
        self.related.records[key] = kept
