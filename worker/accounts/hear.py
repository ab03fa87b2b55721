"""What is known of a company, and whether something that is said of it is news."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.spine import AccountUpdated
from worker.accounts.records import Account


def hear(account: Account, update: AccountUpdated) -> tuple[Account, bool]:
    """Returns the account after a word on it, and whether that changed what it is; an older word changes nothing."""
    latest = account.heard
    if latest is not None and update.at < latest.at:
        return account, False
    news = latest is None or latest.relationship != update.relationship
    return replace(account, heard=replace(update, came_from=None)), news
