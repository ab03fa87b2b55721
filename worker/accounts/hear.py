"""What is known of a company, and whether something that is said of it is news."""

from __future__ import annotations

import msgspec

from schemas.spine import AccountUpdated
from schemas.vocabulary import Relationship


class Account(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a company is to us, and the time (UTC milliseconds) of the latest word on it."""

    relationship: Relationship | None = None
    heard_at: int = -1


NOTHING_KNOWN = Account()


def hear(account: Account, update: AccountUpdated) -> tuple[Account, bool]:
    """Returns the account after a word on it, and whether that changed what it is; an older word changes nothing."""
    if update.at < account.heard_at:
        return account, False
    return Account(update.relationship, update.at), update.relationship != account.relationship
