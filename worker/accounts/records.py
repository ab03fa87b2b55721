"""What is kept of accounts: what each is to us, who belongs to it, and what its members have yet to be told.

Members sit in numbered seats, in the order in which they came; a seat is never given twice. So a word is for the seats
taken when it came, and whoever comes later, or again, has heard of it with the answer. Accounts that have something to
tell stand in one line (`Turns`, and `Account.next`), so that a step costs the same however many of them there are.
"""

from __future__ import annotations

import msgspec

from schemas.spine import AccountUpdated


class Telling(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A word on its way to the members: `seat` is the next to be told, `until` the first that is not."""

    word: AccountUpdated
    seat: int
    until: int


class Account(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """The latest word on a company, how many seats were given so far, and what has yet to be told, in order.

    `next` is the account that has its turn after this one.
    """

    heard: AccountUpdated | None = None
    seats: int = 0
    telling: tuple[Telling, ...] = ()
    next: str | None = None


class Member(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """Where a lead sits."""

    seat: int


class Seat(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=3):
    """Who sits there."""

    lead_id: str


class Turns(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=4):
    """The accounts that have something to tell: the first and the last of the line."""

    first: str
    last: str


Kept = Account | Member | Seat | Turns

NOTHING_KNOWN = Account()
TURNS_KEY = b"turns"


def account_key(account_id: str) -> bytes:
    """Returns where an account is kept."""
    return b"account/" + account_id.encode()


def member_key(account_id: str, lead_id: str) -> bytes:
    """Returns where it is kept where a lead sits; the length keeps apart what two ids could spell together."""
    account = account_id.encode()
    return b"member/%d/%b/%b" % (len(account), account, lead_id.encode())


def seat_key(account_id: str, seat: int) -> bytes:
    """Returns where it is kept who sits in a seat."""
    return b"seat/%d/%b" % (seat, account_id.encode())


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Kept)


def encode(kept: Kept) -> bytes:
    """Writes a record."""
    return _encoder.encode(kept)


def decode(value: bytes | memoryview) -> Kept:
    """Reads a record."""
    kept: Kept = _decoder.decode(value)
    return kept
